"""The application list of annex 2: who is on it, its filters and pages, what stands on its buttons."""

import re
from html import unescape

import pytest

from graduand.models import Batch, Candidate, Pick
from graduand.office import picks
from graduand.pages.frame.base import PAGE_SIZES
from graduand.pages.frame.offers import list_offers
from graduand.queries.filing.candidate_criteria import CRITERIA, asked_for
from graduand.queries.listing import BadFilter, ListFilter
from graduand.rulebook.terms import Desk, Stage, Verb
from tests.pages.lists.picking import opened
from tests.pages.season.side_by_side.test_side_by_side import load_next

NUMBER = re.compile(r'<td class="no">(\d+)</td>')
SMALL, LARGE = 1, 3
# Who is it 3, the season 2, the list 2, what I keep of it 2, the form 1, the frame 1, who has a box
# 1, the buttons 9 (one gathering whatever the page holds).
LIST_QUERIES = 26


def numbers(client, query=""):
    """The last digits of the 学号 on the list."""
    answer = client.get(f"/candidates{query}")
    assert answer.status_code == 200
    return [int(number[-3:]) for number in NUMBER.findall(answer.content.decode())]


@pytest.mark.parametrize("people", [SMALL, LARGE])
def test_a_constant_number_of_queries(world, at, asks, people):
    for number in range(people):
        world.student(number)
    world.judge()
    client = at("a")
    client.get("/candidates")
    with asks(LIST_QUERIES):
        assert len(numbers(client)) == people


def test_own_centre_whole_college_everybody(world, at):
    world.student(1)
    world.student(2, centre=1)
    world.judge()
    assert {name: numbers(at(name)) for name in ("a", "b", "college", "hq")} == {
        "a": [1],
        "b": [2],
        "college": [1, 2],
        "hq": [1, 2],
    }


def test_A03_a_filter_cannot_reach_over_the_border(world, at):
    world.student(2, centre=1)
    world.judge()
    assert numbers(at("a"), "?centre=102") == []
    assert numbers(at("college"), "?centre=102") == [2]


@pytest.fixture
def mixed(world):
    """1 in order, 2 without photo, 3 without credits, 4 without registry photos, 5 applied, 6 goes on."""
    world.student(1, name="欧阳明月")
    world.student(2, photo=False)
    world.student(3, credits=False)
    world.student(4, chsi=False, entry=4041)
    world.student(6, goes_on=True, name="100%_实")
    applied = world.student(5)
    world.judge()
    world.do("a", Verb.APPLY, applied)
    return world


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("?fit=1", [1, 2, 4, 5, 6]),
        ("?fit=0", [3]),
        ("?photo=1", [1, 3, 4, 5, 6]),
        ("?photo=0", [2]),
        ("?chsi=1", [1, 2, 3, 5, 6]),
        ("?chsi=0", [4]),
        ("?stage=applied", [5]),
        ("?stage=listed&clear=1", [1, 6]),
        ("?degree=none", [1, 2, 3, 4, 5, 6]),
        ("?degree=applied", []),
        ("?goes_on=1", [6]),
        ("?term=2021春", [1, 2, 3, 5, 6]),
        ("?term=2020秋", [4]),
        ("?code=CRED-TOTAL", [3]),
        ("?q=欧阳", [1]),
        ("?q=2115100000005", [5]),
        ("?q=%25", []),
        ("?q=_", []),
        ("?q=100%25_", [6]),
        ("?fit=1&photo=1&chsi=1", [1, 5, 6]),
    ],
)
def test_filters(mixed, at, query, expected):
    assert numbers(at("a"), query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "stage=nonsense",
        "fit=2",
        "term=2021",
        "code=X",
        "q=a%00b",
        "q=" + "长" * 41,
        "degree=%ED%A0%80",
        "chosen=1&fit=x",
    ],
)
def test_Q05_what_no_page_of_ours_sends_is_refused_in_words(world, at, query):
    answer = at("a").get(f"/candidates?{query}")
    assert answer.status_code == 400
    assert "。" in answer.content.decode()


