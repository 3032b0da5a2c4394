"""A world that every test of a module begins with is made once, and each test has it to itself.

    made = once.made(lambda: crowd(build()))

    @pytest.fixture
    def world(made, db):
        return made()

What is made stands in a transaction around the whole module, as Django's `setUpTestData` has it;
what a test changes is taken back to the savepoint before it, and `made()` gives the test a copy of
the objects. So every test finds what it would have made itself.

It forbids what ends transactions: no test of such a module asks for `transactional_db` or
`live_server`. Every test of the module finds the world, whether it asks for it or not: one that
needs an empty season belongs in another file. Files, caches and settings are not taken back; only
`make` itself may not need them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase

ENDS_TRANSACTIONS = {"transactional_db", "live_server"}


def made(make: Callable[[], Any]) -> Any:
    """A module's fixture: calling it gives a copy of what `make` returned before the first test."""

    @pytest.fixture(scope="module")
    def standing(
        request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
    ) -> Iterator[Callable[[], Any]]:
        _refuse_what_ends_transactions(request)
        with django_db_blocker.unblock():
            around = TestCase._enter_atomics()
        try:
            with django_db_blocker.unblock():
                original = make()
            yield lambda: deepcopy(original)
        finally:
            with django_db_blocker.unblock():
                TestCase._rollback_atomics(around)

    return standing


def _refuse_what_ends_transactions(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        marker = item.get_closest_marker("django_db")
        ends = ENDS_TRANSACTIONS & set(getattr(item, "fixturenames", ()))
        if item.path == request.path and (ends or (marker and marker.kwargs.get("transaction"))):
            pytest.fail(f"{item.nodeid} ends the transaction in which its module's world stands")


@contextmanager
def taken_back(case: Any) -> Iterator[None]:
    """Run a case in the block and roll it back, so that the test's next case begins with the same
    rows.

    The error of a case that fails names the case. Objects that were read before are not rolled
    back: read them again.
    """
    with transaction.atomic():
        try:
            yield
        except BaseException as failed:
            failed.add_note(f"case: {case}")
            raise
        transaction.set_rollback(True)
