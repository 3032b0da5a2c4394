"""The kinds of background work, a class for each: what a worker does, its words, the page of its
result.
"""

from __future__ import annotations

from graduand.office.duties.acts import Acts
from graduand.office.duties.batches import Closing, Deleting, PolicyTrials, Reopening
from graduand.office.duties.imports import Faces, ImportRows, Photos, Sheets
from graduand.office.duties.judging import Audits
from graduand.office.duties.periodic import (
    DueCheck,
    FinishBatches,
    ResumeHalfDone,
    Retention,
    SweepDrafts,
)
from graduand.office.queue.kinds import registry


def register() -> None:
    """Make every kind known to the queue; called once when the program starts."""
    registry.add(
        Acts, Audits, Photos, Faces, Sheets, ImportRows, PolicyTrials, Closing, Reopening, Deleting
    )
    registry.add(FinishBatches, DueCheck, ResumeHalfDone, Retention, SweepDrafts)
