"""Ordering work: its row is made, armed again, counted, held, settled or left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from graduand.models import Job
from graduand.office import account_log
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import ONLY, WorkKind
from graduand.rulebook.terms import JobState

OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


def fresh() -> dict[str, Any]:
    """The columns of a row that waits for its first piece, whatever became of it before."""
    return {
        "state": JobState.WAITING.value,
        "done": 0,
        "strikes": 0,
        "strike_place": None,
        "message": "",
        "owner": "",
        "leased_until": None,
        "again_on": None,
        "not_before": None,
        "stop_at": None,
        "stop_by": None,
        **_ordered_now(),
    }


def _ordered_now() -> dict[str, Any]:
    """The real moment, from which one counts how long nobody has been at it, and the one that pages tell."""
    moment = clock.real_now()
    return {"beat_at": moment, "ordered_at": moment + clock.shift()}


def order(kind: WorkKind, subject: int, by: int | None, total: int = 0) -> None:
    """Have this work done from its beginning; whoever is at it has lost it."""
    columns = {**fresh(), "by_id": by, "total": total, "address": account_log.current_address()}
    Job.objects.bulk_create(
        [Job(kind=kind.value, subject=subject, **columns)],
        update_conflicts=True,
        unique_fields=["kind", "subject"],
        update_fields=[name.removesuffix("_id") for name in columns],
    )


def order_again(kind: WorkKind, subjects: Collection[int], by: int | None = None) -> None:
    """Have this work done for `subjects`: what is under way goes on, and looks again before it
    ends.

    `orders` is counted up whatever the job is at: a worker that has just looked, and found nothing
    left, may end the job only while that number is still the one that it saw. The update holds the
    row until our transaction ends, so the worker waits for us and then sees it. Call it late in the
    transaction, for the same reason. `by` is a person who wants it; what follows from facts is
    ordered by nobody.
    """
    if not subjects:
        return
    rows = Job.objects.filter(kind=kind.value, subject__in=subjects)
    with transaction.atomic():
        if rows.update(orders=F("orders") + 1) < len(subjects):
            new = (Job(kind=kind.value, subject=pk, **_ordered_now()) for pk in subjects)
            Job.objects.bulk_create(new, ignore_conflicts=True)
            rows.update(orders=F("orders") + 1)
        if by is not None:
            rows.update(by_id=by, address=account_log.current_address())
        rows.exclude(state__in=OPEN).update(**fresh())


def arm(kinds: Collection[WorkKind]) -> None:
    """A worker starts: what comes by itself comes now, whenever it would have been due; each has one row."""
    for kind in kinds:
        row = Job(kind=kind.value, subject=ONLY, **_ordered_now())
        Job.objects.bulk_create([row], ignore_conflicts=True)
    rows = Job.objects.filter(kind__in=[kind.value for kind in kinds], subject=ONLY)
    rows.exclude(state=JobState.RUNNING.value).update(state=JobState.WAITING.value, not_before=None)


def trigger_now(kind: WorkKind) -> None:
    """What comes by itself is wanted now."""
    arm([kind])


def orders_of(kind: WorkKind, subject: int) -> int:
    """How often this work was ordered."""
    return _row(kind, subject).values_list("orders", flat=True).first() or 0


def address_of(kind: WorkKind, subject: int) -> str:
    """Where its order came from, whoever does it."""
    return _row(kind, subject).values_list("address", flat=True).first() or ""


def settle(kind: WorkKind, subject: int, orders: int, again_on: date | None) -> None:
    """End work of which nothing is left to do, unless it was ordered since `orders` was read; one
    that had ended and was due again by its day has been done with it.
    """
    idle = _row(kind, subject).filter(
        orders=orders, state__in=(JobState.WAITING.value, JobState.DONE.value)
    )
    idle.update(
        state=JobState.DONE.value, again_on=again_on, not_before=None, beat_at=clock.real_now()
    )


def hold(kind: WorkKind, subject: int) -> None:
    """Let no order of this work be committed until our transaction ends; one that is under way is waited for."""
    rows = _row(kind, subject)
    if not rows.update(orders=F("orders")):
        nothing_due = Job(kind=kind.value, subject=subject, state=JobState.DONE.value)
        Job.objects.bulk_create([nothing_due], ignore_conflicts=True)
        rows.update(orders=F("orders"))


def restart_failed(kind: WorkKind, subject: int) -> None:
    """Work that was given up begins anew; any other stays as it is."""
    _row(kind, subject).filter(state=JobState.FAILED.value).update(**fresh())


def leave(kind: WorkKind, subject: int) -> None:
    """The work was done elsewhere: a worker has nothing left to do of it."""
    _row(kind, subject).filter(state__in=OPEN).update(
        state=JobState.DONE.value, owner="", leased_until=None
    )


def say(kind: WorkKind, subject: int, message: str) -> None:
    """What its page tells of the work."""
    _row(kind, subject).update(message=message)


def forget(kind: WorkKind, subject: int) -> None:
    """The row goes: what was done stands where it belongs, and nobody looks for it among the jobs."""
    _row(kind, subject).delete()


def _row(kind: WorkKind, subject: int) -> QuerySet[Job]:
    return Job.objects.filter(kind=kind.value, subject=subject)
