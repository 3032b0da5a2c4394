"""Papers that lay in a parcel, or at the centre it went to, when their certificate was voided: they
are there still.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable

from graduand.models import Event
from graduand.queries import clock
from graduand.queries.listing import Criterion, negated_unless, yes_no
from graduand.rulebook.calendar import midnight
from graduand.rulebook.terms import ReasonCode, Stage, Verb

_OUT = (Stage.SHIPPED.value, Stage.RECEIVED.value)
# What ends the stay of a paper that was sent: voided, or called back to the college. What comes
# after the first of them is about another parcel.
_ENDS = (Verb.VOID.value, Verb.RECALL.value)


def of_certificates() -> Criterion:
    """On a list of certificates: whose paper a centre sends back to the college; what is lost, nobody can."""
    return yes_no("withdraw", "作废的旧证待退回", _to_send_back, "待退回", "没有", rare=True)


def _to_send_back(out: bool) -> Q:
    """Voided of late (a setting), on its way or at its centre: nobody records that it came back, so
    that one is reminded of it for a while.
    """
    since = midnight(clock.today() - timedelta(days=settings.ALARM_DAYS["voided"]))
    there = Event.objects.filter(
        candidate=OuterRef("candidate"),
        verb=Verb.VOID.value,
        number=OuterRef("number"),
        from_stage__in=_OUT,
    ).exclude(reason=ReasonCode.LOST.value)
    waiting = Q(voided_at__gte=since) & Q(Exists(there))
    return negated_unless(out, waiting)


def of_item() -> dict[str, Combinable]:
    """Of the item of a parcel: the number that was voided in it, and the stage of the file then; ""
    where the paper is lost.
    """
    lost = When(reason=ReasonCode.LOST.value, then=Value(""))
    stage = Case(lost, default=F("from_stage"))
    return {"void_number": _of_voiding(F("number")), "void_from": _of_voiding(stage)}


def _of_voiding(told: Combinable) -> Combinable:
    """What is `told` of what ended the stay of the paper; none where that was no voiding on the way."""
    ends = Event.objects.filter(
        candidate=OuterRef("candidate"), verb__in=_ENDS, at__gte=OuterRef("parcel__sealed_at")
    )
    here = Case(When(verb=Verb.VOID.value, from_stage__in=_OUT, then=told), default=None)
    return Subquery(ends.order_by("id").annotate(told=here).values("told")[:1])
