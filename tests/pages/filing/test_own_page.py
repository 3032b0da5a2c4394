"""The student's own page: the one thing to do, what is promised, who took the certificate."""

from datetime import datetime, timedelta

import pytest

from graduand.models import Certificate, ChsiReport, IdentityCase, Result
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.pages.frame.one_file.own_file import OwnFile, days
from graduand.queries.basis import basis_of
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.clauses import MASK_BITS, Finding
from graduand.rulebook.terms import Verb
from tests.pages.reading import page, text
from tests.pages.world import NOON, account_for, set_clock

MY_QUERIES = 11


def test_my_page_says_the_one_thing_to_do(world, at):
    student = world.student(1, credits=False)
    world.judge()
    account_for(world, student)
    shown = text(at("student").get("/my"))
    assert (
        "需要您处理： 课程 健康管理学（002） 必须通过，现为未通过。重修或重考该课程，或核对未发布的成绩。"
        in shown
    )
    assert "毕业条件未满足 学分 1 / 12" in shown


def test_my_page_follows_the_file(world, at):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    client = at("student")
    assert "学习中心申请 未申请，由学习中心在 2023-07-16 或之前提交" in text(client.get("/my"))
    world.do("a", Verb.APPLY, student)
    assert "学习中心申请 （已完成） 2023-07-12 完成" in text(client.get("/my"))
    assert "学院审核 办理中" in text(client.get("/my"))
    assert "暂时不需要您处理。" in text(client.get("/my"))
    world.do("college", Verb.SEND_BACK, student, reason="photo")
    assert "已退回补正。" in text(client.get("/my"))


HANDED_OVER = {
    "in_person": (
        {},
        "已领取毕业证书。 祝贺毕业！",
        "方式 由您本人领取 时间 2023-07-12 12:00 经办 杭州学习中心 周老师",
        "如果不是您本人领取的",
    ),
    "proxy": (
        {"relation": "其母", "note": "王秀兰，身份证 110105 19491231 002X"},
        "毕业证书已由他人代领。",
        "方式 由他人代您领取 代领人 其母 王秀兰，身份证 110105********002X 时间 2023-07-12 12:00 经办 杭州学习中心 周老师",
        "如果您没有委托，或没有拿到证书",
    ),
    "mail": (
        {"carrier": "邮政", "tracking": "YZ77"},
        "毕业证书已邮寄给您。",
        "方式 邮寄给您 运单 邮政 YZ77 时间 2023-07-12 12:00",
        "如果没有收到",
    ),
}


@pytest.mark.parametrize("method", HANDED_OVER)
def test_my_page_says_who_took_the_certificate_and_how_to_object(world, at, method):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, student)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, student)
    world.do("college", Verb.SHIP, student, carrier="邮政", tracking="YZ1")
    world.do("a", Verb.RECEIVE, student)
    assert "谁领取了我的证书" not in text(at("student").get("/my"))
    Certificate.objects.update(queryable=True)
    said, head, facts, doubt = HANDED_OVER[method]
    world.do("a", Verb.COLLECT, student, handover=method, confirmed=True, **said)
    shown = text(at("student").get("/my"))
    assert (head in shown, doubt in shown, facts if facts in shown else shown) == (
        True,
        True,
        facts,
    )
    assert (
        "请尽快向杭州学习中心（0571-00000000）提出；对答复有异议，可以联系学院：毕业审核办公室 010-00000000"
        in shown
    )
    staff = text(page(at("a"), world, student))
    assert ("代领（其母 王秀兰，身份证 110105********002X），周老师 办理" in staff) == (
        method == "proxy"
    )


def assert_told_to_make_good(world, at, student):
    """The student loses a mark, and reads that something is to be done and what."""
    Result.objects.filter(student=student).update(mark="50", pass_key="")
    auditing.refresh([world.file(student).pk], basis_of(world.batch))
    shown = text(at("student").get("/my"))
    assert ("需要您处理：" in shown, "暂时不需要您处理。" in shown, "还差什么" in shown) == (
        True,
        False,
        True,
    )


def test_a_mark_lost_during_the_review_is_the_students_to_make_good(world, at):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    world.do("a", Verb.APPLY, student)
    assert_told_to_make_good(world, at, student)


def test_a_mark_lost_after_the_approval_is_the_students_to_make_good_too(world, at):
    """准予毕业 is undone by it: the certificate is not numbered until the mark is made good."""
    student = world.student(1)
    world.judge()
    account_for(world, student)
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, student)
    assert "暂时不需要您处理。" in text(at("student").get("/my"))
    assert_told_to_make_good(world, at, student)


