"""Two batches side by side: one is handed out while the next is prepared; every desk goes on in both."""

import re
import tomllib
from datetime import datetime

import pytest

from graduand.models import Act, Candidate, Certificate, Parcel, ParcelItem, PhotoRow, Round
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.season import batches, listing
from graduand.queries.filing import confirming
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Stage, Verb
from tests.pages.lists.picking import opened
from tests.pages.world import POLICY, account_for, list_all, set_clock

BEGUN = datetime(2024, 1, 8, 9, 0, tzinfo=OFFICE_ZONE)


def load_next(code="202401", opens="2024-01-06"):
    """The next batch, as headquarters loads it; its rounds open in January."""
    data = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    turn = {"name": "首批", "opens": opens, "closes": "2024-01-16"}
    more = {"code": code, "issue_date": "2024-01-20", "closes_at": "2024-04-12", "rounds": [turn]}
    later = data | more | {"enrolled_through": "2021秋"}
    later.pop("progression", None)
    return batches.load(later, None).batch


@pytest.fixture
def both(world):
    """Three of the running batch on their way to the hand, then the next batch is loaded; one more joins both."""
    world.three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, *world.three)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, *world.three)
    world.do("college", Verb.SHIP, *world.three, carrier="邮政", tracking="YZ1")
    world.next = load_next()
    world.unfiled = world.student(4)
    listing.list_newcomers()
    for batch in (world.batch, world.next):
        auditing.run(batch)
    return world


def count_on(client, url):
    """How many the list at `url` says it holds."""
    return int(
        re.search(r"查询到 <b>([\d,]+)</b>", client.get(url).content.decode())[1].replace(",", "")
    )


LISTS = {"/candidates": 4, "/certificates": 3, "/archives": 3, "/lots": 1, "/rosters": 1}


@pytest.mark.parametrize(("url", "rows"), LISTS.items())
def test_loading_the_next_batch_takes_nothing_away_from_the_running_one(both, at, url, rows):
    assert (count_on(at("a"), url), count_on(at("a"), f"{url}?batch=202307")) == (rows, rows)


def test_the_list_of_a_batch_to_come_says_from_when_and_who_can_be_filed_elsewhere_now(both, at):
    client = at("a")
    shown = client.get("/candidates?batch=202401&stage=listed").content.decode()
    assert (
        "首批申请开始 <b>2024-01-06 00:00</b>（北京时间），2024-01-16 截止；现在还不能申请，距开始还有 <b>"
        in shown
    )
    verbs = dict(re.findall(r'name="verb" value="(\w+)"([^>]*)>', shown))
    why = "批次 202401 现在不能申请，「首批」2024-01-06 开始"
    assert {verb: why in rest for verb, rest in verbs.items()} == {
        "apply": True,
        "apply_degree": True,
        "defer": False,
    }
    assert f'<p class="note info flat">批量申请毕业、批量申请毕业+学位：{why}</p>' in shown
    also = re.search(
        r'其中满足全部条件、现在可以在其他批次申请的：\s*<a href="([^"]+)">([^<]+)</a>', shown
    )
    assert also is not None
    url = also[1].replace("&amp;", "&")
    assert (also[2], count_on(client, url)) == ("202307 批次 1 人（「首批」2023-07-16 截止）", 1)
    assert both.unfiled.number in client.get(url).content.decode()
    set_clock(BEGUN)
    begun = client.get("/candidates?batch=202401&stage=listed").content.decode()
    assert ("首批申请截止" in begun, "现在可以在其他批次申请" in begun, why in begun) == (
        True,
        False,
        False,
    )


def test_who_is_set_aside_in_a_batch_is_not_to_be_filed_there(both):
    """Somebody works on the person elsewhere: of an earlier certificate nothing is promised."""
    later = Candidate.objects.get(batch=both.next, student=both.unfiled)
    there = confirming.fileable_in(both.batch.pk, [later.pk], 5)
    assert (there[0], [one.number for one in there[1]]) == (1, [both.unfiled.number])
    Candidate.objects.filter(batch=both.batch, student=both.unfiled).update(aside=True)
    assert confirming.fileable_in(both.batch.pk, [later.pk], 5) == (0, [])


