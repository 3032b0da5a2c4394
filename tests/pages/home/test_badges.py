"""Badges and cards with two batches alive: whatever number stands at a link is the number of lines that the link opens."""

import json
import re

import pytest

from graduand.models import Batch, Candidate, ChsiReport, Grant, IdentityCase, PhotoRow, User
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.season import batches
from graduand.office.season.ending import reopening
from graduand.pages.door.access import Visit
from graduand.pages.frame.menus.desks import Count
from graduand.pages.frame.menus.menus import card_entries, is_todo
from graduand.pages.frame.menus.todos import ENTRIES
from graduand.pages.frame.shell import opened_by, shell
from graduand.queries import clock
from graduand.queries.basis import basis_of
from graduand.queries.season.seasons import seasons
from graduand.rulebook.terms import Role, Verb
from tests import once
from tests.acting import shut
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.world import NOON, PASSWORD, build, list_all

COUNTED = re.compile(
    r'<a href="([^"]+)"[^>]*><svg.*?</svg>[^<]+<span class="count[^"]*">([\d,]+)<span class="sr"> ([^<]+)<'
)
CARD = re.compile(r'<a class="todo [a-z]*" href="([^"]+)">[^<]+<b>([\d,]+)</b>')
ROLES = {
    "a": None,
    "b": None,
    "college": None,
    "hq": None,
    "issuer": Role.COLLEGE_DISPATCH,
    "publisher": Role.HQ_ADMIN,
    "teacher": Role.CLASS_TEACHER,
}


def walk(world, batch, numbers):
    """Somebody of `batch` before every desk."""
    world.batch = batch
    people = [world.student(number) for number in numbers]
    world.student(numbers[0] + 50, photo=False)
    doubted = world.student(numbers[0] + 51)
    world.judge()
    world.do("a", Verb.APPLY, *people[1:])
    world.do("college", Verb.SEND_BACK, people[1], reason="details")
    world.do("college", Verb.ENDORSE, *people[3:])
    world.do("hq", Verb.APPROVE, *people[5:])
    batches.freeze_roster(batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, *people[7:])
    world.do("college", Verb.SHIP, *people[9:], carrier="邮政", tracking=f"YZ{batch.code}")
    world.do("a", Verb.RECEIVE, *people[11:])
    world.file(people[12]).certificates.update(queryable=True)
    late = world.student(numbers[0] + 52)
    world.judge()
    world.do("a", Verb.APPLY, late)
    world.do("college", Verb.ENDORSE, late)
    world.do("hq", Verb.APPROVE, late)
    IdentityCase.objects.create(student=doubted, verdict="unsure", opened_at=NOON)
    ChsiReport.objects.create(
        student=doubted,
        day=NOON.date(),
        admission_photo=True,
        credential_photo=True,
        verdict="unsure",
    )


def crowd():
    """Two batches whose rounds are open at once, with somebody of each before every desk."""
    world = build()
    for name, role in ROLES.items():
        if role is not None:
            unit = {
                Role.COLLEGE_DISPATCH: world.centres[0].parent,
                Role.HQ_ADMIN: world.centres[0].parent.parent,
            }
            user = world.users[name] = User.objects.create_user(name, f"{name}老师", PASSWORD)
            Grant.objects.create(user=user, role=role.value, unit=unit.get(role, world.centres[0]))
    first = world.batch
    walk(world, first, range(1, 14))
    world.next = load_next(opens="2023-07-10")
    walk(world, world.next, range(101, 114))
    world.batch = first
    for batch in (first, world.next):
        list_all(batch)
        auditing.run(batch)
        auditing.refresh(
            list(Candidate.objects.filter(batch=batch).values_list("id", flat=True)),
            basis_of(batch),
        )
    return world


made = once.made(crowd)


@pytest.fixture
def world(made, plainly):
    return made()


def opened(client, url):
    """How many the page behind `url` says it holds."""
    page = client.get(url).content.decode()
    if url == "/consents":
        return len(re.findall(r'action="/consents/\d+"', page))
    return int(re.search(r"查询到 <b>([\d,]+)</b>", page)[1].replace(",", ""))


