"""The stations of the season's rest: roster, numbers, parcels, receipts, hand-over, identity (notice 四.1, 五, 六, 七)."""

import re

import pytest

from graduand.models import (
    Act,
    Candidate,
    Certificate,
    Event,
    Handover,
    IdentityCase,
    Job,
    Parcel,
    ParcelItem,
    Roster,
)
from graduand.office import acts, batches
from graduand.rulebook.terms import CaseState, Stage, Verb
from tests.pages.picking import opened
from tests.pages.test_bulk import confirmed, figures, reasons
from tests.pages.world import NOON

WAY = (
    ("a", Verb.APPLY, {}),
    ("college", Verb.ENDORSE, {}),
    ("hq", Verb.APPROVE, {}),
    ("hq", Verb.CERTIFY, {}),
    ("college", Verb.SHIP, {"carrier": "邮政", "tracking": "YZ1"}),
    ("a", Verb.RECEIVE, {}),
)


def bring(world, until, *students):
    """Take these students' files along the way, `until` included, each step by its own desk."""
    for name, verb, said in WAY:
        if verb is Verb.CERTIFY:
            batches.freeze_roster(world.batch, world.users["hq"].pk)
        world.do(name, verb, *students, **said)
        if verb is until:
            break


@pytest.fixture
def three(world):
    """Three students in order at 杭州, one at 成都; nothing is done yet."""
    students = [world.student(n) for n in (1, 2, 3)]
    other = world.student(4, centre=1)
    world.judge()
    world.three, world.other = students, other
    return world


def stages(world):
    """Where the three stand."""
    return [world.file(student).stage for student in world.three]


# ---- 花名册, 编号制证


def test_五_3_headquarters_freezes_the_roster_that_it_has_seen(three, at):
    bring(three, Verb.APPROVE, *three.three)
    client = at("hq")
    page = client.get("/rosters").content.decode()
    assert "已准予毕业、尚未列入花名册的有 3 人。" in page
    assert (
        "档案、装箱按花名册顺序；证书编号按上报先后" in page
    )  # 七.2: the numbers go by the order of application
    page = client.get("/rosters/new?batch=202307").content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert (seen, Roster.objects.count()) == ("3", 0)
    assert (
        client.post("/rosters/freeze", {"seen": seen, "batch": "202307"})["Location"]
        == "/rosters?batch=202307"
    )
    assert (
        client.post("/rosters/freeze", {"seen": seen, "batch": "202307"})["Location"]
        == "/rosters?batch=202307"
    )
    assert list(Roster.objects.values_list("number", "size")) == [(1, 3)]
    assert "尚未列入花名册" not in client.get("/rosters").content.decode()


def test_W05_a_roster_that_has_grown_is_shown_again(three, at):
    bring(three, Verb.APPROVE, *three.three[:2])
    client = at("hq")
    seen = re.search(
        r'name="seen" value="(\d+)"', client.get("/rosters/new?batch=202307").content.decode()
    )[1]
    bring(three, Verb.APPROVE, three.three[2])
    answer = client.post("/rosters/freeze", {"seen": seen, "batch": "202307"})
    assert (answer.status_code, Roster.objects.count()) == (409, 0)
    assert "上次点数 2 人，现在 3 人" in answer.content.decode()


@pytest.mark.parametrize("name", ["a", "college"])
def test_rosters_are_frozen_by_headquarters_alone(three, at, name):
    bring(three, Verb.APPROVE, *three.three)
    assert at(name).get("/rosters/new").status_code == 404
    assert at(name).post("/rosters/freeze", {"seen": "3"}).status_code == 404
    assert at("hq").post("/rosters/freeze", {"seen": "x"}).status_code == 400
    assert Roster.objects.count() == 0


def test_a_roster_shows_each_desk_its_own(three, at):
    bring(three, Verb.APPROVE, *three.three)
    three.do("b", Verb.APPLY, three.other)
    three.do("college", Verb.ENDORSE, three.other)
    three.do("hq", Verb.APPROVE, three.other)
    batches.freeze_roster(three.batch, three.users["hq"].pk)
    cells = {
        name: re.findall(
            r'data-label="(?:全部|本单位)">(\d+)<', at(name).get("/rosters").content.decode()
        )
        for name in ("a", "b", "college", "hq")
    }
    assert cells == {"a": ["4", "3"], "b": ["4", "1"], "college": ["4", "4"], "hq": ["4", "4"]}
    assert (
        at("a").get("/archives?roster=1").content.decode().count('<td class="seq num less">') == 3
    )


