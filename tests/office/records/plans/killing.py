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


def at_every_statement(work: Callable[[], Any], check: Callable[[int], None], step: int = 1) -> int:
    """Kill `work` before each of its statements in turn, or before one in `step`, from the same
    data and files; `check` looks at what is left.

    Returns how many places there were.
    """
    place, folder = 0, Path(settings.GRADUAND_HOME) / "plans"
    folder.mkdir(exist_ok=True)
    files = {path: path.read_bytes() for path in folder.iterdir()}
    while True:
        place += step
        before = transaction.savepoint()
        try:
            with killing(lambda seen, _sql, at=place: seen == at):  # type: ignore[misc]
                work()
        except Killed:
            transaction.set_rollback(
                False
            )  # what was not in a transaction of its own would have been committed
            check(place)
        else:
            return place - step
        finally:
            transaction.set_rollback(False)
            transaction.savepoint_rollback(before)
            for path, held in files.items():
                path.write_bytes(held)
