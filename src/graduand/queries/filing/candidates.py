"""The lines of the application list of annex 2, as they are shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import BinaryField, ExpressionWrapper, F, QuerySet

from graduand.models import Candidate
from graduand.models.sealed import opened
from graduand.queries import (
    clock,
    judging,
)
from graduand.queries.facts.earlier_refusals import EarlierRefusal
from graduand.queries.filing.returns import why_back
from graduand.queries.filing.set_aside import later_batches
from graduand.queries.judging import StaleMark
from graduand.rulebook.calendar import Term
from graduand.rulebook.clauses import (
    Finding,
)
from graduand.rulebook.identity.id_documents import mask_id
from graduand.rulebook.terms import DegreeState, Level, Stage


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One student of the list.

    Credits in hundredths; `findings` is the stored judgement, None before any.
    """

    id: int
    batch: str
    number: str
    name: str
    id_sealed: bytes
    level: Level
    major: str
    class_name: str
    category: str
    entry: Term
    goes_on: bool
    centre: str
    stage: Stage
    degree: DegreeState
    round_name: str | None
    total: int | None
    fit: bool
    findings: tuple[Finding, ...] | None
    reported_no: int | None
    moved_at: datetime | None
    judging: StaleMark | None
    returned: str = ""
    refused: EarlierRefusal | None = None
    gone_on: tuple[str, Stage] | None = None

    @property
    def id_masked(self) -> str:
        """The number of the identity paper as a list shows it: opened only where it is shown."""
        return mask_id(opened(self.id_sealed))


_COLUMNS = (
    "id",
    "batch__code",
    "student__number",
    "student__name",
    "id_sealed",
    "student__level",
    "student__plan__major_name",
    "student__class_name",
    "student__category",
    "student__entry",
    "student__goes_on",
    "centre__name",
    "stage",
    "degree",
    "round__name",
    "judgement__total",
    "judgement__fit",
    "judgement__unmet",
    "reported_no",
    "moved_at",
)


def lines(people: QuerySet[Candidate], first: int, size: int) -> list[CandidateLine]:
    """`size` lines from place `first` (0-based) on.

    One query, and one more where some of them came back, or have ended.
    """
    sealed = ExpressionWrapper(F("student__id_no"), output_field=BinaryField())
    marked = people.annotate(id_sealed=sealed, **judging.mark_columns(clock.today()))
    rows = marked.values(*_COLUMNS, *judging.MARK_COLUMNS)[first : first + size]
    found = [_line(row) for row in rows]
    if back := [line.id for line in found if line.stage is Stage.RETURNED]:
        reasons = why_back(back)
        found = [replace(line, returned=reasons.get(line.id, line.returned)) for line in found]
    if ended := [line.id for line in found if line.stage in (Stage.LAPSED, Stage.REJECTED)]:
        later = later_batches(ended)
        found = [replace(line, gone_on=later.get(line.id)) for line in found]
    return found


def _line(row: dict[str, Any]) -> CandidateLine:
    """A row of `_COLUMNS` and `judging.MARK_COLUMNS`."""
    unmet = row["judgement__unmet"]
    return CandidateLine(
        id=row["id"],
        batch=row["batch__code"],
        number=row["student__number"],
        name=row["student__name"],
        id_sealed=row["id_sealed"],
        level=Level(row["student__level"]),
        major=row["student__plan__major_name"],
        class_name=row["student__class_name"],
        category=row["student__category"],
        entry=_term(row["student__entry"]),
        goes_on=row["student__goes_on"],
        centre=row["centre__name"],
        stage=Stage(row["stage"]),
        degree=DegreeState(row["degree"]),
        round_name=row["round__name"],
        total=row["judgement__total"],
        fit=bool(row["judgement__fit"]),
        findings=None if unmet is None else stored(unmet),
        reported_no=row["reported_no"],
        moved_at=row["moved_at"],
        judging=judging.mark_from(*(row[name] for name in judging.MARK_COLUMNS)),
    )


_term = lru_cache(Term.from_ordinal)  # a list has a few terms of entry


@lru_cache(maxsize=1_024)  # many people of a list lack the same
def stored(unmet: str) -> tuple[Finding, ...]:
    """The findings of a stored judgement or event."""
    return tuple(Finding.from_row(row) for row in json.loads(unmet or "[]"))


def neighbours(files: QuerySet[Any, int], pk: int, place: int) -> tuple[int | None, int | None]:
    """(before, after) the file `pk` that was at `place` (1-based) of `files`; one query.

    When it has left the list meanwhile, the file that is at that place now comes next.
    """
    first = max(place - 2, 0)
    near = list(files[first : place + 1])
    if pk in near:
        at = near.index(pk)
        ahead = near[:at]
        later = near[at + 1 :]
    else:
        ahead = near[: place - 1 - first]
        later = near[place - 1 - first :]
    return next(reversed(ahead), None), next(iter(later), None)
