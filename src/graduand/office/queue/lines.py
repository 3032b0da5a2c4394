"""Jobs as lists and pages show them: the row of the job, with what its kind says of the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from graduand.models import Job
from graduand.office.queue.kinds import WorkSummary, registry
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job."""

    job: Job
    about: WorkSummary

    @property
    def id(self) -> int:
        return self.job.pk

    @property
    def state(self) -> JobState:
        """The state of the job; work that is finished is done, whatever its job still says."""
        if self.about.ended_as is not None:
            return self.about.ended_as[0]
        if self.about.through:
            return JobState.DONE
        return JobState(self.job.state)

    @property
    def word(self) -> str:
        """What its state is called."""
        if self.about.ended_as is not None:
            return self.about.ended_as[1]
        return self.state.label

    @property
    def ordered(self) -> datetime:
        """When it was ordered: the time that the page of the work itself shows, whatever the clock
        was set to since.
        """
        return self.about.ordered_at or self.job.ordered_at

    @property
    def done(self) -> int:
        return self.job.done if self.about.done is None else self.about.done

    @property
    def total(self) -> int:
        return self.job.total if self.about.total is None else self.about.total


def lines(rows: QuerySet[Job], first: int, size: int) -> list[JobLine]:
    """`size` jobs from place `first` (0-based) on, with what they work on; a query more a kind that
    has rows of its own.
    """
    return lines_of(list(rows.select_related("by", "stop_by")[first : first + size]))


def lines_of(jobs: Sequence[Job]) -> list[JobLine]:
    """The lines of jobs that were read already."""
    subjects: dict[str, list[int]] = {}
    for job in jobs:
        subjects.setdefault(job.kind, []).append(job.subject)
    about = {kind: registry.of(kind).about(some) for kind, some in subjects.items()}
    lines = [
        about[job.kind].get(job.subject) or WorkSummary(WorkKind(job.kind).label) for job in jobs
    ]
    return [JobLine(job, one) for job, one in zip(jobs, lines, strict=True)]