def test_nobody_is_asked_to_come_for_what_the_centre_may_not_hand_over(world, at):
    """The centre is refused while the registry does not answer, and while an identity is in doubt; the student reads the same."""
    student = world.student(1)
    world.judge()
    account_for(world, student)
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, student)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, student)
    world.do("college", Verb.SHIP, student, carrier="邮政", tracking="YZ1")
    world.do("a", Verb.RECEIVE, student)
    come = "请带身份证件领取"
    shown = text(at("student").get("/my"))
    assert (
        come in shown,
        "证书已到学习中心，还不能领取： 学信网还查询不到您的学历注册信息" in shown,
    ) == (False, True)
    Certificate.objects.update(queryable=True)
    set_clock(NOON + timedelta(days=8))  # the day of issue
    assert come in text(at("student").get("/my"))
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    auditing.refresh([world.file(student).pk], basis_of(world.batch))
    shown = text(at("student").get("/my"))
    assert (come in shown, "请先不要前来领证。请联系学习中心，按要求提交身份复核材料" in shown) == (
        False,
        True,
    )


def test_no_date_is_promised_that_cannot_hold(world, at):
    """Who lacks credits, or waits for the centre, is told why nobody can say yet; who is on the way has the day."""
    short, ready = world.student(1, credits=False), world.student(2)
    world.judge()
    account_for(world, short)
    account_for(world, ready, "other")
    pages = [text(at(name).get("/my")) for name in ("student", "other")]
    assert ["预计" in shown for shown in pages] == [False, False]
    assert "现在还说不准：毕业条件还没有满足，要等成绩。" in pages[0]
    assert "现在还说不准：要等学习中心提交毕业申请。" in pages[1]
    world.do("a", Verb.APPLY, ready)
    shown = text(at("other").get("/my"))
    said = ("预计 2023-09-20 或之前。", "领取毕业证书 预计 2023-09-20 或之前", "说不准")
    assert [text in shown for text in said] == [True, True, False]


def test_what_is_promised_of_days_is_about_what_is_missing(world):
    """Of every reason: grades where marks clear it, a photo where none is there, or nothing."""
    student = world.student(1)
    world.judge()
    basis = basis_of(world.batch, datetime(2023, 8, 1, 12, tzinfo=OFFICE_ZONE))
    own = OwnFile(world.file(student), basis, "下一毕业批次")
    words = {"grades": "所缺课程", "photo": "毕业照片须在", "filed": "为您提交申请"}
    told = {
        code: {what for what, word in words.items() if word in "".join(days(own, (Finding(code),)))}
        for code in MASK_BITS
    }
    assert told == {
        code: {"filed"}
        | ({"grades"} if code.startswith(("CRED-", "COURSE-", "PRACTICE")) else set())
        | ({"photo"} if code in ("PHOTO-PLATFORM", "PHOTO-SPEC") else set())
        for code in MASK_BITS
    } | {"ELIG-TERM": set(), "ELIG-EXPIRED": set()}


def test_who_has_not_applied_reads_whole_sentences_of_what_must_be_there_by_which_day(world, at):
    """With the year, whether the day itself counts, and what happens otherwise; once applied there is nothing to keep."""
    student = world.student(1)
    world.judge()
    account_for(world, student)
    said = (
        "学习中心在 2023-07-16 或之前为您提交申请；到那天条件还没有满足、还没有提交的，"
        "只能等「第二批」（2023-09-04 起申请）。"
    )
    shown = text(at("student").get("/my"))
    assert f"最晚哪一天要办好？ {said} 我的信息" in shown
    world.do("a", Verb.APPLY, student)
    assert "最晚哪一天要办好？" not in text(at("student").get("/my"))


def test_order_numbers_are_the_staffs(world, at):
    """They have holes where files were refused: a student is told how many wait before the own file."""
    first, student = world.student(1), world.student(2)
    world.judge()
    account_for(world, student)
    world.do("a", Verb.APPLY, first, student)
    shown = text(at("student").get("/my"))
    assert ("上报顺序" in shown, "前面还有 1 份，按上报先后办理" in shown) == (False, True)
    assert "首批 第 2 号" in text(page(at("a"), world, student))


def test_my_page_is_mine_alone(world, at):
    mine, other = world.student(1, name="本人"), world.student(2, name="同学")
    world.judge()
    account_for(world, mine)
    account_for(world, other, "other")
    assert [name in text(at("student").get("/my")) for name in ("本人", "同学")] == [True, False]
    assert [name in text(at("other").get("/my")) for name in ("本人", "同学")] == [False, True]


def test_my_page_before_there_is_a_file(world, at):
    student = world.student(1)
    account_for(world, student)
    assert at("student").get("/my").status_code == 404


def test_my_page_takes_few_queries(world, at, asks):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    client = at("student")
    with asks(MY_QUERIES):
        client.get("/my")
