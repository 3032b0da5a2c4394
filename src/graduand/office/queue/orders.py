"""Orders of background work: making, renewing, counting, holding and ending the row of a job."""

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
GIVEN_UP = JobState.FAILED.value


def fresh() -> dict[str, Any]:
    """The columns of a job that waits for its first piece; nothing is left of an earlier run."""
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
    """`beat_at` is real time, since a worker's silence is measured by it; `ordered_at` is the
    program's time, which pages show.
    """
    moment = clock.real_now()
    return {"beat_at": moment, "ordered_at": moment + clock.shift()}


def order(kind: WorkKind, subject: int, by: int | None, total: int = 0) -> None:
    """Order this work from its beginning; a worker that is doing it loses its claim."""
    columns = {**fresh(), "by_id": by, "total": total, "address": account_log.current_address()}
    Job.objects.bulk_create(
        [Job(kind=kind.value, subject=subject, **columns)],
        update_conflicts=True,
        unique_fields=["kind", "subject"],
        update_fields=[name.removesuffix("_id") for name in columns],
    )


def order_again(kind: WorkKind, subjects: Collection[int], by: int | None = None) -> None:
    """Order this work for `subjects`: a job under way goes on, and looks again before it ends.

    `orders` is counted up in whatever state the job is: a worker that has just looked, and found
    nothing left, may end the job only while that number is still the one that it saw. The update
    holds the row until our transaction ends, so the worker waits for us and then sees it. Call it
    late in the transaction, for the same reason. `by` is the person who wants it; None where the
    work follows from changed facts.
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
    """When a worker starts: make recurring work due now, whenever it would have been due. Each kind
    has one row.
    """
    for kind in kinds:
        row = Job(kind=kind.value, subject=ONLY, **_ordered_now())
        Job.objects.bulk_create([row], ignore_conflicts=True)
    rows = Job.objects.filter(kind__in=[kind.value for kind in kinds], subject=ONLY)
    rows.exclude(state=JobState.RUNNING.value).update(state=JobState.WAITING.value, not_before=None)


def trigger_now(kind: WorkKind) -> None:
    """Make this recurring work due now."""
    arm([kind])


def orders_of(kind: WorkKind, subject: int) -> int:
    """How often this work was ordered."""
    return _row(kind, subject).values_list("orders", flat=True).first() or 0


def address_of(kind: WorkKind, subject: int) -> str:
    """The network address from which the work was ordered."""
    return _row(kind, subject).values_list("address", flat=True).first() or ""


def settle(kind: WorkKind, subject: int, orders: int, again_on: date | None) -> None:
    """End work of which nothing is left to do, unless it was ordered since `orders` was read. A job
    that had ended and was to be done again on a day counts as done for that day.
    """
    idle = _row(kind, subject).filter(
        orders=orders, state__in=(JobState.WAITING.value, JobState.DONE.value)
    )
    idle.update(
        state=JobState.DONE.value, again_on=again_on, not_before=None, beat_at=clock.real_now()
    )


def hold(kind: WorkKind, subject: int) -> None:
    """Keep this work from being ordered until our transaction ends; first waits for an order in a
    transaction that is open.
    """
    rows = _row(kind, subject)
    if not rows.update(orders=F("orders")):
        nothing_due = Job(kind=kind.value, subject=subject, state=JobState.DONE.value)
        Job.objects.bulk_create([nothing_due], ignore_conflicts=True)
        rows.update(orders=F("orders"))


def restart_failed(kind: WorkKind, subject: int) -> None:
    """Work that was given up begins anew; any other stays as it is."""
    _row(kind, subject).filter(state=GIVEN_UP).update(**fresh())


def leave(kind: WorkKind, subject: int) -> None:
    """End work that was done elsewhere, so that no worker takes it up and nobody is told that it was
    given up.
    """
    _row(kind, subject).filter(state__in=(*OPEN, GIVEN_UP)).update(
        state=JobState.DONE.value, owner="", leased_until=None, message=""
    )


def say(kind: WorkKind, subject: int, message: str) -> None:
    """Set what the job's page says of the work."""
    _row(kind, subject).update(message=message)


def forget(kind: WorkKind, subject: int) -> None:
    """Delete the job's row: its result is kept where it belongs, and nobody looks for it among the
    jobs.
    """
    _row(kind, subject).delete()


def _row(kind: WorkKind, subject: int) -> QuerySet[Job]:
    return Job.objects.filter(kind=kind.value, subject=subject)
