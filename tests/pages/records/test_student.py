"""A student's page for staff."""

import re
from html import unescape

import pytest

from graduand.models import Event, PlanRow, Result
from graduand.queries.basis import basis_of
from graduand.queries.papers.printing import graduands
from graduand.rulebook.terms import Verb
from tests.pages.reading import page, text
from tests.pages.world import account_for


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
    (person,) = graduands([world.file(student).pk], basis_of(world.batch))
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


STUDENT_QUERIES = {"a": 29, "college": 29, "hq": 28}


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
