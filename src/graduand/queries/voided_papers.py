"""Papers that lay in a parcel, or at the centre it went to, when their certificate was voided: they are there still."""

from __future__ import annotations

from django.db.models import Case, F, OuterRef, Subquery, When
from django.db.models.expressions import Combinable

from graduand.models import Event
from graduand.rulebook.terms import Stage, Verb

_OUT = (Stage.SHIPPED.value, Stage.RECEIVED.value)
# What ends the stay of a paper that was sent: voided, or called back to the college. What comes
# after the first of them is about another parcel.
_ENDS = (Verb.VOID.value, Verb.RECALL.value)


def of_item() -> dict[str, Combinable]:
    """Of the item of a parcel: the number that was voided in it, and the stage of the file then."""
    return {"void_number": _of_voiding("number"), "void_from": _of_voiding("from_stage")}


def _of_voiding(column: str) -> Combinable:
    """A column of what ended the stay of the paper; none where that was no voiding on the way."""
    ends = Event.objects.filter(
        candidate=OuterRef("candidate"), verb__in=_ENDS, at__gte=OuterRef("parcel__sealed_at")
    )
    here = Case(When(verb=Verb.VOID.value, from_stage__in=_OUT, then=F(column)), default=None)
    return Subquery(ends.order_by("id").annotate(told=here).values("told")[:1])
