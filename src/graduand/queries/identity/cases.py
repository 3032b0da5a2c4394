"""Identity cases: whose they are, what the registry says compared with our record, which desk acts
next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan

from graduand.models import Candidate, ChsiReport, IdentityCase
from graduand.models.engine import Ids
from graduand.queries import clock
from graduand.queries.listing import negated_unless
from graduand.rulebook.calendar import office_day
from graduand.rulebook.facts import CASE_DESK
from graduand.rulebook.judging import halted_at
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, Stage

NO_WORD = "无反馈数据"
# The desk that acts next on a case. An upheld one waits for no desk until `normal_since`.
AT_DESK: dict[CaseState, Desk] = {
    state: desk for state, desk in CASE_DESK.items() if state is not CaseState.UPHELD
}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in words; `verdict` is what it was opened over, `registry` what the registry says
    now.

    `desk` goes on with it, "" when it is decided; `filed` is the day of the decision or "".
    """

    student_no: str
    name: str
    centre: str
    stage: str
    verdict: str
    registry: str
    state: str
    since: str
    desk: str
    filed: str
    note: str


def cases(people: QuerySet[Candidate], *, decided: bool = False) -> list[CaseRow]:
    """The cases of the students of `people` that hold, with those that are filed when `decided`, by
    学号; three queries.
    """
    files = {
        student: (number, name, centre, stage)
        for student, number, name, centre, stage in people.values_list(
            "student_id", "student__number", "student__name", "centre__name", "stage"
        )
    }
    held = IdentityCase.objects.filter(student_id__among=list(files))
    rows = held.annotate(normal_since=is_normal_since(clock.today())).order_by(
        "student__number", "id"
    )
    if not decided:
        rows = rows.exclude(state=CaseState.CLEARED.value)
    newest = newest_words([case.student_id for case in rows])
    return [
        _row(case, newest.get(case.student_id, NO_WORD), *files[case.student_id]) for case in rows
    ]


def newest_words(students: Sequence[int]) -> dict[int, str]:
    """Student -> what the registry's newest row says, with its 数据日期; one query."""
    reports = ChsiReport.objects.filter(
        student_id__among=Ids(students), day__lte=clock.today()
    ).order_by("day")
    rows = reports.values_list("student_id", "day", "verdict")
    return {student: f"{ChsiVerdict(verdict).label}（{day}）" for student, day, verdict in rows}


def _row(case: Any, registry: str, number: str, name: str, centre: str, stage: Any) -> CaseRow:
    state = CaseState(case.state)
    desk = desk_of(state, normal_since=case.normal_since)
    filed = ""
    if case.filed_at:
        filed = office_day(case.filed_at).isoformat()
    return CaseRow(
        number,
        name,
        centre,
        Stage(stage).label,
        ChsiVerdict(case.verdict).label,
        registry,
        state.label,
        office_day(case.opened_at).isoformat(),
        desk.label if desk else "",
        filed,
        case.note,
    )


# -- what a list asks of cases, and of files -------------------------------------------------------------------------


def holding(holds: bool) -> Q:
    """Cases that hold the person's files, an upheld one too."""
    if holds:
        return ~Q(state=CaseState.CLEARED.value)
    return Q(state=CaseState.CLEARED.value)


def normal_since(today: date) -> Q:
    """Upheld cases whose person the registry has reported as 正常 since: evidence for headquarters
    (四.1).

    A row that existed at the decision was considered then (`rulebook.identity.evidence.weighed`).
    Never NULL: a person without a row is not reported as 正常.
    """
    verdict = Coalesce(newest_word("verdict", today), Value(""))
    normal = Exact(verdict, ChsiVerdict.NORMAL.value)
    later = GreaterThan(newest_word("day", today), F("rested_on"))
    return Q(normal, Q(rested_on=None) | Q(later), state=CaseState.UPHELD.value)


def is_normal_since(today: date) -> ExpressionWrapper[Q]:
    """`normal_since` as a column of each case."""
    return ExpressionWrapper(normal_since(today), output_field=BooleanField())


def desk_of(state: CaseState, *, normal_since: bool) -> Desk | None:
    """The desk that acts next on a case; None when none does."""
    if state is CaseState.UPHELD and normal_since:
        return Desk.HQ
    return AT_DESK.get(state)


def undecided(still: bool, today: date | None = None) -> Q:
    """Cases on which some desk has to act."""
    decided = (CaseState.CLEARED.value, CaseState.UPHELD.value)
    open_ones = ~Q(state__in=decided) | normal_since(today or clock.today())
    return negated_unless(still, open_ones)


def lying_at(desk: str) -> Q:
    """Cases on which `desk` acts next."""
    lying = Q(state__in=[state.value for state, owner in AT_DESK.items() if owner == desk])
    if desk == Desk.HQ:
        return lying | normal_since(clock.today())
    return lying


def at_desks(open_cases: QuerySet[IdentityCase]) -> list[tuple[Desk, int]]:
    """(desk, how many of these it has), in the order of the levels; an upheld one that is open again
    is headquarters'. One query.
    """
    states = dict(open_cases.order_by().values_list("state").annotate(n=Count("id")))
    found = [
        (
            desk,
            sum(states.get(state.value, 0) for state, owner in CASE_DESK.items() if owner is desk),
        )
        for desk in Desk
    ]
    return [(desk, n) for desk, n in found if n]


def newest_word(column: str, today: date) -> Subquery:
    """A column of the registry's newest row on a case's student."""
    reports = ChsiReport.objects.filter(student=OuterRef("student"), day__lte=today)
    return Subquery(reports.order_by("-day").values(column)[:1])


def normal_by_now(normal: bool) -> Q:
    """The registry's newest row says 正常: evidence for a filing, or not."""
    is_normal = Q(Exact(newest_word("verdict", clock.today()), ChsiVerdict.NORMAL.value))
    return negated_unless(normal, is_normal)


def halted(desk: str) -> Q:
    """Files that `desk` has and that a case of the person holds."""
    held = IdentityCase.objects.filter(holding(True)).values("student")
    return Q(stage__in=[stage.value for stage in halted_at(Desk(desk))], student__in=held)
