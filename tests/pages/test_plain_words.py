"""What a page says to whoever reads it: the step that is there, the day as it was understood, and what was done already."""

from datetime import datetime, timedelta

from graduand.models import AccountEvent, IdentityCase, PhotoCheck, PhotoRow
from graduand.pages.frame.pictures import outcome_tag
from graduand.pages.frame.policy_form import differences
from graduand.queries import clock
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Verb
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


def test_a_case_that_is_filed_offers_nothing(world, at):
    student = world.student(1)
    world.judge()
    case = IdentityCase.objects.create(
        student=student, verdict="unsure", opened_at=clock.now(), state="cleared", filed_at=clock.now(),
        filed_by=world.users["hq"], note="总部备〔2023〕3号",
    )  # fmt: skip
    card = text(at("hq").get(f"/identity/{case.pk}")).partition('id="c-acts"')[2].partition("</section>")[0]
    assert ("已经备案，没有还要办的" in card, "当前状态为" in card, "aria-disabled" in card) == (True, False, False)
    IdentityCase.objects.update(state="reported", filed_at=None, filed_by=None)
    card = text(at("hq").get(f"/identity/{case.pk}")).partition('id="c-acts"')[2].partition("</section>")[0]
    assert ("备案通过" in card, "已经备案" in card) == (True, False)


def test_a_day_is_shown_as_it_was_understood():
    before = {"issue_date": "2023-07-20", "closes_at": "2023-10-12", "contacts": {"phone": "010-6500"}}
    after = {"issue_date": "2024.1.20", "closes_at": "2023年10月12日", "contacts": {"phone": "010-6501"}}
    assert differences(before, after) == [
        ("发证日期", "2023-07-20", "2024-01-20"), ("电话", "010-6500", "010-6501"),
    ]  # fmt: skip


def test_what_cannot_be_imported_says_so_before_the_import():
    row = ["NAME_UNKNOWN", "fail", "", "", ""]
    looked_at = ([row], [], [[row[0], "warn", *row[2:]]])
    tags = [outcome_tag(PhotoCheck(outcome="waiting", findings=found)).text for found in looked_at]
    assert tags == ["不能导入", "待检查", "待检查"]


def test_the_trail_says_whose_picture_was_decided_on(world, at):
    student = world.student(1)
    photo = PhotoRow.objects.get(student=student, kind="graduation")
    AccountEvent.objects.create(
        at=clock.now() - timedelta(minutes=1), deed="photo_decided", actor=world.users["college"],
        detail={"photo": photo.pk, "accepted": True}, key="p1",
    )  # fmt: skip
    page = text(at("auditor").get("/trail"))
    assert f"{student.number} 的毕业照片 1 张，合格" in page
