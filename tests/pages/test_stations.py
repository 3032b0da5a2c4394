"""Rosters, numbers, hand-over and the lists of the stations, each desk with its own (notice 五, 七)."""

import re

import pytest

from graduand.models import (
    Act,
    Candidate,
    Certificate,
    Event,
    Handover,
    IdentityCase,
    Parcel,
    Roster,
)
from graduand.office import acts
from graduand.office.season import batches
from graduand.rulebook.terms import Stage, Verb
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import confirmed, figures, reasons
from tests.pages.stations import bring, counted, stages, three
from tests.pages.world import NOON

__all__ = ["three"]  # a fixture


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
        == [("mail", "邮政特快专递", "7", True)] * 3
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
