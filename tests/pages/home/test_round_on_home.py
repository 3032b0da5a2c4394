"""The to-do home of a season that is nearly empty: the round's steps and days, what is cut short, the questions it asks."""

import re
from datetime import datetime

import pytest

from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Verb
from tests.pages.world import set_clock


def test_without_anything_neglected_there_is_no_alarm(world, at):
    """The control: the same pages on a season in which nothing lies about."""
    world.student(1)
    world.judge()
    assert [
        name for name in ("a", "college", "hq") if "c-alarms" in at(name).get("/").content.decode()
    ] == []


def test_what_is_cut_short_says_so(world, at):
    """More classes than are drawn: all of them are counted, the last bar is the rest, and the ranks say how many."""
    for number in range(1, 15):
        world.student(number, class_name=f"21春{number:02}班")
    world.student(15, class_name="21春14班")
    world.judge()
    body = at("a").get("/").content.decode()
    assert (
        "202307 批次，共 14 个班级：未申请 15 人。人数最多的 12 个班级分别列出，其余合在一起。"
        in body
    )
    assert "<title>其余 2 个班级：未申请 2 人</title>" in body
    assert "已申请 / 满足毕业条件；共 14 个班级，列出未申请最多的 6 个</span>" in body


def steps(client):
    """(label, state) of the step bar."""
    body = client.get("/").content.decode()
    bar = body.partition('<ol class="steps"')[2].partition("</ol>")[0]
    return dict(re.findall(r'<li class="([a-z]*)".*?<b>([^<]+)', bar, re.DOTALL)), bar


def test_T01_the_deadline_counts_down_and_the_last_day_is_red(world, at):
    assert re.search(r"还有 <b>4 天 1[12] 小时</b>", at("a").get("/").content.decode())
    set_clock(datetime(2023, 7, 16, 12, 0, tzinfo=OFFICE_ZONE))
    body = at("a").get("/candidates").content.decode()
    assert re.search(
        r'<p class="late">首批申请截止 <b>2023-07-16 23:59</b>（北京时间），还有 <b>1[12] 小时',
        body,
    )
    set_clock(datetime(2023, 7, 17, 0, 0, 1, tzinfo=OFFICE_ZONE))
    body = at("a").get("/candidates").content.decode()
    assert (
        "第二批申请开始 <b>2023-09-04 00:00</b>（北京时间），2023-10-12 截止；现在还不能申请，距开始还有 <b>"
        in body
    )


def test_the_steps_of_the_round_by_desk(world, at):
    now = {name: steps(at(name))[0]["now"] for name in ("a", "college", "hq")}
    assert now == {"a": "中心申请", "college": "学院审核", "hq": "总部审核"}


@pytest.mark.parametrize("people", [1, 3])
def test_a_constant_number_of_queries(world, at, asks, people):
    files = [world.student(number) for number in range(people)]
    world.judge()
    world.do("a", Verb.APPLY, files[0])
    for name, expected in HOME_QUERIES.items():
        client = at(name)
        client.get("/")  # the question behind the cards is put together once a day and kept
        with asks(expected):
            assert client.get("/").status_code == 200


HOME_QUERIES = {"a": 17, "college": 17, "hq": 16}
