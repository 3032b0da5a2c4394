"""Every kind of sheet: once in, again without a change, and changed with its history kept."""

import json
from datetime import date

import pytest

from graduand.models import (
    ChsiReport,
    CourseRow,
    DegreeMaterial,
    Grant,
    IntakeChange,
    Module,
    PlanRow,
    Profile,
    Result,
    Schooling,
    Student,
    Unit,
    User,
)
from graduand.office.records.files.tallies import IntakeTally
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import COLLEGE, HQ, ROWS, bring, student, world

pytestmark = pytest.mark.django_db

# kind -> (what a later file says otherwise, attribute, old, new)
CHANGES = {
    SheetKind.UNITS: ({"单位名称": "丙学习中心"}, "name", "甲学习中心", "丙学习中心"),
    SheetKind.PLANS: ({"最低总学分": "76.5"}, "min_total", 7600, 7650),
    SheetKind.MODULES: ({"最低学分": "11"}, "min_credits", 1050, 1100),
    SheetKind.COURSES: ({"学分": "２"}, "credits", 100, 200),
    SheetKind.STUDENTS: ({"学籍状态": "退学"}, "standing", "enrolled", "withdrawn"),
    SheetKind.RESULTS: ({"成绩": "59.5"}, "mark", "85", "59.5"),
    SheetKind.CHSI: ({"学历照片": "无"}, "credential_photo", True, False),
    SheetKind.PROFILES: ({"家庭住址": "天津"}, "home_address", "北京", "天津"),
    SheetKind.HISTORIES: ({"止": "至今"}, "end", "2009-07", "至今"),
    SheetKind.DEGREES: ({"论文成绩": "不合格"}, "thesis_mark", "优", "不合格"),
    SheetKind.CONFIRMATIONS: ({"确认方式": "签字表"}, "confirmed_by", "online", "signed"),
    SheetKind.USERS: ({"姓名": "王晓明"}, "name", "王小明", "王晓明"),
}
# What becomes of a number and of a registration is tried where they are used: test_registry.py, tests/office/certificates/.
ELSEWHERE = {SheetKind.NUMBERS, SheetKind.REGISTERED}
MODELS = {
    SheetKind.UNITS: Unit,
    SheetKind.PLANS: PlanRow,
    SheetKind.MODULES: Module,
    SheetKind.COURSES: CourseRow,
    SheetKind.STUDENTS: Student,
    SheetKind.RESULTS: Result,
    SheetKind.CHSI: ChsiReport,
    SheetKind.PROFILES: Profile,
    SheetKind.HISTORIES: Schooling,
    SheetKind.DEGREES: DegreeMaterial,
    SheetKind.CONFIRMATIONS: Student,
    SheetKind.USERS: User,
}


def stored(kind):
    rows = MODELS[kind].objects.all()
    return rows.get(code="C01") if kind is SheetKind.UNITS else rows.get()


def counts(tally: IntakeTally) -> tuple[int, int, int, int]:
    return tally.created, tally.updated, tally.unchanged, tally.refused


def test_every_kind_has_a_good_row_and_is_tried_again_and_changed():
    assert set(ROWS) == set(SheetKind)
    assert (set(CHANGES) | ELSEWHERE, set(MODELS)) == (set(SheetKind), set(CHANGES))


@pytest.mark.parametrize("kind", CHANGES)
def test_in_again_and_changed(tmp_path, kind):
    world(tmp_path)
    change, attribute, old, new = CHANGES[kind]
    # the world's student carries a passport; keep it what it is
    who = {"证件类型": "护照", "证件号": "E00000001"} if kind is SheetKind.STUDENTS else {}
    first = bring(tmp_path, kind, who)
    assert counts(first) in ((1, 0, 0, 0), (0, 0, 1, 0))
    assert getattr(stored(kind), attribute) == old

    again = bring(tmp_path, kind, who)
    assert counts(again) == (0, 0, 1, 0)
    assert again.nothing_new
    assert not IntakeChange.objects.exists()

    later = bring(tmp_path, kind, who | change)
    assert (later.problems, counts(later)) == ((), (0, 1, 0, 0))
    assert getattr(stored(kind), attribute) == new
    (kept,) = IntakeChange.objects.all()
    assert (kept.intake_id, json.loads(kept.before)[attribute]) == (later.intake, old)


