"""What the pages of a batch and of its closing count: one figure, one meaning, and a link to exactly these."""

import re
from html import unescape

from graduand.models import IdentityCase, ParcelItem
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.office.season.ending import closing
from graduand.pages.season import closing as closing_page
from graduand.queries.season import batches as batches_left
from graduand.queries.season import gaps
from graduand.rulebook.terms import Stage, Verb
from tests.acting import shut
from tests.pages.reading import text
from tests.pages.world import NOON


def test_who_can_be_filed_is_counted_by_the_list_of_them(world, at):
    """满足毕业条件 alone files nobody: without a picture one is told of no round."""
    world.student(1)
    world.student(2, photo=False)
    world.judge()
    page = at("hq").get("/batches/202307").content.decode()
    links = re.findall(r'<a href="(/candidates[^"]+)">([\d,]+) 人</a>', page)
    assert [count for _, count in links] == ["2", "1"]
    for url, count in links:
        assert f"查询到 <b>{count}</b>" in at("hq").get(unescape(url)).content.decode()
    assert "满足全部条件、未申请" in at("a").get("/").content.decode()


def test_七_3_who_was_sent_back_or_deferred_is_not_told_as_somebody_who_never_applied(world, at):
    """The closing counts each apart, and each figure opens a list of exactly these."""
    back, away, silent, unfit = (
        world.student(number, credits=number != 4) for number in (1, 2, 3, 4)
    )
    world.judge()
    world.do("a", Verb.APPLY, back)
    world.do("college", Verb.SEND_BACK, back, reason="photo")
    world.do("a", Verb.DEFER, away, statement=True)
    assert [world.file(one).stage for one in (back, away, silent, unfit)] == [
        "returned",
        "deferred",
        "listed",
        "listed",
    ]
    assert gaps.counts(world.batch) == {"motion": 0, "returned": 1, "unfiled": 1, "deferred": 1}
    client = at("hq")
    page = client.get("/batches/202307/closing").content.decode()
    told = re.findall(r'未说明<b>(\d+)</b>\s*<small><a href="([^"]+)"', page)
    assert [count for count, _ in told] == ["0", "1", "1", "1"]
    shown = [client.get(unescape(url)).content.decode() for _, url in told]
    assert [
        one.number in page for one, page in zip((back, silent, away), shown[1:], strict=True)
    ] == [True, True, True]
    assert ["查询到 <b>1</b>" in page for page in shown[1:]] == [True, True, True]


def test_the_cards_of_a_closing_open_the_cases_and_the_certificates_of_that_batch(world, at):
    """Not every case of the season, and certificates as certificates, not the parcels in which they were missed."""
    mine, other, lost, there = (world.student(number) for number in (1, 2, 3, 4))
    world.judge()
    for name, verb in (
        ("a", Verb.APPLY),
        ("college", Verb.ENDORSE),
        ("hq", Verb.APPROVE),
        ("hq", Verb.CERTIFY),
        ("college", Verb.SHIP),
    ):
        if verb is Verb.CERTIFY:
            batches.freeze_roster(world.batch, world.users["hq"].pk)
        world.do(name, verb, mine, lost, there, carrier="邮政", tracking="YZ1")
    ParcelItem.objects.filter(candidate=world.file(lost)).update(counted=False)
    for student in (mine, other):
        IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    client = at("hq")
    page = client.get("/batches/202307/closing").content.decode()
    told = {
        label: (count, unescape(url))
        for label, count, url in re.findall(
            r'<div class="todo">([^<]+)<b>(\d+)</b>\s*<small><a href="([^"]+)"', page
        )
    }
    assert (told["身份核查未办结"][0], told["清点缺少的证书"][0]) == ("1", "1")
    case, paper = (
        client.get(told[label][1]).content.decode()
        for label in ("身份核查未办结", "清点缺少的证书")
    )
    assert [student.number in case for student in (mine, other)] == [True, False]
    assert [student.number in paper for student in (lost, there)] == [True, False]
    assert ("查询到 <b>1</b> 件" in case, "查询到 <b>1</b> 本" in paper) == (True, True)


def test_the_closing_says_whose_certificate_is_held_up_and_opens_the_list_of_them(world, at):
    held, fine = world.student(1), world.student(2)
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, held, fine)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, held, fine)
    held.results.update(pass_key="")
    auditing.mark_stale([held.pk])
    world.judge()
    client = at("hq")
    page = client.get("/batches/202307/closing").content.decode()
    [url] = re.findall(r'已编号制证的有 <a href="([^"]+)">1 人</a>', page)
    listed = client.get(unescape(url)).content.decode()
    assert [student.number in listed for student in (held, fine)] == [True, False]


def test_every_line_of_what_is_left_opens_the_list_of_exactly_these(world, at):
    """A stage, or a decision that waits: none of them leads to an address that is not understood."""
    client = at("hq")
    keys = [*(stage.value for stage in Stage), *batches_left.UNDECIDED, "cases", "short", "old"]
    answers = {key: client.get(closing_page._list_of(world.batch, key)).status_code for key in keys}
    assert answers == dict.fromkeys(keys, 200)
    assert set(closing_page.BESIDE) == {*batches_left.UNDECIDED, "cases", "short", "old"}


def test_only_a_round_that_is_open_can_be_closed_early(world, at):
    """首批 is open on 2023-07-12, the other two have not begun or are over."""
    page = at("hq").get("/batches/202307").content.decode()
    turns = page.partition('id="rounds"')[2].partition("</section>")[0]
    offered = re.findall(r'提前关闭<span class="sr">：([^<]+)<', turns)
    states = dict(
        re.findall(r'<b>([^<]+)</b>\s*<span class="tag[^"]*"[^>]*>(?:<[^>]+>)*([^<]+)<', turns)
    )
    assert offered == [name for name, state in states.items() if state == "可申请"]
    assert len(states) > len(offered) > 0


def test_a_round_is_closed_early_and_opened_again(world, at):
    client, turn = at("hq"), world.batch.rounds.get(name="首批")
    for _ in range(2):
        client.post(f"/batches/202307/rounds/{turn.pk}", {"open": "0"})
    turn.refresh_from_db()
    assert turn.closed_at is not None
    client.post(f"/batches/202307/rounds/{turn.pk}", {"open": "1"})
    turn.refresh_from_db()
    assert turn.closed_at is None


def test_a_closed_batch_says_when_it_was_closed_and_not_until_when_one_could_have_applied(
    world, at
):
    world.student(1)
    world.judge()
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    assert "首批申请截止" in text(at("a").get("/candidates?batch=202307"))
    shut(world.batch, world.actor("hq"))
    page = text(at("a").get("/candidates?batch=202307"))
    assert "批次 202307 已关闭 2023-07-12 12:00 （北京时间），不再申请和审核" in page
    assert "申请截止" not in page
