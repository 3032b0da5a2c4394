"""A process that ends in the middle of its work: whatever its transaction had not committed is gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction


class Killed(BaseException):
    """The end; nobody in the program catches it."""


class Statements:
    """Counts statements, and ends at the one that `here` (place, text) says."""

    def __init__(self, here: Callable[[int, str], bool]) -> None:
        self.here, self.seen = here, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.seen += 1
        if self.here(self.seen, sql):
            raise Killed
        return execute(sql, params, many, context)


@contextmanager
def killing(here: Callable[[int, str], bool] = lambda _place, _sql: False) -> Iterator[Statements]:
    statements = Statements(here)
    with connection.execute_wrapper(statements):
        yield statements


def _held(folder: Path) -> dict[Path, bytes]:
    """What lies in the files of plans."""
    return {path: path.read_bytes() for path in folder.iterdir()}


class End:
    """The end at one place. `alike`: since the place before it something was only looked at, and
    no file has changed, so that who ended there has left the very same.
    """

    def __init__(self, place: int, folder: Path) -> None:
        self.place, self.folder = place, folder
        self.before: tuple[str, dict[Path, bytes]] = ("", {})
        self.alike = False

    def __call__(self, seen: int, sql: str) -> bool:
        if seen == self.place - 1:
            self.before = sql, _held(self.folder)
        if seen == self.place:
            text, files = self.before
            self.alike = text.startswith("SELECT") and files == _held(self.folder)
        return seen == self.place


def at_every_statement(work: Callable[[], Any], check: Callable[[int], None], step: int = 1) -> int:
    """Kill `work` before each of its statements in turn, or before one in `step`, from the same
    data and files; `check` looks at what is left, unless it has just looked at the very same.

    Returns how many places there were.
    """
    place, folder = 0, Path(settings.GRADUAND_HOME) / "plans"
    folder.mkdir(exist_ok=True)
    files = _held(folder)
    while True:
        place += step
        before, end = transaction.savepoint(), End(place, folder)
        try:
            with killing(end):
                work()
        except Killed:
            transaction.set_rollback(
                False
            )  # what was not in a transaction of its own would have been committed
            if step > 1 or not end.alike:
                check(place)
        else:
            return place - step
        finally:
            transaction.set_rollback(False)
            transaction.savepoint_rollback(before)
            for path, held in files.items():
                path.write_bytes(held)
