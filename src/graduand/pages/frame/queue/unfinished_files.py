"""The visitor's files that are not finished: each with the state of the work on it."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import ImportPlan, Job, SheetUpload
from graduand.pages.frame.tags import BAD, IDLE, INFO, WARN, Tag, job_tag
from graduand.queries.records import intakes
from graduand.queries.scope import Actor
from graduand.rulebook.terms import JobState

FEW = 5
# How many files are shown at most: the newest ones.
MOST = 200


@dataclass(frozen=True, slots=True)
class UnfinishedFiles:
    """The files that are shown, each with its tag, and how many there are."""

    shown: list[tuple[SheetUpload, Tag]]
    total: int
    every: bool

    @property
    def hidden(self) -> bool:
        """Whether there are more than are shown."""
        return len(self.shown) < self.total


def unfinished_files(actor: Actor, *, every: bool) -> UnfinishedFiles:
    """The actor's newest unfinished files, a few of them or `every` one; at most four queries."""
    rows = intakes.waiting(actor)
    uploads = list(rows.order_by("-id")[: MOST if every else FEW])
    total = len(uploads)
    if total >= FEW:
        total = rows.count()
    work = intakes.work_on(uploads)
    shown = [(one, file_tag(one, *work[one.pk])) for one in uploads]
    return UnfinishedFiles(shown, total, every)


def file_tag(upload: SheetUpload, plan: ImportPlan | None, job: Job | None) -> Tag:
    """What becomes of an unfinished file: whose turn it is, or how the work on it ended."""
    if upload.looked_at is not None and upload.confirmed_at is None:
        return Tag(WARN, "待核对")
    if upload.finished_at is not None:
        return Tag(BAD, "没有导入")
    state = JobState.RUNNING if job is None else JobState(job.state)
    if state in (JobState.CANCELLED, JobState.FAILED):
        return job_tag(state)
    if plan is not None and plan.ended_at is not None:
        return Tag(WARN, "正在终止")
    step = "校验" if upload.looked_at is None else "写入"
    if state is JobState.WAITING:
        return Tag(IDLE, f"等待{step}")
    return Tag(INFO, f"正在{step}")
