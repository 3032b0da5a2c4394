"""A case of its own page: levels, the registry's word beside ours, what is held, my desk's steps; and the list."""

import re
from datetime import timedelta

import pytest
from django.db.models import F

from graduand.models import (
    Act,
    Candidate,
    ChsiReport,
    Consent,
    Event,
    Grant,
    IdentityCase,
    Unit,
    User,
)
from graduand.office import acts
from graduand.office.people.second_person import consent_answers
from graduand.queries.scope import actor_of
from graduand.rulebook.terms import CaseState, Verb
from tests.factories import normal_again
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import confirmed
from tests.pages.reading import text
from tests.pages.world import NOON, set_clock


@pytest.fixture
def student(world):
    """Somebody who has applied and whom the registry then doubted."""
    student = world.student(1)
    world.judge()
    world.do("a", Verb.APPLY, student)
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    return student


def shown(client, **more) -> str:
    return text(client.get(f"/identity/{IdentityCase.objects.latest('id').pk}", more))


def case_links(client) -> list[str]:
    """The steps that can be pressed on the page."""
    page = client.get(f"/identity/{IdentityCase.objects.get().pk}").content.decode()
    return re.findall(r'href="/candidates/confirm\?list=identity&(?:amp;)?verb=(\w+)', page)


def step(world, at, name, verb, **form):
    """Confirm one step on the case and let the worker do it."""
    file = Candidate.objects.get(student=IdentityCase.objects.latest("id").student).pk
    answer = confirmed(
        at(name), f"verb={verb}&chosen={file}&list=identity", note="备〔2023〕8号", **form
    )
    acts.resume(world.batch)
    return answer


def test_四_1_the_registry_and_the_case_stand_side_by_side(world, at, student):
    page = shown(at("college"))
    assert "学信网 2023-07-01 数据 身份核验不确定" in page
    assert "我方案卷 待核实" in page
    assert "新的「正常」是证据" not in page
    normal_again(student)
    page = shown(at("college"))
    assert "学信网 2023-07-10 数据 正常" in page
    assert "新的「正常」是证据，不会自己结案；总部可凭 2023-07-10 那一行一步备案。" in page
    line = text(at("college").get("/identity"))
    assert "身份核验不确定 正常 2023-07-10 待核实 学习中心" in line


def test_四_1_a_normal_row_that_was_at_hand_at_the_decision_is_told_as_that(world, at, student):
    for name, verb in (("a", "case_submit"), ("college", "case_report")):
        step(world, at, name, verb)
    normal_again(student)
    set_clock(NOON + timedelta(days=1))
    step(world, at, "hq", "case_uphold")
    page = shown(at("hq"))
    assert (
        "作出「维持存疑」时，2023-07-10 的「正常」已经在案：要备案的，由总部两人共同办理。" in page
    )
    assert "「备案通过」现在须由总部两人共同办理" in page


def test_四_1_the_chain_says_who_did_what_and_whose_turn_it_is(world, at, student):
    assert "现在由学习中心办理" in shown(at("hq"))
    step(world, at, "a", "case_submit")
    step(world, at, "college", "case_report")
    page = shown(at("hq"))
    assert "现在由总部办理" in page
    assert "两人共同办理" not in page
    for told in (
        "学信网反馈，立案 （已完成） 2023-07-12 身份核验不确定",
        "学习中心 （已完成） 提交复核材料 2023-07-12 周老师",
        "学院 （已完成） 上报总部备案 2023-07-12 学院李老师",
    ):
        assert told in page, page
    step(world, at, "hq", "case_clear")
    page = shown(at("a"))
    assert "已经备案，没有还要办的" in page
    assert "备案：备〔2023〕8号" in page
    assert "办理暂停" not in page


def test_四_1_what_is_held_is_said_with_the_day_until_which_it_helps(world, at, student):
    page = shown(at("a"))
    assert "202307 批次 暂停「学院审核通过」，档案在" in page
    assert "2023-10-12 或之前备案才赶得上本批" in page


