"""我的任务: long work that somebody ordered, whatever kind it is, with the row that knows how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Manager, Q, QuerySet

from graduand.models import Act, Batch, Job, PhotoUpload, PolicyDraft, SheetUpload
from graduand.queries import clock
from graduand.queries.progress import Work
from graduand.queries.scope import Actor
from graduand.rulebook.terms import JobState, Role

OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Line:
    """One task of the list; `act`, `upload`, `sheet`, `draft` or `batch` is what it works on, None for other kinds.

    `ahead` is how far business time is ahead of the real time that jobs are kept by.
    """

    job: Job
    act: Act | None = None
    upload: PhotoUpload | None = None
    sheet: SheetUpload | None = None
    draft: PolicyDraft | None = None
    batch: Batch | None = None
    ahead: timedelta = timedelta()

    @property
    def id(self) -> int:
        return self.job.pk

    @property
    def state(self) -> JobState:
        return Work(self.act, self.job).state if self.act else JobState(self.job.state)

    @property
    def ordered(self) -> datetime:
        """When it was ordered, in business time as everything on the page."""
        if self.act is not None:
            return self.act.confirmed_at
        if self.batch is not None and self.batch.deleted_at is not None:
            return self.batch.deleted_at
        found = self.upload or self.sheet or self.draft
        return found.at if found is not None else self.job.created_at + self.ahead

    @property
    def done(self) -> int:
        return self.act.cursor if self.act else self.upload.cursor if self.upload else self.job.done

    @property
    def total(self) -> int:
        return self.act.total if self.act else self.upload.total if self.upload else self.job.total

    @property
    def ended(self) -> datetime | None:
        if self.draft is not None:
            return self.draft.tried_at
        found = self.act or self.upload or self.sheet
        return found.finished_at if found else None


def mine(actor: Actor) -> QuerySet[Job]:
    """What the actor ordered; an administrator of headquarters also sees what others have under way, to stop it."""
    own = Q(by=actor.user_id)
    return Job.objects.filter(own | Q(state__in=OPEN) if Role.HQ_ADMIN in actor.roles else own)


def one(actor: Actor, pk: int) -> Line | None:
    """One task of the actor's, anybody's for an administrator of headquarters; None for anything else. Two queries."""
    rows = Job.objects.filter(pk=pk)
    if Role.HQ_ADMIN not in actor.roles:
        rows = rows.filter(by=actor.user_id)
    return next(iter(lines(rows, 0, 1)), None)


def lines(rows: QuerySet[Job], first: int, size: int) -> list[Line]:
    """`size` tasks from place `first` (0-based) on, with what they work on; a query more a kind."""
    jobs = list(rows.select_related("by", "stop_by")[first : first + size])
    about = {kind: rows.in_bulk([job.subject for job in jobs if job.kind == kind]) for kind, (_, rows) in _ABOUT.items()}
    ahead = clock.shift() if any(job.kind not in _ABOUT for job in jobs) else timedelta()
    return [_line(job, about.get(job.kind, {}).get(job.subject), ahead) for job in jobs]


# Kind of work -> the field of a line, and the table, of what it works on; other kinds have nothing of their own.
_ABOUT: dict[str, tuple[str, Manager[Any]]] = {
    "act": ("act", Act.objects), "photos": ("upload", PhotoUpload.objects), "sheet": ("sheet", SheetUpload.objects),
    "policy": ("draft", PolicyDraft.objects), "deleting": ("batch", Batch.objects),
}  # fmt: skip


def _line(job: Job, subject: Any, ahead: timedelta) -> Line:
    if subject is None:
        return Line(job, ahead=ahead)
    own: dict[str, Any] = {_ABOUT[job.kind][0]: subject}
    return Line(job, ahead=ahead, **own)


def of_verb(verb: str) -> Q:
    """Acts of one verb."""
    return Q(kind="act", subject__in=Act.objects.filter(verb=verb).values("id"))


def running(still: bool) -> Q:
    """Tasks that are waited for."""
    return Q(state__in=OPEN) if still else ~Q(state__in=OPEN)
