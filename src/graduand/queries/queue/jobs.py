"""Background work as people look at it: who sees which, its criteria, and how much of it there is."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, F, Q, QuerySet

from graduand.models import Act, Job
from graduand.queries import clock
from graduand.queries.listing import negated_unless
from graduand.queries.queue import standstill
from graduand.queries.scope import Actor
from graduand.rulebook.queue.work_terms import PERIODIC, WorkKind
from graduand.rulebook.terms import JobState, Role

# How long work may be due before a worker takes it; a worker looks every second.
LATE = timedelta(minutes=5)
OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


def job_of(kind: WorkKind, subject: int) -> Job | None:
    """The job behind this work, with whoever ordered and stopped it; one query."""
    rows = Job.objects.filter(kind=kind.value, subject=subject)
    return rows.select_related("by", "stop_by").first()


def open_jobs(kind: WorkKind) -> QuerySet[Job]:
    """The jobs of one kind that are not through."""
    return Job.objects.filter(kind=kind.value, state__in=OPEN)


def waiting(kind: WorkKind) -> set[int]:
    """Jobs that no worker has begun."""
    rows = Job.objects.filter(kind=kind.value, state=JobState.WAITING.value)
    return set(rows.values_list("subject", flat=True))


def unsettled(kind: WorkKind) -> set[int]:
    """Jobs under way, stopped by somebody, or given up."""
    rows = Job.objects.filter(kind=kind.value).exclude(state=JobState.DONE.value)
    return set(rows.values_list("subject", flat=True))


def orders(kind: WorkKind) -> dict[int, int]:
    """Subject -> how often its work was ordered."""
    return dict(Job.objects.filter(kind=kind.value).values_list("subject", "orders"))


def visible_jobs(actor: Actor) -> QuerySet[Job]:
    """What the actor ordered; an administrator of headquarters also sees what others have under
    way, to stop it, and what was given up, to let it continue.
    """
    seen = Q(by=actor.user_id)
    if Role.HQ_ADMIN in actor.roles:
        seen |= Q(state__in=(*OPEN, JobState.FAILED.value)) & ~Q(kind__in=PERIODIC)
    return Job.objects.filter(seen)


def visible_job(actor: Actor, kind: str, subject: int) -> Job | None:
    """One job of the actor's, anybody's for an administrator of headquarters; None for anything
    else. One query.
    """
    return _seen(actor).filter(kind=kind, subject=subject).first()


def numbered(actor: Actor, pk: int) -> Job | None:
    """The job by the number of its row, as far as the actor may see it."""
    return _seen(actor).filter(pk=pk).first()


def _seen(actor: Actor) -> QuerySet[Job]:
    rows = Job.objects.select_related("by", "stop_by")
    if Role.HQ_ADMIN in actor.roles:
        return rows
    return rows.filter(by=actor.user_id)


def periodic() -> QuerySet[Job]:
    """The recurring jobs, in the order in which their kinds are declared."""
    return Job.objects.filter(kind__in=PERIODIC).order_by("id")


def late() -> QuerySet[Job]:
    """Jobs that have been due for some minutes while no worker was active."""
    now = clock.real_now()
    before = now - LATE
    waits = Q(state=JobState.WAITING.value) & (
        Q(not_before__lt=before) | Q(not_before=None, beat_at__lt=before)
    )
    again = ~Q(state__in=OPEN) & (Q(not_before__lt=before) | Q(again_on__lt=clock.today()))
    left = Q(state=JobState.RUNNING.value, leased_until__lt=before)
    return Job.objects.filter(waits | again | left).exclude(Exists(standstill.at_work(now)))


def of_verb(verb: str) -> Q:
    """Acts of one verb."""
    return Q(kind=WorkKind.ACT.value, subject__in=Act.objects.filter(verb=verb).values("id"))


def running(still: bool) -> Q:
    """Jobs that somebody waits for."""
    return negated_unless(still, Q(state__in=OPEN))


def unfinished() -> tuple[int, int]:
    """(acts confirmed and not finished, jobs given up)."""
    acts = Act.objects.filter(finished_at=None, total__gt=F("cursor")).count()
    return acts, Job.objects.filter(state=JobState.FAILED.value).exclude(kind__in=PERIODIC).count()
