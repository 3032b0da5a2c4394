"""Stopping long work, as pages show it: the button, who wanted it, what was kept, what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graduand.models import Job
from graduand.office.queue import halting
from graduand.office.queue.kinds import job_address, registry
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import stamp
from graduand.queries.queue import standstill
from graduand.rulebook.terms import JobState

LATE = "要求停止时已经办完，结果完整保留。"


@dataclass(frozen=True, slots=True)
class Halt:
    """The state of stopping; `still` says whom to call while no worker has it.

    `state` is open (it can be stopped), stopping, stopped, failed, late (it was over first) or "".
    """

    url: str
    state: str
    who: str = ""
    after: str = ""
    resumable: bool = False
    still: str = ""


def halt_of(
    job: Job | None, visit: Visit, done: int | None = None, total: int | None = None
) -> Halt | None:
    """The state of stopping this work, for somebody who may stop it; None for others.

    `stop_by` comes with the row. `done` and `total` are passed by callers that know better than the
    row.
    """
    if job is None or not halting.may_stop(job, visit.actor):
        return None
    if done is None:
        done = job.done
    if total is None:
        total = job.total
    halt = Halt(job_address(job.kind, job.subject), "", _stopped_by(job))
    match JobState(job.state):
        case JobState.WAITING | JobState.RUNNING:
            return _before_its_end(halt, job)
        case JobState.CANCELLED:
            return _stopped(halt, job, done, total)
        case JobState.FAILED:
            return replace(halt, state="failed", resumable=halting.may_continue(job))
    if halt.who:
        return replace(halt, state="late", after=LATE)
    return replace(halt, after=LATE)


def _stopped_by(job: Job) -> str:
    """Who wanted it to stop, and when; "" while nobody did."""
    if not job.stop_by or not job.stop_at:
        return ""
    return f"{job.stop_by.name} 于 {stamp(job.stop_at)}"


def _before_its_end(halt: Halt, job: Job) -> Halt:
    still = standstill.words_of_job(job)
    if registry.of(job.kind).too_late(job.subject):
        state = "late" if halt.who else ""
        return replace(halt, state=state, after=LATE, still=still)
    if halt.who:
        return replace(halt, state="stopping", still=still)
    return replace(halt, state="open", still=still)


def _stopped(halt: Halt, job: Job, done: int, total: int) -> Halt:
    duty = registry.of(job.kind)
    after = duty.after_stop_of(job.subject).format(
        done=f"{done:,}", left=f"{max(0, total - done):,}"
    )
    if not done and duty.resumable:
        after = duty.before_first
    return replace(halt, state="stopped", after=after, resumable=duty.resumable)
