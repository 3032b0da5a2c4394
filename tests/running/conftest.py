"""A season prepared once for the run, a copy of it for each module, and the program that serves the copy."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.running.program import Program, copy_home

MANY = 60  # the least that has every kind of trouble in it


def prepare(program: Program) -> None:
    """`graduand demo` in a home; the accounts are kept beside the data."""
    program.home.mkdir()
    made = json.loads(program.command("demo", "--students", str(MANY), "--json"))
    accounts = {one["username"]: one["password"] for one in made["accounts"]}
    (program.home / "accounts.json").write_text(json.dumps(accounts))


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory, worker_id: str, engine: str) -> Path:
    """The prepared home: made by whichever process of the run comes first, in their common folder."""
    alone = worker_id == "master" or engine == "postgres"  # each process has a server of its own
    folder = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    home = folder / "prepared-season"
    with (folder / "prepared-season.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "accounts.json").exists():
            prepare(Program(home) if engine == "sqlite" else on_server(home, "prepared_season"))
    return home


def on_server(home: Path, name: str, template: str = "") -> Program:
    """A program whose database is another one of the run's own server: empty, or a copy."""
    before, _, after = os.environ["DATABASE_URL"].partition("?")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return Program(home, f"{before.rpartition('/')[0]}/{name}?{after}")


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this process among those of pytest-xdist; master where there is one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "master")


@pytest.fixture(scope="session")
def new_program(
    _prepared: Path, tmp_path_factory: pytest.TempPathFactory, engine: str
) -> Callable[[str], Program]:
    """Makes a program on a fresh copy of the season, not yet started."""

    def make(name: str) -> Program:
        home = tmp_path_factory.mktemp(name) / "home"
        copy_home(_prepared, home)
        return (
            Program(home)
            if engine == "sqlite"
            else on_server(home, f"running_{name}", "prepared_season")
        )

    return make


@pytest.fixture(scope="module")
def program(
    new_program: Callable[[str], Program], request: pytest.FixtureRequest
) -> Iterator[Program]:
    """The module's own program, stopped whatever happens; the module starts it on the day that it wants."""
    made = new_program(request.module.__name__.rpartition(".")[2].removeprefix("test_"))
    yield made
    made.stop()
