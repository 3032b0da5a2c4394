"""How long another process waits for the embedded database while work is done: a process that asks
for its lock all the time.
"""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from django.db import connection

PAUSE = 0.01
PATIENCE = 600.0


@contextmanager
def longest_wait() -> Iterator[Callable[[], float | None]]:
    """Within the block another process takes the write lock again and again; the function that is
    yielded returns the longest wait.

    None on PostgreSQL, where one writer does not keep the others out.
    """
    if connection.vendor != "sqlite":
        yield lambda: None
        return
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    asker = context.Process(
        target=ask_for_lock, args=(str(connection.settings_dict["NAME"]), theirs)
    )
    asker.start()
    ours.recv()  # the process has had the lock once
    waited: list[float] = []
    try:
        yield lambda: round(waited[0], 2)
    finally:
        ours.send("stop")
        waited.append(ours.recv())
        asker.join()


def ask_for_lock(path: str, told: Connection) -> None:
    """Runs in the process: take the lock and release it until a message arrives; then send the
    longest wait in seconds.
    """
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    longest = 0.0
    _take(database)
    told.send("ready")
    while not told.poll():
        longest = max(longest, _take(database))
        time.sleep(PAUSE)
    database.close()
    told.recv()
    told.send(longest)


def _take(database: sqlite3.Connection) -> float:
    begun = time.perf_counter()
    database.execute("BEGIN IMMEDIATE")
    waited = time.perf_counter() - begun
    database.execute("ROLLBACK")
    return waited
