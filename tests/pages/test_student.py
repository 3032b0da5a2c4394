"""A student's page for staff, and the student's own."""

import re
from html import unescape

import pytest

from graduand.models import Certificate, ChsiReport, Event, IdentityCase, PlanRow, Result
from graduand.office import audit, batches
from graduand.queries.academics import compiled, plans
from graduand.queries.bench import bench_of, policy_of
from graduand.queries.papers import graduands
from graduand.rulebook.terms import Verb
from tests.pages.world import NOON, account_for


def page(client, world, student):
    return client.get(f"/candidates/{world.file(student).pk}")


def audits(world):
    """The compiled plans under the policy in force."""
    return compiled(plans(), policy_of(world.batch))


def text(answer):
    """What is read on the page, without markup."""
    body = answer.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("people", [1, 3])
def test_a_constant_number_of_queries(world, at, asks, people):
    students = [world.student(number) for number in range(people)]
    world.judge()
    world.do("a", Verb.APPLY, *students)
    for name, expected in STUDENT_QUERIES.items():
        client = at(name)
        page(client, world, students[0])
        with asks(expected + 1):  # one to find the file's number
            assert page(client, world, students[0]).status_code == 200


def test_A01_another_centres_student_is_not_there(world, at):
    student = world.student(1, centre=1)
    world.judge()
    account_for(world, student)
    assert {
        name: page(at(name), world, student).status_code
        for name in ("a", "b", "college", "hq", "student", "auditor")
    } == {
        "a": 404,
        "b": 200,
        "college": 200,
        "hq": 200,
        "student": 404,
        "auditor": 404,
    }
    assert at("a").get("/candidates/99999999").status_code == 404
    assert at("a").get("/candidates/9223372036854775808").status_code == 404


def test_findings_say_what_who_and_what_next(world, at):
    """四.2(2), 附件2: the clause, the shortfall, the desk, the next step."""
    student = world.student(1, credits=False, photo=False)
    world.judge()
    shown = text(page(at("a"), world, student))
    for sentence in (
        "总学分要求 12，已获 1",
        "附件2.2 · 学生本人办理",
        "下一步：补修课程，或由学习中心核对未发布的成绩",
        "一平台没有毕业照片",
        "四.2(2) · 学习中心办理",
        "综合实践课程 综合实践（009） 必须通过且复核通过，现为未通过",
        "总学分 1 / 12",
    ):
        assert sentence in shown


def test_results_module_by_module(world, at):
    student = world.student(1)
    world.judge()
    shown = text(page(at("a"), world, student))
    assert "专业课 12 要求 10 学分 满足" in shown
    assert "健康管理学（002） 7 86 2021春 1 通过" in shown


def test_a_result_that_passes_stands_before_a_failed_one_on_every_page_and_on_paper(world, at):
    """A failed 39 beside a passed 良: 良 is shown, 39 is what was before; the printed 成绩单 says the same."""
    student = world.student(1)
    Result.objects.filter(student=student, course="009").update(mark="良", term=4045)
    Result.objects.create(
        student=student, course="009", term=4044, mark="39", released="2023-06-01"
    )
    world.judge()
    line = "综合实践（009）·综合实践 4 良 2022秋 1 39（2022春考试次序 1） 通过"
    assert line in text(page(at("hq"), world, student))
    assert line in text(at("college").get(f"/reviews/{world.file(student).pk}"))
    (person,) = graduands([world.file(student).pk], bench_of(world.batch))
    shown = [(one["code"], one["mark"]) for one in person.archive.marks["modules"][0]["courses"]]
    assert shown == [("001", "86"), ("002", "86"), ("009", "良")]


def test_plain_modules_are_folded_and_those_to_be_looked_at_are_open(world, at):
    """Without practice, re-sits and exemptions a module is one line; with a re-sit it is open and the row is tinted."""
    student = world.student(1)
    world.plan.courses.filter(code="009").delete()
    world.plan.modules.update(min_credits=800)
    PlanRow.objects.update(version=2)
    world.judge()
    folds = re.compile(r'<details class="module"( open)?>')
    assert folds.findall(page(at("hq"), world, student).content.decode()) == [
        "",
        "",
    ]  # the module; outside the plan
    Result.objects.create(
        student=student, course="002", term=4043, mark="50", released="2023-06-01"
    )
    body = page(at("hq"), world, student).content.decode()
    assert (folds.findall(body), body.count('<tr class="telling">')) == ([" open", ""], 1)