def test_a_result_is_stored_as_the_audit_wants_it(tmp_path):
    world(tmp_path)
    bring(
        tmp_path,
        SheetKind.RESULTS,
        {"成绩": "60.0"},
        {"课程代码": "00002", "成绩": "优秀", "复核通过": "是"},
        {"课程代码": "00003", "成绩": "免考", "取得方式": ""},
        {"课程代码": "00004", "成绩": "99", "取得方式": "免修免考"},
        {"课程代码": "00005", "成绩": "59.99"},
        {"课程代码": "00006", "成绩": "90", "作废": "是"},
        {"课程代码": "00007", "成绩": "不合格", "考试次序": "2"},
    )
    rows = Result.objects.order_by("course").values_list(
        "mark", "obtained", "pass_key", "attempt", "void"
    )
    assert list(rows) == [
        ("60", "exam", "p00001", 1, False),
        ("优", "exam", "r00002", 1, False),
        ("免考", "exemption", "e00003", 1, False),
        ("99", "exemption", "e00004", 1, False),
        ("59.99", "exam", "", 1, False),
        ("90", "exam", "", 1, True),
        ("不合格", "exam", "", 2, False),
    ]


def test_a_course_code_with_a_comma_would_forge_pass_keys(tmp_path):
    world(tmp_path)
    tally = bring(tmp_path, SheetKind.RESULTS, {"课程代码": "9,P00001"})
    assert tally.problems == ("第 2 行：课程代码不能含逗号；请改成教务系统里的代码",)


def test_a_column_that_is_not_there_changes_nothing(tmp_path):
    world(tmp_path)
    bring(tmp_path, SheetKind.RESULTS, {"复核通过": "是"})
    again = bring(tmp_path, SheetKind.RESULTS, without=("复核通过",))
    assert counts(again) == (0, 0, 1, 0)
    assert Result.objects.get().pass_key == "r00001"
    bring(tmp_path, SheetKind.PROFILES)
    again = bring(tmp_path, SheetKind.PROFILES, {}, without=("家庭住址", "初审意见", "初审日期"))
    assert counts(again) == (0, 0, 1, 0)
    silent = bring(tmp_path, SheetKind.PROFILES, {"家庭住址": "", "初审意见": "", "初审日期": ""})
    assert counts(silent) == (0, 0, 1, 0)
    emptied = bring(
        tmp_path, SheetKind.PROFILES, {"家庭住址": "", "初审意见": "", "初审日期": ""}, clear=True
    )
    assert counts(emptied) == (0, 1, 0, 0)
    assert (Profile.objects.get().home_address, Profile.objects.get().opinions) == ("", {})


def test_a_document_number_is_no_exam_number(tmp_path):
    """Not even one that the shape does not give away: the row's own 证件号."""
    world(tmp_path)
    own = bring(
        tmp_path,
        SheetKind.STUDENTS,
        student(2, 考生号="E00000002"),
        student(3, 考生号="21110105150001"),
    )
    assert own.problems == (
        "第 2 行：考生号一栏填的是证件号；证件号请只填在「证件号」一栏，没有考生号的留空",
    )
    resident = bring(tmp_path, SheetKind.STUDENTS, student(4, 考生号="110105199003071331"))
    assert (resident.refused, "只填在「证件号」一栏" in resident.problems[0]) == (1, True)
    assert set(Student.objects.values_list("exam_no", flat=True)) == {""}
    assert bring(tmp_path, SheetKind.STUDENTS, student(3, 考生号="21110105150001")).problems == ()


