"""Holding a job while it is worked on: how long, and work that a command or a page does itself, on the job's lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from os import getpid
from socket import gethostname
from uuid import uuid4

from django.conf import settings
from django.db.models import QuerySet

from graduand.models import Job
from graduand.office.queue import orders
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState


def lease_end(now: datetime, more: timedelta = timedelta()) -> datetime:
    """When a lease that is taken now runs out; `more` for a piece in which nobody hears from us for long."""
    return now + timedelta(seconds=settings.JOB_LEASE_SECONDS) + more


def retry_waits() -> list[timedelta]:
    """How long a failed job waits before it is tried again, the first time and the next ones; then it is given up."""
    return [timedelta(seconds=seconds) for seconds in settings.JOB_RETRY_SECONDS]


def owner(what: str) -> str:
    """A name that no other process has had: process numbers come again, in a container always the same."""
    return f"{gethostname()[:24]}:{getpid()}:{what}:{uuid4().hex[:8]}"


def expire_leases(owner: str) -> None:
    """Release what a dead process held for the next worker now, with a strike as after any lease."""
    held = Job.objects.filter(owner=owner, state=JobState.RUNNING.value)
    held.update(leased_until=clock.real_now() - timedelta(seconds=1))


def beat(
    kind: WorkKind, subject: int, done: int, total: int, more: timedelta = timedelta()
) -> None:
    """Report how far the piece under way is, and that the process lives; for a piece that takes
    long.
    """
    now = clock.real_now()
    running = Job.objects.filter(kind=kind.value, subject=subject, state=JobState.RUNNING.value)
    running.update(done=done, total=total, leased_until=lease_end(now, more), beat_at=now)


@dataclass(frozen=True, slots=True)
class Lease:
    """Work that this process does here and now; after a kill the worker takes over once the lease
    has run out.
    """

    kind: WorkKind
    subject: int
    owner: str

    @property
    def _held(self) -> QuerySet[Job]:
        row = Job.objects.filter(kind=self.kind.value, subject=self.subject)
        return row.filter(owner=self.owner, state=JobState.RUNNING.value)

    def beat(self, done: int) -> None:
        """Report that `done` are finished, and the next ones begun."""
        self._held.update(done=done, leased_until=lease_end(clock.real_now()))

    def end(self, done: int, total: int) -> None:
        """Report that all of it is done."""
        self._held.update(
            state=JobState.DONE.value, owner="", leased_until=None, done=done, total=total
        )

    def hand_over(self, done: int, total: int) -> None:
        """Leave the rest to the worker."""
        self._held.update(
            state=JobState.WAITING.value, owner="", leased_until=None, done=done, total=total
        )

    def stopped(self) -> None:
        """Record that it ended where somebody had asked it to."""
        self._held.update(state=JobState.CANCELLED.value, owner="", leased_until=None)


def take(kind: WorkKind, subject: int, what: str) -> Lease:
    """Do work that waits here and now. When a worker was quicker, both do it, and the row is the worker's."""
    lease = Lease(kind, subject, owner(what))
    waiting = Job.objects.filter(kind=kind.value, subject=subject, state=JobState.WAITING.value)
    waiting.update(
        state=JobState.RUNNING.value, owner=lease.owner, leased_until=lease_end(clock.real_now())
    )
    return lease


def order_here(kind: WorkKind, subject: int, by: int | None, what: str) -> Lease:
    """Order work that this process does at once."""
    orders.order(kind, subject, by)
    return take(kind, subject, what)
