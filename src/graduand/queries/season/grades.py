"""Which colleges have declared a round's grades complete, which have not, and since when they
should have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from graduand.models import GradesDeclared, Round, Unit
from graduand.queries.scope import Actor, colleges
from graduand.queries.season.seasons import Season
from graduand.rulebook.terms import Desk, UnitKind


@dataclass(frozen=True, slots=True)
class Declaration:
    """One round of one college: until when, and who declared it when; `at` None: not yet."""

    batch: str
    round_id: int
    round_name: str
    due: date
    college_id: int
    college: str
    at: datetime | None
    by: str
    note: str

    def late(self, day: date) -> bool:
        """Whether the day on which it should have been declared is over."""
        return self.at is None and day > self.due


def _said(batches: Iterable[int]) -> dict[tuple[int, int], GradesDeclared]:
    """The declarations in force of these batches, by (round, college)."""
    rows = GradesDeclared.objects.filter(
        round__batch__in=list(batches), withdrawn_at=None
    ).select_related("by")
    return {(row.round_id, row.college_id): row for row in rows}


def declarations(seasons: Iterable[Season], units: Iterable[int]) -> list[Declaration]:
    """Every round with a day for its grades, for each college of `units`, by batch and round; three
    queries.
    """
    known = {season.batch.pk: season for season in seasons}
    rounds = Round.objects.filter(batch__in=list(known)).order_by("batch__code", "position")
    names = dict(Unit.objects.filter(pk__in=list(units)).order_by("code").values_list("id", "name"))
    declared = _said(known)
    found = []
    for filing_round in rounds:
        rule = known[filing_round.batch_id].policy.round(filing_round.name)
        if rule is None or rule.scores_by is None:
            continue
        for college, name in names.items():
            row = declared.get((filing_round.pk, college))
            found.append(
                Declaration(
                    known[filing_round.batch_id].code,
                    filing_round.pk,
                    filing_round.name,
                    rule.scores_by,
                    college,
                    name,
                    row.at if row else None,
                    row.by.name if row else "",
                    row.note if row else "",
                )
            )
    return found


def undeclared(units: Iterable[int], batch: int, round_name: str) -> list[str]:
    """The names of the colleges that have not declared a round's grades complete; one query."""
    declared = GradesDeclared.objects.filter(
        round__batch=batch, round__name=round_name, withdrawn_at=None
    )
    waiting = Unit.objects.filter(pk__in=list(units)).exclude(pk__in=declared.values("college"))
    return list(waiting.order_by("code").values_list("name", flat=True))


def colleges_of(actor: Actor) -> frozenset[int]:
    """The colleges whose grades concern an actor: their own, the one above their centre, all for
    headquarters.

    One query at most.
    """
    if actor.desk is Desk.COLLEGE and actor.unit_id is not None:
        return frozenset({actor.unit_id})
    if actor.desk is Desk.HQ:
        return frozenset(
            Unit.objects.filter(kind=UnitKind.COLLEGE.value).values_list("id", flat=True)
        )
    above = colleges()
    return frozenset(above[unit] or 0 for unit in actor.centres or () if above.get(unit))
