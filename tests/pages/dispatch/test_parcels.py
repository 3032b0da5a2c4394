"""包裹: where a parcel stands in the lists of both ends, before and after it is counted."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from graduand.models import Grant, Parcel
from graduand.office import acts
from graduand.rulebook.terms import Role, Verb
from tests.pages.home.test_home import listed
from tests.pages.stations import bring, counted
from tests.pages.world import NOON
from tests.people import account

SENT = (("EMS", "1234"), ("云岭 Express", "77-1"), ("SF", "SF1"), ("云" * 40, "9" * 60))
TYPED = {
    **dict.fromkeys(("EMS 1234", "ＥＭＳ　12－34", "邮政EMS1234", "ems12", "运单号：1234"), 1),
    **dict.fromkeys(("云岭 express 77 1", "SF 1", "SF express SF1", "9" * 60), 1),
    f"{'云' * 40} {'9' * 60}": 1,
    **dict.fromkeys(("YTO 1234", "SF 12", "Express 77", "EMS 34"), 0),
}


def test_六_a_parcel_is_found_by_what_is_typed_where_it_is_sent_and_by_its_line_of_the_list(
    world, at
):
    sent = [world.student(n) for n in range(1, 5)]
    world.judge()
    bring(world, Verb.CERTIFY, *sent)
    for student, (carrier, number) in zip(sent, SENT, strict=True):
        world.do("college", Verb.SHIP, student, carrier=carrier, tracking=number)
    found = {text: listed(at("college"), f"/parcels?{urlencode({'q': text})}") for text in TYPED}
    assert found == TYPED


def test_a_parcel_that_was_counted_is_no_longer_on_its_way(world, at):
    """What was missing is a difference, counted once: neither 待签收, nor 逾期未签收, nor 寄送途中."""
    students = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    bring(world, Verb.SHIP, *students)
    parcel = Parcel.objects.get()
    Parcel.objects.update(sealed_at=NOON - timedelta(days=30))
    asked = ("way=1", "way=0", "late=1", "short=1")
    assert [listed(at("college"), f"/parcels?{query}") for query in asked] == [1, 0, 1, 0]
    typed = ("YZ1", "yz 1", "ＹＺ－1", "yz", "邮政 YZ1", "Y。", "Z1", "YZ2")
    found = [listed(at("college"), f"/parcels?{urlencode({'q': number})}") for number in typed]
    assert found == [1, 1, 1, 1, 1, 1, 0, 0]
    counted(at("a"), parcel, [world.file(student).pk for student in students[:2]])
    acts.resume(world.batch)
    assert [listed(at("college"), f"/parcels?{query}") for query in asked] == [0, 1, 0, 1]
    centre = at("a").get("/parcels").content.decode()
    assert ("登记找到的" in centre, ">清点<" in centre) == (True, False)


def test_a_certificate_that_was_counted_as_missing_begins_unticked(world, at):
    """Nobody signs for a known shortage by pressing the button without a look."""
    students = [world.student(n) for n in (1, 2)]
    world.judge()
    bring(world, Verb.SHIP, *students)
    [parcel], files = Parcel.objects.all(), [world.file(student).pk for student in students]

    def ticked():
        page = at("a").get(f"/parcels/{parcel.pk}").content.decode()
        boxes = re.findall(r'<input type="checkbox" name="found" value="(\d+)"([^>]*)>', page)
        return {int(pk): "checked" in rest for pk, rest in boxes}, "上次清点缺少的没有勾选" in page

    assert ticked() == (dict.fromkeys(files, True), False)
    counted(at("a"), parcel, files[:1])
    acts.resume(world.batch)
    assert ticked() == ({files[1]: False}, True)


def test_六_a_parcel_that_was_taken_back_whole_says_so_and_waits_for_nobody(world, at):
    student = world.student(1)
    world.judge()
    bring(world, Verb.SHIP, student)
    parcel = Parcel.objects.get()

    def told():
        pages = "/parcels", f"/parcels/{parcel.pk}", f"/candidates/{world.file(student).pk}"
        line, page, file = (at("a").get(url).content.decode() for url in pages)
        return [
            re.search(rule, text)[1]
            for rule, text in (
                (r'<td[^>]*>\s*<span class="tag[^>]*>([^<]*)', line),
                (r"<dt>签收</dt>\s*<dd>([^<]*)", page),
                (r">([^<]*邮政 YZ1[^<]*)<", file),
            )
        ]

    [*standing, sent] = told()
    assert (standing, sent.endswith("寄出")) == (["在途", "尚未签收"], True)
    world.do("college", Verb.RECALL, student, reason="other", note="地址有误")
    assert told() == [
        "不再签收",
        "不再签收，其中的证书都已退回学院或作废",
        "尚未寄出；以前的包裹：邮政 YZ1",
    ]
    assert counted(at("a"), parcel, [], "9" * 32).status_code == 409


@pytest.mark.parametrize(("name", "counts"), [("a", True), ("teacher", False)])
def test_六_a_parcel_is_counted_in_by_whoever_may_and_nobody_else_is_offered_it(
    world, at, name, counts
):
    """Menu, line of the list, form: a class teacher hands over what others have counted in."""
    students = [world.student(n, class_code="B1") for n in (1, 2)]
    teacher = world.users["teacher"] = account("teacher", Role.CLASS_TEACHER, world.centres[0])
    Grant.objects.filter(user=teacher).update(classes="B1")
    world.judge()
    bring(world, Verb.SHIP, *students)
    parcel = Parcel.objects.get()
    counted(at("a"), parcel, [world.file(students[0]).pk])
    acts.resume(world.batch)
    home, line, form = (
        at(name).get(page).content.decode() for page in ("/", "/parcels", f"/parcels/{parcel.pk}")
    )
    offered = ("清点缺少的包裹" in home, "登记找到的" in line, "data-count" in form)
    assert offered == (counts,) * 3
    assert "清点时缺少 1 本" in form or counts
