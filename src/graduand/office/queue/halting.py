"""Stopping work between two of its pieces, and letting it go on: who may, and what becomes of what was done."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from graduand.models import Job
from graduand.office import account_log
from graduand.office.queue.kinds import registry
from graduand.office.queue.orders import GIVEN_UP, OPEN
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Role

# Of work that was given up among the steps that follow its end.
MUST_BE_DONE = (
    "没有可以停止的：数据已经写完或已经终止，余下的步骤必须办完；请先改正出错的原因，再点「继续」"
)


class WorkStopped(Exception):
    """Raised where somebody has asked the work to stop; what it has committed stays."""


def obey(kind: WorkKind, subject: int) -> None:
    """Raise WorkStopped when somebody has asked this work to stop. One query; a transaction around
    it is rolled back.
    """
    if Job.objects.filter(kind=kind.value, subject=subject, stop_at__isnull=False).exists():
        raise WorkStopped


def may_stop(job: Job, actor: Actor) -> bool:
    """Whether the actor may stop the job: the person who ordered it, while still at its desk, or an
    administrator of headquarters. Recurring work, and work that has to be finished, nobody may
    stop.
    """
    kind = registry.of(job.kind)
    own = job.by_id == actor.user_id and kind.desk in (None, actor.desk)
    return (own or Role.HQ_ADMIN in actor.roles) and kind.may_end(job.subject)


def stop(pk: int, actor: Actor) -> bool:
    """Ask a job to stop before its next piece; what is done stays done. False when it has ended, or
    was asked already.

    A job that no worker has is stopped here and now, and so is one that was given up: nobody has to
    look after it any more. Noted in the account log. Raises Refused, Job.DoesNotExist.
    """
    job = Job.objects.get(pk=pk)
    if not may_stop(job, actor):
        raise not_allowed("只有提交人或总部管理员可以停止这项任务")
    duty = registry.of(job.kind)()
    if job.state in OPEN and duty.too_late(job.subject):
        return False
    with transaction.atomic():
        if duty.ends_itself:
            wanted = duty.end(job.subject, actor.user_id)
            if duty.closes and not wanted and job.state == GIVEN_UP:
                raise Refused(MUST_BE_DONE)
            if wanted and not duty.closes:
                _cancel(Job.objects.filter(pk=pk), actor.user_id)
        else:
            request = Job.objects.filter(Q(state__in=OPEN, stop_at=None) | Q(state=GIVEN_UP), pk=pk)
            wanted = bool(request.update(stop_at=clock.now(), stop_by_id=actor.user_id))
            idle = Job.objects.filter(pk=pk, state__in=(JobState.WAITING.value, GIVEN_UP))
            if wanted and idle.update(state=JobState.CANCELLED.value, owner="", leased_until=None):
                duty.undo(job.subject)
        if wanted:
            account_log.note(
                Deed.STOPPED, actor=actor.user_id, job=pk, work=job.kind, subject=job.subject
            )
    return wanted


def withdraw(kind: WorkKind, subject: int, by: int) -> None:
    """End work that is no longer wanted, under way or given up: a worker that has it stops before
    the next piece, and nothing is undone.
    """
    rows = Job.objects.filter(kind=kind.value, subject=subject, state__in=(*OPEN, GIVEN_UP))
    _cancel(rows, by)


def _cancel(rows: QuerySet[Job], by: int) -> None:
    rows.update(
        state=JobState.CANCELLED.value,
        owner="",
        leased_until=None,
        stop_at=clock.now(),
        stop_by_id=by,
    )


def may_continue(job: Job) -> bool:
    """Whether its kind of work goes on where it was given up, or where it was stopped."""
    kind = registry.of(job.kind)
    return kind.resumable or (job.state == GIVEN_UP and kind.retryable)


def resume(pk: int, actor: Actor) -> bool:
    """Let work go on where it was stopped, or given up; False when it was neither. Raises Refused,
    DoesNotExist.
    """
    job = Job.objects.get(pk=pk)
    if not may_stop(job, actor):
        raise not_allowed("只有提交人或总部管理员可以继续这项任务")
    if not may_continue(job):
        raise Refused("这类任务停止后不能接着办，请重新提交")
    with transaction.atomic():
        ended = Job.objects.filter(pk=pk, state=job.state).filter(
            state__in=(JobState.CANCELLED.value, GIVEN_UP)
        )
        resumed = ended.update(
            state=JobState.WAITING.value,
            strikes=0,
            strike_place=None,
            message="",
            stop_at=None,
            stop_by=None,
            owner="",
            leased_until=None,
            not_before=None,
            beat_at=clock.real_now(),  # the time for which it was stopped does not count as waiting
        )
        if resumed:
            account_log.note(
                Deed.RESUMED, actor=actor.user_id, job=pk, work=job.kind, subject=job.subject
            )
    return bool(resumed)
