"""The second person reads what the first one was told when asking: the warnings of the deed, and whom a policy changes."""

import html
import re
from datetime import timedelta

import pytest

from graduand.models import Consent, GradesDeclared, Grant, IdentityCase, PolicyDraft, Student, User
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import second_acts, second_requests
from graduand.office.season import batches
from graduand.pages.frame.acts.answering import MAY_TAKE_TWO, PASSED_OVER
from graduand.queries import clock
from graduand.rulebook.journey import step_of
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Desk, Role, Verb
from tests.management.calling import graduand
from tests.pages.filing.test_late_filing import LATE
from tests.pages.lists.picking import opened, token_of
from tests.pages.season.policy_forms import attempt
from tests.pages.stations import bring
from tests.pages.world import NOON, set_clock

TOO_LATE = "本批次各轮次的申请都已截止，补正后不能在本批次重新提交"


@pytest.fixture
def one(world):
    """A file that is approved, and a second person at headquarters."""
    unit = world.users["hq"].grants.get().unit
    world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(user=world.users["hq2"], role=Role.HQ_REVIEWER.value, unit=unit)
    world.one = world.student(1)
    world.judge()
    bring(world, Verb.APPROVE, world.one)
    return world


def test_the_second_person_reads_where_the_file_is_and_what_its_conditions_are(one, at):
    second_requests.ask(
        one.batch,
        [one.file(one.one).pk],
        one.actor("hq"),
        ActRequest(Verb.SEND_BACK, answers={"reason": "details", "note": "班级不对"}),
        "",
    )
    place = "批次 202307，现在准予毕业；"
    assert f"<small>{place}各项条件均满足</small>" in at("hq2").get("/consents").content.decode()
    Student.objects.update(standing="expelled")
    auditing.mark([(one.file(one.one).pk, one.batch.pk, True)], "学籍有变动")
    assert f"<small>{place}正在重新审核</small>" in at("hq2").get("/consents").content.decode()
    auditing.run(one.batch)
    assert f"<small>{place}不符合：学籍状态" in at("hq2").get("/consents").content.decode()


def warnings(answer):
    """The warnings of a page, without what says that another one has to agree."""
    found = re.findall(r'<p class="note warn">(.*?)</p>', answer.content.decode(), re.DOTALL)
    return [html.unescape(text).strip().rstrip("。") for text in found]


def to_answer(answer):
    """The same of the questions that wait for me."""
    return answer.content.decode().partition('id="c-wait"')[2].partition('id="c-mine"')[0]


@pytest.mark.parametrize("day", [NOON, LATE], ids=["while a round is open", "after the last round"])
@pytest.mark.parametrize("verb", sorted(MAY_TAKE_TWO))
def test_the_consent_warns_of_whatever_the_dialog_of_the_first_person_warns_of(one, at, verb, day):
    set_clock(day)
    who = "college" if step_of(verb).desk is Desk.COLLEGE else "hq"
    file = one.file(one.one)
    first = warnings(opened(at(who), f"verb={verb}&chosen={file.pk}"))
    said = {"reason": "other"} if verb not in (Verb.CASE_CLEAR, Verb.CASE_UPHOLD) else {}
    detail = second_acts.act_detail(verb, file, said | {"content": "", "changes": []})
    Consent.objects.create(
        kind=ConsentKind.ACT.value,
        detail=detail,
        digest="",
        reason="核对",
        key=verb.value,
        asked_by=one.users[who],
        asked_at=clock.now(),
    )
    second = warnings(at("hq2").get("/consents"))
    assert [text for text in first if text not in second] == []
    assert (TOO_LATE in " ".join(second)) == (verb is Verb.SEND_BACK and day == LATE)


def test_a_case_that_is_decided_a_level_early_says_so_to_both(one, at):
    IdentityCase.objects.create(
        student=one.one, verdict="unsure", opened_at=clock.now(), state="open"
    )
    query = f"verb=case_clear&list=identity&chosen={one.file(one.one).pk}"
    shown = opened(at("hq"), query)
    assert any(text.startswith(PASSED_OVER) for text in warnings(shown))
    at("hq").post(
        "/candidates/submit", {"token": token_of(shown), "note": "总部备〔2023〕3号，材料齐全"}
    )
    asked = at("hq2").get("/consents")
    assert PASSED_OVER in warnings(asked)
    assert "备案通过" in to_answer(asked)
    assert "（其他）" not in to_answer(asked)  # no reason was chosen


