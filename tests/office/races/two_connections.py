"""Two who work at the same moment, each on a connection of its own, where the database has several writers."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction

from tests.office.races.test_lost_races import waiting


def run_concurrently(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """`second` begins within the transaction of `first`, and waits for its end; returns what it gives, in a list."""
    outcome = []

    def other():
        try:
            outcome.append(second())
        finally:
            connections.close_all()

    thread = threading.Thread(target=other)
    with transaction.atomic(), connection.cursor() as cursor:
        first()
        thread.start()
        waiting(cursor)
    thread.join(60)
    return outcome