def test_四_1_the_buttons_of_my_desk_stand_there_with_their_reasons(world, at, student):
    page = shown(at("college"))
    assert "上报总部备案 当前状态为「待核实」，此操作要求「学习中心已提交、学院审核」" in page
    buttons = {name: case_links(at(name)) for name in ("a", "college", "hq")}
    assert buttons == {"a": ["case_submit"], "college": [], "hq": ["case_clear", "case_uphold"]}


def test_四_1_headquarters_decides_a_step_early_with_a_reason_and_a_second_person(
    world, at, student
):
    file = world.file(student).pk
    assert "「备案通过」「维持存疑」现在须由总部两人共同办理" in shown(at("hq"))
    form = opened(at("hq"), f"verb=case_clear&chosen={file}&list=identity").content.decode()
    assert "这一步须由总部两人共同办理" in form
    assert "案卷还没有由学习中心、学院逐级提交和上报，现在由总部直接决定" in form
    assert ('name="reason"' in form, form.count('name="note"'), "批次</span>" in form) == (
        False,
        1,
        False,
    )
    step(world, at, "hq", "case_clear")
    asked = Consent.objects.get()
    assert (IdentityCase.objects.get().state, asked.detail["verb"]) == (
        CaseState.OPEN,
        "case_clear",
    )
    boss = User.objects.create_user("boss", "总部乙")
    Grant.objects.create(user=boss, role="hq_admin", unit=Unit.objects.get(kind="hq"))
    consent_answers.decide(actor_of(boss, NOON.date()), asked.pk, agree=True)
    event = Event.objects.get(verb="case_clear")
    assert (
        IdentityCase.objects.get().state,
        event.actor.username,
        event.second.username,
        event.reason,
    ) == (CaseState.CLEARED, "hq", "boss", "other")


def test_四_1_what_was_upheld_takes_two_and_with_a_newer_normal_one(world, at, student):
    for name, verb in (("a", "case_submit"), ("college", "case_report"), ("hq", "case_uphold")):
        step(world, at, name, verb)
    file = world.file(student).pk
    query = f"verb=case_clear&chosen={file}&list=identity"
    assert "这一步须由总部两人共同办理" in text(opened(at("hq"), query))
    page = shown(at("hq"))
    assert "维持存疑 2023-07-12 总部何老师" in page
    assert "办理暂停" in page
    normal_again(student)
    assert "这一步须由总部两人共同办理" not in text(opened(at("hq"), query))
    step(world, at, "hq", "case_clear")
    assert IdentityCase.objects.get().state == CaseState.CLEARED
    assert "凭 学信网 2023-07-10 数据：正常" in shown(at("a"))


def test_四_1_what_was_opened_before_the_case_changed_is_not_carried_out(world, at, student):
    """A row of the registry made the verdict worse: no act on the file, and another case than the one shown."""
    for name, verb in (("a", "case_submit"), ("college", "case_report")):
        step(world, at, name, verb)
    token = token_of(
        opened(at("hq"), f"verb=case_clear&chosen={world.file(student).pk}&list=identity")
    )
    IdentityCase.objects.update(verdict="failed", version=F("version") + 1)
    sent = at("hq").post("/candidates/submit", {"token": token, "note": "备〔2023〕8号"})
    acts.resume(world.batch)
    assert (sent.status_code, "此档案或该生的身份复核已有变化" in text(sent)) == (409, True)
    assert IdentityCase.objects.get().state == CaseState.REPORTED


def test_四_1_what_was_confirmed_before_the_case_changed_is_refused_by_the_worker(
    world, at, student
):
    for name, verb in (("a", "case_submit"), ("college", "case_report")):
        step(world, at, name, verb)
    confirmed(
        at("hq"),
        f"verb=case_clear&chosen={world.file(student).pk}&list=identity",
        note="备〔2023〕8号",
    )
    IdentityCase.objects.update(verdict="failed", version=F("version") + 1)
    acts.resume(world.batch)
    assert (Act.objects.latest("id").by_code, IdentityCase.objects.get().state) == (
        {"STALE": 1},
        CaseState.REPORTED,
    )


