"""What came back to a centre: the last sending back of a file, whether it still holds, and its reason in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.lookups import In

from graduand.models import Event
from graduand.rulebook.terms import ReasonCode, Stage, Verb

# With a closing that did not take place a file is again where it was: why it had come back was said before.
BACK = [Verb.SEND_BACK.value, Verb.REOPEN.value]


def still_back() -> Q:
    """Files that came back and were not filed since: those that wait for it, and those that a closing has listed anew."""
    ours = Event.objects.filter(candidate=OuterRef("pk"))
    last = ours.filter(verb__in=[*BACK, Verb.APPLY.value]).order_by("-id").values("verb")[:1]
    return Q(stage=Stage.RETURNED.value) | (Q(stage=Stage.LISTED.value) & Q(In(Subquery(last), BACK)))


def last_return(ids: Iterable[int]) -> dict[int, Event]:
    """The event by which each of the files came back last; one query."""
    came_back = Event.objects.filter(candidate__in=list(ids), verb__in=BACK)
    last = came_back.order_by().values("candidate").annotate(last=Max("id")).values("last")
    rows = Event.objects.filter(id__in=last).select_related("actor", "second")
    return {event.candidate_id: event for event in rows}


def why(event: Event) -> str:
    """`信息有误：姓名少一点`."""
    reason = ReasonCode(event.reason).label if event.reason else ""
    return "：".join(part for part in (reason, event.note) if part) or Verb(event.verb).label
