"""签收: what came in a parcel is counted, the rest becomes a discrepancy, in one transaction (notice 六)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from graduand.models import Act, Batch, ParcelItem
from graduand.office import acts
from graduand.office.dispatch import parcels
from graduand.office.refusal import not_yours
from graduand.queries.dispatch import parcels as parcel_rows
from graduand.queries.scope import Actor
from graduand.rulebook.terms import Stage, Verb


def receive(parcel: int, found: Collection[int], actor: Actor, key: str) -> list[Act]:
    """Count an open parcel: `found` are received by the acts that come back, whoever is missing is
    refused by name.

    A parcel may hold papers of several batches: each batch has an act of its own, the first one
    under `key`. The same key is the same counting. Raises Refused when the parcel, or somebody
    found, is not the actor's.
    """
    with transaction.atomic():
        visible_parcel = parcel_rows.parcel(actor, parcel)
        lying = ParcelItem.objects.filter(
            parcel=parcel, open=True, candidate__stage=Stage.SHIPPED.value
        )
        expected = list(
            lying.order_by("candidate__student__number").values_list("candidate_id", flat=True)
        )
        if visible_parcel is not None and (known := _counted_before(key, found, actor)):
            return known
        if visible_parcel is None or not set(found) <= set(expected):
            raise not_yours("所清点的证书中有不在这个包裹里的，全部未签收")
        parcels.count(expected, found)
        ids = [*found, *(pk for pk in expected if pk not in set(found))]
        batches = Batch.objects.filter(candidates__id__in=ids).distinct().order_by("code")
        made = []
        for place, batch in enumerate(batches):
            its_own = list(
                batch.candidates.filter(id__in=ids)
                .order_by("student__number")
                .values_list("id", flat=True)
            )
            request = acts.ActRequest(Verb.RECEIVE, key=f"{key}-{place}" if place else key)
            made.append(acts.confirm(batch, its_own, actor, request, job=True))
        return made


def _counted_before(key: str, found: Collection[int], actor: Actor) -> list[Act]:
    """The acts of the same form sent again, whatever has become of the parcel since; none for other certificates."""
    same = Q(key=key) | Q(key__startswith=f"{key}-")
    known = list(
        Act.objects.filter(same, actor=actor.user_id, verb=Verb.RECEIVE.value).order_by("id")
    )
    items = {pk for act in known for pk in act.items}
    return known if set(found) <= items else []
