"""The to-do home of a season with somebody at every card: counts that equal the lists they open, the figures."""

import re
from datetime import datetime

import pytest

from graduand.models import ChsiReport, IdentityCase, ParcelItem
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.pages.door.access import Visit
from graduand.pages.frame.home.alarms import alarms
from graduand.pages.frame.menus.menus import BADGES, CARDS, MENUS, card_entries
from graduand.pages.frame.menus.todos import ENTRIES, PLAIN
from graduand.queries.basis import basis_of
from graduand.queries.season.seasons import seasons
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Verb
from tests import once
from tests.pages.world import NOON, build, set_clock


def enliven():
    """Somebody at every card of every desk."""
    world = build()
    ready = [world.student(n) for n in range(1, 7)]
    world.student(11, photo=False)
    unfit = world.student(12, credits=False)
    world.student(13, chsi=False)
    world.student(14, goes_on=True)
    world.student(21, centre=1)
    world.judge()
    world.do("a", Verb.APPLY, *ready[:5])
    world.do("college", Verb.SEND_BACK, ready[0], reason="details")
    world.do("college", Verb.ENDORSE, *ready[1:4])
    world.do("hq", Verb.APPROVE, *ready[2:4])
    # the registry's doubt comes over one who waits and over one whose file is in motion
    for student in (unfit, ready[4]):
        ChsiReport.objects.create(
            student=student,
            day=NOON.date(),
            admission_photo=True,
            credential_photo=True,
            verdict="unsure",
        )
        IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    auditing.refresh(
        [world.file(student).pk for student in (unfit, ready[4])], basis_of(world.batch)
    )
    return world


made = once.made(enliven)


@pytest.fixture
def world(made, plainly):
    return made()


@pytest.fixture
def lively(world):
    return world


def alarmed(client, words):
    """(its list, how many people) of an alarm of home in these words; None where it does not stand."""
    body = client.get("/").content.decode().replace("&amp;", "&")
    found = re.search(rf'<a href="([^"]+)">{words}</a>.*?<b>(\d+) [人件]</b>', body)
    return (found[1], int(found[2])) if found else None


def listed(client, url):
    """How many the list at `url` says it holds."""
    return int(
        re.search(r"查询到 <b>([\d,]+)</b>", client.get(url).content.decode())[1].replace(",", "")
    )


def rows_of(body):
    """(list, how many) of the rows under the cards: alarms, reasons, stages."""
    return re.findall(
        r'<li>(?:<span class="(?:tag|bc)[^>]*>[^<]*</span>)*<a href="([^"]+)">.*?<b>([\d,]+) [人件份本]</b>',
        body,
    )


@pytest.mark.parametrize("name", ["a", "b", "college", "hq"])
def test_every_count_is_that_of_the_list_it_opens(lively, at, name):
    client = at(name)
    body = client.get("/").content.decode().replace("&amp;", "&")
    cards = re.findall(r'<a class="todo [a-z]*" href="([^"]+)">[^<]+<b>([\d,]+)</b>', body)
    menu = re.findall(
        r'<a href="([^"]+)"><svg.*?</svg>[^<]+<span class="count[^"]*">([\d,]+)<', body
    )
    rows = rows_of(body)
    there = [entry for entry in card_entries(lively.actor(name)).values() if not entry.rare]
    there += [
        entry
        for url, _ in cards
        for entry in ENTRIES.values()
        if entry.rare and entry.in_batch("202307").url == url
    ]
    assert len(cards) == len(there)
    assert len(rows) >= 1
    shown = {(url, int(n.replace(",", ""))) for url, n in cards + menu + rows}
    assert {(url, listed(client, url)) for url, _ in shown} == shown


def test_what_waits_at_each_desk(lively, at):
    def cards(name):
        body = at(name).get("/").content.decode()
        return [int(n) for n in re.findall(r'<a class="todo[^>]+>[^<]+<b>(\d+)</b>', body)]

    assert {name: cards(name) for name in ("a", "b", "college", "hq")} == {
        "a": [1, 1, 1, 1, 0, 0, 2, 0],
        "b": [1, 0, 0, 0, 0, 0, 0],
        "college": [1, 1, 1, 0, 0, 0, 0],
        "hq": [1, 1, 1, 2, 0, 0, 0],
    }


@pytest.fixture
def neglected(lively):
    """Certificates and a parcel on top of it, one certificate missing when it was counted; then nobody does anything."""
    way = [lively.student(n) for n in (31, 32)]
    lively.judge()
    for name, verb, said in (
        ("a", Verb.APPLY, {}),
        ("college", Verb.ENDORSE, {}),
        ("hq", Verb.APPROVE, {}),
        ("hq", Verb.CERTIFY, {}),
        ("college", Verb.SHIP, {"carrier": "邮政", "tracking": "YZ1"}),
    ):
        if verb is Verb.CERTIFY:
            batches.freeze_roster(lively.batch, lively.users["hq"].pk)
        lively.do(name, verb, *way, **said)
    ParcelItem.objects.filter(candidate=lively.file(way[0])).update(counted=False)
    return lively


