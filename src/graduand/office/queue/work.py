"""A worker: claims a job on a lease, does one piece at a time, says how far it is, and strikes what
fails.

Every claim and every extension is a conditional UPDATE: of two workers one wins, and whoever lost
the lease stops before the next piece. The work itself remembers how far it came, so a killed worker
costs time and nothing else.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Case, DateTimeField, F, PositiveIntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Least

from graduand.faults import FULL, fault_of
from graduand.models import Job
from graduand.models.engine import engine_of
from graduand.office import account_log
from graduand.office.queue import leases
from graduand.office.queue.halting import WorkStopped
from graduand.office.queue.kinds import Duty, WorkProgress, registry
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.terms import JobState

LOST = "处理多次中断，已停止；请联系管理员查看日志"
DISK_FULL = "服务器磁盘已满，等待清理；有空间后自动接着办理"
WENT_WRONG = "处理出错，已停止；已办理的部分保留，请联系管理员查看日志"
# Recurring work may fail for weeks: beyond this number strikes are not counted.
MOST_COUNTED = 999
# How many jobs are tried in one claim; another worker may be quicker at each.
LOOKED_AT = 10
CAUSES = {
    errno.EACCES: "没有读写权限",
    errno.EPERM: "没有读写权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.ENOENT: "目录或文件不存在",
    errno.EIO: "磁盘读写出错",
}
log = structlog.get_logger(__name__)
# The work has failed before and has not got further since. The farthest place of a failure counts,
# so that work which goes back to an earlier place and fails there ends too.
_NO_FURTHER = Q(strike_place__gte=F("done"))
_NUMBER = PositiveIntegerField()
_STRUCK: dict[str, Any] = {
    "strikes": Case(
        When(_NO_FURTHER, then=F("strikes") + 1), default=Value(1), output_field=_NUMBER
    ),
    "strike_place": Case(When(_NO_FURTHER, then=F("strike_place")), default=F("done")),
}
_BACK: dict[str, Any] = {"state": JobState.WAITING.value, "owner": "", "leased_until": None}


def never() -> bool:
    """Nobody asks the worker to stop."""
    return False


class Worker:
    """One process that does long work, under a name (`owner`) that no other process has had.

    It has a `Duty` of each kind of its own: what is at work for it, child processes and all, ends
    with it.
    """

    def __init__(self, owner: str, duties: Mapping[str, Duty] | None = None) -> None:
        self.owner = owner
        self.duties = registry.made() if duties is None else duties

    def work_once(self, stop: Callable[[], bool] = never) -> Job | None:
        """Claim one job and do it; None when there was none. Raises OperationalError while the
        database can't be written.
        """
        job = self.claim()
        if job is not None:
            self.run(job, stop)
        return job

    # -- claiming
    # ------------------------------------------------------------------------------------------------

    def claim(self) -> Job | None:
        """Take the oldest work that is due, or whose worker is gone; None when there is none.

        A lease that ran out is a strike against the work: after the last one it is given up instead
        of killing one worker after the other. Work that is ours already is taken up again, and no
        strike: the database was away.
        """
        now = clock.real_now()
        for job in Job.objects.filter(self._due(now), kind__in=self.duties).order_by("id")[
            :LOOKED_AT
        ]:
            if self._take(job, now):
                return Job.objects.get(pk=job.pk)
        return None

    def _due(self, now: datetime) -> Q:
        waits = Q(state=JobState.WAITING.value) & (Q(not_before=None) | Q(not_before__lte=now))
        left = Q(state=JobState.RUNNING.value) & (Q(leased_until__lt=now) | Q(owner=self.owner))
        ended = Q(state__in=(JobState.DONE.value, JobState.FAILED.value))
        return waits | left | (ended & (Q(again_on__lte=clock.today()) | Q(not_before__lte=now)))

    def _take(self, job: Job, now: datetime) -> bool:
        ours = Job.objects.filter(
            pk=job.pk, state=job.state, owner=job.owner, leased_until=job.leased_until
        )
        taken: dict[str, Any] = {
            "state": JobState.RUNNING.value,
            "owner": self.owner,
            "leased_until": leases.lease_end(now),
            "beat_at": now,
            "again_on": None,
            "not_before": None,
            "message": "",
        }
        if job.state != JobState.RUNNING or job.owner == self.owner:
            return bool(ours.update(**taken))
        if _give_up(ours, LOST, self._again(job, now)):
            return False
        return bool(ours.update(**taken, **_STRUCK))

    # -- working
    # -------------------------------------------------------------------------------------------------

    def run(self, job: Job, stop: Callable[[], bool] = never) -> JobState:
        """Do claimed work piece by piece until it ends, fails, is lost to another worker, or `stop`
        says so.
        """
        duty = self.duties[job.kind]
        try:
            while True:
                state = self._piece(job, duty, stop)
                if state is not JobState.RUNNING:
                    return state
        finally:
            self._leave(job, duty)

    def _leave(self, job: Job, duty: Duty) -> None:
        try:
            duty.leave(job.subject)
        except Exception:  # the work has ended already, and the worker's next job must not suffer
            log.exception("what a job had at work did not end", job=job.pk, kind=job.kind)

    def _held(self, job: Job) -> QuerySet[Job]:
        """The row while it is ours."""
        return Job.objects.filter(pk=job.pk, owner=self.owner, state=JobState.RUNNING.value)

    def _piece(self, job: Job, duty: Duty, stop: Callable[[], bool]) -> JobState:
        """One piece; RUNNING when another one is to follow."""
        try:
            return self._try_piece(job, duty, stop)
        # The failure is recorded, so that the next worker does not repeat it blindly
        except Exception as problem:
            if _cannot_write(problem):
                raise  # the job stays ours: the next claim goes on with it
            log.exception("job failed", job=job.pk, kind=job.kind)
            return self._failed(job, problem)

    def _try_piece(self, job: Job, duty: Duty, stop: Callable[[], bool]) -> JobState:
        held = self._held(job)
        seen = held.values_list("orders", "stop_at").first()
        if seen is None:
            return JobState.WAITING  # the job is another worker's by now
        orders, stop_at = seen
        if stop_at is not None and not duty.too_late(job.subject):
            return self._stopped(job, duty)
        if stop():
            held.update(**_BACK)
            return JobState.WAITING
        try:
            with account_log.coming_from(job.address):
                step = duty.advance(job.subject)
        except WorkStopped:
            return self._stopped(job, duty)
        # Another try would be refused too: the person who ordered the job reads why
        except Refused as why:
            given_up = {
                "state": JobState.FAILED.value,
                "owner": "",
                "leased_until": None,
                "message": str(why),
            }
            held.update(**given_up, not_before=self._again(job, clock.real_now()))
            return JobState.FAILED
        return self._went_on(job, duty, step, orders)

    def _went_on(self, job: Job, duty: Duty, step: WorkProgress, orders: int) -> JobState:
        """Write down how far it is; ended, unless it was ordered once more since we looked."""
        held = self._held(job)
        far = _far(step)
        if step.ended:
            end = {**far, "strikes": 0, "strike_place": None, "owner": "", "leased_until": None}
            end |= {
                "state": JobState.DONE.value,
                "again_on": step.again_on,
                "not_before": step.again_at,
            }
            if held.filter(orders=orders).update(**end):
                return JobState.DONE
        if held.filter(stop_at=None).update(**far):
            return JobState.RUNNING
        # Asked to stop while the last of it was being done: what follows is done too
        if duty.too_late(job.subject) and held.update(**far):
            return JobState.RUNNING
        return self._stopped(job, duty, step)

    def _stopped(self, job: Job, duty: Duty, step: WorkProgress | None = None) -> JobState:
        """Ended from outside: the lease was lost, or somebody asked it to stop; then it is stopped,
        not failed.
        """
        far = {}
        if step:
            far = {"done": step.done, "total": step.total}
        held = self._held(job).filter(stop_at__isnull=False)
        with transaction.atomic():
            ended = held.update(state=JobState.CANCELLED.value, owner="", leased_until=None, **far)
            if ended:
                duty.undo(job.subject)
        if ended:
            return JobState.CANCELLED
        return JobState.WAITING

    def _failed(self, job: Job, problem: Exception) -> JobState:
        """One more failure: back into the queue for a while, or given up."""
        held = self._held(job)
        now = clock.real_now()
        again = self._again(job, now)
        if again is not None:
            why = f"没有办成：{_cause(problem)}。到时自动再试；反复出现时，请管理员查看日志"
            _give_up(held, why, again, borne=0)
            return JobState.FAILED
        # The work is not at fault: it waits, however long the cause lasts, and other work goes on
        if _is_full(problem):
            held.update(**_BACK, not_before=_next_try(now), message=DISK_FULL)
            return JobState.WAITING
        if _give_up(held, WENT_WRONG):
            return JobState.FAILED
        held.update(**_BACK, not_before=_next_try(now), **_STRUCK)
        return JobState.WAITING

    def _again(self, job: Job, now: datetime) -> datetime | None:
        """When it is due again after it was given up; None when somebody has to order it anew."""
        pause = self.duties[job.kind].again_after_failure()
        if pause is None:
            return None
        return now + pause


def _cannot_write(problem: Exception) -> bool:
    """Whether the database can't be written now: it is away, or its disk is full. That is no fault
    of the work, and no other work could be done.
    """
    if isinstance(problem, OperationalError | InterfaceError) and engine_of().is_away(problem):
        return True
    return isinstance(problem, OperationalError) and _is_full(problem)


def _is_full(problem: Exception) -> bool:
    return (
        isinstance(problem, OperationalError | OSError)
        and fault_of(problem, settings.GRADUAND_HOME) is FULL
    )


def _far(step: WorkProgress) -> dict[str, Any]:
    """The columns that say how far it is. Strikes are forgotten once the piece that had failed is
    through.
    """
    now = clock.real_now()
    through = Q(strike_place__lt=step.done)
    far = {
        "done": step.done,
        "total": step.total,
        "leased_until": leases.lease_end(now),
        "beat_at": now,
        "strikes": Case(When(through, then=Value(0)), default=F("strikes"), output_field=_NUMBER),
        "strike_place": Case(
            When(through, then=Value(None)), default=F("strike_place"), output_field=_NUMBER
        ),
    }
    if step.message:
        far["message"] = step.message
    return far


def _give_up(
    rows: QuerySet[Job], message: str, again: datetime | None = None, borne: int | None = None
) -> bool:
    """Whether this was the last failure that is allowed; counted in the UPDATE, whatever was read
    before.
    """
    if borne is None:
        borne = len(settings.JOB_RETRY_SECONDS)
    last = rows
    if borne:
        last = rows.filter(_NO_FURTHER, strikes__gte=borne)
    counted = Least(F("strikes") + 1, Value(MOST_COUNTED), output_field=_NUMBER)
    given_up = {"state": JobState.FAILED.value, "strikes": counted, "message": message}
    return bool(last.update(**given_up, owner="", leased_until=None, not_before=again))


def _cause(problem: Exception) -> str:
    """What went wrong, in words for whoever looks after the machine; what nobody expected is left
    to the log.
    """
    if not isinstance(problem, OSError):
        return "处理出错"
    cause = CAUSES.get(problem.errno or 0, "目录或文件无法读写")
    if problem.filename:
        cause += f"（{problem.filename}）"
    return cause


def _next_try(now: datetime) -> Case:
    """When it is tried again: the more failures at one place, the later."""
    first, *others = (now + wait for wait in leases.retry_waits())
    again = (
        When(_NO_FURTHER, strikes=before, then=Value(wait))
        for before, wait in enumerate(others, start=1)
    )
    return Case(*again, default=Value(first), output_field=DateTimeField())
