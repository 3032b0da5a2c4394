"""K02: kill -9 of the worker in a bulk act and in a re-judging; the next one ends it, nothing is lost, twice or stale.

That the same works fail without their transactions is shown statement by statement in `test_kill.py`.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.running.program import Program

pytestmark = pytest.mark.faults
ENGINE = os.environ.get("GRADUAND_TEST_ENGINE", "sqlite")
KILLS = {"sample": 3}.get(os.environ.get("GRADUAND_FAULTS", ""), 25)
PATIENCE = 120.0
WORKER = ("-m", "graduand.cli", "worker", "--once")
# How far an act's job is when it is killed: in its first piece, or between that and the last one.
PLACES = {"act": (0, 500, 1_500), "audit": (0,)}


@dataclass
class Place:
    """A home and a database to break, copied from a prepared one."""

    program: Program
    database: str

    @classmethod
    def new(cls, folder: Path, name: str, source: "Place | None" = None) -> "Place":
        home = folder / name
        shutil.rmtree(home, ignore_errors=True)
        if ENGINE == "sqlite":
            if source is not None:
                shutil.copytree(source.program.home, home)
            home.mkdir(exist_ok=True)
            return cls(Program(home), str(home / "graduand.sqlite3"))
        home.mkdir()
        template = f" TEMPLATE {source.database}" if source is not None else ""
        if source is not None:
            shutil.copytree(source.program.home / "keys", home / "keys")
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS crowd_{name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE crowd_{name}{template}")
        before, _, after = os.environ["DATABASE_URL"].partition("?")
        return cls(Program(home, f"{before.rpartition('/')[0]}/crowd_{name}?{after}"), f"crowd_{name}")

    def do(self, *words: str) -> Any:
        """A task of `crowd.py`, in a process of its own."""
        return json.loads(self.program.run("-m", "tests.faults.crowd", *words) or "null")

    def work(self, *words: str) -> subprocess.Popen[bytes]:
        """A process that works here until it has nothing left to do, or is killed."""
        return subprocess.Popen(
            [sys.executable, *words],
            env=self.program.environment(),
            cwd=self.program.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def job(self, work: str) -> tuple[str, int]:
        """(state, how far) of the work, looked at from outside."""
        asked = f"SELECT state, done FROM graduand_job WHERE kind = '{work}'"
        if ENGINE == "sqlite":
            with sqlite3.connect(self.database, timeout=20) as at:
                return tuple(at.execute(asked).fetchone())
        with psycopg.connect(self.program.database) as server:
            return tuple(server.execute(asked).fetchone())


@dataclass
class Smooth:
    """The work prepared, what it looks like when nobody is killed, and how long it takes."""

    before: Place
    seen: dict[str, Any]
    seconds: float


@pytest.fixture(scope="module", params=["act", "audit"])
def smooth(request) -> tuple[str, Path, Smooth]:
    folder = Path(settings.GRADUAND_HOME) / f"crowd-{request.param}"
    folder.mkdir()
    before = Place.new(folder, f"{request.param}_before")
    before.do("prepare", request.param)
    place = Place.new(folder, f"{request.param}_smooth", before)
    worker = place.work(*WORKER)
    until(lambda: place.job(request.param)[0] != "waiting", "the worker did not begin")
    began = time.monotonic()
    assert worker.wait(PATIENCE) == 0
    seen = place.do("look")
    assert (seen["violations"], seen["open"], seen["files"]) == ([], 0, 2_200)
    return request.param, folder, Smooth(before, seen, time.monotonic() - began)


def until(condition, what):
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, what
        time.sleep(0.005)


def killed(place: Place, work: str, words: tuple[str, ...], far: int, delay: float) -> bool:
    """Let a process work, kill it `delay` seconds after the job is `far`; False when the job had ended by then."""
    worker = place.work(*words)

    def is_there() -> bool:
        state, done = place.job(work)
        return worker.poll() is not None or state == "done" or (state == "running" and done >= far)

    until(is_there, "it does not begin")
    time.sleep(delay)
    worker.kill()
    worker.wait(PATIENCE)
    return place.job(work)[0] == "running"


def test_K02_killed_in_the_middle_the_next_worker_ends_it(smooth):
    work, folder, usual = smooth
    for turn in range(KILLS):
        chance = random.Random(f"{work} {turn}")
        far, pace = PLACES[work][turn % len(PLACES[work])], usual.seconds / len(PLACES[work])
        for _ in range(8):
            place, delay = Place.new(folder, f"{work}_broken", usual.before), chance.uniform(0, 0.8 * pace)
            if killed(place, work, WORKER, far, delay):
                break
            pace /= 3  # it was quicker than on the smooth run, which may have met a slow moment
        else:
            raise AssertionError(f"{turn}: the worker always ended before it was killed")
        left = place.do("look")
        assert (turn, left["violations"]) == (turn, [])
        assert left["open"] > 0  # the control: without another worker it is not done
        place.do("lease_runs_out")
        assert place.work(*WORKER).wait(PATIENCE) == 0
        assert (turn, place.do("look")) == (turn, usual.seen)