# Desk -> the alarms on a day on which a round is about to close, photos are, the promise is.
DAYS = {(2023, 7, 15): "ready", (2023, 8, 29): "photo", (2023, 9, 15): "promise"}


@pytest.mark.parametrize("day", DAYS)
def test_every_alarm_counts_the_list_it_opens(neglected, at, day):
    now = datetime(*day, 9, 0, tzinfo=OFFICE_ZONE)
    set_clock(now)
    for name in ("a", "college", "hq"):
        client = at(name)
        body = client.get("/").content.decode().replace("&amp;", "&")
        shown = rows_of(body.partition('id="c-alarms"')[2].partition("</section>")[0])
        counted = {(url, int(n)) for url, n in shown}
        assert (name, {(url, listed(client, url)) for url, _ in shown}) == (name, counted)
        wanted = {DAYS[day], "short"} | (
            {"late_returned", "late_parcel", "late_case"} if day != (2023, 7, 15) else set()
        )
        wanted |= {"late_review"} if name != "a" and day != (2023, 7, 15) else set()
        wanted |= {"halted"} if name == "college" else set()  # one of the applied has a case
        told = alarms(Visit(neglected.actor(name), now, seasons()))
        assert (name, {url for url, _ in shown}) == (
            name,
            {entry.url for (key, _), entry in told.items() if key in wanted},
        )


def test_every_entry_belongs_to_a_desk():
    used = {key for groups in MENUS.values() for keys in groups.values() for key in keys}
    used |= {key for keys in CARDS.values() for key in keys} | set(BADGES.values())
    assert used == set(ENTRIES) | set(PLAIN)
    assert set(ENTRIES) & set(PLAIN) == set()


def test_the_chart_has_words_and_a_table(lively, at):
    body = at("college").get("/").content.decode()
    assert '<title id="c-days-t">每日申请人数</title>' in body
    assert "共 1 天，合计 5 人次，最多的是 7/12，5 人。" in body
    assert '<td>7/12</td><td class="num">5</td>' in body
    assert "共 2 个中心：未申请 6 人，退回或不通过 1 人，审核中 2 人，准予毕业 2 人。" in body
    assert "<title>成都学习中心：未申请 1 人</title><desc>各中心办理情况</desc>" in body


def test_a_day_that_is_over_keeps_its_number(lively, at):
    """Withdrawn, sent back or set aside later: what was filed that day was filed; filed for again counts on that day."""
    filed = list(lively.batch.candidates.filter(stage="applied"))
    lively.do("a", Verb.WITHDRAW, filed[0].student)
    lively.batch.candidates.filter(pk=filed[0].pk).update(aside=True)
    body = at("college").get("/").content.decode()
    assert '<td>7/12</td><td class="num">5</td>' in body
    set_clock(datetime(2023, 7, 13, 9, 0, tzinfo=OFFICE_ZONE))
    returned = lively.batch.candidates.get(stage="returned")
    lively.do("a", Verb.APPLY, returned.student)
    body = at("college").get("/").content.decode()
    assert re.findall(r'<td>(7/\d+)</td><td class="num">(\d+)</td>', body) == [
        ("7/12", "5"),
        ("7/13", "1"),
    ]
    assert "共 2 天，合计 6 人次，最多的是 7/12，5 人。" in body


def test_centres_and_classes(lively, at):
    ranks = re.compile(
        r'<div>\s*(?:<a [^>]+>)?([^<]+).*?<span class="fig">(\d+)/(\d+)</span>', re.DOTALL
    )
    assert ranks.findall(at("college").get("/").content.decode()) == [
        ("杭州学习中心", "4", "9"),
        ("成都学习中心", "0", "1"),
    ]
    assert ranks.findall(at("a").get("/").content.decode()) == [("21春健康管理1班", "4", "9")]


def test_the_figure_of_a_centre_opens_as_many_as_it_counts(lively, at):
    """4/9 of eleven in the batch: who is not fit stands in neither number, nor on the list."""
    client = at("college")
    body = client.get("/").content.decode()
    opened = re.search(r'<ol class="ranks">.*?<a href="([^"]+)">杭州', body, re.DOTALL)
    page = client.get(opened[1].replace("&amp;", "&")).content.decode()
    assert re.search(r"查询到 <b>([\d,]+)</b>", page)[1] == "9"
