"""A to-do is what this desk can do now, once for each person, in the batch in which it can be done, under one name."""

import re
from datetime import datetime
from html import unescape

import pytest

from graduand.models import Candidate, IdentityCase, PhotoRow, Student
from graduand.office.audit import auditing
from graduand.office.season import batches, listing
from graduand.pages.door.access import Visit
from graduand.pages.frame.menus.menus import card_entries, menu
from graduand.pages.frame.menus.todos import ENTRIES, PLAIN
from graduand.queries import clock
from graduand.queries.season.seasons import seasons
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import CaseState, Level, Verb
from tests.pages.home.test_truthful import menu as lines
from tests.pages.home.test_truthful import numbers, todos
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.world import NOON, list_all, set_clock

BOTH_OPEN = datetime(2023, 7, 12, 9, 0, tzinfo=OFFICE_ZONE)
PHOTOS_OVER = datetime(2023, 9, 6, 9, 0, tzinfo=OFFICE_ZONE)
FILING_OVER = datetime(2024, 1, 8, 9, 0, tzinfo=OFFICE_ZONE)


def cards(client):
    """(label, batch, count) of the to-dos on home with somebody in them."""
    body = client.get("/").content.decode()
    found = re.findall(r'<a class="todo[^"]*" href="([^"]+)">([^<]+)<b>([\d,]+)</b>', body)
    told = [(label, re.findall(r"batch=(\d+)", url), int(number)) for url, label, number in found]
    return [(label, "".join(batch), number) for label, batch, number in told if number]


# -- cases of identity -----------------------------------------------------------------------------------------------

LIE = {
    "a": [CaseState.OPEN, CaseState.COLLECTING],
    "college": [CaseState.SUBMITTED],
    "hq": [CaseState.REPORTED] * 3,
}


@pytest.fixture
def doubted(world):
    """Two cases at the centre, one at the college, three at headquarters; one upheld, which nobody has to go on with."""
    states = [state for each in LIE.values() for state in each] + [CaseState.UPHELD]
    for place, state in enumerate(states):
        student = world.student(place + 1)
        IdentityCase.objects.create(
            student=student, verdict="unsure", opened_at=NOON, state=state.value
        )
    # the 正常 of these students lay there when the last one was upheld
    IdentityCase.objects.filter(state=CaseState.UPHELD.value).update(rested_on=NOON.date())
    world.judge()
    return world


@pytest.mark.parametrize("name", LIE)
def test_a_case_is_a_to_do_of_the_desk_at_which_it_lies(doubted, at, name):
    """Card, badge and list have one number; every open case is in sight, by the desk that has it."""
    client, mine = at(name), len(LIE[name])
    number, url = todos(client)["身份核查"]
    assert (number, lines(client)["身份核查"], len(numbers(client, url))) == (
        mine,
        (mine, url),
        mine,
    )
    page = unescape(client.get(url).content.decode())
    shown = re.findall(
        r'<a href="([^"]+)">(\S+) (\d+) 件</a>',
        page.partition("未办结的案卷在")[2].partition("</p>")[0],
    )
    assert [(label, int(n)) for _, label, n in shown] == [
        ("学习中心", 2),
        ("学院", 1),
        ("总部", 3),
        ("全部", 6),
    ]
    assert [len(numbers(client, there)) for there, _, _ in shown] == [2, 1, 3, 6]


# -- preparation -----------------------------------------------------------------------------------------------------


@pytest.fixture
def unpictured(world):
    """Two whom both batches list, without a photo; the second of them also with an identity number that is wrong."""
    world.people = [world.student(1, photo=False), world.student(2, photo=False, id_problems=1)]
    world.next = load_next()
    for batch in (world.batch, world.next):
        list_all(batch)
        auditing.run(batch)
    return world


@pytest.mark.parametrize(
    ("moment", "photo", "data"),
    [
        (BOTH_OPEN, "202307", "202307"),
        (PHOTOS_OVER, "202401", "202307"),
        (FILING_OVER, "202401", "202401"),
    ],
)
def test_what_is_to_be_prepared_is_one_to_do_in_the_batch_for_which_it_still_counts(
    unpictured, at, moment, photo, data
):
    """The oldest batch that takes applications; of photos, the oldest with a round for which one is still in time."""
    set_clock(moment)
    for batch in (unpictured.batch, unpictured.next):
        auditing.run(batch)
    client = at("a")
    prepared = [card for card in cards(client) if card[0] in ("缺毕业照片", "证件信息待核对")]
    assert sorted(prepared) == sorted([("缺毕业照片", photo, 2), ("证件信息待核对", data, 1)])
    number, url = lines(client)["缺毕业照片"]
    assert (number, f"batch={photo}" in url, len(numbers(client, url))) == (2, True, 2)
    each = "/candidates?stage=listed&photo=0&batch={}"
    assert [len(numbers(client, each.format(code))) for code in ("202307", "202401")] == [
        2,
        2,
    ]  # both lists show both