def test_certifying_from_the_list_over_all_matching(three, at):
    bring(three, Verb.APPROVE, *three.three)
    query = "verb=certify&all=1&list=candidates&stage=approved"
    assert list(reasons(opened(at("hq"), f"{query}")).values()) == [3]
    batches.freeze_roster(three.batch, three.users["hq"].pk)
    assert figures(opened(at("hq"), f"{query}")) == {"已选": 3, "可以提交": 3, "将跳过": 0}
    confirmed(at("hq"), query)
    acts.resume(three.batch)
    assert stages(three) == ["certified"] * 3
    body = at("hq").get("/certificates").content.decode()
    assert re.findall(r">(5116182023\d{8})<", body) == sorted(
        Certificate.objects.values_list("number", flat=True)
    )


# ---- 寄出, 签收


def test_六_shipping_all_that_are_ready_takes_carrier_and_number(three, at):
    bring(three, Verb.CERTIFY, *three.three)
    query = "verb=ship&all=1&list=certificates&stage=certified&void=0"
    page = opened(at("college"), f"{query}").content.decode()
    assert re.findall(r'name="((?:carrier|tracking)[^"]*)"', page) == [
        "carrier-101",
        "tracking-101",
    ]
    confirmed(at("college"), query)
    acts.resume(three.batch)
    assert (stages(three), Parcel.objects.count()) == (["certified"] * 3, 0)
    confirmed(at("college"), query, **{"carrier-101": "邮政", "tracking-101": "YZ9"})
    acts.resume(three.batch)
    assert stages(three) == ["shipped"] * 3
    assert list(Parcel.objects.values_list("tracking", "items__counted")) == [("YZ9", None)] * 3


def test_六_each_centre_has_a_waybill_of_its_own(three, at):
    three.do("b", Verb.APPLY, three.other)
    three.do("college", Verb.ENDORSE, three.other)
    three.do("hq", Verb.APPROVE, three.other)
    bring(three, Verb.CERTIFY, *three.three)
    three.do("hq", Verb.CERTIFY, three.other)
    query = "verb=ship&all=1&list=certificates&stage=certified&void=0"
    page = opened(at("college"), query).content.decode()
    table = page.partition('<table class="waybills">')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="num">(\d+)</td>', table)
    assert rows == [("杭州学习中心", "3"), ("成都学习中心", "1")]
    same = {f"{part}-{code}": "YZ1" for part in ("carrier", "tracking") for code in ("101", "102")}
    refused = confirmed(at("college"), query, **same)
    page = refused.content.decode()
    assert (refused.status_code, "同时填给了杭州学习中心、成都学习中心" in page) == (409, True)
    assert (page.count('value="YZ1"'), "已填写的内容保留在下面" in page) == (4, True)
    confirmed(at("college"), query, **{**same, "tracking-102": "YZ2"})
    acts.resume(three.batch)
    parcels = Parcel.objects.order_by("tracking").values_list(
        "tracking", "receiver__code", "items__candidate__student"
    )
    assert list(parcels) == [("YZ1", "101", student.pk) for student in three.three] + [
        ("YZ2", "102", three.other.pk)
    ]


def counted(client, parcel, found, key=""):
    """Send the counting form of a parcel."""
    page = client.get(f"/parcels/{parcel.pk}").content.decode()
    key = key or re.search(r'name="key" value="(\w+)"', page)[1]
    return client.post(f"/parcels/{parcel.pk}/count", {"key": key, "found": found})


