"""差异: what the college had passed and headquarters did not (send back, reject), one line per event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, OuterRef, Q, QuerySet, Subquery

from graduand.models import Event
from graduand.queries.listing import negated_unless
from graduand.queries.scope import Actor, visible
from graduand.rulebook.terms import Desk, Stage, Verb

AGAINST = (Verb.SEND_BACK, Verb.REJECT)
_PASSED = (Stage.ENDORSED.value, Stage.APPROVED.value)


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One difference: who of the college passed it and when, what headquarters decided, by whom and
    why, and where the file is now.
    """

    id: int
    candidate_id: int
    batch: str
    number: str
    name: str
    centre: str
    round_name: str
    passed_at: datetime | None
    passed_by: str
    verb: Verb
    at: datetime
    by: str
    reason: str
    note: str
    now: Stage


def differences(actor: Actor) -> QuerySet[Event]:
    """What headquarters did not let pass, as far as the actor sees the files."""
    rows = Event.objects.filter(
        verb__in=[verb.value for verb in AGAINST], desk=Desk.HQ.value, from_stage__in=_PASSED
    )
    found: QuerySet[Event] = visible(
        actor, rows, centre="candidate__centre", student="candidate__student"
    )
    return found


def _passing(column: str, **more: Any) -> Subquery:
    """A column of the college's last passing before a row's event."""
    before = Event.objects.filter(
        candidate=OuterRef("candidate"), verb=Verb.ENDORSE.value, id__lt=OuterRef("id")
    )
    return Subquery(before.order_by("-id").values(column)[:1], **more)


def lines(rows: QuerySet[Event], first: int, size: int) -> list[DifferenceLine]:
    """`size` differences from position `first` (0-based) on; one query."""
    found = rows.annotate(
        passed_at=_passing("at", output_field=DateTimeField()), passed_by=_passing("actor__name")
    )
    found = found.select_related(
        "actor", "candidate__student", "candidate__centre", "candidate__round", "candidate__batch"
    )
    return [_line(event) for event in found[first : first + size]]


def _line(event: Any) -> DifferenceLine:
    file = event.candidate
    return DifferenceLine(
        event.pk,
        file.pk,
        file.batch.code,
        file.student.number,
        file.student.name,
        file.centre.name,
        file.round_name,
        event.passed_at,
        event.passed_by or "",
        Verb(event.verb),
        event.at,
        event.actor.name,
        event.reason_label,
        event.note,
        Stage(file.stage),
    )


def settled(wanted: bool) -> Q:
    """The file has been approved since."""
    done = Q(candidate__approved_at__isnull=False)
    return negated_unless(wanted, done)
