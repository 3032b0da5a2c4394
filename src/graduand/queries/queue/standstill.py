"""Background work that stands still: somebody waits for it, nobody has been at it for a minute; and
whom to call.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Q, QuerySet

from graduand.models import Act, Job
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import PERIODIC, WorkKind
from graduand.rulebook.terms import JobState

# So long nobody may be at work for which somebody waits, before a page says that the background
# work stands still.
PATIENCE = timedelta(seconds=60)
_WAITED_FOR = (JobState.WAITING.value, JobState.RUNNING.value)


def words() -> str:
    """What a page says then."""
    return f"后台处理没有进展，请联系{settings.HELP_CONTACT}"


def at_work(now: datetime) -> QuerySet[Job]:
    """What somebody is at: whoever stopped without a word has lost it when the lease has run out."""
    return Job.objects.filter(state=JobState.RUNNING.value, leased_until__gt=now)


def words_of_job(job: Job) -> str:
    """The same of one job; no query of one that is over."""
    if job.state not in _WAITED_FOR:
        return ""
    return words_of(Job.objects.filter(pk=job.pk))


def words_on(subject: int, *kinds: WorkKind) -> str:
    """The same of the work of these kinds on one subject; one query."""
    return words_of(Job.objects.filter(subject=subject, kind__in=[kind.value for kind in kinds]))


def words_of(jobs: QuerySet[Job]) -> str:
    """`words` when any of these stands still, else ""; one query. What waits in line while other
    work is done does not, nor what has become due within the minute.
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
    """Who ordered each piece of work of the house that stands still; one query.

    What comes by itself is no one's: it is looked after with the program.
    """
    rows = standing_still(Job.objects.exclude(kind__in=PERIODIC))
    return list(rows.values_list("by_id", flat=True))


def act_on(file: int) -> Act | None:
    """The act that is to be done on this file and stands still; one query while none does."""
    left = standing_still(Job.objects.filter(kind=WorkKind.ACT.value))
    acts = Act.objects.filter(pk__in=left.values("subject")).order_by("pk")
    return next((act for act in acts if file in act.items[act.cursor :]), None)