def test_六_what_is_missing_is_a_discrepancy_until_it_is_found(three, at):
    bring(three, Verb.SHIP, *three.three)
    parcel, files = Parcel.objects.get(), [three.file(student).pk for student in three.three]
    client = at("a")
    assert client.get(f"/parcels/{parcel.pk}").content.decode().count('name="found"') == 3
    answer = counted(client, parcel, files[:2])
    acts.resume(three.batch)
    assert stages(three) == ["received", "received", "shipped"]
    done = client.get(answer["Location"])
    assert figures(done) == {"成功": 2, "未通过": 1, "共": 3}
    assert "缺" in done.content.decode()
    assert "缺 1" in client.get("/parcels").content.decode()
    assert 'short=1">清点缺少的包裹</a>' in client.get("/").content.decode()
    counted(client, parcel, files[2:])
    acts.resume(three.batch)
    assert stages(three) == ["received"] * 3
    assert 'short=1">清点缺少的包裹</a>' not in client.get("/").content.decode()
    assert list(ParcelItem.objects.values_list("counted", "open")) == [(True, False)] * 3


def test_a_parcel_is_counted_against_numbers_in_the_order_of_its_packing_list(three, at):
    """Roster order, which is not that of the 学号: the places are swapped here."""
    bring(three, Verb.SHIP, *three.three)
    files = [three.file(student) for student in three.three]
    for place, file in zip((7, 6, 5), files, strict=True):
        Candidate.objects.filter(pk=file.pk).update(roster_no=place)
    page = at("a").get(f"/parcels/{Parcel.objects.get().pk}").content.decode()
    cells = r'<td>(\d)</td><td>1</td><td>(\d)</td>\s*<td class="nowrap">(\d+)</td><td class="nowrap">(\d+)</td>'
    rows = re.findall(cells, page)
    number = dict(Certificate.objects.values_list("candidate__student__number", "number"))
    listed = [student.number for student in reversed(three.three)]
    assert rows == [
        (str(n), str(n + 4), number[student], student) for n, student in enumerate(listed, 1)
    ]


def test_what_is_missing_is_looked_for_by_the_sender(three, at):
    bring(three, Verb.SHIP, *three.three)
    parcel, missing = Parcel.objects.get(), three.file(three.three[2])
    sender = parcel.sender.name
    seen = {"a": f"/candidates/{missing.pk}", "college": f"/parcels/{parcel.pk}"}
    before = {name: at(name).get(url).content.decode() for name, url in seen.items()}
    counted(at("a"), parcel, [three.file(student).pk for student in three.three[:2]])
    acts.resume(three.batch)
    after = {name: at(name).get(url).content.decode() for name, url in seen.items()}
    words = {
        "a": f"包裹清点时没有此证书，现在由{sender}查找",
        "college": f"清点时缺少 1 本，由{sender}查找",
    }
    assert [(text in before[name], text in after[name]) for name, text in words.items()] == [
        (False, True)
    ] * 2
    recall = f"verb=recall&amp;chosen={missing.pk}"
    assert (
        before["college"].count(recall),
        after["college"].count("/candidates/confirm?verb=recall"),
    ) == (0, 1)
    assert "verb=recall" not in at("a").get(seen["college"]).content.decode()
    three.do("college", Verb.RECALL, three.three[2], reason="other", note="没有装箱")
    assert f"现在由{sender}查找" not in at("a").get(seen["a"]).content.decode()


def test_W01_the_same_counting_twice_is_one(three, at):
    bring(three, Verb.SHIP, *three.three)
    parcel, files = Parcel.objects.get(), [three.file(student).pk for student in three.three]
    client, before = at("a"), Act.objects.count()
    first, second = (counted(client, parcel, files, key="samekey") for _ in range(2))
    acts.resume(three.batch)
    assert (first["Location"], Act.objects.count(), Job.objects.count()) == (
        second["Location"],
        before + 1,
        1,
    )
    assert counted(client, parcel, files, key="samekey")["Location"] == first["Location"]
    assert Event.objects.filter(verb="receive").count() == 3


def test_A01_A02_parcels_of_others_and_what_is_not_in_them(three, at):
    bring(three, Verb.SHIP, *three.three)
    parcel, mine = Parcel.objects.get(), three.file(three.three[0]).pk
    foreign = three.file(three.other).pk
    assert [
        at(name).get(f"/parcels/{parcel.pk}").status_code for name in ("a", "b", "college", "hq")
    ] == [200, 404, 200, 200]
    assert counted(at("a"), parcel, [mine, foreign]).status_code == 404
    assert (
        at("b").post(f"/parcels/{parcel.pk}/count", {"key": "k", "found": [mine]}).status_code
        == 404
    )
    assert (
        at("college").post(f"/parcels/{parcel.pk}/count", {"key": "k", "found": [mine]}).status_code
        == 404
    )
    assert (
        at("a").post(f"/parcels/{parcel.pk}/count", {"key": "", "found": [mine]}).status_code == 400
    )
    assert (
        at("a").post(f"/parcels/{parcel.pk}/count", {"key": "k", "found": ["x"]}).status_code == 400
    )
    assert stages(three) == ["shipped"] * 3
    assert list(ParcelItem.objects.values_list("counted", flat=True)) == [None] * 3