def test_files_parcels_and_the_student_go_on_in_the_batch_that_they_lie_in(both, at):
    client, file = at("a"), both.file(both.three[0])
    parcel = Parcel.objects.get()
    assert [
        client.get(url).status_code for url in (f"/candidates/{file.pk}", f"/parcels/{parcel.pk}")
    ] == [200, 200]
    found = [both.file(student).pk for student in both.three]
    answer = client.post(f"/parcels/{parcel.pk}/count", {"found": found, "key": "k1"})
    acts.resume(both.batch)
    act = Act.objects.latest("id")
    assert (answer["Location"], act.batch_id, act.done) == (f"/jobs/act/{act.pk}", both.batch.pk, 3)
    assert count_on(client, "/handovers") == 3
    Certificate.objects.update(queryable=True)  # what 注册结果 brings
    both.do("a", Verb.COLLECT, both.three[0], handover="in_person", confirmed=True)
    assert both.file(both.three[0]).stage == Stage.COLLECTED


def test_a_parcel_may_hold_papers_of_two_batches(both, at):
    """One receiver, one parcel: what is counted in is an act of each batch."""
    other = both.student(5)
    list_all(both.next)
    file = Candidate.objects.get(batch=both.next, student=other)
    Candidate.objects.filter(pk=file.pk).update(
        stage=Stage.SHIPPED.value, **stamps(both.file(both.three[0]))
    )
    parcel = Parcel.objects.get()
    ParcelItem.objects.create(parcel=parcel, candidate=file)
    found = [*(both.file(student).pk for student in both.three), file.pk]
    answer = at("a").post(f"/parcels/{parcel.pk}/count", {"found": found, "key": "k2"})
    assert answer["Location"] == "/jobs"
    for batch in (both.batch, both.next):
        acts.resume(batch)
    received = dict(Act.objects.filter(verb="receive").values_list("batch__code", "done"))
    assert received == {"202307": 3, "202401": 1}


def stamps(file):
    """What a file that is on its way has behind it."""
    names = (
        "round_id",
        "applied_at",
        "applied_by_id",
        "endorsed_at",
        "endorsed_by_id",
        "approved_at",
        "approved_by_id",
        "certified_at",
        "shipped_at",
    )
    return {name: getattr(file, name) for name in names}


def test_home_has_a_part_for_each_batch_and_the_next_one_is_only_prepared(both, at):
    body = at("a").get("/").content.decode()
    assert re.findall(r'<h2 id="b-\d+">([^<]+)</h2>', body) == [
        "202307 · 首批申请中",
        "202401 · 首批未开始",
    ]
    cards = {
        code: re.findall(rf'href="/candidates\?batch={code}&amp;([^"]+)">', body)
        for code in ("202307", "202401")
    }
    assert cards["202401"] == [
        "stage=listed&amp;photo=0&amp;preparing=photo",
        "stage=listed&amp;code=INFO-ID&amp;preparing=data",
    ]
    assert "stage=listed&amp;clear=1&amp;filing=usual" in cards["202307"]
    narrowed = at("a").get("/?batch=202401").content.decode()
    assert re.findall(r'<h2 id="b-(\d+)">', narrowed) == ["202401"]


def test_filing_is_a_to_do_once_the_first_round_has_opened(both, at):
    set_clock(BEGUN)
    body = at("a").get("/").content.decode()
    assert 'href="/candidates?batch=202401&amp;stage=listed&amp;clear=1&amp;filing=usual"' in body
    # and the list begins with the newest batch in which the question has rows
    assert count_on(at("a"), "/candidates?stage=listed") == count_on(
        at("a"), "/candidates?batch=202401&stage=listed"
    )


def test_a_list_begins_with_the_newest_batch_that_has_rows_in_it(both, at):
    set_clock(BEGUN)
    page = at("a").get("/certificates").content.decode()
    assert '<option value="202307" selected>202307</option>' in page
    assert "202307 · " in re.search(r"<summary>.*?</summary>", page, re.DOTALL)[0]


def test_a_bulk_act_is_about_one_batch(both, at):
    student = both.unfiled
    files = list(Candidate.objects.filter(student=student).values_list("pk", flat=True))
    assert len(files) == 2
    answer = at("a").post(
        "/candidates/picks", {"verb": "apply", "list": "candidates", "chosen": files}
    )
    assert (answer.status_code, Act.objects.filter(verb="apply").count()) == (409, 1)
    body = answer.content.decode()
    assert ("202307" in body, "202401" in body) == (True, True)


