"""What was recorded wrongly, and what a second person agreed to in vain: taken back, completed, or withdrawn."""

import re
from datetime import timedelta

import pytest

from graduand.models import Act, Certificate, Consent, Event, Grant, User
from graduand.queries import clock
from graduand.rulebook.terms import Role, Stage, Verb
from tests.pages.lists.picking import opened, token_of
from tests.pages.stations import bring
from tests.pages.world import account_for


@pytest.fixture
def handed(world):
    """One student whose certificate was recorded as handed over, and a second person at headquarters."""
    unit = world.users["hq"].grants.get().unit
    world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(user=world.users["hq2"], role=Role.HQ_REVIEWER.value, unit=unit)
    world.one = world.student(1)
    world.judge()
    bring(world, Verb.RECEIVE, world.one)
    Certificate.objects.update(queryable=True)
    world.do("a", Verb.COLLECT, world.one, handover="in_person", confirmed=True)
    return world


def ask(client, world, verb, **said):
    """Through the confirmation, as a person does."""
    shown = opened(client, f"verb={verb}&chosen={world.file(world.one).pk}")
    return shown, client.post("/candidates/submit", {"token": token_of(shown), **said})


def answer(client, agree="1"):
    return client.post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": agree})


def test_七_3_the_centre_takes_a_wrong_hand_over_back_when_headquarters_agrees(handed, at):
    client, pk = at("a"), handed.file(handed.one).pk
    assert (
        f'href="/candidates/confirm?verb=uncollect&amp;chosen={pk}"'
        in client.get(f"/candidates/{pk}").content.decode()
    )
    shown, sent = ask(client, handed, "uncollect", reason="misrecorded", note="点错了行，本人未到")
    assert "这一步须由两人共同办理：提交后请总部的一位老师在自己的账号" in shown.content.decode()
    assert (sent["Location"], handed.file(handed.one).stage) == (
        "/consents?done=asked",
        Stage.COLLECTED,
    )
    told = at("hq2").get("/consents").content.decode()
    number = Certificate.objects.get().number
    assert f"学生1号（2115100000001），证书 {number}，学生已签领：撤销签领（登记有误）" in told
    assert answer(at("hq2")).status_code == 302
    assert handed.file(handed.one).stage == Stage.RECEIVED
    page = client.get(f"/candidates/{pk}").content.decode()
    story = "登记有误：点错了行，本人未到；原登记的领取方式 本人"
    assert ("verb=collect" in page, "尚未签领" in page, story in page) == (True, True, True)
    assert '<td data-label="领取方式">本人</td>' not in client.get("/handovers").content.decode()
    account_for(handed, handed.one)
    assert "证书已到学习中心，还没有到发证日期" in at("student").get("/my").content.decode()


def test_nobody_else_takes_it_back(handed, at):
    pk = handed.file(handed.one).pk
    shown = {name: at(name).get(f"/candidates/{pk}").content.decode() for name in ("college", "hq")}
    offered = {name: "verb=uncollect" in page for name, page in shown.items()}
    assert offered == {"college": False, "hq": False}
    ask(at("a"), handed, "uncollect", reason="misrecorded")
    assert {name: answer(at(name)).status_code for name in ("a", "b", "college")} == {
        "a": 404,
        "b": 404,
        "college": 404,
    }
    Grant.objects.filter(user=handed.users["a"]).delete()
    assert "提出人已不在原来的岗位" in answer(at("hq2")).content.decode()
    assert handed.file(handed.one).stage == Stage.COLLECTED


def test_the_page_says_in_whose_hands_a_certificate_is(handed, at):
    def said():
        page = at("a").get(f"/candidates/{handed.file(handed.one).pk}").content.decode()
        return re.sub(r"\s*(<[^>]*>)\s*", r"\1", page)

    assert "<dt>证书所在</dt><dd>学生本人</dd>" in said()
    two = handed.users["hq2"]
    handed.do("a", Verb.UNCOLLECT, handed.one, second=two, reason="misrecorded")
    handed.do(
        "a",
        Verb.COLLECT,
        handed.one,
        handover="proxy",
        confirmed=True,
        relation="其母",
        note="王秀兰，护照 E12345678",
    )
    assert "<dt>证书所在</dt><dd>代领人</dd>" in said()
    handed.do("a", Verb.UNCOLLECT, handed.one, second=two, reason="misrecorded")
    handed.do(
        "a", Verb.COLLECT, handed.one, handover="mail", confirmed=True, carrier="EMS", tracking="9"
    )
    shown = said()
    assert ("<dd>邮寄给学生</dd>" in shown, "邮寄 邮政特快专递 9" in shown) == (True, True)


