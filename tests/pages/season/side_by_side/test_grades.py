"""成绩申报 on the pages: lists say what is missing, home is alarmed after the day, the college gives its word."""

import re
from datetime import datetime
from html import unescape

import pytest

from graduand.models import GradesDeclared
from graduand.rulebook.calendar import OFFICE_ZONE
from tests.pages.world import set_clock

AFTER = datetime(2023, 7, 15, 9, 0, tzinfo=OFFICE_ZONE)
NOTE = (
    "「首批」的成绩（综合实践复核、成绩发布）尚未申报完成：生命健康学院，应于 2023-07-14 或之前完成"
)
ALARM = "生命健康学院「首批」的成绩应于 2023-07-14 或之前申报完成，尚未申报"


def confirmation(client, page="/grades"):
    """What the first button of the page asks before anything is said."""
    body = client.get(page).content.decode()
    return client.get(
        unescape(re.search(r'href="(/grades/confirm[^"]+)"', body)[1])
    ).content.decode()


def form(client, page="/grades"):
    """The hidden fields of that question."""
    fields = re.search(
        r'action="/grades/declare".*?</form>', confirmation(client, page), re.DOTALL
    )[0]
    return dict(
        re.findall(r'type="hidden" name="(round|college|do|batch)" value="([^"]+)"', fields)
    )


def says(client, url, sentence):
    return sentence in client.get(url).content.decode()


def test_三_1_lists_say_that_grades_are_not_complete_until_the_college_has_declared_them(world, at):
    urls = {"a": "/candidates", "college": "/reviews", "hq": "/reviews"}
    assert {name: says(at(name), url, NOTE) for name, url in urls.items()} == dict.fromkeys(
        urls, True
    )
    assert at("college").post("/grades/declare", form(at("college")))["Location"] == "/grades"
    assert {name: says(at(name), url, NOTE) for name, url in urls.items()} == dict.fromkeys(
        urls, False
    )
    assert "学院李老师" in at("a").get("/grades").content.decode()


def test_三_1_after_the_day_it_is_an_alarm_at_the_college_and_at_headquarters(world, at):
    assert {name: says(at(name), "/", ALARM) for name in ("college", "hq")} == {
        "college": False,
        "hq": False,
    }
    set_clock(AFTER)
    assert {name: says(at(name), "/", ALARM) for name in ("college", "hq")} == {
        "college": True,
        "hq": True,
    }
    at("college").post("/grades/declare", form(at("college")))
    assert {name: says(at(name), "/", ALARM) for name in ("college", "hq")} == {
        "college": False,
        "hq": False,
    }


def test_三_1_a_centre_that_declares_nothing_is_told_whom_to_ask_and_the_page_says_so(world, at):
    """The page and the homes agree: urgent for whoever can act, a reminder at the centres of that college."""
    told = re.compile(
        r'<span class="tag (?:bad|warn)">.*?([紧提][急醒]).*?</span><span class="bc">202307</span>'
        rf'<a href="/grades\?batch=202307">{ALARM}([^<]*)</a>'
    )
    words = "过了日期还没有申报的，学院和总部的首页列为紧急，学习中心的首页有提醒"
    assert [
        told.findall(at(name).get("/").content.decode()) for name in ("a", "college", "hq")
    ] == [[], [], []]
    set_clock(AFTER)
    assert [
        told.findall(at(name).get("/").content.decode()) for name in ("a", "college", "hq")
    ] == [
        [("提醒", "；名单和判断还可能变化，请向生命健康学院询问")],
        [("紧急", "")],
        [("紧急", "")],
    ]
    assert [says(at(name), "/grades", words) for name in ("a", "college", "hq")] == [
        True,
        True,
        True,
    ]
    at("college").post("/grades/declare", form(at("college")))
    assert told.findall(at("a").get("/").content.decode()) == []


def test_what_is_taken_back_needs_a_reason(world, at):
    client = at("college")
    client.post("/grades/declare", form(client))
    assert client.post("/grades/declare", form(client)).status_code == 409
    assert client.post("/grades/declare", {**form(client), "note": "成绩有误"}).status_code == 302
    assert GradesDeclared.objects.filter(withdrawn_at=None).count() == 0


@pytest.mark.parametrize("name", ["a", "auditor"])
def test_others_have_no_such_form(world, at, name):
    assert at(name).post("/grades/declare", form(at("college"))).status_code == 404
    assert GradesDeclared.objects.count() == 0


def test_三_1_a_formal_statement_is_asked_once_more_and_leads_back_to_the_batch(world, at):
    client = at("college")
    asked = confirmation(client)
    assert ("这是学院的正式申报" in asked, "应于此日或之前</dt><dd>2023-07-14</dd>" in asked) == (
        True,
        True,
    )
    assert GradesDeclared.objects.count() == 0  # asking writes nothing
    sent = client.post("/grades/declare", form(client, "/grades?batch=202307"))
    assert (sent["Location"], GradesDeclared.objects.count()) == ("/grades?batch=202307", 1)
    assert "撤回后，各级名单会重新说明本轮成绩尚未申报完成" in confirmation(
        client, "/grades?batch=202307"
    )
    assert at("a").get("/grades/confirm?round=1&college=1").status_code == 404


def test_what_was_declared_late_says_so(world, at):
    set_clock(AFTER)
    client = at("college")
    assert "已逾期，将记为逾期申报" in confirmation(client)
    client.post("/grades/declare", form(client))
    body = client.get("/grades").content.decode()
    assert (">逾期申报<" in body, ">已申报<" in body) == (True, False)