@pytest.mark.parametrize("name", ROLES)
def test_every_number_is_that_of_the_list_behind_it(world, at, name):
    client = at(name)
    body = client.get("/").content.decode().replace("&amp;", "&")
    numbers = [(url, int(n.replace(",", ""))) for url, n, _ in COUNTED.findall(body)]
    numbers += [(url, int(n.replace(",", ""))) for url, n in CARD.findall(body)]
    assert len(numbers) > (1 if name in ("issuer", "teacher") else 3)
    urls = {url for url, _ in numbers}  # many stand in the menu and on a card
    assert {(url, opened(client, url)) for url in urls} == set(numbers)


def test_what_waits_in_both_batches_is_one_number_and_one_list(world, at):
    """The control: nothing of the kind is shown with one batch, and with two it is more than one of them has."""
    body = at("college").get("/").content.decode().replace("&amp;", "&")
    numbers = {url: int(n) for url, n, _ in COUNTED.findall(body)}
    each = [opened(at("college"), f"/reviews?batch={code}") for code in ("202307", "202401")]
    assert (numbers["/reviews?batch=open"], min(each) > 0) == (sum(each), True)
    Batch.objects.filter(pk=world.next.pk).update(finished_at=NOON, closed_at=NOON)
    body = at("college").get("/").content.decode()
    assert ("batch=open" in body, 'href="/reviews?batch=202307"' in body) == (False, True)


def test_every_line_with_a_list_of_files_waits_in_both_batches(world):
    """Or the test above would look at less than it says."""
    single = set()
    for name in ("a", "college", "hq"):
        visit = Visit(world.actor(name), clock.now(), seasons())
        told = [item for group in shell(visit).menu for item in group.items if item.title]
        single |= {item.label for item in told if len(re.findall(r"批次 [1-9]", item.title)) < 2}
    degrees = {"待授予学位", "学位材料退回", "学位待总部授予", "待学位证书编号"}  # test_desks.py
    amended = {"更正后待重新打印", "更正后旧证待收回"}  # test_old_papers.py
    cancelled = {"注册已注销，待作废"}  # office/certificates/issuing/test_cancelled.py
    once = {
        "缺毕业照片",
        "证件信息待核对",
    }  # in the older batch, which lists everybody whom the newer one does
    assert single <= {"续读本科单独上报", *once, *degrees, *amended, *cancelled}


def test_a_batch_that_is_closed_asks_for_no_preparation(world, at):
    Batch.objects.filter(pk=world.next.pk).update(closed_at=NOON)
    cards = CARD.findall(at("a").get("/").content.decode().replace("&amp;", "&"))
    prepared = [url for url, _ in cards if "photo=0" in url]
    assert prepared == ["/candidates?batch=202307&stage=listed&photo=0&preparing=photo"]


def test_the_list_of_what_waits_in_both_names_the_batch_of_each_line(world, at):
    page = at("college").get("/reviews?batch=open").content.decode()
    assert '<option value="open" selected>全部未办结批次</option>' in page
    assert {code for code in ("202307", "202401") if f'data-label="批次">{code}</td>' in page} == {
        "202307",
        "202401",
    }


def test_rounds_with_photo_deadlines_of_their_own_are_one_question():
    """Who can be filed now is asked of every batch in the same words; each has its own round and its own days."""
    usual = ENTRIES["ready"]
    each = {code: usual.in_batch(code) for code in ("202401", "202307")}
    counts = {"202401": Count(2), "202307": Count(3)}
    told = {
        code: opened_by(usual, each, counts, code)
        for code in ("202401", "202307", "open", "202301")
    }
    asked = "stage=listed&clear=1&filing=usual"
    assert {code: (entry.url, count.number) for code, (entry, count) in told.items()} == {
        "202401": (f"/candidates?batch=202401&{asked}", 2),
        "202307": (f"/candidates?batch=202307&{asked}", 3),
        "open": (f"/candidates?batch=open&{asked}", 5),
        "202301": (f"/candidates?batch=202301&{asked}", 0),
    }


