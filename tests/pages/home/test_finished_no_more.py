"""What two people finished is finished no more by one step: the step says so before, the record and home after it."""

import re

import pytest

from graduand.models import AccountEvent, Batch, Candidate, Certificate
from graduand.office.season.ending import finishing, switching
from graduand.pages.frame.acts import consent_words
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Verb
from tests.acting import shut
from tests.pages.lists.picking import opened
from tests.pages.reading import text
from tests.pages.stations import bring, three
from tests.pages.world import NOON, set_clock

__all__ = ["three"]  # a fixture
WARNED = re.compile(r"批次 202307 已于 \S+ 办结。办理以后批次不再是「已办结」")
TOLD = re.compile(r"批次 202307 办结以后又有要办理的，已于 [^<]+ 恢复为「已关闭，办理中」")


@pytest.fixture
def finished(three):
    """Three certificates at 杭州, in a batch that was declared finished."""
    bring(three, Verb.RECEIVE, *three.three)
    Candidate.objects.filter(batch=three.batch).update(explanation="长期联系不上")
    shut(three.batch, three.actor("hq"))
    Candidate.objects.filter(batch=three.batch).update(explanation="长期联系不上")
    three.batch.refresh_from_db()
    finishing.declare(three.batch, three.users["hq"].pk)
    three.batch.refresh_from_db()
    return three


def confirmation(client, file, verb: str) -> str:
    return text(opened(client, f"verb={verb}&chosen={file.pk}"))


def test_whoever_recalls_from_a_finished_batch_is_told_before_and_headquarters_after(finished, at):
    file = finished.file(finished.three[0])
    assert WARNED.search(confirmation(at("college"), file, "recall"))
    assert not TOLD.search(at("hq").get("/").content.decode())
    finished.do("college", Verb.RECALL, finished.three[0], reason="other", note="寄错")
    batch = Batch.objects.get(code="202307")
    assert (batch.finished_at, batch.resumed_at is not None) == (None, True)
    event = AccountEvent.objects.get(deed=Deed.BATCH_RESUMED)
    assert (event.actor.username, event.detail["verb"], event.detail["file"]) == (
        "college",
        "recall",
        file.pk,
    )
    told = f"「退回学院」{file.student.number} {file.student.name}"
    record = text(at("hq").get("/batches/202307/closing")).partition("开关记录")[2]
    assert re.search(rf"批次不再是「已办结」 · {event.actor.name} .*{re.escape(told)}", record)
    assert TOLD.search(at("hq").get("/").content.decode())
    assert not TOLD.search(at("college").get("/").content.decode())
    assert not WARNED.search(confirmation(at("college"), file, "ship"))  # it is finished no more
    finishing.declare(batch_explained(), finished.users["hq"].pk)
    assert not TOLD.search(at("hq").get("/").content.decode())


def batch_explained() -> Batch:
    """The batch, with a reason for every file left."""
    Candidate.objects.filter(batch__code="202307").update(explanation="长期联系不上")
    return Batch.objects.get(code="202307")


def test_a_step_that_leaves_a_batch_finished_says_and_writes_nothing(finished, at):
    assert not WARNED.search(confirmation(at("a"), finished.file(finished.three[0]), "collect"))
    assert WARNED.search(confirmation(at("hq"), finished.file(finished.three[0]), "void"))
    assert not AccountEvent.objects.filter(deed=Deed.BATCH_RESUMED).exists()


def left_on(client) -> list[tuple[str, str]]:
    """(what, how many) of 办结后仍可办理, each list as long as it is said to be."""
    body = client.get("/batches/202307").content.decode().partition('id="b-still"')[2]
    rows = re.findall(
        r'<span class="grow">([^<]+)</span>\s*<a class="nowrap" href="([^"]+)">(\d+)</a>',
        body.partition("</section>")[0],
    )
    for _, url, n in rows:
        assert f"查询到 <b>{n}</b>" in client.get(url.replace("&amp;", "&")).content.decode()
    return [(what, n) for what, _, n in rows]


def test_what_leaves_the_homes_is_said_before_and_found_after(three, at):
    """Shipped and received by some, and unknown to the registry: every desk finds what it sees."""
    bring(three, Verb.CERTIFY, *three.three)
    shut_explained(three)
    three.do("college", Verb.SHIP, *three.three[1:], carrier="邮政", tracking="YZ9")
    three.do("a", Verb.RECEIVE, three.three[2])
    old = three.file(three.three[2]).pk
    Certificate.objects.filter(candidate=old).update(old_paper_since=NOON)
    told = "待寄出 1、寄送途中 1、待签领 1、学信网尚不可查询 3、更正后旧证未更换 1"
    Candidate.objects.filter(batch=three.batch).update(explanation="长期联系不上")
    assert f"办结以后不再列入首页和待办的：{told}" in text(at("hq").get("/batches/202307/closing"))
    asked = switching.ask(three.actor("hq"), three.batch, BatchSwitch.FINISH, "期满")
    assert told in consent_words.what(asked)  # whoever agrees reads the same
    assert left_on(at("college")) == []
    finishing.declare(three.batch, three.users["hq"].pk)
    rows = [tuple(one.split(" ")) for one in told.split("、")]
    assert [left_on(at(desk)) for desk in ("hq", "college", "a")] == [rows] * 3
    three.do("college", Verb.SHIP, three.three[0], carrier="邮政", tracking="YZ10")
    shown = at("hq").get("/batches/202307/closing").content.decode()
    assert ("未说明" in shown, "todo hot" in shown) == (False, False)
    assert "留下的仍可办理，不用再说明原因" in shown


def test_degree_material_that_came_back_is_left_where_it_can_be_applied_for_again(three, at):
    """Who lapsed has nothing to apply for: the step refuses."""
    bring(three, Verb.RECEIVE, *three.three[:2])
    Candidate.objects.filter(batch=three.batch).update(degree="returned")
    shut_explained(three)
    lapsed = Candidate.objects.filter(batch=three.batch, stage="lapsed", degree="returned")
    assert lapsed.exists()
    Candidate.objects.filter(batch=three.batch).update(explanation="长期联系不上")
    finishing.declare(three.batch, three.users["hq"].pk)
    assert [n for what, n in left_on(at("hq")) if what == "学位材料退回"] == ["2"]


def shut_explained(world) -> None:
    """The batch is closed, with a reason for everybody left."""
    Candidate.objects.filter(batch=world.batch).update(explanation="长期联系不上")
    shut(world.batch, world.actor("hq"))
    world.batch.refresh_from_db()


def test_those_who_review_are_told_some_days_before_the_last_day_of_a_batch(three, at):
    three.do("a", Verb.APPLY, *three.three)
    three.do("college", Verb.ENDORSE, three.three[0])
    ends = "批次 202307 2023-10-12 截止，以后不能再审核通过；还没有审核"
    for day, told in ((8, False), (9, True), (12, True), (13, False)):
        set_clock(NOON.replace(month=10, day=day))
        homes = [at(desk).get("/").content.decode() for desk in ("college", "hq", "a")]
        assert [ends in home for home in homes] == [told, told, False]
