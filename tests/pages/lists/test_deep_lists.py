"""Lists longer than is counted: every page can be reached, with no question more; and a filtered list that is empty says so."""

import re

import pytest

from graduand.models import Candidate
from graduand.pages.frame.lists import listing
from graduand.queries.listing import capped_count

ROWS = 45


@pytest.fixture
def long(world, monkeypatch):
    """Forty-five students on a list that is counted up to twenty."""
    world.students = [
        world.student(number, credits=False, photo=False, chsi=False)
        for number in range(1, ROWS + 1)
    ]
    world.judge()
    monkeypatch.setattr(listing, "capped_count", lambda rows: capped_count(rows, 20))
    return world


def numbers(page: str) -> list[int]:
    """The 序号 of the lines."""
    return [int(n) for n in re.findall(r'<td class="seq num less">(\d+)</td>', page)]


def counted(page: str) -> str:
    return re.search(r'<span class="muted">(第 [^<]+)</span>', page)[1]


def turned(page: str) -> str:
    found = re.search(r'href="([^"]+)" rel="next"', page)
    return found[1].replace("&amp;", "&") if found else ""


def test_Q06_one_turns_page_by_page_to_the_very_last_row(long, at):
    client, seen, told, url = at("a"), [], [], "/candidates?size=10"
    while url:
        page = client.get(url).content.decode()
        seen += re.findall(r'href="/candidates/(\d+)[^"]*">学生', page)
        told.append(counted(page))
        url = turned(page)
    assert len(seen) == len(set(seen)) == ROWS
    assert told == [
        "第 1–10 条，共 20+ 条",
        "第 11–20 条，共 20+ 条",
        "第 21–30 条，共 30+ 条",
        "第 31–40 条，共 40+ 条",
        "第 41–45 条，共 45 条",
    ]


def test_Q06_one_jumps_beyond_the_count(long, at):
    page = at("a").get("/candidates?size=10&page=4").content.decode()
    assert numbers(page) == list(range(31, 41))


@pytest.mark.parametrize("far", ["6", "999", "999999999"])
def test_Q04_beyond_the_end_is_the_last_page(long, at, far):
    page = at("a").get(f"/candidates?size=10&page={far}").content.decode()
    assert (numbers(page), counted(page), turned(page)) == (
        [41, 42, 43, 44, 45],
        "第 41–45 条，共 45 条",
        "",
    )


def test_an_exact_count_numbers_every_page(long, at):
    page = at("a").get("/candidates?size=10&exact=1").content.decode()
    assert (counted(page), 'aria-label="第 5 页"' in page) == ("第 1–10 条，共 45 条", True)


@pytest.mark.parametrize("page", [1, 2, 4])
def test_a_deep_page_takes_no_question_more(long, at, asks, page):
    client = at("a")
    client.get("/candidates?size=10")
    with asks(26):
        client.get(f"/candidates?size=10&page={page}")


def test_exactly_as_many_as_are_counted_end_there(long, at):
    Candidate.objects.filter(student__in=long.students[20:]).update(centre=long.centres[1])
    page = at("a").get("/candidates?size=10&page=2").content.decode()
    assert (counted(page), turned(page)) == ("第 11–20 条，共 20 条", "")


@pytest.mark.parametrize(
    "address",
    [
        "/candidates?stage=approved",
        "/certificates?stage=certified",
        "/parcels?way=1",
        "/jobs?state=failed",
        "/identity?open=1",
        "/students?q=999",
    ],
)
def test_a_filtered_list_without_rows_offers_to_clear_the_filter(world, at, address):
    page = at("a").get(address).content.decode()
    path = address.partition("?")[0]
    assert (
        f'<b>没有符合条件的记录</b>放宽筛选条件，或<a href="{path}">清除筛选，查看全部</a>' in page
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [("/certificates", "还没有编号的证书"), ("/parcels", "没有包裹"), ("/jobs", "还没有任务")],
)
def test_a_list_without_rows_says_that_there_are_none_yet(world, at, address, words):
    page = at("a").get(address).content.decode()
    assert (f"<b>{words}</b>" in page, "没有符合条件" in page) == (True, False)
