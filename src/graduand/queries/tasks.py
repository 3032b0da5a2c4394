"""我的任务: long work that somebody ordered, whatever kind it is, with the row that knows how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from graduand.models import Act, Job, PhotoUpload, SheetUpload
from graduand.queries.progress import Work
from graduand.queries.scope import Actor
from graduand.rulebook.terms import JobState, Role

OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Line:
    """One task of the list; `act`, `upload` or `sheet` is what it works on, None for other kinds."""

    job: Job
    act: Act | None = None
    upload: PhotoUpload | None = None
    sheet: SheetUpload | None = None

    @property
    def id(self) -> int:
        return self.job.pk

    @property
    def state(self) -> JobState:
        return Work(self.act, self.job).state if self.act else JobState(self.job.state)

    @property
    def ordered(self) -> datetime:
        """When it was ordered, by the business clock where the work keeps it."""
        if self.act is not None:
            return self.act.confirmed_at
        found = self.upload or self.sheet
        return found.at if found is not None else self.job.created_at

    @property
    def done(self) -> int:
        return self.act.cursor if self.act else self.upload.cursor if self.upload else self.job.done

    @property
    def total(self) -> int:
        return self.act.total if self.act else self.upload.total if self.upload else self.job.total

    @property
    def ended(self) -> datetime | None:
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
    about = {kind: [job.subject for job in jobs if job.kind == kind] for kind in ("act", "photos", "sheet")}
    acts = Act.objects.in_bulk(about["act"])
    uploads = PhotoUpload.objects.in_bulk(about["photos"])
    sheets = SheetUpload.objects.in_bulk(about["sheet"])
    return [
        Line(job, acts.get(job.subject) if job.kind == "act" else None,
             uploads.get(job.subject) if job.kind == "photos" else None, sheets.get(job.subject) if job.kind == "sheet" else None)
        for job in jobs
    ]  # fmt: skip


def of_verb(verb: str) -> Q:
    """Acts of one verb."""
    return Q(kind="act", subject__in=Act.objects.filter(verb=verb).values("id"))


def running(still: bool) -> Q:
    """Tasks that are waited for."""
    return Q(state__in=OPEN) if still else ~Q(state__in=OPEN)
