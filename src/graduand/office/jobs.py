"""Long work in the background: a worker claims a row on a lease, does one chunk at a time, and says how far it is.

Every claim and every extension is a conditional UPDATE: of two workers one wins, and whoever lost the lease stops
before the next chunk. The work itself remembers how far it came, so a killed worker costs time and nothing else.
Whoever ordered it can stop it: the wish stands on the job, and the worker obeys it between two pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from graduand.models import Act, Batch, Job
from graduand.office import closing, deleting, listing, moves, policy_drafts, rejudging, trail
from graduand.office.acts import NotAllowed
from graduand.office.audit_orders import JOB as AUDIT
from graduand.office.audit_orders import order
from graduand.office.intake import uploads
from graduand.office.photos import comparison, keeping
from graduand.office.refusal import Refused
from graduand.office.stopping import Stopped
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.account_terms import Deed
from graduand.rulebook.terms import JobState, Role

LEASE = timedelta(seconds=60)
MOST_STRIKES = 3
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a piece of work is after one chunk; `again_on` is the day on which it is due again by itself."""

    done: int
    total: int
    ended: bool
    again_on: date | None = None


def advance_act(subject: int, size: int = moves.PIECE) -> Step:
    """The next piece of a confirmed act."""
    act = moves.advance(subject, size)
    return Step(act.cursor, act.total, act.finished_at is not None)


def advance_audit(subject: int) -> Step:
    """The next piece of a batch's audit: first its list, where that is not complete, then whoever is due."""
    if listing.advance(subject) is not None:
        return Step(0, Batch.objects.get(pk=subject).candidates.count(), ended=False)
    return Step(*rejudging.advance(subject))


def advance_photos(subject: int) -> Step:
    """The next pictures of an upload, through the judge."""
    upload = keeping.advance(subject)
    return Step(upload.cursor, upload.total, upload.finished_at is not None)


def advance_faces(_subject: int) -> Step:
    """The next faces to be measured; at last everybody is compared."""
    turn = comparison.advance()
    return Step(turn.done, turn.total, turn.ended)


def advance_sheet(subject: int) -> Step:
    """The next run of a workbook: its trial, or the import."""
    return Step(*uploads.advance(subject))


def advance_policy(subject: int) -> Step:
    """The next people of the trial of a policy."""
    return Step(*policy_drafts.advance(subject))


def advance_closing(subject: int) -> Step:
    """A batch that two people want closed."""
    return Step(*closing.advance(subject))


def advance_deleting(subject: int) -> Step:
    """The files of a batch that was deleted."""
    return Step(*deleting.advance(subject))


WORK: dict[str, Callable[[int], Step]] = {
    "act": advance_act, "audit": advance_audit, "photos": advance_photos, "faces": advance_faces,
    "sheet": advance_sheet, "policy": advance_policy, "closing": advance_closing,
    "deleting": advance_deleting,
}  # fmt: skip

# What becomes of work that is stopped and may not stay half done, in the transaction that stops it.
UNDO: dict[str, Callable[[int], None]] = {"closing": closing.undo}
# What a stopped piece of work leaves running in this process.
LEAVE: dict[str, Callable[[int], None]] = {"photos": keeping.leave}
# What goes on where it stopped. An act is ordered anew for whoever is left, a workbook is looked at again before it is
# imported, and closing a batch takes two people again.
RESUMABLE = frozenset({"audit", "photos", "faces", "policy", "deleting"})
OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


def claim(owner: str) -> Job | None:
    """Take the oldest work that waits, or whose worker is gone; None when there is none.

    A lease that ran out is a strike against the work: three, and it is given up instead of killing a
    worker after the other.
    """
    now = clock.real_now()
    free = Q(state=JobState.WAITING.value) | Q(state=JobState.RUNNING.value, leased_until__lt=now)
    free |= Q(state=JobState.DONE.value, again_on__lte=clock.today())
    for job in Job.objects.filter(free, kind__in=WORK).order_by("id")[:10]:
        lost = job.state == JobState.RUNNING
        strikes = job.strikes + lost
        ours = Job.objects.filter(pk=job.pk, state=job.state, owner=job.owner, leased_until=job.leased_until)
        if strikes >= MOST_STRIKES:
            message = "处理多次中断，已停止；请联系管理员查看日志"
            ours.update(state=JobState.FAILED.value, strikes=strikes, message=message)
            continue
        taken = {"state": JobState.RUNNING.value, "owner": owner, "leased_until": now + LEASE, "strikes": strikes}
        if ours.update(**taken, beat_at=now, again_on=None):
            return Job.objects.get(pk=job.pk)
    return None


