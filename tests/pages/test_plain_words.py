"""What a page says to whoever reads it: the step that is there, the day as it was understood, and what was done already."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import graduand
from graduand.models import AccountEvent, Act, IdentityCase, PhotoCheck, PhotoRow, PhotoUpload
from graduand.office.audit import auditing
from graduand.pages.frame.acts.answering import ready_words
from graduand.pages.frame.pictures import outcome_tag
from graduand.pages.frame.season.policy_changes import differences
from graduand.queries import clock
from graduand.rulebook.calendar import OFFICE_ZONE, by_day
from graduand.rulebook.terms import Verb
from tests.pages.lists.picking import opened
from tests.pages.world import set_clock

LATE = datetime(2023, 7, 20, 10, 0, tzinfo=OFFICE_ZONE)


def text(answer):
    return answer.content.decode()


def test_a_reviewer_who_has_the_file_open_is_not_sent_to_open_it(world, at):
    """三.1: after the review's days the reminder stands on the page on which the file is decided."""
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student)
    world.do("college", Verb.ENDORSE, student)
    set_clock(LATE)
    page = text(at("hq").get(f"/reviews/{world.file(student).pk}"))
    words = ("审核时间为", "现在打开的就是这一份：核对后可以通过", "尽快从列表逐份打开")
    assert [word in page for word in words] == [True, True, False]
    assert '<span class="who">三.1 · 总部办理</span>' in page


def test_a_reviewer_is_not_told_that_a_file_passes_which_something_else_stops(world, at):
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student)
    world.do("college", Verb.ENDORSE, student)
    student.results.update(pass_key="")
    auditing.mark_stale([student.pk])
    world.judge()
    set_clock(LATE)
    page = text(at("hq").get(f"/reviews/{world.file(student).pk}"))
    words = ("核对后可以通过", "其余不能通过的原因消除以后可以通过")
    assert [word in page for word in words] == [False, True]


def test_a_case_that_is_filed_offers_nothing(world, at):
    student = world.student(1)
    world.judge()
    case = IdentityCase.objects.create(
        student=student,
        verdict="unsure",
        opened_at=clock.now(),
        state="cleared",
        filed_at=clock.now(),
        filed_by=world.users["hq"],
        note="总部备〔2023〕3号",
    )
    card = (
        text(at("hq").get(f"/identity/{case.pk}"))
        .partition('id="c-acts"')[2]
        .partition("</section>")[0]
    )
    assert ("已经备案，没有还要办的" in card, "当前状态为" in card, "aria-disabled" in card) == (
        True,
        False,
        False,
    )
    IdentityCase.objects.update(state="reported", filed_at=None, filed_by=None)
    card = (
        text(at("hq").get(f"/identity/{case.pk}"))
        .partition('id="c-acts"')[2]
        .partition("</section>")[0]
    )
    assert ("备案通过" in card, "已经备案" in card) == (True, False)


def test_a_day_is_shown_as_it_was_understood():
    before = {
        "issue_date": "2023-07-20",
        "closes_at": "2023-10-12",
        "contacts": {"phone": "010-6500"},
    }
    after = {
        "issue_date": "2024.1.20",
        "closes_at": "2023年10月12日",
        "contacts": {"phone": "010-6501"},
    }
    assert differences(before, after) == [
        ("发证日期", "2023-07-20", "2024-01-20"),
        ("电话", "010-6500", "010-6501"),
    ]


def test_what_cannot_be_imported_says_so_before_the_import():
    row = ["NAME_UNKNOWN", "fail", "", "", ""]
    looked_at = ([row], [], [[row[0], "warn", *row[2:]]])
    upload = PhotoUpload()
    checks = [PhotoCheck(upload=upload, outcome="waiting", findings=found) for found in looked_at]
    tags = [outcome_tag(check).text for check in checks]
    assert tags == ["不能导入", "待检查", "待检查"]


def test_the_trail_says_whose_picture_was_decided_on(world, at):
    student = world.student(1)
    photo = PhotoRow.objects.get(student=student, kind="graduation")
    AccountEvent.objects.create(
        at=clock.now() - timedelta(minutes=1),
        deed="photo_decided",
        actor=world.users["college"],
        detail={"photo": photo.pk, "accepted": True},
        key="p1",
    )
    page = text(at("auditor").get("/trail"))
    assert f"{student.number} 的毕业照片 1 张，合格" in page


