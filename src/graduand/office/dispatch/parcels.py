"""Parcels on their way: counting what came, and writing down what did not."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from graduand.models import Candidate, ParcelItem
from graduand.rulebook.terms import Stage


def travelling(
    people: Collection[int], *, with_parcels_of: Collection[int] | None = None
) -> list[int]:
    """Whoever of `people` lies in an open parcel; only the parcels of `with_parcels_of` when given."""
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


def in_batch(batch: int, numbers: Collection[str]) -> dict[str, int]:
    """学号 -> candidate of a batch."""
    rows = Candidate.objects.filter(batch=batch, student__number__among=list(numbers))
    return dict(rows.values_list("student__number", "id"))
