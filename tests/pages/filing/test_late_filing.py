"""A file that came back: its reason stays with it over a closing, and nobody is told to file it again where nobody can."""

import re
from datetime import timedelta

import pytest

from graduand.models import Candidate, Consent, Event, Grant, User
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.season.ending import closing, reopening
from graduand.rulebook.terms import Role, Verb
from tests.acting import shut
from tests.pages.home.test_home import listed
from tests.pages.lists.picking import opened, token_of
from tests.pages.reading import page, text
from tests.pages.season.side_by_side.test_side_by_side import load_next
from tests.pages.stations import bring
from tests.pages.world import NOON, account_for, set_clock

AGAIN = "补正后请重新提交：「首批」2023-07-16 截止"
OVER = "本批次各轮次的申请都已截止，补正后不能在本批次重新提交"
LATE = NOON + timedelta(days=120)


@pytest.fixture
def back(world):
    """One file sent back by the college."""
    world.one = world.student(1)
    world.judge()
    bring(world, Verb.APPLY, world.one)
    world.do("college", Verb.SEND_BACK, world.one, reason="photo", note="照片模糊")
    return world


def card(client, title):
    """(how many, the note) of a card of home; None where it does not stand."""
    found = re.search(
        rf'<a class="todo [a-z]*" href="[^"]+">{title}<b>(\d+)</b><small>([^<]*)',
        client.get("/").content.decode(),
    )
    return (int(found[1]), found[2]) if found else None


def test_while_a_round_is_open_or_to_come_the_page_says_until_when(back, at):
    shown = text(page(at("a"), back, back.one))
    assert (AGAIN in shown, "照片问题：照片模糊" in shown, OVER in shown) == (True, True, False)
    assert card(at("a"), "退回补正") == (1, "补正后重新提交")
    set_clock(NOON + timedelta(days=30))
    assert "补正后请2023-09-04 起重新提交：「第二批」2023-10-12 截止" in text(
        page(at("a"), back, back.one)
    )


def test_after_the_last_filing_day_the_page_says_what_can_happen_and_no_card_calls_for_it(back, at):
    set_clock(LATE)
    auditing.run(back.batch)
    for name in ("a", "college", "hq"):
        shown = text(page(at(name), back, back.one))
        assert (
            OVER in shown,
            "总部可以写明原因、由两人同意延长轮次" in shown,
            "请重新提交" in shown,
        ) == (True, True, False)
    assert card(at("a"), "退回补正") is None  # no work of the centre's: it is told, below


def told(client):
    """What home says of whoever was sent back too late: (batch, list, words, people)."""
    body = client.get("/").content.decode().replace("&amp;", "&")
    rows = re.findall(
        r'<span class="bc">(\d+)</span><a href="([^"]+)">(退回补正，[^<]+)</a>.*?<b>(\d+) 人</b>',
        body,
    )
    return [(batch, url, words, int(n)) for batch, url, words, n in rows]


def test_after_the_last_filing_day_each_desk_is_told_of_its_people_and_what_can_still_happen(
    back, at
):
    assert told(at("a")) == []  # while it can file them it is work, with a card of its own
    set_clock(LATE)
    auditing.run(back.batch)
    [(batch, url, words, people)] = told(at("a"))
    assert (batch, url, people, listed(at("a"), url)) == (
        "202307",
        "/candidates?batch=202307&stage=returned",
        1,
        1,
    )
    can = "总部可以写明原因、由两人同意延长轮次；不延长的，本批次关闭后转入下一毕业批次。请先补正材料，并告诉学生"
    assert words == f"退回补正，{OVER}：{can}"
    above = f"退回补正，{OVER}：{can.partition('。')[0]}"
    same = [
        ("202307", "/candidates?batch=202307&stage=returned", above, 1)
    ]  # headquarters can extend, the college sent it back
    assert [told(at(name)) for name in ("b", "college", "hq")] == [[], same, same]


def another_at_headquarters(world):
    """A second reviewer at headquarters, known as hq2."""
    user = world.users["hq2"] = User.objects.create_user("hq2", "总部钱老师", "x")
    unit = world.users["hq"].grants.get().unit
    Grant.objects.create(user=user, role=Role.HQ_REVIEWER.value, unit=unit)
    return user