@pytest.mark.parametrize(
    "page", ["/candidates?batch=202307", "/lots?batch=202401", "/rosters?batch=open", "/identity"]
)
def test_on_every_page_a_line_counts_what_it_opens_and_opens_what_the_header_says(world, at, page):
    """The batch of the header stands in every line that has one, also in those without a number."""
    body = at("a").get(page).content.decode().replace("&amp;", "&")
    numbers = [(url, int(n.replace(",", ""))) for url, n, _ in COUNTED.findall(body)]
    assert {(url, opened(at("a"), url)) for url, _ in numbers} == set(numbers)
    batch = {"/identity": "open"}.get(page, page.partition("batch=")[2])
    menu = re.search(r'<nav class="side".*?</nav>', body, re.DOTALL)[0]
    for path in ("/candidates", "/lots", "/certificates", "/archives"):
        assert f'<a href="{path}?batch={batch}"' in menu
    said = {
        code
        for url, _ in numbers
        for code in re.findall(r"batch=(\w+)", url)
        if "preparing=" not in url
    }
    assert said == {batch}  # what is prepared lies in one of them
    assert (
        re.search(r"<summary>.*?</summary>", body, re.DOTALL)[0].count(
            "全部" if batch == "open" else batch
        )
        == 1
    )


def test_the_line_of_a_page_is_marked_whatever_its_batch(world, at):
    page = at("a").get("/lots?batch=202401").content.decode()
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', page) == ["/lots?batch=202401"]


def with_photo_deadline(batch, last_day, late):
    """The round of `batch` asks for photos by that day; everybody's came in time but those of `late` 学号."""
    source = json.loads(json.dumps(batch.policy.source))
    source["rounds"][0]["photo_deadline"] = last_day
    batches.load(source, None)
    pictures = PhotoRow.objects.filter(current=True)
    pictures.update(since="2023-06-01")
    pictures.filter(student__number__endswith=late).update(since="2023-07-01")
    auditing.run(Batch.objects.get(pk=batch.pk))


def test_the_same_words_count_the_same_people_in_every_batch(world, at):
    """The line of what other batches have is the card's number there: whose photo came late is in neither."""
    world.student(60)
    world.judge()
    with_photo_deadline(world.batch, "2023-06-30", "0001")
    client = at("a")
    body = client.get("/").content.decode().replace("&amp;", "&")
    cards = dict(
        re.findall(
            r'href="/candidates\?batch=(\d+)&stage=listed&clear=1&filing=usual">[^<]+<b>(\d+)</b>',
            body,
        )
    )
    page = client.get("/candidates?batch=202401&stage=listed&clear=1&filing=usual").content.decode()
    others = dict(re.findall(r'<a href="[^"]*batch=(\d+)[^"]*">\d+ 批次 (\d+)', page))
    loose = opened(client, "/candidates?batch=202307&stage=listed&clear=1")
    assert (others, 0 < int(cards["202307"]) < loose) == ({"202307": cards["202307"]}, True)


def test_what_one_batch_asks_more_narrowly_is_asked_of_all(world, at):
    """A batch that was opened again leaves out whom another card has: the line of both counts what it opens."""
    Candidate.objects.filter(batch=world.batch).update(explanation="材料没有交齐")
    shut(world.batch, world.actor("hq"))
    reopening.order(world.batch, world.actor("hq"))
    roll_forward.batches()
    for batch in (world.batch, world.next):
        auditing.run(batch)
    client = at("a")
    numbers = {
        url: int(n)
        for url, n, _ in COUNTED.findall(client.get("/").content.decode().replace("&amp;", "&"))
    }
    both = "/candidates?batch=open&stage=listed&clear=1&filing=usual&refile=0"
    assert (both in numbers, {url: opened(client, url) for url in numbers}) == (True, numbers)


