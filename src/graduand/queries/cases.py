"""Identity cases as a list: who, what the registry said, where the case stands, whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from graduand.models import Candidate, IdentityCase
from graduand.rulebook.calendar import office_day
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, Stage

# Whose turn it is while a case stands here; nobody's once it is decided.
TURN = {
    CaseState.OPEN: Desk.CENTRE,
    CaseState.COLLECTING: Desk.CENTRE,
    CaseState.SUBMITTED: Desk.COLLEGE,
    CaseState.AT_COLLEGE: Desk.COLLEGE,
    CaseState.REPORTED: Desk.HQ,
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in words; `desk` is "" for a decided one, `filed` the day of the decision or ""."""

    student_no: str
    name: str
    centre: str
    stage: str
    verdict: str
    state: str
    since: str
    desk: str
    filed: str
    note: str


def cases(people: QuerySet[Candidate], *, decided: bool = False) -> list[CaseRow]:
    """The cases of the students of `people`, by 学号; two queries."""
    files = {
        student: (number, name, centre, stage)
        for student, number, name, centre, stage in people.values_list(
            "student_id", "student__number", "student__name", "centre__name", "stage"
        )
    }
    rows = IdentityCase.objects.filter(student_id__among=list(files)).order_by("student__number", "id")
    if not decided:
        rows = rows.filter(state__in=[state.value for state in TURN])
    return [_row(case, *files[case.student_id]) for case in rows]


def _row(case: IdentityCase, number: str, name: str, centre: str, stage: Any) -> CaseRow:
    state = CaseState(case.state)
    desk = TURN[state].label if state in TURN else ""
    filed = office_day(case.filed_at).isoformat() if case.filed_at else ""
    return CaseRow(
        number, name, centre, Stage(stage).label, ChsiVerdict(case.verdict).label, state.label,
        office_day(case.opened_at).isoformat(), desk, filed, case.note,
    )  # fmt: skip
