"""Papers that lay in a parcel, or at the centre it went to, when their certificate was voided: they are there still."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery
from django.db.models.expressions import Combinable

from graduand.models import Event
from graduand.rulebook.terms import Stage, Verb

_OUT = (Stage.SHIPPED.value, Stage.RECEIVED.value)


def of_item() -> dict[str, Combinable]:
    """Of the item of a parcel: the number that was voided after it was sealed, and the stage of the file then."""
    voided = Event.objects.filter(
        candidate=OuterRef("candidate"),
        verb=Verb.VOID.value,
        from_stage__in=_OUT,
        at__gte=OuterRef("parcel__sealed_at"),
    ).order_by("id")
    return {
        "void_number": Subquery(voided.values("number")[:1]),
        "void_from": Subquery(voided.values("from_stage")[:1]),
    }