def test_who_is_listed_in_the_later_batch_alone_is_to_be_prepared_there(unpictured, at):
    """A card for each batch, and one line with one list for both: everybody stands in it once."""
    later = unpictured.student(3, photo=False)
    listing.list_newcomers([later.pk])
    Candidate.objects.filter(batch=unpictured.batch, student=later).delete()
    for batch in (unpictured.batch, unpictured.next):
        auditing.run(batch)
    client = at("a")
    missing = [card for card in cards(client) if card[0] == "缺毕业照片"]
    assert missing == [("缺毕业照片", "202307", 2), ("缺毕业照片", "202401", 1)]
    number, url = lines(client)["缺毕业照片"]
    assert (number, len(set(numbers(client, url)))) == (3, 3)


def test_nobody_is_asked_for_a_picture_where_it_would_come_too_late(world, at):
    """No other batch, and the last round took photos until 8-30: there is nothing to be done now."""
    world.student(1, photo=False)
    world.judge()
    shown = []
    for moment in (BOTH_OPEN, PHOTOS_OVER):
        set_clock(moment)
        auditing.run(world.batch)
        shown.append([card for card in cards(at("a")) if card[0] == "缺毕业照片"])
    assert shown == [[("缺毕业照片", "202307", 1)], []]


# -- applications ----------------------------------------------------------------------------------------------------


@pytest.fixture
def going_on(world):
    """Two of 专科, one of them goes on to 本科; one of 本科 of whom the record says so too, which means nothing."""
    world.usual, world.early = world.student(1), world.student(2, goes_on=True)
    other = world.student(3, goes_on=True)
    world.judge()
    Student.objects.filter(pk=other.pk).update(level=Level.TOP_UP.value)
    return world


def test_who_has_a_round_of_their_own_is_a_to_do_of_that_round_alone(going_on, at):
    """The dated duty has a card, and nobody stands in two cards; the list of everybody still has everybody."""
    client = at("a")
    number, url = todos(client)["续读本科单独上报"]
    assert (number, lines(client)["续读本科单独上报"], numbers(client, url)) == (
        1,
        (1, url),
        [going_on.early.number],
    )
    assert going_on.early.number not in numbers(client, todos(client)["满足全部条件、未申请"][1])
    assert going_on.early.number in numbers(client, "/candidates?stage=listed&clear=1")


def test_after_its_round_whoever_goes_on_is_filed_with_the_others(going_on, at):
    going_on.batch.rounds.filter(name="续读本科").update(closed_at=NOON)
    client = at("a")
    assert "续读本科单独上报" not in todos(client)
    assert going_on.early.number in numbers(client, todos(client)["满足全部条件、未申请"][1])


def test_who_came_too_late_for_the_round_of_their_own_waits_for_the_usual_one(going_on, at):
    source = going_on.batch.policy.source
    turns = [
        turn | ({"photo_deadline": "2023-07-10"} if turn["kind"] == "early" else {})
        for turn in source["rounds"]
    ]
    batches.load(source | {"rounds": turns}, None)
    PhotoRow.objects.filter(student=going_on.early).update(since="2023-07-11")
    auditing.mark_stale([going_on.early.pk])
    auditing.run(going_on.batch)
    client = at("a")
    assert "续读本科单独上报" not in todos(client)
    assert going_on.early.number in numbers(client, todos(client)["满足全部条件、未申请"][1])


def test_the_last_days_of_the_early_round_are_an_alarm(going_on, at):
    set_clock(datetime(2023, 8, 27, 9, 0, tzinfo=OFFICE_ZONE))
    auditing.run(going_on.batch)
    alarms = at("a").get("/").content.decode().partition('id="c-alarms"')[2]
    assert re.findall(r">(续读本科 [\d-]+ 截止，满足条件还未申请)</a>", alarms) == [
        "续读本科 2023-08-28 截止，满足条件还未申请"
    ]


def test_what_ends_with_an_application_is_no_to_do_where_nobody_files_any_more(world, at):
    """退回补正 in a batch past its last filing day: the list stays, nobody is told to do what cannot be done."""
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student)
    world.do("college", Verb.SEND_BACK, student, reason="details")
    assert ("退回补正", "202307", 1) in cards(at("a"))
    set_clock(datetime(2023, 10, 13, 9, 0, tzinfo=OFFICE_ZONE))
    assert "退回补正" not in {label for label, _, _ in cards(at("a"))}
    number, url = lines(at("a"))["退回补正"]
    assert (number, numbers(at("a"), url)) == (0, [student.number])