def test_a_filter_survives_the_address(world):
    asked = asked_for(term="2021春", fit="1", stage="listed", q="王", goes_on="0")
    assert len(asked.pairs()) == 5
    assert ListFilter.read(CRITERIA, dict(asked.pairs())) == asked
    with pytest.raises(BadFilter):
        asked_for(code="NO-SUCH")


def test_pages_and_sizes_are_brought_back(world, at):
    for number in range(12):
        world.student(number)
    world.judge()
    client = at("a")
    assert numbers(client, "?size=10&page=2") == [10, 11]
    assert numbers(client, "?size=10&page=999999999") == [10, 11]
    assert numbers(client, "?size=1000000") == list(range(12))
    assert numbers(client, "?size=10&page=-1") == list(range(10))
    page = client.get("/candidates?size=10&fit=1").content.decode()
    assert 'href="/candidates?batch=202307&amp;fit=1&amp;size=10&amp;page=2"' in page
    assert [int(n) for n in re.findall(r"(\d+) 条/页", page)] == list(PAGE_SIZES)


def buttons(client, query, number):
    """Label -> why not ("" when it can be pressed) on the line of that student."""
    body = client.get(f"/candidates{query}").content.decode()
    line = next(row for row in body.split("<tr>") if f"{number:08d}</td>" in row)
    off = {
        label: unescape(why)
        for why, label in re.findall(r'aria-disabled="true" title="([^"]*)"[^>]*>([^<]+)<', line)
    }
    on = dict.fromkeys(re.findall(r'hx-indicator="#busy"[^>]*>([^<]+)<', line), "")
    return off | on


def test_buttons_say_why_not(mixed, at):
    client = at("a")
    assert buttons(client, "", 1) == {"申请": "", "+学位": "专科不授予学士学位", "暂缓": ""}
    why = "一平台没有毕业照片"
    assert buttons(client, "", 2) == {"申请": why, "+学位": why, "暂缓": ""}
    assert (
        buttons(client, "", 5) == {}
    )  # applied for already: the state says so, and none of the verbs begins there
    assert buttons(at("college"), "", 5) == {"通过": "", "退回": ""}


VERBS = {
    ("a", ""): ["apply", "apply_degree", "defer"],
    ("a", "listed"): ["apply", "apply_degree", "defer"],
    ("a", "applied"): ["withdraw"],
    ("a", "deferred"): ["resume"],
    ("a", "endorsed"): [],
    ("college", "approved"): [],
    ("hq", "certified"): [],
    ("a", "shipped"): ["receive"],
    ("a", "received"): ["collect"],
    ("college", ""): ["endorse", "send_back"],
    ("college", "applied"): ["endorse", "send_back", "reject"],
    ("college", "certified"): ["ship"],
    ("hq", "endorsed"): ["approve", "send_back", "reject"],
    ("hq", "approved"): ["certify", "send_back"],
}


@pytest.mark.parametrize(("name", "stage"), VERBS)
def test_the_verbs_follow_the_stage_that_is_filtered_by(name, stage):
    desk = {"a": Desk.CENTRE, "college": Desk.COLLEGE, "hq": Desk.HQ}[name]
    assert [offer.key for offer in list_offers(desk, stage)] == VERBS[name, stage]


def test_七_2_whoever_waits_for_a_number_stands_in_the_order_of_application(world, at):
    """As numbers are given: the list of the chosen would begin with the lowest 学号."""
    students = [world.student(number) for number in (1, 2, 3)]
    world.judge()
    for one in (students[2], students[0], students[1]):
        world.do("a", Verb.APPLY, one)
    world.do("college", Verb.ENDORSE, *students)
    world.do("hq", Verb.APPROVE, *students)
    assert numbers(at("hq"), "?batch=202307&stage=approved") == [3, 1, 2]


