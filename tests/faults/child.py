"""A process of its own for every attempt: it works on one database and may be killed (kill -9) at a statement."""

import contextlib
import os
import signal
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

django.setup()

from graduand.models.engine import postgres  # noqa: E402 - after Django is set up
from graduand.office import moves  # noqa: E402 - after Django is set up
from graduand.office.photos import keeping  # noqa: E402 - after Django is set up
from tests.faults import crowd, works  # noqa: E402


class Killer:
    """Counts statements and commits; ends the process at the one asked for, as the power would."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def tick(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.tick()
        return execute(sql, params, many, context)


@contextlib.contextmanager
def killing(at: int) -> Iterator[Killer]:
    """Inside, the process dies before statement `at`; before and after a commit are places, too."""
    killer, commit = Killer(at), connection._commit

    def counted() -> None:
        killer.tick()
        commit()
        killer.tick()

    connection.ensure_connection()
    connection._commit = counted
    with connection.execute_wrapper(killer):
        yield killer
    connection._commit = commit


@contextlib.contextmanager
def nothing(*_: Any, **__: Any) -> Iterator[None]:
    """No transaction at all: what the negative control puts in the place of `atomic`."""
    yield


def at_home(home: Path) -> Path:
    """This process belongs to another home than it was started in: its keys and its files are there."""
    settings.GRADUAND_HOME, settings.MEDIA_ROOT = home, home / "files"
    return home


def _work(job: dict[str, Any]) -> Any:
    name, at = job["work"], job.get("at", 0)
    if job["do"] == "migrate":
        return call_command("migrate", verbosity=0)
    if job["do"] == "prepare":
        return works.WORKS[name][0]()
    if job["do"] == "picture":
        return works.picture()
    if job["do"] in crowd.DEEDS:
        return crowd.DEEDS[job["do"]](at_home(Path(job["home"])))
    if job["do"] == "finish":
        after_kill = works.violations()
        works.WORKS[name][1]()
        return after_kill, works.violations(), works.picture()
    if job.get("unguarded"):
        postgres.hold_batches = lambda cursor: (
            None
        )  # the server locks a table inside a transaction only
        moves.transaction = keeping.transaction = SimpleNamespace(atomic=nothing)
    with killing(at) as killer:
        works.WORKS[name][1]()
    return killer.seen


def run(job: dict[str, Any], answers: Connection) -> None:
    """Do one job on the database `job["database"]` and answer (True, result) or (False, traceback)."""
    connections.settings["default"]["NAME"] = job["database"]
    try:
        answers.send((True, _work(job)))
    except Exception:  # noqa: BLE001 - the other side shows it
        answers.send((False, traceback.format_exc()))
    finally:
        connections.close_all()