def run(job: Job, owner: str, stop: Callable[[], bool] = lambda: False) -> JobState:
    """Do claimed work chunk by chunk until it ends, fails, is lost to another worker, or `stop` says so."""
    work = WORK[job.kind]
    mine = Job.objects.filter(pk=job.pk, owner=owner, state=JobState.RUNNING.value)
    if job.stop_at is not None:
        return _stopped(job, owner)
    while True:
        if stop():
            mine.update(state=JobState.WAITING.value, owner="", leased_until=None)
            return JobState.WAITING
        orders = mine.values_list("orders", flat=True).first() or 0
        try:
            step = work(job.subject)
        except Stopped:
            return _stopped(job, owner)
        except Refused as why:  # it would be refused again: whoever ordered it reads why
            mine.update(state=JobState.FAILED.value, owner="", leased_until=None, message=str(why))
            return JobState.FAILED
        except Exception:  # whatever it is, the next worker must not meet it blindly
            log.exception("job failed", job=job.pk, kind=job.kind)
            return _strike(job, owner)
        now = clock.real_now()
        far = {"done": step.done, "total": step.total, "strikes": 0, "leased_until": now + LEASE, "beat_at": now}
        if step.ended:
            if mine.filter(orders=orders).update(state=JobState.DONE.value, again_on=step.again_on, **far):
                return JobState.DONE
            if not mine.exists():
                return JobState.WAITING
        # Ordered once more since we looked: it goes on.
        if not mine.filter(stop_at=None).update(**far):
            return _stopped(job, owner, step)


def carry_out(act: Act, owner: str, progress: moves.Progress | None = None, size: int = moves.PIECE) -> Act:
    """Do a confirmed act here and now, on the lease of its job: killed, it is the worker's once the lease has run out."""
    job = Job.objects.filter(kind="act", subject=act.pk)
    mine = job.filter(owner=owner, state=JobState.RUNNING.value)
    job.filter(state=JobState.WAITING.value).update(
        state=JobState.RUNNING.value, owner=owner, leased_until=clock.real_now() + LEASE
    )
    while act.finished_at is None:
        act = moves.advance(act.pk, size)
        mine.update(done=act.cursor, leased_until=clock.real_now() + LEASE)
        if progress is not None:
            progress(act.cursor, act.total)
    mine.update(state=JobState.DONE.value, done=act.cursor)
    return act


def leave(kind: str, subject: int) -> None:
    """The work was done elsewhere: the worker has nothing left to do of it."""
    Job.objects.filter(kind=kind, subject=subject, state__in=OPEN).update(state=JobState.DONE.value)


def may_stop(job: Job, actor: Actor) -> bool:
    """Whoever ordered it, or an administrator of headquarters."""
    return job.by_id == actor.user_id or Role.HQ_ADMIN in actor.roles


def stop(pk: int, actor: Actor) -> bool:
    """Want a job to end before its next piece; what is done stays done. False when it has ended, or was asked already.

    What nobody is at yet ends here and now. Noted in the trail. Raises NotAllowed, Job.DoesNotExist.
    """
    job = Job.objects.get(pk=pk)
    if not may_stop(job, actor):
        raise NotAllowed("只有提交人或总部管理员可以停止这项任务")
    if job.kind == "act":
        return _stop_act(job.subject, actor)
    with transaction.atomic():
        wish = Job.objects.filter(pk=pk, state__in=OPEN, stop_at=None)
        wanted = wish.update(stop_at=clock.now(), stop_by_id=actor.user_id)
        if wanted:
            idle = Job.objects.filter(pk=pk, state=JobState.WAITING.value)
            if idle.update(state=JobState.CANCELLED.value, owner="", leased_until=None) and job.kind in UNDO:
                UNDO[job.kind](job.subject)
            trail.note(Deed.STOPPED, actor=actor.user_id, job=pk, work=job.kind, subject=job.subject)
    return bool(wanted)


