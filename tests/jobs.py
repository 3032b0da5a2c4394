"""Short forms of what tests ask of the queue: a worker with one job to do, an order, a stop."""

from collections.abc import Callable

from graduand.models import Batch, Job
from graduand.office import acts
from graduand.office.queue import halting, orders
from graduand.office.queue.kinds import Duty, registry
from graduand.office.queue.work import Worker, never
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState

stop, resume, cancel = halting.stop, halting.resume, acts.cancel


def work_once(owner: str = "worker", stop: Callable[[], bool] = never) -> bool:
    """Let a new worker claim one job and do it; False when there was none."""
    return Worker(owner).work_once(stop) is not None


def claim(owner: str = "worker") -> Job | None:
    """The job that a new worker claims."""
    return Worker(owner).claim()


def run(job: Job, owner: str = "worker", stop: Callable[[], bool] = never) -> JobState:
    """Let the worker that has claimed a job do it."""
    return Worker(owner).run(job, stop)


def order_audit(batch: Batch, by: int | None = None) -> Job:
    """Order the judging of a batch."""
    orders.order_again(WorkKind.AUDIT, {batch.pk}, by)
    return Job.objects.get(kind=WorkKind.AUDIT.value, subject=batch.pk)


def doing(kind: WorkKind, advance: Callable[[int], object], monkeypatch) -> type[Duty]:
    """Let every worker of this test do this kind of work by `advance`."""
    usual = registry.of(kind.value)
    other = type(usual.__name__, (usual,), {"advance": lambda _self, subject: advance(subject)})
    monkeypatch.setitem(registry.duties, kind.value, other)
    return other
