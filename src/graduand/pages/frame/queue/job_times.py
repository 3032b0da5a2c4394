"""What comes by itself, as pages tell it: when it ran last, what it did, whether it failed, when it comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from graduand.office.queue.kinds import job_address
from graduand.office.queue.lines import JobLine
from graduand.pages.frame.base import stamp
from graduand.pages.frame.tags import BAD, OK, WARN, Tag, job_tag
from graduand.rulebook.terms import JobState

LATE = "到时没有运行：后台处理可能没有启动"


@dataclass(frozen=True, slots=True)
class Again:
    """One kind of it; `last` and `next` are words, "" for never."""

    url: str
    title: str
    tag: Tag
    last: str
    said: str
    next: str


def comes_again(line: JobLine, ahead: timedelta, *, late: bool) -> Again:
    """Times are kept by the real clock, and shown as everything on the page: moved by `ahead`."""
    job = line.job
    ran = bool(job.done) or line.state in (JobState.DONE, JobState.FAILED)
    last = stamp(job.beat_at + ahead) if ran and job.beat_at else ""
    moment = job.not_before + ahead if job.not_before else job.again_on
    return Again(
        job_address(job.kind, job.subject),
        line.about.title,
        _tag(line, late=late),
        last,
        job.message,
        stamp(moment) if moment else "",
    )


def _tag(line: JobLine, *, late: bool) -> Tag:
    if late:
        return Tag(WARN, "没有运行", LATE)
    if line.state is JobState.FAILED:
        return Tag(BAD, "出错")
    return Tag(OK, "正常") if line.state is JobState.DONE else job_tag(line.state)