def test_what_a_policy_changes_is_named_as_a_whole_and_in_the_numbers_of_its_trial(one, at):
    """A longer deadline, and beside it 学位平均成绩 that costs somebody the degree."""
    changes = {
        "rounds.0.closes": "2023-07-18",
        "rounds.0.review_to": "2023-07-18",
        "degree.min_average": "78",
    }
    where = attempt(at("hq"), **changes)["Location"]
    at("hq").post(f"{where}/save", {"key": "k2", "reason": "暴雨"})
    shown = at("hq2").get("/consents").content.decode()
    waiting = " ".join(re.sub(r"<[^>]+>", " ", to_answer(at("hq2").get("/consents"))).split())
    title = re.search(r"<b><a [^>]*>(批次 202307 的规定[^<]*)</a></b>", shown)[1]
    assert title == (
        "批次 202307 的规定改 3 处（学位平均成绩、「首批」审核截止、「首批」申请截止），"
        "其中延长期限：「首批」申请截止 2023-07-16 改为 2023-07-18"
    )
    assert "批次规定的改动（含延长期限） · 总部何老师" in waiting
    assert (
        "试判 1 人：满足毕业条件的现行 1 人、改后 1 人，其中不再满足 0 人、新满足 0 人" in waiting
    )
    assert "满足学位条件的现行 0 人、改后 0 人，其中不再满足 0 人、新满足 0 人" in waiting
    warned = BatchPolicy.from_dict(PolicyDraft.objects.get().source).warnings
    assert warned
    assert [
        text for text in warned if text.replace("rounds「", "「") not in html.unescape(shown)
    ] == []
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "0", "why": "期限不宜再延"})
    told = at("auditor").get("/trail").content.decode()
    assert "批次规定的改动（含延长期限）：批次 202307 的规定改 3 处（学位平均成绩" in told


def close(client, key="k", reason="期满"):
    return client.post("/batches/202307/switch", {"do": "close", "key": key, "reason": reason})


def closing_page(client):
    return client.get("/batches/202307/closing").content.decode()


def test_while_one_has_asked_to_close_the_page_says_who_and_nobody_asks_once_more(one, at):
    assert "提出关闭批次</button>" in closing_page(at("hq2"))
    assert close(at("hq"))["Location"] == "/consents?done=asked"
    said = "总部何老师 已于 2023-07-12 12:00 提出关闭批次，等待另一位总部人员在「待同意事项」中答复"
    page = closing_page(at("hq2"))
    assert (
        f"{said}。原因：期满。" in page,
        'href="/consents"' in page,
        "提出关闭批次</button>" in page,
    ) == (True, True, False)
    refused = [close(at("hq2")), close(at("hq2"), "k2"), close(at("hq"), "k3", "另一个原因")]
    assert [(answer.status_code, said in answer.content.decode()) for answer in refused[:2]] == [
        (409, True)
    ] * 2
    assert Consent.objects.count() == 1
    assert close(at("hq")).status_code == 302  # sent twice, asked once
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("end", ["withdrawn", "declined", "ran out"])
def test_what_nobody_can_agree_to_any_more_is_in_nobodys_way(one, at, end):
    close(at("hq"))
    number = Consent.objects.get().pk
    if end == "withdrawn":
        at("hq").post(f"/consents/{number}/withdraw")
    elif end == "declined":
        at("hq2").post(f"/consents/{number}", {"agree": "0", "why": "期限不宜再延"})
    else:
        set_clock(NOON + second_acts.VALID + timedelta(minutes=1))
    page = closing_page(at("hq2"))
    told = {"withdrawn": "已撤回", "declined": "不同意", "ran out": "已过期"}[end]
    assert ("提出关闭批次</button>" in page, told in page.partition('id="c-log"')[2]) == (
        True,
        True,
    )
    assert close(at("hq2"), "k2").status_code == 302
    assert Consent.objects.count() == 2


def test_五_3_who_freezes_a_roster_of_a_round_that_goes_on_is_told_until_when(one, at):
    words = "「首批」还没有结束（申请在 2023-07-16 或之前，审核在 2023-07-16 或之前），以后准予毕业的只能列入下一份花名册"
    assert words in at("hq").get("/rosters/new?batch=202307").content.decode()
    set_clock(NOON + timedelta(days=5))
    page = at("hq").get("/rosters/new?batch=202307").content.decode()
    assert ("还没有结束" in page, "确定 1 人" in page) == (False, True)