def test_the_buttons_of_my_desk(world, at):
    ready, unfit = world.student(1), world.student(2, photo=False)
    world.judge()
    can = re.compile(r'<a class="btn[^>]*href="/candidates/confirm\?verb=([a-z_]+)')
    cannot = re.compile(r'<button type="button" class="btn" aria-disabled="true" title="([^"]+)"')
    assert can.findall(page(at("a"), world, ready).content.decode()) == ["apply", "defer"]
    assert cannot.findall(page(at("a"), world, ready).content.decode()) == [
        "专科不授予学士学位"
    ]  # +学位
    assert (
        cannot.findall(page(at("a"), world, unfit).content.decode()) == ["一平台没有毕业照片"] * 2
    )
    assert can.findall(page(at("college"), world, ready).content.decode()) == []
    world.do("a", Verb.APPLY, ready)
    assert can.findall(page(at("a"), world, ready).content.decode()) == ["withdraw"]
    assert can.findall(page(at("college"), world, ready).content.decode()) == [
        "endorse",
        "send_back",
        "reject",
    ]
    assert "现在由学院办理" in text(page(at("a"), world, ready))


def test_the_history_in_order(world, at):
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student)
    world.do("college", Verb.SEND_BACK, student, reason="photo", note="背景不是蓝色")
    world.do("a", Verb.APPLY, student)
    shown = text(page(at("hq"), world, student))
    assert Event.objects.count() == 3
    history = shown.partition("办理经过")[2]
    places = [
        history.index(words)
        for words in ("未申请 → 已申请", "已申请 → 退回补正", "退回补正 → 已申请")
    ]
    assert places == sorted(places)
    assert "照片问题：背景不是蓝色" in history
    assert "学院 学院李老师" in history


def test_numbers_of_documents_and_phones_are_masked(world, at):
    student = world.student(1)
    world.judge()
    account_for(world, student)
    for answer in (page(at("a"), world, student), at("student").get("/my")):
        body = answer.content.decode()
        assert ("110105********123X" in body, "138****1234" in body) == (True, True)
        assert ("11010519900307123X" in body, "13800001234" in body) == (False, False)


# ---- /my


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
    audit.refresh([world.file(student).pk], bench_of(world.batch))
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
    assert come in text(at("student").get("/my"))
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    audit.refresh([world.file(student).pk], bench_of(world.batch))
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


STUDENT_QUERIES, MY_QUERIES = {"a": 29, "college": 29, "hq": 28}, 10


def turning(client, url):
    """(before, after): the last digits of the 学号 to which the page's two links lead."""
    body = client.get(url).content.decode()
    links = dict(re.findall(r'rel="(prev|next)" href="([^"]+)"', body))
    return tuple(
        number_at(client, unescape(links[rel])) if rel in links else None
        for rel in ("prev", "next")
    )


def number_at(client, url):
    return int(re.search(r"<p>21151(\d+) ·", client.get(url).content.decode())[1])


def test_one_turns_over_within_the_list_one_came_from(world, at):
    students = [world.student(n, photo=n != 3) for n in range(1, 6)]
    world.judge()
    client = at("a")
    body = client.get("/candidates?photo=1").content.decode()
    urls = [unescape(url) for url in re.findall(r'<td class="name"><a href="([^"]+)">', body)]
    assert [turning(client, url) for url in urls] == [(None, 2), (1, 4), (2, 5), (4, None)]
    world.do("a", Verb.APPLY, students[1])
    listed = f"/candidates/{world.file(students[1]).pk}?stage=listed&at=2"
    assert turning(client, listed) == (1, 3)
    assert turning(client, f"/candidates/{world.file(students[0]).pk}") == (None, None)
