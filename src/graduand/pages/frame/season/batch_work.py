"""Work on a whole batch that is under way: its list, its closing, its opening again."""

from __future__ import annotations

from graduand.models import Batch
from graduand.queries.queue import standstill
from graduand.rulebook.queue.work_terms import WorkKind

# The list of a batch is made by whoever judges it.
_ON_A_BATCH = (WorkKind.AUDIT, WorkKind.CLOSING, WorkKind.REOPENING)


def standing_still(batch: Batch) -> str:
    """Whom to call while no worker does it; "" while one does, or nothing is to be done. One query
    while something is.
    """
    if batch.listed_to is None and batch.closing_since is None:
        return ""
    return standstill.words_on(batch.pk, *_ON_A_BATCH)
