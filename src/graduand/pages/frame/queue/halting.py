"""Stopping long work, as pages show it: the button, who wanted it, what was kept and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import Job
from graduand.office.queue import halting
from graduand.office.queue.kinds import job_address, registry
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import stamp
from graduand.queries.queue import standstill
from graduand.rulebook.terms import JobState

NOT_BEGUN = "还没有开始办理，没有任何变化。"
LATE = "要求停止时已经办完，结果完整保留。"


@dataclass(frozen=True, slots=True)
class Halt:
    """`state` is open (it can be stopped), stopping, stopped, late (it was over first) or ""
    (nothing to say); `still` says whom to call while nobody is at it.
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
    """How stopping this work stands, for somebody who may; None for anybody else. `stop_by` comes with the row."""
    if job is None or not halting.may_stop(job, visit.actor):
        return None
    url, state = job_address(job.kind, job.subject), JobState(job.state)
    who = f"{job.stop_by.name} 于 {stamp(job.stop_at)}" if job.stop_by and job.stop_at else ""
    if state in (JobState.WAITING, JobState.RUNNING):
        return Halt(url, "stopping" if who else "open", who, still=standstill.words_of_job(job))
    if state is JobState.CANCELLED:
        far, whole = job.done if done is None else done, job.total if total is None else total
        duty = registry.of(job.kind)
        after = duty.after_stop.format(done=f"{far:,}", left=f"{max(0, whole - far):,}")
        if not far and duty.resumable:
            after = NOT_BEGUN
        return Halt(url, "stopped", who, after, duty.resumable)
    return Halt(url, "late" if who else "", who, LATE)
