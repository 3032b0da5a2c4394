"""Recurring work as pages show it: when it last ran, what it did, when it is due next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from graduand.models import Job
from graduand.office.queue.kinds import job_address
from graduand.office.queue.lines import JobLine
from graduand.pages.frame.base import stamp
from graduand.pages.frame.tags import BAD, OK, WARN, Tag, job_tag
from graduand.rulebook.terms import JobState

LATE = "到时没有运行：后台处理可能没有启动"


@dataclass(frozen=True, slots=True)
class PeriodicLine:
    """One kind of recurring work; `last` and `next` are words, "" for never."""

    url: str
    title: str
    tag: Tag
    last: str
    said: str
    next: str


def comes_again(line: JobLine, ahead: timedelta, *, late: bool) -> PeriodicLine:
    """Times are stored in real time, and shown like everything on the page: moved by `ahead`."""
    job = line.job
    return PeriodicLine(
        job_address(job.kind, job.subject),
        line.about.title,
        _tag(line, late=late),
        _last_run(line, ahead),
        job.message,
        _next_run(job, ahead),
    )


def _last_run(line: JobLine, ahead: timedelta) -> str:
    ran = line.job.done or line.state in (JobState.DONE, JobState.FAILED)
    if not ran or line.job.beat_at is None:
        return ""
    return stamp(line.job.beat_at + ahead)


def _next_run(job: Job, ahead: timedelta) -> str:
    if job.not_before is not None:
        return stamp(job.not_before + ahead)
    if job.again_on is not None:
        return stamp(job.again_on)
    return ""


def _tag(line: JobLine, *, late: bool) -> Tag:
    if late:
        return Tag(WARN, "没有运行", LATE)
    if line.state is JobState.FAILED:
        return Tag(BAD, "出错")
    if line.state is JobState.DONE:
        return Tag(OK, "正常")
    return job_tag(line.state)
