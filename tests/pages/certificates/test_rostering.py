"""From the to-do 待列入花名册, and from all rosters at once, one comes to where the roster of each batch is made."""

import re

import pytest

from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.rulebook.terms import Verb
from tests.pages.season.side_by_side.test_side_by_side import BEGUN, load_next
from tests.pages.stations import bring
from tests.pages.world import list_all, set_clock

LIST = "/candidates?batch={}&stage=approved&roster=0&listable=1"


@pytest.fixture
def two(world):
    """Two people of the first batch and one of the next are approved, and on no roster."""
    people = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    bring(world, Verb.APPROVE, *people[:2])
    world.next = load_next()
    list_all(world.next)
    set_clock(BEGUN)
    auditing.run(world.next)
    file = world.next.candidates.get(student=people[2]).pk
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        assert acts.do(world.next, [file], world.actor(name), acts.ActRequest(verb)).done == 1
    return world


def ways(page):
    return re.findall(r'href="/rosters/new\?batch=(\d+)">确定花名册 (\d+)</a>', page)


@pytest.mark.parametrize("address", ["/rosters?batch={}", LIST])
@pytest.mark.parametrize(
    ("batch", "codes"),
    [("open", ["202401", "202307"]), ("all", ["202401", "202307"]), ("202307", ["202307"])],
)
def test_a_way_for_each_batch_that_has_people_waiting(two, at, address, batch, codes):
    page = at("hq").get(address.format(batch)).content.decode()
    assert ways(page) == [(code, code) for code in codes]
    assert ways(at("college").get(address.format(batch)).content.decode()) == []
    assert at("hq").get(f"/rosters/new?batch={codes[0]}").status_code == 200


def test_all_rosters_at_once_say_how_many_wait_in_which_batch(two, at):
    page = at("hq").get("/rosters?batch=open").content.decode()
    words = "202401 批次：已准予毕业、尚未列入花名册的有 1 人。202307 批次：已准予毕业、尚未列入花名册的有 2 人。"
    assert words in page
    batches.freeze_roster(two.batch, two.users["hq"].pk)
    page = at("hq").get("/rosters?batch=open").content.decode()
    assert (ways(page), "202307 批次：" in page) == ([("202401", "202401")], False)


def test_nobody_is_numbered_from_the_list_of_those_on_no_roster(two, at):
    page = at("hq").get(LIST.format("202307")).content.decode()
    acts_of = re.findall(r'name="verb" value="([a-z_]+)"', page)
    assert ("certify" in acts_of, "send_back" in acts_of) == (False, True)
    assert "花名册按批次确定：请先「确定花名册」，列入的人再「编号制证」。" in page
    assert (
        'value="certify"'
        in at("hq").get("/candidates?batch=202307&stage=approved").content.decode()
    )
