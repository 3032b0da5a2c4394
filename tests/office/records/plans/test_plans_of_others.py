"""I7: a college changes the plans by which its own students study; what others study by too is headquarters'."""

import pytest

from graduand.models import CourseRow, Module, PlanRow, Student, Unit
from graduand.rulebook.terms import Role, SheetKind
from tests import people
from tests.office.records.files import bring, world

pytestmark = pytest.mark.django_db
SAID = "专业规则「P1」也用于其他学院的学生，只能由总部导入更改"
# kind -> the model, and rows that change a plan: of what is there, and (but for plans) something
# new
CHANGES = {
    SheetKind.PLANS: (PlanRow, [{"最低总学分": "99"}]),
    SheetKind.MODULES: (Module, [{"最低学分": "99"}, {"模块名称": "专业课"}]),
    SheetKind.COURSES: (CourseRow, [{"学分": "9"}, {"课程代码": "00002"}]),
}


@pytest.fixture
def colleges(tmp_path):
    """A reviewer of the students' own college, one of another college, one of headquarters."""
    world(tmp_path)
    other = Unit.objects.create(
        code="X02", name="二学院", kind="college", parent=Unit.objects.get(code="Z")
    )
    return {
        "own": people.account("own", Role.COLLEGE_REVIEWER, Unit.objects.get(code="X01")),
        "other": people.account("other", Role.COLLEGE_REVIEWER, other),
        "hq": people.account("hq", Role.HQ_ADMIN, Unit.objects.get(code="Z")),
    }


def stored(model):
    return list(model.objects.order_by("pk").values())


@pytest.mark.parametrize(
    ("kind", "change"),
    [(kind, change) for kind, (_, rows) in CHANGES.items() for change in rows],
    ids=str,
)
def test_I7_a_plan_of_another_colleges_students_is_changed_by_headquarters(
    tmp_path, colleges, kind, change
):
    model = CHANGES[kind][0]
    before = stored(model)
    tally = bring(tmp_path, kind, change, by=colleges["other"])
    assert ([SAID in said for said in tally.problems], stored(model) == before) == ([True], True)
    for who in ("own", "hq"):
        assert bring(tmp_path, kind, change, by=colleges[who]).problems == ()
    assert stored(model) != before


@pytest.mark.parametrize("kind", CHANGES, ids=str)
def test_a_row_that_changes_nothing_is_everybodys(tmp_path, colleges, kind):
    tally = bring(tmp_path, kind, by=colleges["other"])
    assert (tally.problems, tally.unchanged) == ((), 1)


def test_a_plan_that_nobody_studies_by_is_for_whoever_makes_it(tmp_path, colleges):
    assert (
        bring(tmp_path, SheetKind.PLANS, {"专业规则代码": "P2"}, by=colleges["other"]).created == 1
    )
    assert (
        bring(
            tmp_path,
            SheetKind.PLANS,
            {"专业规则代码": "P2", "最低总学分": "99"},
            by=colleges["other"],
        ).updated
        == 1
    )
    Student.objects.update(plan=PlanRow.objects.get(code="P2"))
    tally = bring(tmp_path, SheetKind.PLANS, {"专业规则代码": "P2"}, by=colleges["other"])
    assert (tally.updated, PlanRow.objects.get(code="P2").min_total) == (0, 9900)
