"""What a command does first, as the worker would: work that others must not meet half done."""

from __future__ import annotations

from graduand.office.duties.batches import Reopening
from graduand.office.queue import leases
from graduand.office.queue.work import Worker
from graduand.rulebook.work_terms import WorkKind


def reopen_batches() -> None:
    """Batches that are on their way to be open again come to be open.

    One that a living worker is at is left to it; until it has ended, what is done there is refused by name.
    """
    worker = Worker(leases.owner("command"), {WorkKind.REOPENING.value: Reopening()})
    while worker.work_once() is not None:
        pass