def test_a_dialog_about_one_student_speaks_of_no_list(handed, at):
    pk = handed.file(handed.one).pk
    fixed = "打开此页时已经固定"
    assert fixed not in opened(at("a"), f"verb=uncollect&chosen={pk}").content.decode()
    assert (
        fixed
        in opened(at("hq"), "verb=send_back&all=1&batch=202307&stage=collected").content.decode()
    )


def test_the_reasons_offered_are_those_of_the_step(handed, at):
    shown = opened(at("hq"), f"verb=void&chosen={handed.file(handed.one).pk}").content.decode()
    words = ("遗失", "损毁", "成绩有误", "材料不全")
    assert [f">{word}</option>" in shown for word in words] == [True, False, False, False]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "须选择原因；选「其他」须写明"),
        ({"reason": "other", "note": " "}, "须选择原因；选「其他」须写明"),
        ({"reason": "lost"}, "学生签领以后遗失的证书不作废、不重办"),
        (
            {"reason": "details", "note": "专业印错"},
            "已在学信网注册的证书，须先登记注册注销；登记学信网注销后再作废",
        ),
    ],
)
def test_nothing_is_put_before_a_second_person_that_could_not_be_done(handed, at, said, told):
    Certificate.objects.update(registered_on="2023-07-20")
    _, sent = ask(at("hq"), handed, "void", **said)
    assert (sent.status_code, told in sent.content.decode(), Consent.objects.count()) == (
        409,
        True,
        0,
    )


def test_a_degree_that_was_declined_is_granted_with_a_reason(handed, at):
    handed.file(handed.one)
    type(handed.file(handed.one)).objects.filter(pk=handed.file(handed.one).pk).update(
        degree="declined"
    )
    handed.one.__class__.objects.filter(pk=handed.one.pk).update(level="top_up")
    shown = opened(
        at("hq"), f"verb=degree_grant&chosen={handed.file(handed.one).pk}"
    ).content.decode()
    assert '<select id="a-reason" name="reason" required>' in shown


def in_vain(world, at):
    """Asked, agreed to, and not done: the file has changed meanwhile."""
    ask(at("a"), world, "uncollect", reason="misrecorded")
    row = Consent.objects.get()
    Consent.objects.update(detail={**row.detail, "seen": 1})
    assert answer(at("hq2")).status_code == 409
    return row.pk


def test_whoever_asked_in_vain_is_told_and_takes_it_back(handed, at):
    client, acts = at("a"), Act.objects.count()
    number = in_vain(handed, at)
    why = "打开页面以后，此档案又有人办理过，或该生资料有变化。"
    mine, home = client.get("/consents").content.decode(), client.get("/").content.decode()
    assert f"第二人同意时没有办成：{why}" in mine
    assert "您提出的事项，第二人没有同意、没有按时答复，或同意时没有办成" in home
    assert f"上次同意时没有办成：{why}" in at("hq2").get("/consents").content.decode()
    assert at("hq").post(f"/consents/{number}/withdraw").status_code == 404
    assert [client.post(f"/consents/{number}/withdraw")["Location"] for _ in range(2)] == [
        "/consents?done=back"
    ] * 2
    assert "已撤回" in client.get("/consents").content.decode()
    assert "没有办成" not in client.get("/").content.decode()
    assert answer(at("hq2")).status_code == 409
    assert (Act.objects.count(), Event.objects.filter(verb="uncollect").count()) == (acts, 0)
    ask(client, handed, "uncollect", reason="misrecorded")  # the same once more
    assert answer(at("hq2")).status_code == 302
    assert handed.file(handed.one).stage == Stage.RECEIVED


def test_what_was_agreed_to_in_vain_and_ran_out_since_is_told_as_that_until_it_is_read(handed, at):
    """Nobody can agree to it or complete it any more: nothing is left to be done about it but to read it."""
    client, number = at("a"), in_vain(handed, at)
    Consent.objects.update(asked_at=clock.now() - timedelta(hours=25))
    told = "一天之内没有人同意，已过期，没有办理"
    mine, home = client.get("/consents").content.decode(), client.get("/").content.decode()
    assert (
        told in mine,
        "撤回这一项再重新提出" in mine,
        "您提出的事项，第二人没有同意" in home,
    ) == (True, False, True)
    assert client.post(f"/consents/{number}/read").status_code == 302
    mine, home = client.get("/consents").content.decode(), client.get("/").content.decode()
    assert (told in mine, "已过期" in mine, "您提出的事项，第二人没有同意" in home) == (
        False,
        True,
        False,
    )


def test_what_was_answered_is_not_taken_back(handed, at):
    ask(at("a"), handed, "uncollect", reason="misrecorded")
    answer(at("hq2"))
    sent = at("a").post(f"/consents/{Consent.objects.get().pk}/withdraw")
    assert (sent.status_code, "刚刚已有人答复，不能撤回" in sent.content.decode()) == (409, True)
