"""What comes from the registry and from headquarters: reports, cases, incoming numbers, read-back registrations."""

import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    IdentityCase,
    IncomingNumber,
    IntakeChange,
    Student,
    User,
)
from graduand.queries import clock
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import batch, bring, student, world

pytestmark = pytest.mark.django_db
NUMBER = "511618202306000001"


def chsi(tmp_path, *changes):
    return bring(tmp_path, SheetKind.CHSI, *changes)


def cases():
    return list(IdentityCase.objects.order_by("id").values_list("verdict", "state"))


def file_away(state="cleared"):
    by = User.objects.create_user(f"filer{IdentityCase.objects.count()}", "李老师")
    IdentityCase.objects.filter(state="open").update(
        state=state, filed_at="2023-06-02T09:00:00+08:00", filed_by=by
    )


def test_a_doubt_opens_one_case(tmp_path):
    world(tmp_path)
    chsi(tmp_path, {"核验结果": "正常"})
    assert cases() == []
    chsi(tmp_path, {"核验结果": "身份核验不确定", "数据日期": "2023-06-02"})
    chsi(tmp_path, {"核验结果": "身份核验不确定", "数据日期": "2023-06-03"})
    assert cases() == [("unsure", "open")]


def test_a_filed_case_covers_the_same_verdict_and_not_a_worse_one(tmp_path):
    world(tmp_path)
    chsi(tmp_path, {"核验结果": "身份核验异常"})
    file_away()
    chsi(tmp_path, {"核验结果": "身份核验异常"})
    chsi(tmp_path, {"核验结果": "身份核验不确定", "数据日期": "2023-06-02"})
    assert cases() == [("abnormal", "cleared")]
    chsi(tmp_path, {"核验结果": "身份核验未通过", "数据日期": "2023-06-03"})
    assert cases() == [("abnormal", "cleared"), ("failed", "open")]


def test_an_open_case_takes_the_worse_verdict_on(tmp_path):
    world(tmp_path)
    chsi(tmp_path, {"核验结果": "身份核验不确定"})
    chsi(tmp_path, {"核验结果": "身份复核不通过", "数据日期": "2023-06-02"})
    assert cases() == [("failed", "open")]


def test_only_the_newest_report_counts(tmp_path):
    world(tmp_path)
    chsi(tmp_path, {"核验结果": "正常", "数据日期": "2023-06-09"})
    chsi(tmp_path, {"核验结果": "身份核验未通过", "数据日期": "2023-06-01"})
    assert cases() == []
    assert ChsiReport.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"姓名": "张三风", "证件号": "E99999999"}, "姓名、证件号"),
        ({"性别": "女", "出生日期": "1990-03-08"}, "性别、出生日期"),
        ({"专业名称": "护理", "层次": "本科"}, "专业名称、层次"),
        (
            {
                "性别": "男",
                "出生日期": "19900307",
                "证件号": "e00000001",
                "专业名称": "健康管理",
                "层次": "专科",
            },
            "",
        ),
    ],
)
def test_what_the_registry_has_otherwise(tmp_path, change, said):
    world(tmp_path)
    tally = chsi(tmp_path, change)
    assert (tally.created, tally.warned) == (1, int(bool(said)))
    assert ChsiReport.objects.get().mismatches == said


# ---------------------------------------------------------------- numbers


@pytest.fixture
def imported(tmp_path):
    """A batch that headquarters numbers, with two students listed."""
    world(tmp_path, students=2)
    made = batch(numbering="imported")
    bring(tmp_path, SheetKind.STUDENTS, student(3))
    return SimpleNamespace(batch=made, folder=tmp_path)


def test_numbers_wait_for_certify(imported):
    tally = bring(
        imported.folder,
        SheetKind.NUMBERS,
        {},
        {"学号": "2117151000002", "电子注册号": "511618202306000002"},
    )
    assert tally.created == 2
    assert list(
        IncomingNumber.objects.order_by("id").values_list(
            "batch__code", "student__number", "number"
        )
    ) == [
        ("202307", "2117151000001", NUMBER),
        ("202307", "2117151000002", "511618202306000002"),
    ]
    assert bring(imported.folder, SheetKind.NUMBERS, {"毕业批次": "202307"}).nothing_new


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("511628202306000001", "电子注册号的学校代码为 51162，应为 51161"),
        ("511618202406000001", "电子注册号的毕业年份为 2024，应为 2023"),
        ("511618202305000001", "电子注册号的培养层次（专科）为 05，应为 06"),
    ],
)
def test_a_number_must_fit_the_batch_and_the_student(imported, number, said):
    assert bring(imported.folder, SheetKind.NUMBERS, {"电子注册号": number}).problems == (
        f"第 2 行：{said}",
    )