# ---- 签领


def test_七_3_handing_over_says_how(three, at):
    bring(three, Verb.RECEIVE, *three.three)
    Certificate.objects.update(queryable=True)
    query = "verb=collect&all=1&list=handovers&stage=received"
    confirmed(at("a"), query, handover="mail", confirmed="1")
    acts.resume(three.batch)
    assert stages(three) == ["received"] * 3
    confirmed(at("a"), query, handover="mail", confirmed="1", carrier="EMS", tracking="7", note="")
    acts.resume(three.batch)
    assert (
        list(Handover.objects.values_list("method", "carrier", "tracking", "confirmed"))
        == [("mail", "EMS", "7", True)] * 3
    )
    shown = at("a").get("/handovers").content.decode()
    assert shown.count('<td data-label="领取方式">邮寄</td>') == 3


@pytest.mark.parametrize(
    ("name", "query", "typed", "said"),
    [
        (
            "a",
            "verb=collect&all=1&list=handovers&stage=received",
            {"handover": "mail", "confirmed": "1", "tracking": "7"},
            "寄给学生须填写承运单位和运单号；填写后再签领",
        ),
        (
            "a",
            "verb=collect&all=1&list=handovers&stage=received",
            {"handover": "in_person", "confirmed": "1", "note": "李四"},
            "领取方式是「本人」，却填写了代领人；清空多填的内容",
        ),
        (
            "college",
            "verb=recall&all=1&list=certificates&stage=received",
            {"reason": "other", "note": " "},
            "须选择原因；选「其他」须写明",
        ),
        ("college", "verb=recall&all=1&list=certificates&stage=received", {}, "须选择原因"),
        (
            "college",
            "verb=recall&all=1&list=certificates&stage=received",
            {"reason": "result"},
            "原因「成绩有误」不适用于这一步",
        ),
    ],
)
def test_what_the_dialog_asks_for_is_missed_in_the_dialog_and_not_in_a_finished_task(
    three, at, name, query, typed, said
):
    bring(three, Verb.RECEIVE, *three.three)
    Certificate.objects.update(queryable=True)
    before = Act.objects.count()
    answer = confirmed(at(name), query, **typed)
    assert (answer.status_code, Act.objects.count(), said in answer.content.decode()) == (
        409,
        before,
        True,
    )


# ---- 身份核查


@pytest.fixture
def doubted(three):
    """A doubt about the first of the three."""
    IdentityCase.objects.create(student=three.three[0], verdict="unsure", opened_at=NOON)
    return three


def case_buttons(client):
    """The steps on the only line of the list."""
    body = client.get("/identity").content.decode()
    return re.findall(
        r'hx-indicator="#busy"[^>]*>([^<]+)<', body.partition("<tbody>")[2].partition("</tbody>")[0]
    )


def test_四_1_a_case_goes_from_desk_to_desk_with_its_grounds(doubted, at):
    file = doubted.file(doubted.three[0]).pk
    assert {name: case_buttons(at(name)) for name in ("a", "college", "hq")} == {
        "a": ["提交材料"],
        "college": [],
        "hq": ["备案通过", "维持存疑"],
    }
    for name, verb, note in (
        ("a", "case_submit", "复核表等四项"),
        ("college", "case_report", "上报 12 号"),
        ("hq", "case_clear", "备案 2023-5"),
    ):
        confirmed(at(name), f"verb={verb}&chosen={file}&list=identity", note=note)
        acts.resume(doubted.batch)
    case = IdentityCase.objects.get()
    assert (case.state, case.note, case.filed_by.username) == (
        CaseState.CLEARED,
        "备案 2023-5",
        "hq",
    )
    history = list(
        Event.objects.filter(candidate=file)
        .order_by("id")
        .values_list("verb", "actor__username", "note")
    )
    assert history == [
        ("case_submit", "a", "复核表等四项"),
        ("case_report", "college", "上报 12 号"),
        ("case_clear", "hq", "备案 2023-5"),
    ]
    assert "备案 2023-5" in at("a").get(f"/candidates/{file}").content.decode()
    assert 'href="/identity?open=1" ' not in at("a").get("/").content.decode()