def test_a_plan_rises_with_its_parts(tmp_path):
    world(tmp_path)
    before = PlanRow.objects.get().version
    bring(tmp_path, SheetKind.MODULES)
    bring(tmp_path, SheetKind.COURSES)
    bring(tmp_path, SheetKind.PLANS)
    assert PlanRow.objects.get().version == before
    bring(tmp_path, SheetKind.MODULES, {"最低学分": "12"})
    bring(tmp_path, SheetKind.COURSES, {"学分": "3"})
    bring(tmp_path, SheetKind.PLANS, {"最短学期数": "6"})
    assert PlanRow.objects.get().version == before + 3


def test_units_in_any_order_and_no_circles(tmp_path):
    tally = bring(tmp_path, SheetKind.UNITS, {}, COLLEGE, HQ)
    assert counts(tally) == (3, 0, 0, 0)
    assert Unit.objects.get(code="C01").parent.code == "X01"
    tally = bring(
        tmp_path,
        SheetKind.UNITS,
        {"单位代码": "C02", "上级单位代码": "C03"},
        {"单位代码": "C03", "上级单位代码": "C02"},
        {"上级单位代码": "C01"},
    )
    assert tally.problems == (
        "第 2、3 行：上级单位绕成了一个圈；请检查这些单位的上级单位代码",
        "第 4 行：上级单位不能是单位自己",
    )


def test_a_unit_whose_parent_is_refused_is_refused(tmp_path):
    tally = bring(
        tmp_path,
        SheetKind.UNITS,
        HQ,
        COLLEGE | {"单位类型": "系"},
        {},
        {"单位代码": "C09", "上级单位代码": "C01"},
        partial=True,
    )
    assert (counts(tally), tally.problems[1:]) == (
        (1, 0, 0, 3),
        (
            "第 4 行：上级单位「X01」那一行有问题，没有导入；请先改好那一行",
            "第 5 行：上级单位「C01」那一行有问题，没有导入；请先改好那一行",
        ),
    )


def test_an_account_has_no_password_and_one_place(tmp_path):
    world(tmp_path)
    bring(tmp_path, SheetKind.USERS)
    user = User.objects.get()
    assert not user.has_usable_password()
    moved = bring(tmp_path, SheetKind.USERS, {"角色": "学院审核", "单位代码": "X01"})
    assert counts(moved) == (0, 1, 0, 0)
    (grant,) = Grant.objects.all()
    assert (grant.role, grant.unit.code, grant.since) == (
        "college_reviewer",
        "X01",
        date.fromisoformat("2023-01-01"),
    )
    assert User.objects.get().password == user.password
    assert json.loads(IntakeChange.objects.get().before)["grants"][0]["role"] == "centre_clerk"


def test_a_day_that_is_left_out_stays_and_turns_no_role_around(tmp_path):
    """The database refuses a role that ends before it begins; the sheet must say so first."""
    world(tmp_path)
    bring(tmp_path, SheetKind.USERS)
    tally = bring(tmp_path, SheetKind.USERS, {"起": "", "止": "2022-12-31"})
    assert tally.problems == (
        "第 2 行：止（2022-12-31）早于起（2023-01-01）；空着的一格保留原来的日期，请把起、止都填上",
    )
    assert Grant.objects.get().until is None
    both = bring(tmp_path, SheetKind.USERS, {"起": "2023-02-01", "止": "2023-01-01"})
    assert both.problems == ("第 2 行：止（2023-01-01）早于起（2023-02-01）",)
    assert counts(bring(tmp_path, SheetKind.USERS, {"起": "", "止": "2023-12-31"})) == (0, 1, 0, 0)
    assert str(Grant.objects.get().until) == "2023-12-31"


