"""What came back to a centre: the last sending back of a file, and its reason in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from graduand.models import Event
from graduand.rulebook.terms import ReasonCode, Stage, Verb


def last_return(ids: Iterable[int]) -> dict[int, Event]:
    """The event by which each of the files came back last; one query."""
    came_back = Event.objects.filter(candidate__in=list(ids), to_stage=Stage.RETURNED.value)
    last = came_back.order_by().values("candidate").annotate(last=Max("id")).values("last")
    rows = Event.objects.filter(id__in=last).select_related("actor", "second")
    return {event.candidate_id: event for event in rows}


def why(event: Event) -> str:
    """`信息有误：姓名少一点`."""
    reason = ReasonCode(event.reason).label if event.reason else ""
    return "：".join(part for part in (reason, event.note) if part) or Verb(event.verb).label
