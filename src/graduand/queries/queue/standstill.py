"""Background work that stands still: somebody waits for it, and no worker has been active for a
minute; and whom to call.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Q, QuerySet

from graduand.models import Act, Job
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import PERIODIC, WorkKind
from graduand.rulebook.terms import JobState

# How long somebody may wait while no worker is active, before a page says that the background work
# stands still.
PATIENCE = timedelta(seconds=60)
_WAITED_FOR = (JobState.WAITING.value, JobState.RUNNING.value)


def words() -> str:
    """What a page says when background work stands still."""
    return f"后台处理没有进展，请联系{settings.HELP_CONTACT}"


def at_work(now: datetime) -> QuerySet[Job]:
    """The jobs that a worker holds: one that died without a word has lost them when its lease has
    run out.
    """
    return Job.objects.filter(state=JobState.RUNNING.value, leased_until__gt=now)


def words_of_job(job: Job) -> str:
    """`words` when this job stands still, else ""; no query for a finished one."""
    if job.state not in _WAITED_FOR:
        return ""
    return words_of(Job.objects.filter(pk=job.pk))


def words_on(subject: int, *kinds: WorkKind) -> str:
    """`words` when work of these kinds on one subject stands still, else ""; one query."""
    return words_of(Job.objects.filter(subject=subject, kind__in=[kind.value for kind in kinds]))


def words_of(jobs: QuerySet[Job]) -> str:
    """`words` when any of these jobs stands still, else ""; one query. Jobs that wait in line while
    other work is done do not stand still, nor do those that became due within the minute.
    """
    if not standing_still(jobs).exists():
        return ""
    return words()


def standing_still(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Those of `jobs` that somebody waits for while nobody has been at work for a minute."""
    now = clock.real_now()
    since = now - PATIENCE
    due = Q(not_before=None) | Q(not_before__lt=since)
    left = jobs.filter(due, state__in=_WAITED_FOR, beat_at__lt=since)
    return left.exclude(Exists(at_work(now)))


def ordered_by() -> list[int | None]:
    """Who ordered each job that stands still; one query.

    Recurring jobs belong to nobody: they are looked after together with the program.
    """
    rows = standing_still(Job.objects.exclude(kind__in=PERIODIC))
    return list(rows.values_list("by_id", flat=True))


def act_on(file: int) -> Act | None:
    """The act on this file whose job stands still; one query while none does."""
    left = standing_still(Job.objects.filter(kind=WorkKind.ACT.value))
    acts = Act.objects.filter(pk__in=left.values("subject")).order_by("pk")
    return next((act for act in acts if file in act.items[act.cursor :]), None)
