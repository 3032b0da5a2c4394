"""Papers whose certificate was voided while they lay in a parcel or at the centre it went to, and
which are still there.
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
# What ends the stay of a paper that was sent: its certificate is voided, or it is called back to
# the college. Later events are about another parcel.
_ENDS = (Verb.VOID.value, Verb.RECALL.value)


def of_certificates() -> Criterion:
    """For a list of certificates: those voided whose paper the centre has to send back to the
    college; a lost paper cannot be.
    """
    return yes_no("withdraw", "作废的旧证待退回", _to_send_back, "待退回", "没有", rare=True)


def _to_send_back(wanted: bool) -> Q:
    """Voided lately (a setting) while on its way or at its centre. Nobody records that the paper
    came back, so the centre is reminded of it for a while.
    """
    since = midnight(clock.today() - timedelta(days=settings.ALARM_DAYS["voided"]))
    voided_there = Event.objects.filter(
        candidate=OuterRef("candidate"),
        verb=Verb.VOID.value,
        number=OuterRef("number"),
        from_stage__in=_OUT,
    ).exclude(reason=ReasonCode.LOST.value)
    waiting = Q(voided_at__gte=since) & Q(Exists(voided_there))
    return negated_unless(wanted, waiting)


def of_item() -> dict[str, Combinable]:
    """Annotations of a parcel's item: the number that was voided while in it, and the stage of the
    file then, "" where the paper is lost.
    """
    lost = When(reason=ReasonCode.LOST.value, then=Value(""))
    stage = Case(lost, default=F("from_stage"))
    return {"void_number": _of_voiding(F("number")), "void_from": _of_voiding(stage)}


def _of_voiding(column: Combinable) -> Combinable:
    """`column` of the event that ended the paper's stay; NULL where that was not a voiding on the
    way or at the centre.
    """
    ends = Event.objects.filter(
        candidate=OuterRef("candidate"), verb__in=_ENDS, at__gte=OuterRef("parcel__sealed_at")
    )
    here = Case(When(verb=Verb.VOID.value, from_stage__in=_OUT, then=column), default=None)
    return Subquery(ends.order_by("id").annotate(told=here).values("told")[:1])