def resume(pk: int, actor: Actor) -> bool:
    """Let stopped work go on where it stopped; False when it is not stopped. Raises NotAllowed, Refused, DoesNotExist."""
    job = Job.objects.get(pk=pk)
    if not may_stop(job, actor):
        raise NotAllowed("只有提交人或总部管理员可以继续这项任务")
    if job.kind not in RESUMABLE:
        raise Refused("这类任务停止后不能接着办，请重新提交")
    with transaction.atomic():
        stopped = Job.objects.filter(pk=pk, state=JobState.CANCELLED.value)
        gone_on = stopped.update(state=JobState.WAITING.value, stop_at=None, stop_by=None, owner="", leased_until=None)
        if gone_on:
            trail.note(Deed.RESUMED, actor=actor.user_id, job=pk, work=job.kind, subject=job.subject)
    return bool(gone_on)


def cancel(act: int, actor: Actor) -> bool:
    """Stop a confirmed act of `actor` before its next piece: what is done stays done, the rest is left where it is.

    False when it had ended already, or is somebody else's.
    """
    return Act.objects.filter(pk=act, actor=actor.user_id).exists() and _stop_act(act, actor)


def _stop_act(act: int, actor: Actor) -> bool:
    """The stop stands on the act itself, so no worker and no command goes on with it."""
    with transaction.atomic():
        now = clock.now()
        stopped = Act.objects.filter(pk=act, finished_at=None).update(finished_at=now)
        if stopped:
            row = Job.objects.filter(kind="act", subject=act)
            row.update(state=JobState.CANCELLED.value, owner="", leased_until=None, stop_at=now, stop_by_id=actor.user_id)
            trail.note(Deed.STOPPED, actor=actor.user_id, work="act", subject=act)
    return bool(stopped)


def _stopped(job: Job, owner: str, step: Step | None = None) -> JobState:
    """The lease is gone, or somebody wants it to end: then it is stopped, not failed."""
    far = {"done": step.done, "total": step.total} if step else {}
    mine = Job.objects.filter(pk=job.pk, owner=owner, state=JobState.RUNNING.value, stop_at__isnull=False)
    with transaction.atomic():
        ended = mine.update(state=JobState.CANCELLED.value, owner="", leased_until=None, **far)
        if ended and job.kind in UNDO:
            UNDO[job.kind](job.subject)
    if job.kind in LEAVE:
        LEAVE[job.kind](job.subject)
    return JobState.CANCELLED if ended else JobState.WAITING


def _strike(job: Job, owner: str) -> JobState:
    """One more failure: back into the queue, or given up."""
    failed = job.strikes + 1 >= MOST_STRIKES
    state = JobState.FAILED if failed else JobState.WAITING
    message = "处理出错，已停止；已办理的部分保留，请联系管理员查看日志" if failed else ""
    Job.objects.filter(pk=job.pk, owner=owner, state=JobState.RUNNING.value).update(
        state=state.value, strikes=F("strikes") + 1, owner="", leased_until=None, message=message
    )
    return state


def work_once(owner: str, stop: Callable[[], bool] = lambda: False) -> bool:
    """Claim and do one piece of work; False when there was none."""
    job = claim(owner)
    if job is None:
        return False
    run(job, owner, stop)
    return True


def order_audit(batch: Batch, by: int | None) -> Job:
    """Ask for the audit of `batch` in the background; one that has ended is asked for again."""
    order({batch.pk}, by)
    return Job.objects.get(kind=AUDIT, subject=batch.pk)


def unfinished() -> tuple[int, int]:
    """(acts confirmed and not finished, jobs given up)."""
    acts = Act.objects.filter(finished_at=None, total__gt=F("cursor")).count()
    return acts, Job.objects.filter(state=JobState.FAILED.value).count()
