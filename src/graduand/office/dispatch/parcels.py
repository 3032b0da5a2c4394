"""Parcels on their way: counting what arrived, and recording what did not."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef

from graduand.models import Candidate, Parcel, ParcelItem
from graduand.models.engine import engine_of
from graduand.rulebook.terms import Stage


def travelling(
    people: Collection[int], *, with_parcels_of: Collection[int] | None = None
) -> list[int]:
    """The items of `people` in open parcels; only in the parcels of `with_parcels_of` when given."""
    items = ParcelItem.objects.filter(open=True, candidate_id__among=list(people))
    items = items.filter(candidate__stage=Stage.SHIPPED.value)
    if with_parcels_of is not None:
        theirs = ParcelItem.objects.filter(open=True, candidate_id__among=list(with_parcels_of))
        items = items.filter(parcel__in=theirs.values("parcel"))
    return list(items.order_by("candidate__student__number").values_list("candidate_id", flat=True))


def count(expected: Collection[int], found: Collection[int]) -> int:
    """Record a count of open parcels: of the candidates `expected` in them only `found` were there
    (notice 六).

    What was not there stays a discrepancy until it turns up in a later count. Returns how many are
    missing.
    """
    missing = sorted(set(expected) - set(found))
    items = ParcelItem.objects.filter(open=True)
    with transaction.atomic():
        items.filter(candidate_id__among=list(found), counted=False).update(counted=None)
        items.filter(candidate_id__among=missing).update(counted=False)
    return len(missing)


def take_out(files: Iterable[int], **counted: bool) -> list[int]:
    """Take these certificates out of their parcels; returns the parcels.

    An emptied parcel lets go of its waybill. Its row is locked before the rest is counted: of two
    transactions that take out the last items at once, each would still see those of the other.
    """
    items = ParcelItem.objects.filter(candidate_id__among=list(files), open=True)
    parcels = sorted(items.values_list("parcel_id", flat=True).distinct())
    if not parcels:
        return []
    items.update(open=False, **counted)
    lain_in = Parcel.objects.filter(id__among=parcels, open=True)
    engine_of().hold(lain_in, "open")
    lying = ParcelItem.objects.filter(parcel=OuterRef("pk"), open=True)
    lain_in.exclude(Exists(lying)).update(open=False)
    return parcels


def in_batch(batch: int, numbers: Collection[str]) -> dict[str, int]:
    """学号 -> candidate of a batch."""
    rows = Candidate.objects.filter(batch=batch, student__number__among=list(numbers))
    return dict(rows.values_list("student__number", "id"))