def test_a_role_belongs_to_a_kind_of_unit(tmp_path):
    world(tmp_path)
    tally = bring(tmp_path, SheetKind.USERS, {"角色": "总部管理"})
    assert tally.problems == ("第 2 行：角色「总部管理」应属于总部，「甲学习中心」是学习中心",)
    tally = bring(tmp_path, SheetKind.USERS, {"角色": "学生", "学号": "2117151999999"})
    assert tally.problems == (
        "第 2 行：没有这个学号，或不在您的管理范围内；请核对学号，或先导入学生名单",
    )


def test_nobody_imports_his_own_rights(tmp_path):
    world(tmp_path)
    me = User.objects.create_user("me", "本人")
    Grant.objects.create(user=me, role="hq_admin", unit=Unit.objects.get(code="Z"))
    own = {"账号": "me", "角色": "总部审核", "单位代码": "Z"}
    tally = bring(tmp_path, SheetKind.USERS, own, by=me)
    assert tally.problems == ("第 2 行：不能通过导入更改自己的账号；请由另一位管理员办理",)


def test_a_centre_keeps_its_own_accounts_and_no_others(tmp_path):
    world(tmp_path)
    clerk = User.objects.create_user("clerk", "王老师")
    Grant.objects.create(user=clerk, role="centre_clerk", unit=Unit.objects.get(code="C01"))
    reviewer = User.objects.create_user("reviewer", "李老师")
    Grant.objects.create(user=reviewer, role="college_reviewer", unit=Unit.objects.get(code="X01"))
    assert (
        bring(tmp_path, SheetKind.USERS, {"账号": "you", "角色": "班主任"}, by=clerk).created == 1
    )
    tally = bring(
        tmp_path,
        SheetKind.USERS,
        {"账号": "they", "单位代码": "C02"},
        {"账号": "she", "角色": "学院审核", "单位代码": "X01"},
        {"账号": "reviewer"},
        by=clerk,
    )
    assert tally.problems == (
        "第 2 行：单位「C02」不在您的管理范围内；请由上级单位的管理员导入",
        "第 3 行：单位「X01」不在您的管理范围内；请由上级单位的管理员导入",
        "第 3 行：您不能授予「学院审核」；请由上级单位的管理员办理",
        "第 4 行：账号「reviewer」不归您管理；请换一个账号名，或由上级单位的管理员办理",
    )


def test_a_college_adds_units_below_itself_and_touches_no_others(tmp_path):
    world(tmp_path)
    other = {"单位代码": "X02", "单位名称": "另一学院", "单位类型": "学院", "上级单位代码": "Z"}
    bring(tmp_path, SheetKind.UNITS, other, {"单位代码": "C09", "上级单位代码": "X02"})
    college = User.objects.create_user("college", "李老师")
    Grant.objects.create(user=college, role="college_reviewer", unit=Unit.objects.get(code="X01"))
    mine = bring(
        tmp_path,
        SheetKind.UNITS,
        COLLEGE | {"联系人": "李老师"},
        {"联系人": "张老师"},
        {"单位代码": "C03"},
        {"单位代码": "C04", "上级单位代码": "C03"},
        by=college,
    )
    assert (mine.created, mine.updated, mine.problems) == (2, 2, ())
    tally = bring(
        tmp_path,
        SheetKind.UNITS,
        {"单位代码": "C09", "上级单位代码": "X02"},
        {"单位代码": "C05", "上级单位代码": "X02"},
        {"上级单位代码": "X02"},
        by=college,
    )
    assert tally.problems == (
        "第 2 行：单位「C09」不在您的管理范围内；请由上级单位或总部导入",
        "第 3、4 行：上级单位「X02」不在您的管理范围内；请由上级单位或总部导入",
    )


def test_a_confirmation_from_the_future_is_said(tmp_path):
    world(tmp_path)
    tally = bring(tmp_path, SheetKind.CONFIRMATIONS, {"确认日期": "2099-01-01"})
    assert (tally.created, tally.warnings) == (
        1,
        ("第 2 行：确认日期 2099-01-01 还没有到；请核对",),
    )