def test_a_day_until_which_something_is_done_is_said_in_one_way():
    """A closing day is included everywhere, so it is never 前 of a day, and the words for it have one home."""
    assert by_day(LATE.date()) == "2023-07-20 或之前"
    other = re.compile(r"[}] 前|当天也算|[}] 或之前|最迟 [{]")
    root = Path(graduand.__file__).parent
    found = {
        path.name
        for kind in ("*.py", "*.html")
        for path in root.rglob(kind)
        if other.search(path.read_text("utf-8"))
    }
    assert found == {
        "calendar.py",
        "account.html",
    }  # its home; and a code is valid until a minute, not until a day


READY = {
    Verb.APPLY: "可以提交的",
    Verb.WITHDRAW: "可以撤回申请的",
    Verb.DEFER: "可以暂缓毕业的",
    Verb.RESUME: "可以恢复的",
    Verb.ENDORSE: "可以审核通过的",
    Verb.APPROVE: "可以准予毕业的",
    Verb.SEND_BACK: "可以退回补正的",
    Verb.REJECT: "可以判为审核不通过的",
    Verb.REOPEN: "可以申诉重审的",
    Verb.LAPSE: "可以未办结转的",
    Verb.RELIST: "可以恢复到名单的",
    Verb.RELIST_DEFERRED: "可以恢复暂缓的",
    Verb.RELIST_RETURNED: "可以恢复退回补正的",
    Verb.RELIST_APPLIED: "可以恢复申请的",
    Verb.RELIST_ENDORSED: "可以恢复学院审核通过的",
    Verb.CERTIFY: "可以编号制证的",
    Verb.VOID: "可以作废重办的",
    Verb.SHIP: "可以寄出的",
    Verb.RECEIVE: "可以签收的",
    Verb.COLLECT: "可以签领的",
    Verb.UNCOLLECT: "可以撤销签领的",
    Verb.RECALL: "可以退回学院的",
    Verb.DEGREE_APPLY: "可以申请学位的",
    Verb.DEGREE_RETURN: "可以退回学位材料的",
    Verb.DEGREE_GRANT: "可以授予学位的",
    Verb.DEGREE_DECLINE: "可以决定不授予学位的",
    Verb.CASE_SUBMIT: "可以提交复核材料的",
    Verb.CASE_REPORT: "可以上报总部备案的",
    Verb.CASE_RETURN: "可以退回补充复核材料的",
    Verb.CASE_CLEAR: "可以备案通过的",
    Verb.CASE_UPHOLD: "可以维持存疑的",
    Verb.DEREGISTER: "可以登记注册注销的",
    Verb.REREGISTER: "可以撤销注销登记的",
    Verb.AMEND: "可以更正证书内容的",
    Verb.DEGREE_CERTIFY: "可以给学位证书编号的",
    Verb.DEGREE_REPLACE: "可以登记学位证书重制的",
    Verb.CONFIRM_ISSUE: "核实后可以维持的",
}


def test_whom_an_act_would_move_is_said_in_a_right_sentence_for_every_act():
    """`可以学位证书编号的 37 人` was none."""
    assert {verb: ready_words(verb) for verb in Verb} == READY
    assert ready_words(Verb.VOID, two=True) == "可以提交的"


@pytest.mark.parametrize(
    ("day", "early"), [(datetime(2023, 7, 9, 10, 0, tzinfo=OFFICE_ZONE), True), (LATE, False)]
)
def test_三_1_who_reviews_before_the_days_of_the_review_is_reminded_as_after_them(
    world, at, day, early
):
    student = world.student(1)
    world.judge()
    set_clock(datetime(2023, 7, 8, 10, 0, tzinfo=OFFICE_ZONE))
    world.do("a", Verb.APPLY, student)
    set_clock(day)
    page = text(at("college").get(f"/reviews/{world.file(student).pk}"))
    assert f"首批的审核时间为 2023-07-10 至 2023-07-16，今天是 {day.date()}" in page
    assert "现在打开的就是这一份：核对后可以通过" in page
    shown = text(opened(at("college"), f"verb=endorse&chosen={world.file(student).pk}"))
    assert ("未到审核时间" in shown, "已过审核时间" in shown) == (early, not early)
    world.do("college", Verb.ENDORSE, student)
    assert (world.file(student).stage, Act.objects.latest("id").warned) == ("endorsed", 1)
