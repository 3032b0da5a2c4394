"""Batches in the browser: their days, the policy as a form, closing by two."""

import re
import tomllib
from datetime import date

import pytest

from graduand.models import (
    Batch,
    Consent,
    PolicyDraft,
    PolicyVersion,
    Round,
)
from graduand.office.season.ending import closing
from graduand.pages.frame.season import policy_form
from graduand.papers.calendar_file import CalendarEvent, calendar_file
from graduand.queries.season import gaps
from graduand.rulebook.season.agenda import agenda, day_words
from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import Verb
from tests import jobs
from tests.pages.season.policy_forms import attempt, second, source, typed
from tests.pages.world import NOON, POLICY

__all__ = ["second"]  # a fixture


# -- the form ----------------------------------------------------------------------------------------------------


def test_the_form_gives_back_what_it_was_given(world):
    """Every value of the example survives the form, those that it doesn't show too."""
    form = {name: value for name, value in typed().items() if name not in ("of", "key")}
    assert policy_form.source_of(source(), form) == source()


def test_a_wrong_day_stands_beside_its_field_and_nothing_is_saved(world, at):
    answer = attempt(at("hq"), issue_date="2023-01-20", **{"rounds.0.opens": "2023-07-20"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "有 2 处问题，没有保存" in page
    assert 'id="w-issue_date">发证日期 2023-01-20 不在批次 202307 的年月内，疑为旧模板日期<' in page
    assert "「首批」截止 2023-07-16 早于开始 2023-07-20" in page
    assert 'name="issue_date" type="date" value="2023-01-20"' in page
    assert (PolicyDraft.objects.count(), PolicyVersion.objects.count()) == (0, 1)


def test_A07_a_field_that_the_form_does_not_have_changes_nothing(world, at):
    attempt(
        at("hq"), self_appraisal_min_chars="300", numbering="minted", **{"school.code": "99999"}
    )
    assert PolicyDraft.objects.get().source["school"]["code"] == "51161"


def test_nothing_of_a_closed_batchs_rounds_is_said_to_go_on(world, at):
    open_page = at("hq").get("/batches/202307").content.decode()
    assert ("进行中" in open_page, "可申请" in open_page) == (True, True)
    Batch.objects.update(closed_at=NOON)
    closed = at("hq").get("/batches/202307").content.decode()
    assert ("进行中" in closed, "可申请<" in closed) == (False, False)
    words = re.findall(
        r"(首批|第二批|续读本科)：(毕业申请|毕业审核)\s*(?:<b[^>]*>|<small class=\"muted\">)([^<]+)<",
        closed,
    )
    # stopped, and not run out: their days are still to come
    assert {word for _, _, word in words} == {"批次已关闭"}
    assert "已过" not in closed.partition("毕业审核")[2]


def test_a_round_that_was_closed_by_hand_takes_no_applications_in_the_calendar_either(world, at):
    Round.objects.filter(name="首批").update(closed_at=NOON)
    page = " ".join(
        re.sub(r"<[^>]+>", " ", at("hq").get("/batches/202307").content.decode()).split()
    )
    assert ("首批：毕业申请 已提前关闭" in page, "首批：毕业申请 进行中" in page) == (True, False)


def test_a_new_batch_comes_from_the_last_one_without_its_dates(world, at):
    client = at("hq")
    page = client.get("/batches/new").content.decode()
    told = (
        "新建批次由您一人办理：试判后点「建立批次」即生效，不须第二人同意；以后延长期限才由两人办理"
    )
    assert (told in page, told in client.get("/batches/202307/edit").content.decode()) == (
        True,
        False,
    )
    assert "2023-07" not in page.split('action="/batches/try"')[1]
    taken = client.post("/batches/try", typed(of=""))
    assert taken.status_code == 422
    assert "批次 202307 已存在，请在该批次里修改" in taken.content.decode()


# -- days --------------------------------------------------------------------------------------------------------


def test_三_3_the_early_rounds_last_day_is_computed_and_said():
    policy = BatchPolicy.from_dict(tomllib.loads(POLICY.read_text(encoding="utf-8")))
    early = [one for one in agenda(policy) if one.round_name == "续读本科"]
    assert [(one.what, one.last, one.why) for one in early] == [
        ("毕业申请", date(2023, 8, 28), "招生截止 2023-09-10 前一周的周一")
    ]
    assert day_words(date(2023, 8, 28)) == "2023 年 8 月 28 日（周一）"


def test_the_calendar_file_is_folded_and_escaped():
    entry = CalendarEvent(
        "a@b", date(2023, 7, 6), date(2023, 7, 16), "首批，申请;一,二\\三\n四" * 5, ""
    )
    data = calendar_file("批次", [entry], NOON, 3)
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    whole = data.replace(b"\r\n ", b"").decode().split("\r\n")
    assert "SUMMARY:" + "首批，申请\\;一\\,二\\\\三\\n四" * 5 in whole
    assert [line for line in whole if line.startswith(("DTSTART", "DTEND", "SEQUENCE"))] == [
        "SEQUENCE:3",
        "DTSTART;VALUE=DATE:20230706",
        "DTEND;VALUE=DATE:20230717",
    ]


def test_every_desk_may_know_the_days_and_only_headquarters_changes_them(world, at):
    open_to = {
        name: (
            at(name).get("/batches/202307").status_code,
            at(name).get("/batches/202307/calendar.ics").status_code,
            at(name).get("/batches/202307/edit").status_code,
            attempt(at(name)).status_code,
            at(name).get("/batches/202307/closing").status_code,
        )
        for name in ("a", "college", "auditor")
    }
    assert open_to == {
        "a": (200, 200, 404, 404, 404),
        "college": (200, 200, 404, 404, 404),
        "auditor": (404,) * 5,
    }
    assert at("hq").get("/batches/999999").status_code == 404


# -- closing -----------------------------------------------------------------------------------------------------


def switched(client, do, key, reason):
    """The answer to who asks to close the batch, or to open it again."""
    return client.post("/batches/202307/switch", {"do": do, "key": key, "reason": reason})


def told_that_the_list_comes_back(at):
    """Every desk reads on its page of the batch that nothing goes on until the list is back."""
    hq = at("hq").get("/batches/202307/closing").content.decode()
    assert "正在恢复名单：已列回 0 / 3 人。" in hq
    assert "恢复完成后批次重新开放；在此以前不能申请和审核。" in hq
    assert "提出重新开放批次" not in hq
    centre = at("a").get("/batches/202307").content.decode()
    assert "正在恢复名单，恢复完成后批次重新开放；在此以前不能申请和审核。" in centre
    assert "正在恢复名单" in at("college").get("/batches").content.decode()


def test_七_3_a_batch_is_closed_by_two_when_everybody_left_is_explained(world, at, second):
    applied, unfiled, unfit = world.student(1), world.student(2), world.student(3, credits=False)
    world.judge()
    world.do("a", Verb.APPLY, applied)
    client = at("hq")
    assert gaps.counts(world.batch) == {"motion": 1, "returned": 0, "unfiled": 1, "deferred": 0}
    assert switched(client, "close", "k", "期满").status_code == 409
    assert client.post("/batches/202307/explain", {"gap": "motion", "note": " "}).status_code == 409
    for gap in ("motion", "unfiled"):
        said = {"gap": gap, "note": "联系不上", "centre": world.centres[0].pk}
        client.post("/batches/202307/explain", said)
    assert world.file(applied).explanation == "联系不上（总部何老师，2023-07-12）"
    assert "查缺补漏已完成" in client.get("/batches/202307/closing").content.decode()
    switched(client, "close", "k", "期满")
    asked = Consent.objects.get()
    assert (asked.kind, Batch.objects.get().closed_at) == ("batch", None)
    at("hq2").post(f"/consents/{asked.pk}", {"agree": "1"})
    assert jobs.work_once("worker")
    world.batch.refresh_from_db()
    assert world.batch.closed_at is not None
    assert {world.file(one).stage for one in (applied, unfiled, unfit)} == {"lapsed"}
    assert gaps.carried(world.batch) == (3, 0)
    switched(client, "reopen", "k2", "补办")
    at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"})
    # It is ordered, and the worker brings the list back.
    assert Batch.objects.get().closed_at is not None
    told_that_the_list_comes_back(at)
    again = switched(client, "reopen", "k3", "补办")
    assert again.status_code == 409
    assert "批次 202307 正在恢复名单（恢复完成后才能办理）" in again.content.decode()
    assert jobs.work_once("worker")
    assert Batch.objects.get().closed_at is None
    assert {world.file(one).stage for one in (applied, unfiled, unfit)} == {"listed"}
    assert "正在恢复名单" not in client.get("/batches/202307/closing").content.decode()


def test_an_explanation_stays_as_it_was_first_given(world):
    student = world.student(1)
    world.judge()
    actor = world.actor("hq")
    assert closing.explain(world.batch, "unfiled", None, "第一次", actor) == 1
    assert closing.explain(world.batch, "unfiled", None, "第二次", actor) == 0
    assert world.file(student).explanation.startswith("第一次")


def test_the_pages_of_a_batch_ask_a_constant_number_of_questions(world, at, asks):
    counts = []
    for number in (1, 2):
        world.student(number)
        world.judge()
        client = at("hq")
        client.get("/batches/202307")
        with asks(17):
            client.get("/batches/202307")
        counts.append(number)
    assert counts == [1, 2]


def test_a_refused_policy_names_every_problem():
    with pytest.raises(PolicyRefused) as refused:
        BatchPolicy.from_dict({})
    form = policy_form.form_of({}, refused.value.problems)
    assert form.total == len(refused.value.problems)


LONG = "9" * 5_000


def test_a_number_that_is_too_long_is_no_number(world, at):
    """Neither Python nor the database reads it: a sentence or nothing there, never a fault."""
    client = at("hq")
    notice = {"batch": "202307", "key": "k", "to": "some", "title": "t", "body": "b", "unit": LONG}
    assert {
        "explain": client.post(
            "/batches/202307/explain", {"gap": "unfiled", "centre": LONG, "note": "x"}
        ).status_code,
        "grades": client.post("/grades/declare", {"round": LONG, "college": "1"}).status_code,
        "notice": client.post("/notices/publish", notice).status_code,
        "pick": client.post("/candidates/picks", {"verb": "approve", "chosen": LONG}).status_code,
        "months": client.post("/batches/new/days", {"months": LONG, "days": "0"}).status_code,
        "policy": attempt(client, self_appraisal_min_chars=LONG).status_code,
        "roster": client.post("/rosters/freeze", {"batch": "202307", "seen": LONG}).status_code,
        "poll": client.get(f"/batches/202307/closing?done={LONG}").status_code,
    } == {
        "explain": 400,
        "grades": 404,
        "notice": 400,
        "pick": 400,
        "months": 422,
        "policy": 422,
        "roster": 400,
        "poll": 200,
    }
