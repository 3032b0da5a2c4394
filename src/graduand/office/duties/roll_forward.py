"""What a command does first, as the worker would: work that must not be met half done."""

from __future__ import annotations

from collections.abc import Collection

from graduand.models import ImportPlan
from graduand.office.duties.batches import Closing, Reopening
from graduand.office.progress import Progress
from graduand.office.queue import leases
from graduand.office.queue.kinds import Duty
from graduand.office.queue.work import Worker
from graduand.office.records.plans import import_plans
from graduand.rulebook.queue.work_terms import WorkKind

# Batches that are being closed or opened again; imports that were confirmed.
BATCHES = frozenset({WorkKind.CLOSING, WorkKind.REOPENING})
IMPORTS = frozenset({WorkKind.PLAN})


def finish(kinds: Collection[WorkKind], progress: Progress) -> list[ImportPlan]:
    """Finish the open work of these kinds; returns the imports among it."""
    if BATCHES & set(kinds):
        batches()
    if not IMPORTS & set(kinds):
        return []
    return import_plans.roll_forward(progress)


def batches() -> None:
    """Finish the closing or opening of batches that is under way.

    Work that a living worker has is left to it; until it has ended, what needs it is refused by
    name.
    """
    duties: dict[str, Duty] = {
        WorkKind.CLOSING.value: Closing(),
        WorkKind.REOPENING.value: Reopening(),
    }
    worker = Worker(leases.owner("command"), duties)
    while worker.work_once() is not None:
        pass