def test_one_number_for_two_students(imported):
    both = bring(imported.folder, SheetKind.NUMBERS, {}, {"学号": "2117151000002"})
    text = f"电子注册号 {NUMBER} 已给了别的学生；请核对"
    assert both.problems == (f"第 2、3 行：{text}",)
    bring(imported.folder, SheetKind.NUMBERS)
    later = bring(imported.folder, SheetKind.NUMBERS, {"学号": "2117151000002"})
    assert later.problems == (f"第 2 行：{text}",)


def test_two_students_may_swap_their_numbers(imported):
    other = "511618202306000002"
    bring(imported.folder, SheetKind.NUMBERS, {}, {"学号": "2117151000002", "电子注册号": other})
    again = bring(
        imported.folder, SheetKind.NUMBERS, {"电子注册号": other}, {"学号": "2117151000002"}
    )
    # who has a number keeps it until it is taken away by hand: a swap inside one file is not
    # guessed at
    assert again.refused == 2


def test_a_batch_that_mints_takes_no_numbers(tmp_path):
    world(tmp_path)
    batch()
    tally = bring(tmp_path, SheetKind.NUMBERS)
    assert tally.problems == (
        "第 2 行：批次 202307 由本系统编号（numbering = minted），不接收导入的编号",
    )


# ---------------------------------------------------------------- registered


@pytest.fixture
def certified(imported):
    candidate = Candidate.objects.get(student=Student.objects.get(number="2117151000001"))
    Certificate.objects.create(
        candidate=candidate,
        number=NUMBER,
        book=NUMBER[:12],
        serial=1,
        issue_date="2023-07-20",
        photo_sha256="",
        made_at="2023-07-20T09:00:00+08:00",
    )
    return imported


def test_a_registration_is_read_back(certified):
    tally = bring(certified.folder, SheetKind.REGISTERED)
    assert (tally.problems, tally.created) == ((), 1)
    certificate = Certificate.objects.get()
    assert (certificate.queryable, certificate.registered_on) == (
        True,
        date.fromisoformat("2023-08-01"),
    )
    assert bring(certified.folder, SheetKind.REGISTERED).nothing_new
    gone = bring(certified.folder, SheetKind.REGISTERED, {"可查询": "否"})
    assert (gone.updated, Certificate.objects.get().queryable) == (1, False)
    before = {"queryable": True, "registered_on": "2023-08-01", "cancelled_on": None}
    assert json.loads(IntakeChange.objects.get().before) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"姓名": "张三风"}, "姓名与证书或学籍记录「张三丰」不一致；请核对注册数据"),
        ({"证书编号": "511618202306000002"}, "证书编号 511618202306000002 不是该生的证书；请核对"),
        ({"学号": "2117151000002"}, f"证书编号 {NUMBER} 不是该生的证书；请核对"),
        ({"毕业日期": "2023-01-20"}, "毕业日期 2023-01-20 与证书上的 2023-07-20 不一致；请核对"),
    ],
)
def test_a_registration_that_disagrees_is_refused(certified, change, said):
    assert bring(certified.folder, SheetKind.REGISTERED, change).problems == (f"第 2 行：{said}",)
    assert not Certificate.objects.get().queryable


def test_a_certified_student_keeps_the_number(certified):
    tally = bring(certified.folder, SheetKind.NUMBERS, {"电子注册号": "511618202306000009"})
    assert tally.problems == (f"第 2 行：该生证书已编号 {NUMBER}；要换号请先作废重办",)


def test_a_registration_of_tomorrow_is_refused(certified):
    """The registry can't have made it yet: a year that was mistyped."""
    today, tomorrow = clock.today(), clock.today() + timedelta(days=1)
    late = bring(certified.folder, SheetKind.REGISTERED, {"注册日期": tomorrow.isoformat()})
    assert late.problems == (f"第 2 行：注册日期 {tomorrow} 晚于今天 {today}；请核对",)
    assert (
        bring(certified.folder, SheetKind.REGISTERED, {"注册日期": today.isoformat()}).created == 1
    )


def test_七_4_a_registration_before_the_day_on_the_certificate_is_taken_with_a_warning(certified):
    """The certificate is of 2023-07-20; so may a registration be that was entered ahead, and one that was mistyped."""
    before = bring(certified.folder, SheetKind.REGISTERED, {"注册日期": "2023-07-19"})
    said = "注册日期 2023-07-19 早于证书上的发证日期 2023-07-20；请核对，确实提前注册的不用改"
    assert (before.created, before.warnings) == (1, (f"第 2 行：{said}",))
    on = bring(certified.folder, SheetKind.REGISTERED, {"注册日期": "2023-07-20"})
    assert (on.updated, on.warnings) == (1, ())