def test_who_numbers_early_is_told_why_one_waits_by_page_and_by_command(one, at):
    """The round goes on, the issue date is to come, and the college has not declared the grades done."""
    batches.freeze_roster(one.batch, one.users["hq"].pk)
    query = f"verb=certify&chosen={one.file(one.one).pk}"
    goes_on = "「首批」还没有结束（申请在 2023-07-16 或之前，审核在 2023-07-16 或之前），以后准予毕业的另外编号，排在这次之后"
    to_come = "发证日期 2023-07-20 还没有到，有证书编号以后本批次的发证日期不能再改"
    grades = (
        "「首批」的成绩还没有申报完成（生命健康学院），编号以后成绩有变化的，证书须由总部核实或作废"
    )
    assert early(opened(at("hq"), query)) == [goes_on, to_come, grades]
    assert early(opened(at("hq"), query.replace("certify", "send_back"))) == []
    GradesDeclared.objects.create(
        round=one.batch.rounds.get(name="首批"),
        college=one.centres[0].parent,
        at=NOON,
        by=one.users["college"],
    )
    set_clock(NOON + timedelta(days=5))
    assert early(opened(at("hq"), query)) == [to_come]
    assert f"提醒：{to_come}" in graduand("certify", "202307", "--as", "hq").err.splitlines()


def test_七_2_who_numbers_some_is_told_how_many_applied_before_them_and_are_left_out(
    one, world, at
):
    """Numbers follow the order of the applications among those who are numbered together, and are never taken back."""
    second, unfit, last = (world.student(n) for n in (2, 3, 4))
    world.judge()
    bring(world, Verb.APPROVE, second, unfit, last)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    unfit.results.update(void=True, pass_key="")
    auditing.mark_stale([unfit.pk], "导入了成绩")
    auditing.run(world.batch)

    def told(*students):
        chosen = "&".join(f"chosen={world.file(student).pk}" for student in students)
        return [
            text.partition("：")[0]
            for text in early(opened(at("hq"), f"verb=certify&{chosen}"))
            if "上报在前" in text
        ]

    words = "上报在前、等待编号的还有 {} 人不在所选之中"
    assert (told(last), told(one.one, last), told(second)) == (
        [words.format(2)],
        [words.format(1)],
        [words.format(1)],
    )
    assert (told(one.one), told(one.one, second), told(one.one, second, last)) == ([], [], [])


def early(shown):
    """What the confirmation says of a numbering that comes early."""
    told = (
        shown.content.decode().partition('<div class="note warn"><p>')[2].partition("<p>不急的")[0]
    )
    return [text.removeprefix("<p>").removesuffix("。") for text in told.split("</p>") if text]


def test_a_draft_and_a_closing_that_were_declined_say_by_whom_and_why(one, at):
    where = attempt(
        at("hq"), **{"rounds.0.closes": "2023-07-18", "rounds.0.review_to": "2023-07-18"}
    )["Location"]
    assert "提交第二人同意</button>" in at("hq").get(where).content.decode()
    at("hq").post(f"{where}/save", {"key": "k2", "reason": "暴雨"})
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "0", "why": "期限不宜再延"})
    page = at("hq").get(where).content.decode()
    told = "总部何老师 于 2023-07-12 12:00 提出，总部吕老师 于 2023-07-12 12:00 没有同意，原因：期限不宜再延"
    assert (told in page, "提交第二人同意</button>" in page, "重新提出</button>" in page) == (
        True,
        False,
        True,
    )
    at("hq").post(f"{where}/save", {"key": "k3", "reason": "暴雨，多地停课"})
    assert "总部何老师 已提出，等待另一位总部人员" in at("hq").get(where).content.decode()
    close(at("hq"))
    at("hq2").post(
        f"/consents/{Consent.objects.latest('id').pk}", {"agree": "0", "why": "还有人没办"}
    )
    page = closing_page(at("hq"))
    told = told.replace("期限不宜再延", "还有人没办")
    assert (told in page, "不同意的原因：还有人没办" in page.partition('id="c-log"')[2]) == (
        True,
        True,
    )
