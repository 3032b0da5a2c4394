"""Facts say who brought them, an empty cell says nothing, and a centre's sheet of students says little."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import (
    Certificate,
    ChsiReport,
    CourseRow,
    DegreeMaterial,
    Grant,
    Intake,
    Module,
    PlanRow,
    Profile,
    Result,
    Schooling,
    Student,
    Unit,
    User,
)
from graduand.office.records.sheets.contacts import NO_NEW_STUDENTS, ONLY_CONTACTS
from graduand.office.records.sheets.students import CORRECTION
from graduand.rulebook.terms import SheetKind
from tests.acting import walk
from tests.factories import enrol, make_season, set_clock
from tests.office.records.files import CHECK, bring, student, world

pytestmark = pytest.mark.django_db
ONE, TWO = "2117151000001", "2117151000002"
# kind -> (the rows it writes, a column that may change, what to)
WRITTEN = {
    SheetKind.PLANS: (PlanRow, "最短学期数", "4"),
    SheetKind.MODULES: (Module, "最低学分", "11"),
    SheetKind.COURSES: (CourseRow, "学分", "2"),
    SheetKind.STUDENTS: (Student, "政治面貌", "中共党员"),
    SheetKind.RESULTS: (Result, "成绩", "86"),
    SheetKind.CHSI: (ChsiReport, "学历照片", "无"),
    SheetKind.PROFILES: (Profile, "职业", "教师"),
    SheetKind.HISTORIES: (Schooling, "止", "2009-08"),
    SheetKind.DEGREES: (DegreeMaterial, "学位外语成绩", "71"),
}


def cells_of(kind, **change):
    """A change of the one good row; the one student of this world has a passport."""
    return student(1, **change) if kind is SheetKind.STUDENTS else change


def person(name, role, unit, **more):
    user = User.objects.create_user(name, name)
    Grant.objects.create(user=user, role=role, unit=Unit.objects.get(code=unit), **more)
    return user


@pytest.mark.parametrize("kind", WRITTEN, ids=[kind.value for kind in WRITTEN])
def test_every_row_names_the_import_that_wrote_it_last(tmp_path, kind):
    world(tmp_path)
    model, column, value = WRITTEN[kind]
    first = (
        bring(tmp_path, kind).intake
        if not model.objects.exists()
        else Intake.objects.get(kind=kind.value).pk
    )
    (row,) = model.objects.all()
    assert row.brought_by_id == first
    again = bring(tmp_path, kind, cells_of(kind))
    row.refresh_from_db()
    assert (again.unchanged, row.brought_by_id) == (1, first)
    changed = bring(tmp_path, kind, cells_of(kind, **{column: value}))
    row.refresh_from_db()
    assert (changed.updated, row.brought_by_id) == (1, changed.intake)


def test_confirmations_and_contacts_have_sources_of_their_own(tmp_path):
    world(tmp_path)
    base = Student.objects.get().brought_by_id
    clerk = person("clerk", "centre_clerk", "C01")
    confirmed = bring(tmp_path, SheetKind.CONFIRMATIONS, by=clerk)
    called = bring(tmp_path, SheetKind.STUDENTS, student(1, 手机="13900139000"), by=clerk)
    row = Student.objects.get()
    assert (confirmed.created, called.updated) == (1, 1)
    sources = (row.brought_by_id, row.confirmation_brought_by_id, row.contacts_brought_by_id)
    assert sources == (base, confirmed.intake, called.intake)


def test_a_registration_names_its_import(tmp_path):
    season = make_season()
    walk(season, enrol(season, 1), "certified")
    paper = Certificate.objects.select_related("candidate__student").get()
    cells = {
        "学号": paper.candidate.student.number,
        "姓名": paper.candidate.student.name,
        "证书编号": paper.number,
        "毕业日期": paper.issue_date.isoformat(),
    }
    set_clock("2023-08-02 09:00")  # the day of the row has come
    told = bring(tmp_path, SheetKind.REGISTERED, cells)
    paper.refresh_from_db()
    assert (told.problems, paper.registration_brought_by_id) == ((), told.intake)


def test_the_source_costs_no_query_more_for_more_rows(tmp_path):
    world(tmp_path, students=12)
    taken = []
    for numbers in (range(1, 3), range(3, 13)):
        with CaptureQueriesContext(connection) as caught:
            rows = ({"学号": f"2117151{n:06}"} for n in numbers)
            assert bring(tmp_path, SheetKind.RESULTS, *rows).created == len(numbers)
        taken.append(len(caught))
    assert taken[0] == taken[1]


# -- empty cells ---------------------------------------------------------------------------------------------------

SILENT = {
    SheetKind.STUDENTS: (
        Student,
        {"手机": "", "邮箱": "", "班级名称": "", "班级代码": "", "政治面貌": "", "续读本科": ""},
        {
            "mobile": "",
            "email": "",
            "class_name": "",
            "class_code": "",
            "politics": "",
            "goes_on": False,
        },
    ),
    SheetKind.RESULTS: (Result, {"复核通过": "", "取得方式": ""}, {"reviewed": False}),
    SheetKind.PROFILES: (
        Profile,
        {"前置毕业学校": "", "家庭住址": "", "初审意见": ""},
        {
            "prior_school": "",
            "home_address": "",
            "opinions": {"初审": {"text": "", "on": "2021-01-12"}},
        },
    ),
    SheetKind.DEGREES: (
        DegreeMaterial,
        {"论文成绩": "", "学位外语类别": ""},
        {"thesis_mark": "", "language_kind": ""},
    ),
    SheetKind.PLANS: (PlanRow, {"免修免考比例上限": ""}, {"exempt_cap": None}),
    SheetKind.UNITS: (Unit, {"联系人": "", "联系电话": ""}, {"contact": "", "phone": ""}),
}


@pytest.mark.parametrize("kind", SILENT, ids=[kind.value for kind in SILENT])
def test_an_empty_cell_changes_nothing_and_clear_empties(tmp_path, kind):
    world(tmp_path)
    model, cells, emptied = SILENT[kind]
    full = {"复核通过": "是", "取得方式": "免修免考"} if kind is SheetKind.RESULTS else {}
    full |= {"续读本科": "是"} if kind is SheetKind.STUDENTS else {}
    bring(tmp_path, kind, cells_of(kind, **full))
    row = (
        model.objects.latest("pk") if kind is not SheetKind.UNITS else Unit.objects.get(code="C01")
    )
    before = {name: getattr(row, name) for name in emptied}
    assert before != emptied
    said = bring(tmp_path, kind, cells_of(kind, **cells))
    row.refresh_from_db()
    assert ((said.unchanged, said.updated), {name: getattr(row, name) for name in emptied}) == (
        (1, 0),
        before,
    )
    cleared = bring(tmp_path, kind, cells_of(kind, **cells), clear=True)
    row.refresh_from_db()
    assert (cleared.updated, {name: getattr(row, name) for name in emptied}) == (1, emptied)


def test_a_new_mark_has_the_way_of_obtaining_that_it_suggests(tmp_path):
    world(tmp_path)
    bring(tmp_path, SheetKind.RESULTS, {"成绩": "85", "取得方式": "免修免考"})
    bring(tmp_path, SheetKind.RESULTS, {"成绩": "85", "取得方式": ""})
    kept = Result.objects.get().obtained
    bring(tmp_path, SheetKind.RESULTS, {"成绩": "90", "取得方式": ""})
    assert (kept, Result.objects.get().obtained) == ("exemption", "exam")


def test_what_a_report_of_the_same_day_leaves_empty_stays_compared(tmp_path):
    """X12: a column that says nothing takes no difference back."""
    world(tmp_path)
    for number, cells in enumerate(({"性别": "女"}, {"性别": ""}, {}, {"性别": "男"})):
        bring(tmp_path, SheetKind.CHSI, cells)
        assert ChsiReport.objects.get().mismatches == ("性别" if number < 3 else "")


# -- a centre's sheet of students --------------------------------------------------------------------------------


def test_a_centre_changes_the_contacts_of_its_own_and_nothing_else(tmp_path):
    world(tmp_path)
    clerk = person("clerk", "centre_clerk", "C01")
    contacts = {
        "手机": "13900139000",
        "邮箱": "b@example.edu.cn",
        "班级名称": "新班",
        "班级代码": "B2",
    }
    said = bring(tmp_path, SheetKind.STUDENTS, student(1, **contacts), by=clerk)
    row = Student.objects.get()
    assert (said.updated, said.problems) == (1, ())
    assert (row.mobile, row.email, row.class_name, row.class_code) == tuple(contacts.values())
    before = Student.objects.values().get()
    wrong = {
        "政治面貌": "中共党员",
        "续读本科": "是",
        "姓名": "张三",
        "证件类型": "居民身份证",
        "学籍状态": "毕业",
    }
    said = bring(
        tmp_path, SheetKind.STUDENTS, student(1, **wrong, 证件号="110105199003071331"), by=clerk
    )
    assert said.problems == (
        f"第 2 行：姓名「张三」与记录「张三丰」不一致；{CORRECTION}",
        f"第 2 行：证件类型「居民身份证」与记录「护照」不一致；{CORRECTION}",
        f"第 2 行：政治面貌「中共党员」与记录「群众」不一致；{ONLY_CONTACTS}",
        f"第 2 行：学籍状态「毕业」与记录「在籍」不一致；{ONLY_CONTACTS}",
        f"第 2 行：续读本科「是」与记录「否」不一致；{ONLY_CONTACTS}",
        f"第 2 行：证件号「110105********1331」与记录「E0*****01」不一致；{CORRECTION}",
    )
    assert Student.objects.values().get() == before


def test_a_centre_needs_to_send_nothing_but_the_contacts(tmp_path):
    world(tmp_path)
    clerk = person("clerk", "centre_clerk", "C01")
    needed = tuple(
        header
        for header in (
            "姓名 性别 出生日期 民族 证件类型 证件号 入学年度学期 学籍状态 学习中心代码 学生类别 "
            "学历层次 专业规则代码 政治面貌 续读本科"
        ).split()
    )
    said = bring(tmp_path, SheetKind.STUDENTS, {"手机": "13900139000"}, by=clerk, without=needed)
    assert (said.updated, Student.objects.get().mobile, said.problems) == (1, "13900139000", ())


def test_a_centre_adds_no_student_and_hears_nothing_of_others(tmp_path):
    world(tmp_path, students=2)
    bring(tmp_path, SheetKind.STUDENTS, student(2, 学习中心代码="C02"))
    clerk = person("clerk", "centre_clerk", "C01")
    said = bring(tmp_path, SheetKind.STUDENTS, student(2), student(3), by=clerk)
    assert said.problems == (f"第 2、3 行：{NO_NEW_STUDENTS}",)
    assert Student.objects.count() == 2


# -- class teachers ----------------------------------------------------------------------------------------------


def test_a_class_teacher_brings_what_the_own_classes_say(tmp_path):
    world(tmp_path, students=3)
    bring(tmp_path, SheetKind.STUDENTS, student(2, 班级代码="B2"), student(3, 班级代码="B3"))
    bring(
        tmp_path, SheetKind.USERS, {"账号": "teacher", "角色": "班主任", "班级代码": "b1，B2、B1"}
    )
    assert Grant.objects.get().classes == "B1、B2"
    teacher = User.objects.get(username="teacher")
    rows = [{"学号": f"2117151{n:06}"} for n in (1, 2, 3)]
    for kind in (SheetKind.PROFILES, SheetKind.HISTORIES, SheetKind.CONFIRMATIONS):
        said = bring(tmp_path, kind, *rows, by=teacher, partial=True, without=CHECK)
        unknown = "没有这个学号，或不在您的管理范围内；请核对学号，或先导入学生名单"
        assert (said.created, said.problems) == (2, (f"第 4 行：{unknown}",))


def test_a_class_teacher_without_classes_has_the_whole_centre(tmp_path):
    world(tmp_path, students=2)
    teacher = person("teacher", "class_teacher", "C01")
    rows = [{"学号": ONE}, {"学号": TWO}]
    assert bring(tmp_path, SheetKind.PROFILES, *rows, by=teacher, without=CHECK).created == 2


def test_classes_are_a_class_teachers_and_stay_when_the_sheet_says_nothing(tmp_path):
    world(tmp_path)
    refused = bring(tmp_path, SheetKind.USERS, {"班级代码": "B1"})
    assert refused.problems == ("第 2 行：只有角色是班主任的账号才填班级代码；请清空这一格",)
    row = {"账号": "teacher", "角色": "班主任", "班级代码": "B1", "止": "2024-01-01"}
    nobody = bring(tmp_path, SheetKind.USERS, row | {"班级代码": "B1、B9"})
    assert (nobody.created, "没有班级代码为「B9」的学生" in nobody.problems[0]) == (0, True)
    bring(tmp_path, SheetKind.USERS, row)
    Student.objects.update(class_code="")  # the class has ended: the row says nothing new
    assert bring(tmp_path, SheetKind.USERS, row).unchanged == 1
    assert bring(tmp_path, SheetKind.USERS, row | {"班级代码": "", "止": ""}).unchanged == 1
    bring(tmp_path, SheetKind.USERS, row | {"班级代码": ""}, clear=True)
    assert Grant.objects.get().classes == ""


def test_a_class_of_one_centre_is_none_of_another_in_the_same_sheet(tmp_path):
    world(tmp_path)
    bring(tmp_path, SheetKind.STUDENTS, student(2, 学习中心代码="C02", 班级代码="B2"))
    row = {"角色": "班主任"}
    told = bring(
        tmp_path,
        SheetKind.USERS,
        row | {"账号": "t1", "单位代码": "C01", "班级代码": "B2"},
        row | {"账号": "t2", "单位代码": "C02", "班级代码": "B1"},
        row | {"账号": "t3", "单位代码": "C02", "班级代码": "B2"},
    ).problems
    assert [one.partition("；")[0] for one in told] == [
        "第 2 行：甲学习中心没有班级代码为「B2」的学生",
        "第 3 行：乙学习中心没有班级代码为「B1」的学生",
    ]


def test_of_the_classes_of_a_foreign_centre_a_sheet_of_accounts_tells_nothing(tmp_path):
    """Neither which there are nor what the code of one is, as the page tells neither."""
    world(tmp_path)
    Student.objects.update(centre=Unit.objects.get(code="C02"))
    clerk = person("clerk", "centre_clerk", "C01")
    row = {"角色": "班主任", "单位代码": "C02"}
    classes = ("B1", "B9", "21春健康管理")  # a code, none, and a name
    rows = [row | {"账号": f"t{place}", "班级代码": one} for place, one in enumerate(classes)]
    told = bring(tmp_path, SheetKind.USERS, *rows, by=clerk).problems
    only = "单位「C02」不在您的管理范围内；请由上级单位的管理员导入"
    assert told == (f"第 2、3、4 行：{only}",)


def test_one_more_role_at_the_centre_frees_a_teacher_from_the_classes(tmp_path):
    world(tmp_path, students=2)
    both = person("both", "class_teacher", "C01", classes="B9")
    assert bring(tmp_path, SheetKind.PROFILES, {"学号": ONE}, by=both, without=CHECK).refused == 1
    Grant.objects.create(user=both, role="centre_clerk", unit=Unit.objects.get(code="C01"))
    assert bring(tmp_path, SheetKind.PROFILES, {"学号": ONE}, by=both, without=CHECK).created == 1


def test_a_course_outside_the_plan_is_taken_and_said(tmp_path):
    """A code that is copied wrongly must not lose a student credits without a word."""
    world(tmp_path)
    bring(tmp_path, SheetKind.PLANS, {"专业规则代码": "P2"})
    bring(tmp_path, SheetKind.MODULES, {"专业规则代码": "P2"})
    bring(tmp_path, SheetKind.COURSES, {"专业规则代码": "P2", "课程代码": "50002"})
    rows = [{}, {"课程代码": "50002"}, {"课程代码": "59999"}, {"课程代码": "59998", "作废": "是"}]
    for trial in (True, False):
        said = bring(tmp_path, SheetKind.RESULTS, *rows, trial=trial)
        assert (said.problems, said.created, said.warned) == ((), 4, 2)
        assert said.warnings == (
            "第 3 行：课程代码「50002」不在该生的专业规则里，这门成绩不计学分",
            "第 4 行：没有课程代码「59999」，这门成绩不计学分；请核对是否抄错，新课程请先导入课程表",
        )
        assert [note for note in said.notes if "课程" in note] == []
    assert Result.objects.count() == 4


def test_marks_of_the_plan_are_taken_without_a_remark(tmp_path):
    world(tmp_path)
    said = bring(tmp_path, SheetKind.RESULTS)
    assert (said.warned, [note for note in said.notes if "课程" in note]) == (0, [])


def test_one_unknown_code_is_told_once_with_its_rows(tmp_path):
    world(tmp_path, students=3)
    unknown = [{"学号": student(n)["学号"], "课程代码": "99999"} for n in range(1, 4)]
    later = ({"课程代码": "99999", "学期": f"20{n}春"} for n in range(10, 14))
    said = bring(tmp_path, SheetKind.RESULTS, *unknown, *later, {"课程代码": "88888"})
    text = "没有课程代码「{}」，这门成绩不计学分；请核对是否抄错，新课程请先导入课程表"
    assert (said.warned, said.warnings) == (
        8,
        (f"第 2、3、4、5、6 行等 7 行：{text.format('99999')}", f"第 9 行：{text.format('88888')}"),
    )
