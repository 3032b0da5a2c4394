"""Parcels and receipts in the browser: a waybill for each centre, what is missing, what is found again (notice 六)."""

import re

from graduand.models import (
    Act,
    Candidate,
    Certificate,
    Event,
    Job,
    Parcel,
    ParcelItem,
)
from graduand.office import acts
from graduand.rulebook.terms import Verb
from tests.pages.lists.picking import opened
from tests.pages.lists.test_bulk import confirmed, figures
from tests.pages.stations import bring, counted, stages, three

__all__ = ["three"]  # a fixture


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
    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td class="num">(\d+)</td>', table)
    assert rows == [("杭州学习中心", "3"), ("成都学习中心", "1")]
    same = {f"{part}-{code}": "YZ1" for part in ("carrier", "tracking") for code in ("101", "102")}
    refused = confirmed(at("college"), query, **same)
    page = refused.content.decode()
    assert (refused.status_code, "同时填给了杭州学习中心、成都学习中心" in page) == (409, True)
    assert (page.count('value="YZ1"'), "已填写的内容保留在下面" in page) == (4, True)
    confirmed(at("college"), query, **{**same, "tracking-102": "YZ2"})
    acts.resume(three.batch)
    parcels = Parcel.objects.order_by("tracking", "items__candidate__student").values_list(
        "tracking", "receiver__code", "items__candidate__student"
    )
    assert list(parcels) == [("YZ1", "101", student.pk) for student in three.three] + [
        ("YZ2", "102", three.other.pk)
    ]


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
    told = {"序号": [], "花名册": [], "名次": [], "证书编号": [], "学号": []}
    for label, cell in re.findall(r'<td[^>]* data-label="([^"]+)">([^<]*)</td>', page):
        told[label].append(cell)
    assert told.pop("花名册") == ["1"] * 3
    rows = list(zip(*told.values(), strict=True))
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
    called_back = at("a").get(seen["a"]).content.decode()
    assert f"现在由{sender}查找" not in called_back
    assert "清点时没有此证书" not in called_back
    assert "尚未寄出；以前的包裹：邮政 YZ1" in called_back


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
