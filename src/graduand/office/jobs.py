"""Long work in the background: a worker claims a row on a lease, does one chunk at a time, and says how far it is.

Every claim and every extension is a conditional UPDATE: of two workers one wins, and whoever lost the lease stops
before the next chunk. The work itself remembers how far it came, so a killed worker costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from graduand.models import Act, Batch, Job
from graduand.office import audit, closing, moves, policy_drafts
from graduand.office.intake import uploads
from graduand.office.photos import comparison, keeping
from graduand.queries import clock
from graduand.queries.bench import bench_of
from graduand.queries.scope import Actor
from graduand.queries.verdicts import CHUNK
from graduand.rulebook.terms import JobState

LEASE = timedelta(seconds=60)
MOST_STRIKES = 3
# People who wait want to see it move, and a stop is obeyed between two pieces; a thousand cost no more than five.
PIECE = 1_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a piece of work is after one chunk."""

    done: int
    total: int
    ended: bool


def advance_act(subject: int, size: int = PIECE) -> Step:
    """The next piece of a confirmed act."""
    act = moves.advance(subject, size)
    return Step(act.cursor, act.total, act.finished_at is not None)


def advance_audit(subject: int) -> Step:
    """The next chunk of a batch's audit: whoever is due, until nobody is."""
    batch = Batch.objects.get(pk=subject)
    bench = bench_of(batch)
    due = audit.due(batch, bench)
    audit.refresh(due[:CHUNK], bench)
    everybody = batch.candidates.count()
    left = max(0, len(due) - CHUNK)
    return Step(everybody - left, everybody, left == 0)


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


WORK: dict[str, Callable[[int], Step]] = {
    "act": advance_act, "audit": advance_audit, "photos": advance_photos, "faces": advance_faces,
    "sheet": advance_sheet, "policy": advance_policy, "closing": advance_closing,
}  # fmt: skip


def claim(owner: str) -> Job | None:
    """Take the oldest work that waits, or whose worker is gone; None when there is none.

    A lease that ran out is a strike against the work: three, and it is given up instead of killing a
    worker after the other.
    """
    now = clock.real_now()
    free = Q(state=JobState.WAITING.value) | Q(state=JobState.RUNNING.value, leased_until__lt=now)
    for job in Job.objects.filter(free, kind__in=WORK).order_by("id")[:10]:
        lost = job.state == JobState.RUNNING
        strikes = job.strikes + lost
        ours = Job.objects.filter(pk=job.pk, state=job.state, owner=job.owner, leased_until=job.leased_until)
        if strikes >= MOST_STRIKES:
            message = "处理多次中断，已停止；请联系管理员查看日志"
            ours.update(state=JobState.FAILED.value, strikes=strikes, message=message)
            continue
        if ours.update(state=JobState.RUNNING.value, owner=owner, leased_until=now + LEASE, strikes=strikes):
            return Job.objects.get(pk=job.pk)
    return None


def run(job: Job, owner: str, stop: Callable[[], bool] = lambda: False) -> JobState:
    """Do claimed work chunk by chunk until it ends, fails, is lost to another worker, or `stop` says so."""
    work = WORK[job.kind]
    mine = Job.objects.filter(pk=job.pk, owner=owner, state=JobState.RUNNING.value)
    while True:
        if stop():
            mine.update(state=JobState.WAITING.value, owner="", leased_until=None)
            return JobState.WAITING
        try:
            step = work(job.subject)
        except Exception:  # whatever it is, the next worker must not meet it blindly
            log.exception("job failed", job=job.pk, kind=job.kind)
            return _strike(job, owner)
        ended = JobState.DONE.value if step.ended else JobState.RUNNING.value
        held = mine.update(
            state=ended, done=step.done, total=step.total, strikes=0, leased_until=clock.real_now() + LEASE
        )
        if not held:
            return JobState.WAITING
        if step.ended:
            return JobState.DONE


def carry_out(act: Act, owner: str, progress: moves.Progress | None = None, size: int = CHUNK) -> Act:
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


def cancel(act: int, actor: Actor) -> bool:
    """Stop a confirmed act of `actor` before its next piece: what is done stays done, the rest is left where it is.

    False when it had ended already. The stop stands on the act itself, so no worker and no command goes on with it.
    """
    with transaction.atomic():
        mine = Act.objects.filter(pk=act, actor=actor.user_id, finished_at=None)
        stopped = mine.update(finished_at=clock.now())
        if stopped:
            row = Job.objects.filter(kind="act", subject=act)
            row.update(state=JobState.CANCELLED.value, owner="", leased_until=None)
    return bool(stopped)


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
    job, fresh = Job.objects.get_or_create(kind="audit", subject=batch.pk, defaults={"by_id": by})
    if not fresh:
        ended = Job.objects.filter(pk=job.pk, state__in=[JobState.DONE.value, JobState.FAILED.value])
        ended.update(state=JobState.WAITING.value, by_id=by, done=0, strikes=0, owner="", leased_until=None)
    return Job.objects.get(pk=job.pk)


def unfinished() -> tuple[int, int]:
    """(acts confirmed and not finished, jobs given up)."""
    acts = Act.objects.filter(finished_at=None, total__gt=F("cursor")).count()
    return acts, Job.objects.filter(state=JobState.FAILED.value).count()
