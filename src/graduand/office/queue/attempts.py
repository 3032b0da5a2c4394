"""Repeats a transaction that the database refused because of another one, or aborted so that
another one could go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection

from graduand.models.engine import engine_of

ATTEMPTS = 3
T = TypeVar("T")


def attempt(transaction: Callable[[], T]) -> T:
    """The result of `transaction`; it is begun anew when it has lost against another one, a few
    times at most.

    Everything that it reads it must read again.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            return transaction()
        except (IntegrityError, OperationalError) as error:
            if not left or not _has_lost(error):
                raise
    raise AssertionError("the last attempt returns or raises")


def _has_lost(error: IntegrityError | OperationalError) -> bool:
    """Whoever is thrown out loses the caller's transaction as well, if there is one."""
    if isinstance(error, IntegrityError):
        return True
    return not connection.in_atomic_block and bool(engine_of().was_thrown_out(error))