def test_全选_chooses_and_counts_those_who_have_a_box(world, at):
    """Of a list over all stages: who has applied has no box of 批量申请, and is not chosen with the others."""
    students = [world.student(number) for number in range(4)]
    world.judge()
    world.do("a", Verb.APPLY, students[0])
    client = at("a")
    shown = client.get("/candidates?batch=202307").content.decode()
    assert (shown.count('name="chosen"'), "全选 3 人" in shown, 'data-total="3"' in shown) == (
        3,
        True,
        True,
    )
    asked = {"batch": "202307", "verb": "apply", "list": "candidates", "all": "1", "boxed": "1"}
    assert 'name="boxed" value="1"' in shown
    assert client.post("/candidates/picks", asked).status_code == 302
    pick = Pick.objects.latest("id")
    assert sorted(picks.ids_of(pick)) == sorted(world.file(one).pk for one in students[1:])


def test_of_several_batches_each_way_leads_to_those_with_a_box(world, at):
    for batch in (world.batch, load_next(opens="2023-07-10")):
        world.batch = batch
        people = [world.student(number + 2 * batch.pk) for number in (1, 2)]
        world.judge()
        world.do("a", Verb.APPLY, people[0])
    asked = {"batch": "all", "verb": "apply", "list": "candidates", "all": "1", "boxed": "1"}
    shown = at("a").post("/candidates/picks", asked).content.decode()
    found = {}
    for link in re.findall(r'href="[^"?]*confirm\?([^"]+)"', shown):
        assert opened(at("a"), unescape(link)).status_code == 200
        pick = Pick.objects.latest("id")
        found[pick.batch.code] = list(picks.ids_of(pick))
    waiting = Candidate.objects.filter(stage=Stage.LISTED.value).order_by("id")
    every = {code: [] for code in Batch.objects.values_list("code", flat=True)}
    for code, pk in waiting.values_list("batch__code", "id"):
        every[code].append(pk)
    assert (found, len(found)) == (every, 2)


def test_review_queues_stand_in_the_order_of_application(world, at):
    """七.2: first reported, first done."""
    first, second = world.student(9), world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, first)
    world.do("a", Verb.APPLY, second)
    assert numbers(at("college"), "?stage=applied") == [9, 1]
    assert numbers(at("college")) == [1, 9]


def test_the_line_of_requirements(world, at):
    """附件2: 申请批次, 满足要求, 存在."""
    world.student(1, goes_on=True)
    world.judge()
    rules = re.findall(
        r"<span>([^<]+) <b>([^<]+)</b></span>", at("a").get("/candidates").content.decode()
    )
    assert rules == [
        ("申请批次", "202307"),
        ("申请时须满足毕业条件", "是"),
        ("申请时须有毕业照片", "是"),
        ("学信网照片须存在", "是"),
        ("申请轮次", "首批"),
    ]
    early = at("a").get("/candidates?goes_on=1").content.decode()
    assert "申请轮次 <b>续读本科</b>" in early


def test_S08_what_people_typed_is_never_markup(world, at):
    world.student(
        1, name='<img src=x onerror="alert(1)">', class_name='"><script>alert(1)</script>'
    )
    world.judge()
    body = (
        at("a").get("/candidates").content.decode()
        + at("a").get("/candidates?q=<script>").content.decode()
    )
    assert "<img src=x" not in body
    assert "<script>" not in body
    assert "&lt;img src=x" in body


def test_documents_are_masked(world, at):
    world.student(1)
    world.judge()
    body = at("a").get("/candidates").content.decode()
    assert "110105********123X" in body
    assert "11010519900307123X" not in body


def test_what_came_back_says_why_when_and_where_it_lies(world, at):
    """Without opening each file, for who has chosen no columns."""
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student, same_checked=True)
    usual = re.findall(
        r'data-label="([^"]+)"', at("college").get("/candidates?stage=applied").content.decode()
    )
    world.do("college", Verb.SEND_BACK, student, reason="details", note="姓名少一点")
    page = at("college").get("/candidates?stage=returned").content.decode()
    shown = re.findall(r'data-label="([^"]+)"', page)
    assert {"退回", "办理", "中心"} <= set(shown) - set(usual)
    assert "信息有误：姓名少一点" in page
    assert 'data-label="退回"' not in at("college").get("/candidates").content.decode()