def test_the_student_sees_every_batch_that_lists_them(both, at):
    account_for(both, both.unfiled)
    account_for(both, both.three[0], "gone")
    body = at("student").get("/my").content.decode()
    assert "202307 批次" in body
    assert "我在其他毕业批次" in body
    gone = at("gone").get("/my").content.decode()
    assert ("202307 批次" in gone, "我在其他毕业批次" in gone) == (True, False)


def test_the_students_page_speaks_of_the_batch_that_still_takes_applications(both, at):
    """Whoever did not apply in time reads what can be done in the next batch, not what can't be done in the last one."""
    account_for(both, both.unfiled)
    headings = []
    for day in ((2023, 9, 6), (2024, 1, 8)):
        set_clock(datetime(*day, 9, 0, tzinfo=OFFICE_ZONE))
        headings.append(re.findall(r"(\d{6}) 批次", at("student").get("/my").content.decode()))
    assert headings == [["202307", "202401"], ["202401", "202307"]]


def test_the_switch_counts_my_to_dos_as_home_does(both, at):
    body = at("a").get("/").content.decode()
    tabs = dict(re.findall(r'<a href="/[^"]*"[^>]*>(全部|\d{6}) <b>(\d+)</b></a>', body))
    lines = re.findall(
        r"<b>(全部|\d{6})[^<]*</b>\s*<span class=\"count[^\"]*\">(\d+) 件</span>", body
    )
    assert dict(lines) == tabs


def test_a_confirmation_from_a_students_page_names_the_batch_of_the_file(both, at):
    """Whatever batch the lists of the visitor show first; of one student no list is spoken of."""
    set_clock(BEGUN)
    client, file = at("hq"), both.file(both.three[0])
    page = opened(client, f"verb=void&chosen={file.pk}").content.decode()
    assert ("名单取自" in page, "202307 批次" in page) == (False, True)


@pytest.fixture
def filing_twice(world):
    """A batch still takes applications while the next one has begun: two may go to either, one only to the later one."""
    fit, also, only_later = world.student(1), world.student(2), world.student(3)
    world.judge()
    world.next = load_next(opens="2023-09-05")
    list_all(world.next)
    world.file(only_later).delete()
    set_clock(datetime(2023, 9, 6, 9, 0, tzinfo=OFFICE_ZONE))
    for batch in (world.batch, world.next):
        auditing.run(batch)
    return fit, also, only_later


def asked_to_file(client, *students, batch="202401"):
    """What the confirmation says of these being filed in that batch."""
    files = Candidate.objects.filter(student__in=students, batch__code=batch)
    chosen = "&".join(f"chosen={pk}" for pk in files.values_list("pk", flat=True))
    body = opened(client, f"verb=apply&list=candidates&{chosen}").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_who_could_be_filed_in_an_earlier_batch_is_told_before_the_later_one_takes_them(
    filing_twice, world, at
):
    fit, also, only_later = filing_twice
    said = "其中 2 人在 202307 批次（申请截止 2023-10-12，发证日期 2023-07-20）也可以申请；在本批次申请后，那一批不再列入。"
    told = asked_to_file(at("a"), fit, also, only_later).partition(said)[2]
    assert [one.name in told for one in filing_twice] == [True, True, False]
    # One word to each: nothing of whom the earlier batch does not have, of whom it would refuse, or
    # of the earlier batch.
    PhotoRow.objects.filter(student=also).delete()
    auditing.run(world.batch)
    others = [asked_to_file(at("a"), *who) for who in ((only_later,), (also,))] + [
        asked_to_file(at("a"), fit, batch="202307")
    ]
    assert ["也可以申请" in page for page in others] == [False, False, False]
    assert all("可以提交" in page for page in others)


def test_a_round_that_is_over_or_closed_by_hand_is_no_other_place_to_file(filing_twice, world, at):
    fit, _, _ = filing_twice
    Round.objects.filter(batch=world.batch).update(
        closed_at=datetime(2023, 9, 5, 9, 0, tzinfo=OFFICE_ZONE)
    )
    assert "也可以申请" not in asked_to_file(at("a"), fit)