def test_who_comes_back_to_a_closed_batch_is_carried_over_by_two_on_the_page_of_the_file(world, at):
    """Nobody extends a round of a closed batch, or closes it once more: headquarters carries the
    file over by name.
    """
    student = world.student(1)
    world.judge()
    bring(world, Verb.APPROVE, student)
    shut(world.batch, world.actor("hq"))
    assert (told(at("a")), told(at("hq"))) == ([], [])
    pk, shut_words = world.file(student).pk, "本批次已关闭，补正后不能在本批次重新提交"
    warned = text(opened(at("hq"), f"verb=send_back&chosen={pk}"))
    assert f"{shut_words}：退回以后，总部办理「未办结转」以后" in warned
    assert "延长轮次" not in warned
    said = {"second": another_at_headquarters(world), "reason": "details", "note": "班级不对"}
    world.do("hq", Verb.SEND_BACK, student, **said)
    why = f"{shut_words}：总部办理「未办结转」以后，在下一毕业批次申请。"
    assert [row[2:] for row in told(at("a"))] == [(f"退回补正，{why}请先补正材料，并告诉学生", 1)]
    assert [row[2:] for row in told(at("hq"))] == [
        (f"退回补正，{shut_words}：请在档案页办理「未办结转」，学生才能在下一毕业批次申请", 1)
    ]
    shown = text(page(at("a"), world, student))
    assert f"{why}材料请先补正" in shown
    assert "待总部办理「未办结转」" in shown
    assert "待总部关闭" not in shown
    carry_over = f"/candidates/confirm?verb=lapse&amp;chosen={pk}"
    assert carry_over in page(at("hq"), world, student).content.decode()
    said = {
        "token": token_of(opened(at("hq"), f"verb=lapse&chosen={pk}")),
        "note": "关闭以后才发现班级不对",
    }
    at("hq").post("/candidates/submit", said)
    assert world.file(student).stage == "returned"  # the other one has not agreed yet
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    assert (world.file(student).stage, told(at("hq"))) == ("lapsed", [])
    event = Event.objects.get(verb="lapse")
    assert (event.actor.username, event.second.username, event.note) == ("hq", "hq2", said["note"])


def test_while_a_batch_is_open_nobody_lapses_alone_from_the_page_of_the_file(back, at):
    assert "verb=lapse" not in page(at("hq"), back, back.one).content.decode()


@pytest.mark.parametrize("day", [NOON, LATE])
def test_whoever_sends_somebody_back_that_late_is_warned_first(world, at, day):
    student = world.student(1)
    world.judge()
    bring(world, Verb.ENDORSE, student)
    set_clock(day)
    pk = world.file(student).pk
    shown = [
        text(opened(at("hq"), f"verb=send_back&chosen={pk}")),
        text(at("hq").get(f"/reviews/{pk}")),
    ]
    late = [OVER in said and "本批次领不到证书" in said for said in shown]
    usual = ["退回后由学习中心补正，再重新提交" in said for said in shown]
    assert (late, usual) == ([day == LATE] * 2, [day == NOON] * 2)


def test_a_closing_that_is_taken_back_keeps_the_reason_and_counts_the_person_once(back, at):
    Candidate.objects.update(explanation="截止前未补正")
    shut(back.batch, back.actor("hq"))
    reopening.order(back.batch, back.actor("hq"))
    roll_forward.batches()
    back.batch.refresh_from_db()
    auditing.run(back.batch)
    file = back.file(back.one)
    assert file.stage == "listed"
    shown = text(page(at("a"), back, back.one))
    assert (AGAIN in shown, "退回原因：照片问题：照片模糊" in shown) == (True, True)
    dialog = text(opened(at("a"), f"verb=apply&chosen={file.pk}"))
    assert ("其中 1 人是重新提交" in dialog, "照片问题：照片模糊" in dialog) == (True, True)
    cards = [
        card(at("a"), title)
        for title in ("满足全部条件、未申请", "重新开放后须重新申请", "退回补正")
    ]
    assert cards == [(0, "没有"), (1, "申请随关闭结转；曾被退回的先补正"), (0, "没有")]
    account_for(back, back.one)
    assert "上次申请被退回。 原因：照片问题：照片模糊。" in text(at("student").get("/my"))
    back.do("a", Verb.APPLY, back.one)
    assert "退回原因" not in text(page(at("a"), back, back.one))  # filed anew: it holds no longer


def test_a_list_that_is_only_for_some_keeps_its_name(back, at):
    url = "/candidates?batch=202307&stage=listed&clear=1&filing=usual&refile=0"
    assert (
        "<h1>满足全部条件、未申请</h1>" in at("a").get(url).content.decode(),
        listed(at("a"), url),
    ) == (True, 0)


def test_a_closing_that_did_not_take_place_keeps_the_reason_too(back, at):
    """The step that brings the file back where it was is no reason of its own."""
    Candidate.objects.update(explanation="截止前未补正")
    closing.order(back.batch, back.actor("hq"))
    closing.advance(back.batch.pk)
    closing.undo(back.batch.pk)
    while not reopening.advance(back.batch.pk)[2]:
        pass
    assert back.file(back.one).stage == "returned"
    assert "退回原因：照片问题：照片模糊（学院 学院李老师" in text(page(at("a"), back, back.one))


def test_staff_read_which_batch_the_next_one_is_where_it_is_there_already(back, at):
    """七.1: on the file, on home and before the decision, each desk alike."""
    set_clock(LATE)
    auditing.run(back.batch)
    pages = {
        "file": ("a", lambda client: text(page(client, back, back.one))),
        "home": ("a", lambda client: text(client.get("/"))),
        "closing": ("hq", lambda client: text(client.get("/"))),
    }
    for named in (False, True):
        if named:
            load_next()
        shown = {key: read(at(who)) for key, (who, read) in pages.items()}
        told = {
            key: ("下一毕业批次" in words, "下一毕业批次（202401）" in words)
            for key, words in shown.items()
        }
        assert told == dict.fromkeys(pages, (True, named))