def nobody_passes(page):
    """The queue lets nobody pass, and a file can still be sent back."""
    verbs = re.findall(r'name="verb" value="(\w+)"', page)
    assert verbs == ["send_back", "reject"]


def passing_is_over(page):
    """The button of the list says why nobody passes."""
    passing = re.search(r'name="verb" value="(?:endorse|approve)"([^>]*)>', page)
    assert passing is not None
    assert "批次 202307 已于 2023-10-12 截止，不再申请和审核" in passing[1]


def test_七_1_what_nobody_can_review_any_more_is_no_to_do_but_told_with_what_can_be_done(world, at):
    """After the batch's last day nothing passes: no card or badge calls for it, and home and list say who can do what."""
    filed, endorsed = world.student(1), world.student(2)
    world.judge()
    world.do("a", Verb.APPLY, filed, endorsed)
    world.do("college", Verb.ENDORSE, endorsed)
    work = {"college": "待学院审核", "hq": "待总部审核"}
    assert all((label, "202307", 1) in cards(at(name)) for name, label in work.items())
    set_clock(datetime(2023, 10, 13, 9, 0, tzinfo=OFFICE_ZONE))
    told = (
        "批次 202307 已于 2023-10-12 截止，不能再审核通过：由总部查缺补漏后关闭，未办结的转入下一毕业批次；"
        "要继续审核的，由总部写明原因、两人延长批次截止"
    )
    for name, who in (("college", filed), ("hq", endorsed)):
        client = at(name)
        home = client.get("/").content.decode()
        assert [
            label for label, _, _ in cards(client) if label in ("待学院审核", "待总部审核")
        ] == []
        assert "天以上未审核" not in home
        rows = dict(
            re.findall(r'<a href="([^"]+)">((?:还没有审核，)?批次 202307 已于[^<]+)</a>', home)
        )
        closing = {"/batches/202307/closing": told} if name == "hq" else {}
        applied = re.findall(
            r'<a href="([^"]+)">已申请，学院还没有审核，批次 202307 已于[^<]+</a>', home
        )
        assert applied == (["/candidates?batch=202307&amp;stage=applied"] if name == "hq" else [])
        assert rows == {"/reviews?batch=202307": f"还没有审核，{told}"} | closing
        number, url = lines(client)[work[name]]
        assert (number, numbers(client, url)) == (0, [who.number])
        page = client.get(url).content.decode()
        assert (f"{told}。" in page, "从第一份开始审核" in page) == (True, False)
        nobody_passes(page)
        stage = {"college": "applied", "hq": "endorsed"}[name]
        passing_is_over(client.get(f"/candidates?batch=202307&stage={stage}").content.decode())


def test_what_waits_in_several_batches_is_asked_for_without_the_one_past_its_last_day(world, at):
    """The number of a line is that of the list that it opens: where nothing can be reviewed any more, nobody is counted."""
    later = load_next(opens="2023-07-10")
    last = later.policy.source | {
        "code": "202407",
        "issue_date": "2024-07-20",
        "closes_at": "2024-10-12",
    }
    people, running = (
        [],
        [world.batch, later, batches.load(last | {"enrolled_through": "2022春"}, None).batch],
    )
    for number, batch in enumerate(running, 1):
        world.batch = batch
        people.append(world.student(number))
        world.judge()
        world.do("a", Verb.APPLY, people[-1])
    client = at("college")
    assert lines(client)["待学院审核"] == (3, "/reviews?batch=open")
    set_clock(datetime(2023, 10, 13, 9, 0, tzinfo=OFFICE_ZONE))
    number, url = lines(client)["待学院审核"]
    assert (number, url) == (2, "/reviews?batch=open&still=reviewed")
    assert numbers(client, url) == [one.number for one in people[1:]]
    assert numbers(client, "/reviews?batch=open") == [one.number for one in people]


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "college", "hq"])
def test_card_and_line_of_a_to_do_have_one_name(doubted, at, name):
    """The line of the menu and the card on home are one entry; and where it opens a list of files, so is its heading."""
    visit = Visit(doubted.actor(name), clock.now(), seasons())
    keys = [key for group in menu(visit.actor).values() for key in group if key not in PLAIN]
    shown, client = lines(at(name)), at(name)
    wanted = {
        ENTRIES[key].label
        for key in keys
        if not ENTRIES[key].rare and key in card_entries(visit.actor)
    }
    assert (wanted <= set(shown), wanted <= set(todos(client))) == (True, True)
    pages = {
        label: url for label, (_, url) in todos(client).items() if url.startswith("/candidates")
    }
    headed = {
        label: re.findall(r"<h1>([^<]+)</h1>", client.get(url).content.decode())
        for label, url in pages.items()
    }
    assert headed == {label: [label] for label in pages}
