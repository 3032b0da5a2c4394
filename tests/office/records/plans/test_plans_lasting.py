"""Results that were compared with nothing between are written as they were compared; otherwise they are compared again."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import IntakeChange, RefusedRow, Result, Student
from graduand.office.records import import_run
from graduand.office.records.plans import import_plans
from graduand.office.records.plans.writing import WritingPace
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import bring, student
from tests.office.records.plans.plans import (
    counts,
    everybody,
    left,
    marks,
    number,
    step,
    stored,
    through,
)

pytestmark = pytest.mark.django_db

COLUMNS = (
    "student__number",
    "course",
    "mark",
    "obtained",
    "reviewed",
    "void",
    "pass_key",
    "brought_by",
)


def confirmed(folder, *rows):
    """Somebody else's import of results, confirmed and not begun."""
    place = folder / "beside"
    place.mkdir(exist_ok=True)
    return left(place, SheetKind.RESULTS, *rows)


@pytest.fixture(params=[False, True])
def ours(request, six, tmp_path):
    """A plan of ours is confirmed; the parameter: an import of somebody else's marks came between, and is written."""

    def bring_ours(*rows):
        others = []

        def meanwhile(_done, _total):
            if request.param and not others:
                others.append(confirmed(tmp_path, *marks("99")[5:6]))

        plan = left(tmp_path, SheetKind.RESULTS, *rows, progress=meanwhile)
        for other in others:
            through(other)
        return plan

    bring_ours.compared_again = request.param
    return bring_ours


def looks(plan):
    """How often results on record are looked up while the plan is written."""
    with CaptureQueriesContext(connection) as asked:
        through(plan)
    return sum('FROM "graduand_result"' in query["sql"] for query in asked)


def test_what_was_compared_is_not_compared_again(ours, tmp_path):
    bring(tmp_path, SheetKind.RESULTS, *marks("60"))
    plan = ours(*marks("61", people=5))
    assert looks(plan) == (5 if ours.compared_again else 0)
    assert counts(plan) == (0, 10, 0, 0)


def kept_of(plan):
    """(key, how the row was before), by key."""
    rows = IntakeChange.objects.filter(intake=plan.intake_id).order_by("key")
    return [(key, json.loads(before)) for key, before in rows.values_list("key", "before")]


def test_it_says_the_same_as_when_it_is_compared_again(ours, tmp_path):
    """New, changed and unchanged rows; an empty cell says nothing, a mark taken back earns nothing; the history is kept."""
    a, b, c, d = (
        {"学号": number(1), "课程代码": f"A{n}", "成绩": mark, "复核通过": seen, "作废": void}
        for n, mark, seen, void in (
            (1, "60", "是", ""),
            (2, "70", "是", ""),
            (3, "40", "", ""),
            (4, "80", "", "否"),
        )
    )
    bring(tmp_path, SheetKind.RESULTS, a | {"取得方式": "免修免考"}, b, c, d)
    first = Result.objects.earliest("id").brought_by_id
    plan = ours(
        a | {"成绩": "60.0", "取得方式": "", "复核通过": ""},
        b | {"成绩": "优", "复核通过": ""},
        c | {"成绩": "59"},
        d | {"作废": "是"},
        {"学号": number(2), "课程代码": "A1", "成绩": "85"},
    )
    assert counts(through(plan)) == (1, 3, 1, 0)
    found = (
        Result.objects.exclude(mark="99")
        .order_by("student__number", "course")
        .values_list(*COLUMNS)
    )
    assert list(found) == [
        (number(1), "A1", "60", "exemption", True, False, "eA1", first),
        (number(1), "A2", "优", "exam", True, False, "rA2", plan.intake_id),
        (number(1), "A3", "59", "exam", False, False, "", plan.intake_id),
        (number(1), "A4", "80", "exam", False, True, "", plan.intake_id),
        (number(2), "A1", "85", "exam", False, False, "pA1", plan.intake_id),
    ]
    same = {"obtained": "exam", "released": "2021-07-10", "void": False}
    assert kept_of(plan) == [
        (f"{number(1)} A2 2021春 1", same | {"mark": "70", "reviewed": True, "pass_key": "rA2"}),
        (f"{number(1)} A3 2021春 1", same | {"mark": "40", "reviewed": False, "pass_key": ""}),
        (f"{number(1)} A4 2021春 1", same | {"mark": "80", "reviewed": False, "pass_key": "pA4"}),
    ]


def test_X18_a_student_who_was_registered_anew_is_refused_by_name(ours, tmp_path):
    plan = ours(*marks())
    Student.objects.filter(number=number(3)).delete()
    through(left(tmp_path, SheetKind.STUDENTS, student(3)))
    assert counts(through(plan)) == ((9, 1, 0, 2) if ours.compared_again else (10, 0, 0, 2))
    assert number(3) not in stored()
    raced = RefusedRow.objects.filter(plan=plan).order_by("row").values_list("row", "reasons")
    sentence = "竞争：校验之后数据有变化。这个学号的学生在校验之后被删去又重新登记；请重新导入"
    assert [(row, json.loads(reasons)) for row, reasons in raced] == [
        (row, [["学号", sentence]]) for row in (4, 10)
    ]


def test_a_piece_that_was_written_is_not_written_again(six, tmp_path):
    bring(tmp_path, SheetKind.RESULTS, *marks("60", people=3))
    plan = left(tmp_path, SheetKind.RESULTS, *marks("61"))
    through(step(plan))
    import_plans.advance(plan, WritingPace(1))  # somebody holds it as it was before the first piece
    assert (stored(), counts(plan)) == (everybody("61"), (6, 6, 0, 0))


@pytest.mark.parametrize("guarded", [True, False])
def test_a_small_import_comes_after_the_plan_that_was_confirmed_just_before(
    six, tmp_path, monkeypatch, guarded
):
    """Confirmed between the check of a small file and its writing; unguarded, the older marks would win."""
    monkeypatch.setattr(import_run, "FIRST", 3)
    at_once, others = import_run.ImportRun._at_once, []

    def late(run, *words):
        if not others:
            others.append(through(confirmed(tmp_path, *marks("60"))))
        elif len(others) == 1:
            others.append(confirmed(tmp_path, *marks("61")))
            if not guarded:
                monkeypatch.setattr(import_run.ImportRun, "_others", lambda _run: False)
        return at_once(run, *words)

    monkeypatch.setattr(import_run.ImportRun, "_at_once", late)
    bring(tmp_path, SheetKind.RESULTS, *marks("70", people=1))
    through(import_plans.fresh(others[-1].pk))
    assert stored() == everybody("61") | {number(1): ["70", "70"] if guarded else ["61", "61"]}
