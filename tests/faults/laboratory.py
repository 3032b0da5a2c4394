"""Databases and homes to break, and processes to break them in: forked from one that has Django loaded."""

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.running.program import Program

ROOT = Path(__file__).resolve().parents[2]
KILLED = -9
ENGINE = os.environ.get("GRADUAND_TEST_ENGINE", "sqlite")
# A few kills, drawn, instead of all of them.
SAMPLE = os.environ.get("GRADUAND_FAULTS", "") == "sample"


class Laboratory:
    """A folder of databases and homes, and where processes are forked that work on one of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        self.forks = multiprocessing.get_context("forkserver")
        self.forks.set_forkserver_preload(["tests.faults.child"])

    def database(self, name: str) -> str:
        return str(self.folder / f"{name}.sqlite3") if ENGINE == "sqlite" else f"lab_{name}"

    def copy(self, source: str | None, name: str) -> str:
        """A fresh database, a copy of `source` or empty."""
        target = self.database(name)
        if ENGINE == "sqlite":
            for tail in ("", "-wal", "-shm"):
                Path(target + tail).unlink(missing_ok=True)
            if source is not None:
                shutil.copyfile(source, target)
            return target
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {target}" + (f" TEMPLATE {source}" if source else ""))
        return target

    def run(self, **job: Any) -> Any:
        """The result of a job, or KILLED."""
        here, there = self.forks.Pipe(duplex=False)
        from tests.faults.child import run  # needs Django to be set up

        process = self.forks.Process(target=run, args=(job, there))
        process.start()
        there.close()
        answer = (False, "no answer")
        try:
            if here.poll(60):
                answer = here.recv()
        except EOFError:
            answer = (True, KILLED)
        process.join(60)
        assert answer[0], answer[1]
        assert (answer[1] == KILLED) == (process.exitcode == KILLED)
        return answer[1]


@dataclass(frozen=True)
class Place:
    """A home with its database, copied from a prepared one, in which the program itself runs and is killed."""

    laboratory: Laboratory
    program: Program
    database: str

    @classmethod
    def new(cls, laboratory: Laboratory, name: str, source: "Place | None" = None) -> "Place":
        home = laboratory.folder / name
        shutil.rmtree(home, ignore_errors=True)
        if source is not None:
            shutil.copytree(source.program.home, home)
        home.mkdir(exist_ok=True)
        if ENGINE == "sqlite":
            return cls(laboratory, Program(home), str(home / "graduand.sqlite3"))
        database = laboratory.copy(source.database if source is not None else None, name)
        before, _, after = os.environ["DATABASE_URL"].partition("?")
        return cls(
            laboratory, Program(home, f"{before.rpartition('/')[0]}/{database}?{after}"), database
        )

    def prepare(self, what: str) -> None:
        """A preparation of `crowd.py`, by a process of this home."""
        self.program.run("-m", "tests.faults.crowd", what)

    def do(self, what: str) -> Any:
        """What `child.py` does or sees here."""
        return self.laboratory.run(
            do=what, work="", database=self.database, home=str(self.program.home)
        )

    def start(self, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """A process of the program here; what it says is kept."""
        with (self.program.home / "told").open("ab") as told:
            return subprocess.Popen(
                [sys.executable, "-m", "graduand.cli", *words],
                env=self.program.environment(),
                cwd=self.program.home,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )

    def told(self) -> str:
        """The last of what processes said here."""
        return (self.program.home / "told").read_text(errors="replace")[-2_000:]

    @contextmanager
    def counting(self, question: str) -> Iterator[Callable[[], int]]:
        """The number that the database answers to `question`, asked from outside as often as one likes."""
        opened = (
            sqlite3.connect(self.database, timeout=20)
            if ENGINE == "sqlite"
            else psycopg.connect(self.program.database, autocommit=True)
        )
        with closing(opened) as database:
            yield lambda: int(database.execute(question).fetchall()[0][0])