def test_a_case_without_grounds_stays_where_it_is(doubted, at):
    file = doubted.file(doubted.three[0]).pk
    confirmed(at("a"), f"verb=case_submit&chosen={file}&list=identity")
    acts.resume(doubted.batch)
    assert (IdentityCase.objects.get().state, Event.objects.count()) == (CaseState.OPEN, 0)


def test_a_case_is_about_a_named_person(doubted, at):
    for query in ("all=1&list=identity", "all=1", "all=1&list=candidates"):
        assert opened(at("hq"), f"verb=case_clear&{query}").status_code == 400


def test_A01_a_case_of_another_centre_is_not_there(doubted, at):
    file = doubted.file(doubted.three[0]).pk
    assert "没有身份存疑的学生" in at("b").get("/identity").content.decode()
    assert opened(at("b"), f"verb=case_submit&chosen={file}&list=identity").status_code == 404
    assert opened(at("a"), f"verb=case_clear&chosen={file}&list=identity").status_code == 400


# ---- every list and its desks


FOR_ALL = (
    "students",
    "identity",
    "archives",
    "rosters",
    "certificates",
    "parcels",
    "handovers",
    "imports",
)


def test_who_has_which_list(three, at):
    found = {
        name: [at(name).get(f"/{key}").status_code for key in ("reviews", *FOR_ALL)]
        for name in ("a", "college", "hq")
    }
    assert found == {"a": [404, *[200] * 8], "college": [200] * 9, "hq": [200] * 9}


def lines(client, path):
    """How many lines a list holds."""
    return client.get(path).content.decode().count('<td class="seq num less">')


def test_A01_each_desk_sees_its_own_rows(three, at):
    bring(three, Verb.SHIP, *three.three)
    rows = {
        key: [lines(at(name), f"/{key}") for name in ("a", "b", "college", "hq")]
        for key in ("students", "archives", "certificates", "parcels")
    }
    assert rows == {
        "students": [3, 1, 4, 4],
        "archives": [3, 0, 3, 3],
        "certificates": [3, 0, 3, 3],
        "parcels": [1, 0, 1, 1],
    }


def test_reviews_stand_in_the_order_of_application(three, at):
    """七.2: first reported, first done, whatever the 学号."""
    for student in reversed(three.three):
        three.do("a", Verb.APPLY, student)
    body = at("college").get("/reviews").content.decode()
    assert re.findall(r'<td class="no">\d+(\d)</td>', body) == ["3", "2", "1"]


def test_nothing_of_these_pages_moves_anything(three, at):
    """GET cannot write: looking at every list changes neither stage nor event."""
    bring(three, Verb.APPROVE, *three.three)
    before = (Event.objects.count(), dict(Candidate.objects.values_list("id", "stage")))
    for name in ("a", "college", "hq"):
        for key in FOR_ALL:
            at(name).get(f"/{key}")
    assert (Event.objects.count(), dict(Candidate.objects.values_list("id", "stage"))) == before
    assert Stage(three.file(three.three[0]).stage) is Stage.APPROVED


def test_the_checklist_opens_exactly_what_it_counts(three, at):
    """A certificate that was missing is listed as a certificate, a case by the batch in which its person graduates."""
    bring(three, Verb.SHIP, *three.three)
    counted(at("a"), Parcel.objects.get(), [three.file(student).pk for student in three.three[:1]])
    acts.resume(three.batch)
    for student in (three.three[0], three.other):  # the other one graduates in no batch yet
        IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    page = at("hq").get("/batches/202307/closing").content.decode().replace("&amp;", "&")
    links = {
        "/certificates?batch=202307&void=0&missed=1": 2,
        "/identity?graduates=202307&open=1": 1,
    }
    for url, many in links.items():
        assert f'href="{url}"' in page
        assert f"查询到 <b>{many}</b>" in at("hq").get(url).content.decode()
