"""成绩申报 on the pages: lists say what is missing, home is alarmed after the day, the college gives its word."""

import re
from datetime import datetime

import pytest

from graduand.models import GradesDeclared
from graduand.rulebook.calendar import OFFICE_ZONE
from tests.pages.world import set_clock

AFTER = datetime(2023, 7, 15, 9, 0, tzinfo=OFFICE_ZONE)
NOTE = "「首批」的成绩（综合实践复核、成绩发布）尚未申报完成：生命健康学院，应于 2023-07-14 前完成"
ALARM = "生命健康学院「首批」的成绩应于 2023-07-14 申报完成，尚未申报".replace("14 申报", "14 前申报")


def form(client):
    """The first form of the page: its hidden fields."""
    body = client.get("/grades").content.decode()
    fields = re.search(r'action="/grades/declare".*?</form>', body, re.DOTALL)[0]
    return dict(re.findall(r'type="hidden" name="(round|college|do)" value="([^"]+)"', fields))


def says(client, url, sentence):
    return sentence in client.get(url).content.decode()


def test_三_1_lists_say_that_grades_are_not_complete_until_the_college_has_declared_them(world, at):
    urls = {"a": "/candidates", "college": "/reviews", "hq": "/reviews"}
    assert {name: says(at(name), url, NOTE) for name, url in urls.items()} == dict.fromkeys(urls, True)
    assert at("college").post("/grades/declare", form(at("college")))["Location"] == "/grades"
    assert {name: says(at(name), url, NOTE) for name, url in urls.items()} == dict.fromkeys(urls, False)
    assert "学院李老师" in at("a").get("/grades").content.decode()


def test_三_1_after_the_day_it_is_an_alarm_at_the_college_and_at_headquarters(world, at):
    assert {name: says(at(name), "/", ALARM) for name in ("college", "hq")} == {"college": False, "hq": False}
    set_clock(AFTER)
    assert {name: says(at(name), "/", ALARM) for name in ("college", "hq")} == {"college": True, "hq": True}
    at("college").post("/grades/declare", form(at("college")))
    assert {name: says(at(name), "/", ALARM) for name in ("college", "hq")} == {"college": False, "hq": False}


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
