"""What changed between the check and the writing: whoever no longer passes is refused by name, the rest goes on."""

import json

import pytest
from django.db.models import F

from graduand.models import (
    Candidate,
    Counter,
    Grant,
    Intake,
    RefusedRow,
    Result,
    Round,
    Student,
    Unit,
    User,
)
from graduand.office.records.files import plan_files
from graduand.office.records.plans import plan_reasons, writing
from graduand.office.records.rows import Counts, ImportContext
from graduand.office.records.sheets.results import Results
from graduand.office.season import listing
from graduand.queries import clock
from graduand.rulebook.terms import Role, SheetKind
from tests.office.records.files import CHECK, batch, bring, student, world
from tests.office.records.plans.plans import (
    counts,
    left,
    marks,
    number,
    small_pieces,
    step,
    stored,
    through,
)

pytestmark = pytest.mark.django_db


def _clerk(name, role, unit):
    user = User.objects.create_user(name, f"{name}老师")
    Grant.objects.create(user=user, role=role.value, unit=Unit.objects.get(code=unit))
    return user


def raced(plan):
    return {
        row: json.loads(reasons)
        for row, reasons in RefusedRow.objects.filter(plan=plan).values_list("row", "reasons")
    }


def test_X18_a_student_who_is_gone_is_refused_by_name_and_the_rest_goes_on(six, tmp_path):
    plan = left(tmp_path, SheetKind.RESULTS, *marks())
    Student.objects.filter(number=number(3)).delete()
    plan = through(plan)
    assert counts(plan) == (10, 0, 0, 2)
    assert set(stored()) == {number(n) for n in (1, 2, 4, 5, 6)}
    unknown = (
        "竞争：校验之后数据有变化。没有这个学号，或不在您的管理范围内；请核对学号，或先导入学生名单"
    )
    assert raced(plan) == {4: [["学号", unknown]], 10: [["学号", unknown]]}
    assert plan_reasons.plan_sentences(plan)["problems"] == [f"第 4、10 行：{unknown}"]


def test_X18_a_student_who_changed_centre_is_no_longer_the_importers(six, tmp_path):
    clerk = _clerk("clerk", Role.CENTRE_CLERK, "C01")
    rows = [{"学号": number(n)} for n in (1, 2, 3)]
    plan = left(tmp_path, SheetKind.PROFILES, *rows, by=clerk, without=CHECK)
    Student.objects.filter(number=number(2)).update(centre=Unit.objects.get(code="C02"))
    assert counts(through(plan)) == (2, 0, 0, 1)
    assert set(raced(plan)) == {3}


def test_X18_a_student_who_was_filed_keeps_the_level(tmp_path, monkeypatch):
    """All rows of one who no longer passes go back, and the others of the file are written."""
    world(tmp_path, students=2)
    made = batch()
    listing.list_newcomers()
    bring(tmp_path, SheetKind.PLANS, {"专业规则代码": "P2", "学历层次": "本科"})
    small_pieces(monkeypatch)
    rows = [student(n, 学历层次="本科", 专业规则代码="P2") for n in (1, 2)]
    plan = left(tmp_path, SheetKind.STUDENTS, *rows)
    now, turn = clock.now(), Round.objects.create(batch=made, name="首批", position=1)
    Candidate.objects.filter(student__number=number(1)).update(
        stage="applied", round=turn, applied_at=now, applied_by=User.objects.create_user("x", "x")
    )
    assert counts(through(plan)) == (0, 1, 0, 1)
    assert list(Student.objects.order_by("number").values_list("level", flat=True)) == [
        "junior",
        "bachelor",
    ]
    [[column, message]] = raced(plan)[2]
    assert (
        column,
        message.startswith("竞争：校验之后数据有变化。学号 2117151000001 在批次 202307 已申请毕业"),
    ) == ("学历层次", True)


class Fussy(Results):
    """Results of which one row has become wrong."""

    def check_again(self, rows, context):
        super().check_again(rows, context)
        context.refuse(2, "成绩", "不对了")


def test_one_row_that_no_longer_passes_takes_all_of_the_students_back(six, tmp_path):
    plan = left(tmp_path, SheetKind.RESULTS, *marks(people=2))
    with plan_files.OpenPlanFile(plan.file) as kept:
        rows, _ = kept.rows(kept.head(), 0, plan.pieces, 100)
    context = ImportContext(
        None, clock.now(), clock.today(), None, frozenset(), intake_id=plan.intake_id
    )
    assert writing.write_rows(Fussy(), rows, context, compared=True) == Counts(2, 0, 0)
    other = "竞争：校验之后数据有变化。该生的第 2 行不再通过，这一行也没有导入"
    assert context.problems == {2: [("成绩", "竞争：校验之后数据有变化。不对了")], 4: [("", other)]}
    assert set(stored()) == {number(2)}


def test_new_students_are_listed_and_moved_ones_followed_with_their_own_piece(six, tmp_path):
    batch()
    listing.list_newcomers()
    rows = [student(1, 学习中心代码="C02"), *(student(n) for n in range(20, 24))]
    plan = left(tmp_path, SheetKind.STUDENTS, *rows)
    while plan.cursor < plan.pieces:
        plan = step(plan)
        assert Student.objects.filter(candidates=None).count() == 0
        assert Candidate.objects.exclude(centre=F("student__centre")).count() == 0
    assert Candidate.objects.get(student__number=number(1)).centre.code == "C02"
    assert counts(through(plan)) == (4, 1, 0, 0)


def test_a_sheet_that_goes_in_as_a_whole_has_a_limit(tmp_path, monkeypatch):
    world(tmp_path)
    from graduand.office.records import checking

    monkeypatch.setattr(checking, "MOST_WHOLE", 3)
    rows = [{"模块名称": f"模块{n}"} for n in range(4)]
    tally = bring(tmp_path, SheetKind.MODULES, *rows)
    assert tally.problems == (
        "「模块」表一次最多导入 3 行，这个文件不止；请分成几个文件，依次导入",
    )
    assert bring(tmp_path, SheetKind.MODULES, *rows[:3]).created == 3


def test_turns_are_counted_a_sheet(six, tmp_path):
    bring(tmp_path, SheetKind.RESULTS, *marks())
    bring(tmp_path, SheetKind.RESULTS, *marks("70"))
    kept = Intake.objects.filter(kept=True).values_list("kind", flat=True)
    turns = dict(Counter.objects.filter(key__startswith="import:").values_list("key", "value"))
    assert turns == {f"import:{kind}": sum(one == kind for one in kept) for kind in set(kept)}
    assert Result.objects.count() == 12
