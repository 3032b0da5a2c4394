"""Ordering the judging of a batch: whatever makes a verdict doubtful asks for a new one, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import F

from graduand.models import Job
from graduand.queries import clock
from graduand.rulebook.terms import JobState

JOB = "audit"
OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


def order(batches: Collection[int], by: int | None = None) -> None:
    """Have the people of `batches` judged who are due; one job a batch, which is armed again when it has ended.

    `orders` is counted up whatever the job is at: a worker that has just looked, and found nobody left, may end the
    job only while that number is still the one that it saw. The update holds the row until our transaction ends, so
    the worker waits for us and then sees it. Call it late in the transaction, for the same reason. `by` is a person who
    wants it; facts order it by themselves.
    """
    if not batches:
        return
    rows = Job.objects.filter(kind=JOB, subject__in=batches)
    with transaction.atomic():
        if rows.update(orders=F("orders") + 1) < len(batches):
            fresh = (Job(kind=JOB, subject=pk, beat_at=clock.real_now()) for pk in batches)
            Job.objects.bulk_create(fresh, ignore_conflicts=True)
            rows.update(orders=F("orders") + 1)
        if by is not None:
            rows.update(by_id=by)
        rows.exclude(state__in=OPEN).update(
            state=JobState.WAITING.value, done=0, strikes=0, message="", owner="", leased_until=None,
            stop_at=None, stop_by=None, beat_at=clock.real_now(),
        )  # fmt: skip


def orders_of(batch: int) -> int:
    """How often the judging of `batch` was ordered."""
    return Job.objects.filter(kind=JOB, subject=batch).values_list("orders", flat=True).first() or 0


def settle(batch: int, orders: int, again_on: date | None) -> None:
    """End the waiting job of a batch in which nobody is left who was due when `orders` was read."""
    rows = Job.objects.filter(kind=JOB, subject=batch, orders=orders, state=JobState.WAITING.value)
    rows.update(state=JobState.DONE.value, again_on=again_on, beat_at=clock.real_now())


def hold(batch: int) -> None:
    """Let no mark of this batch be committed until our transaction ends; one that is under way is waited for."""
    rows = Job.objects.filter(kind=JOB, subject=batch)
    if not rows.update(orders=F("orders")):
        nobody_due = Job(kind=JOB, subject=batch, state=JobState.DONE.value)
        Job.objects.bulk_create([nobody_due], ignore_conflicts=True)
        rows.update(orders=F("orders"))