def test_a_line_of_who_goes_on_is_there_while_some_batch_has_such_a_round(world, at):
    """Else nobody can be reported on their own, and the list says what happens instead."""

    def shown():
        return [
            url
            for url in re.findall(r"<a href=\"([^\"]+)\"", at("a").get("/").content.decode())
            if "goes_on=1" in url
        ]

    assert [url.replace("&amp;", "&") for url in shown()] == [
        "/candidates?batch=202307&stage=listed&goes_on=1&clear=1&filing=early"
    ]
    page = at("a").get("/candidates?batch=202307&stage=listed&goes_on=1").content.decode()
    assert "不必另外上报" not in page
    world.batch.rounds.filter(name="续读本科").update(closed_at=NOON)
    assert shown() == []
    page = at("a").get("/candidates?batch=202307&stage=listed&goes_on=1").content.decode()
    assert (
        "续读本科单独上报「续读本科」已截止；现在申请的续读学生进入「首批」，与其他学生一起办理，不必另外上报。"
        in page
    )
    page = at("a").get("/candidates?batch=202401&stage=listed&goes_on=1").content.decode()
    assert "202401 批次没有续读本科单独上报的轮次" in page


def test_who_only_hands_on_is_given_no_card_of_what_others_clear(world):
    """学院发放 sends parcels and a class teacher hands over: the other lists stay in their menus, without a number."""
    told = {}
    for name in ("issuer", "teacher"):
        visit = Visit(world.actor(name), clock.now(), seasons())
        items = [item for group in shell(visit).menu for item in group.items]
        lists = {
            item.label
            for item in items
            if item.label in ("退回补正", "缺毕业照片", "身份核查", "照片审核")
        }
        told[name] = (
            list(card_entries(visit.actor)),
            sorted(lists),
            [item.label for item in items if item.count],
        )
    assert told == {
        "issuer": (
            ["old_paper", "ship", "way", "late_way", "short"],
            ["照片审核", "缺毕业照片", "身份核查", "退回补正"],
            ["待寄出", "在途包裹"],
        ),
        "teacher": (["collect"], ["缺毕业照片", "身份核查", "退回补正"], ["待签领"]),
    }


def test_a_missing_picture_is_missing_once_whatever_batches_list_the_person(world, at):
    """The line in the menu is about the batch for which it is to be had; a list of several counts files."""
    page = at("a").get("/").content.decode().replace("&amp;", "&")
    urls = [url for url, _, _ in COUNTED.findall(page) if "photo=0" in url]
    assert urls == ["/candidates?batch=202307&stage=listed&photo=0&preparing=photo"]
    mixed = at("a").get("/candidates?batch=open&stage=listed&photo=0").content.decode()
    alone = at("a").get(urls[0]).content.decode()
    noun = re.compile(r"查询到 <b>\d+</b> (\S)")
    assert (noun.search(mixed)[1], noun.search(alone)[1]) == ("份", "人")


def test_home_counts_what_is_done_at_this_desk_and_its_parts_make_the_whole(world, at):
    """待学院审核 and 退回补正 stand on the cards of headquarters, and others do them."""
    IdentityCase.objects.filter(pk=IdentityCase.objects.earliest("id").pk).update(state="reported")
    body = at("hq").get("/").content.decode()
    whole = int(re.search(r"今天需要处理 (\d+) 件事", body)[1])
    tabs = {
        label: int(n)
        for label, n in re.findall(r'<a href="/[^"]*"[^>]*>(\S+) <b>(\d+)</b></a>', body)
    }
    assert tabs.pop("全部") == whole == sum(tabs.values())
    assert set(tabs) == {"202307", "202401", "不分批次"}
    cards = {
        label
        for label, n in re.findall(
            r'<a class="todo [a-z]*" href="[^"]+">([^<]+)<b>([1-9][\d,]*)</b>', body
        )
    }
    assert {"待学院审核", "退回补正"} <= cards
    visit = Visit(world.actor("hq"), clock.now(), seasons())
    assert not any(is_todo(visit.actor, key) for key in ("at_college", "returned"))