def test_四_1_an_earlier_case_leads_to_its_own_page(world, at, student):
    IdentityCase.objects.update(
        state="cleared", filed_at=NOON, filed_by=world.users["hq"], note="第 3 号"
    )
    later = IdentityCase.objects.create(
        student=student, verdict="failed", opened_at=NOON + timedelta(hours=1)
    )
    page = at("a").get(f"/identity/{later.pk}").content.decode()
    assert page.count(f'href="/identity/{IdentityCase.objects.earliest("id").pk}"') == 1


def test_A01_a_case_of_another_centre_has_no_page_for_me(world, at, student):
    pk = IdentityCase.objects.get().pk
    assert {
        name: at(name).get(f"/identity/{pk}").status_code for name in ("a", "b", "college", "hq")
    } == {"a": 200, "b": 404, "college": 200, "hq": 200}


REVIEWS = (("college", Verb.ENDORSE), ("hq", Verb.APPROVE))


@pytest.mark.parametrize(
    ("passed", "told"),
    [(0, "college"), (1, "hq"), (2, "hq")],
    ids=["applied", "endorsed", "approved"],
)
def test_四_1_the_desk_that_holds_the_file_is_told(world, at, student, passed, told):
    """Home has the alarm where a case stops that desk's step, and its number is the list that it opens."""
    IdentityCase.objects.all().delete()
    ChsiReport.objects.update(verdict="normal")
    for name, verb in REVIEWS[:passed]:
        world.do(name, verb, student)
    IdentityCase.objects.create(student=student, verdict="unsure", opened_at=NOON)
    desks = {"a": "centre", "college": "college", "hq": "hq"}
    alarms = {
        name: at(name).get("/").content.decode().count(f'halted={desks[name]}"') for name in desks
    }
    assert alarms == {name: int(name == told) for name in desks}
    assert "学生1号" in text(at(told).get(f"/candidates?batch=all&halted={desks[told]}"))
    IdentityCase.objects.update(state="cleared", filed_at=NOON, filed_by=world.users["hq"])
    assert "halted=" not in at(told).get("/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 1),
        ("holds=1", 1),
        ("holds=0", 0),
        ("desk=centre", 1),
        ("desk=hq", 0),
        ("normal=1", 0),
        ("normal=0", 1),
    ],
)
def test_the_list_is_asked_by_who_has_it_and_by_what_the_registry_says(
    world, at, student, query, found
):
    assert at("hq").get(f"/identity?{query}").content.decode().count(">学生1号</a>") == found


def test_四_1_what_was_upheld_is_headquarters_again_when_the_registry_says_normal_since(
    world, at, student
):
    """And while it has said nothing since, it is nobody's."""
    for name, verb in (("a", "case_submit"), ("college", "case_report"), ("hq", "case_uphold")):
        step(world, at, name, verb)
    mine = "/identity?open=1&desk=hq"
    before = text(at("hq").get(mine)), at("hq").get("/").content.decode()
    set_clock(NOON + timedelta(days=1))
    normal_again(student)
    after = text(at("hq").get(mine)), at("hq").get("/").content.decode()
    assert [student.number in listed for listed, _ in (before, after)] == [False, True]
    assert ["请备案，或维持存疑" in home for _, home in (before, after)] == [False, True]
    assert "未办结的案卷在 总部 1 件" in text(at("hq").get("/identity"))
    told = text(at("hq").get(f"/identity/{IdentityCase.objects.get().pk}"))
    assert "学信网转为正常：由总部凭新的数据备案" in told


def test_四_1_what_was_weighed_at_the_decision_is_nobody_s_on_every_page(world, at, student):
    """A 正常 that lay there when the doubt was upheld: no desk in the column, in no list of 总部."""
    for name, verb in (("a", "case_submit"), ("college", "case_report")):
        step(world, at, name, verb)
    normal_again(student)
    set_clock(NOON + timedelta(days=1))
    step(world, at, "hq", "case_uphold")
    page = text(at("hq").get("/identity?holds=1"))
    assert student.number in page
    assert "维持存疑 2023-07-12" in page  # between the state and the day of the case stands no desk
    assert student.number not in text(at("hq").get("/identity?open=1&desk=hq"))
    assert "作出「维持存疑」时" in text(at("hq").get(f"/identity/{IdentityCase.objects.get().pk}"))
