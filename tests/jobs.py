"""What tests ask of the queue, in a word each: a worker with one job to do, an order, a stop."""

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
    """A new worker claims one job and does it; False when there was none."""
    return Worker(owner).work_once(stop) is not None


def claim(owner: str = "worker") -> Job | None:
    """What a new worker takes."""
    return Worker(owner).claim()


def run(job: Job, owner: str = "worker", stop: Callable[[], bool] = never) -> JobState:
    """The worker that has taken a job does it."""
    return Worker(owner).run(job, stop)


def order_audit(batch: Batch, by: int | None = None) -> Job:
    """The judging of a batch, ordered."""
    orders.order_again(WorkKind.AUDIT, {batch.pk}, by)
    return Job.objects.get(kind=WorkKind.AUDIT.value, subject=batch.pk)


def doing(kind: WorkKind, advance: Callable[[int], object], monkeypatch) -> type[Duty]:
    """Let every worker of this test do this kind in another way."""
    usual = registry.of(kind.value)
    other = type(usual.__name__, (usual,), {"advance": lambda _self, subject: advance(subject)})
    monkeypatch.setitem(registry.duties, kind.value, other)
    return other
