"""What takes two people: asked by one, confirmed by another one at the own account, exactly as asked, or not at all."""

import re
from datetime import timedelta

import pytest

from graduand.models import AccountEvent, Act, Consent, Event, Grant, User
from graduand.office.people import pending_forms
from graduand.office.people.second_person import consents, second_acts
from graduand.queries import clock
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import ReasonCode, Role, Stage, Verb
from tests.pages.lists.picking import opened, token_of
from tests.pages.world import NOON, set_clock


@pytest.fixture
def two(world):
    """A second and a third person at headquarters; one file rejected, one approved."""
    unit = world.users["hq"].grants.get().unit
    for name, person in (("hq2", "总部吕老师"), ("hq3", "总部孙老师")):
        world.users[name] = User.objects.create_user(name, person, "x")
        Grant.objects.create(user=world.users[name], role=Role.HQ_REVIEWER.value, unit=unit)
    world.students = [world.student(1), world.student(2)]
    world.judge()
    world.do("a", Verb.APPLY, *world.students)
    world.do("college", Verb.REJECT, world.students[0], reason="result")
    world.do("college", Verb.ENDORSE, world.students[1])
    world.do("hq3", Verb.APPROVE, world.students[1])
    return world


def ask(client, pk, verb="reopen", **said):
    """Through the confirmation, as a person does."""
    shown = opened(client, f"verb={verb}&chosen={pk}")
    form = {"token": token_of(shown), "reason": "result", "note": "成绩更正后合格", **said}
    return shown, client.post("/candidates/submit", form)


def stages(world):
    return [Stage(world.file(student).stage) for student in world.students]


def answer(client, agree="1", why=""):
    return client.post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": agree, "why": why})


def test_reopening_is_asked_by_one_and_done_by_two(two, at):
    pk, acts = two.file(two.students[0]).pk, Act.objects.count()
    shown, sent = ask(at("hq"), pk)
    assert "这一步须由总部两人共同办理" in shown.content.decode()
    assert (sent["Location"], Act.objects.count()) == ("/consents?done=asked", acts)
    assert stages(two) == [Stage.REJECTED, Stage.APPROVED]
    told = at("hq2").get("/consents").content.decode()
    assert f'<a href="/candidates/{pk}">学生1号（2115100000001）：申诉重审（成绩有误）</a>' in told
    assert answer(at("hq2")).status_code == 302
    event = Event.objects.latest("id")
    assert (event.verb, event.actor.name, event.second.name, event.reason, event.note) == (
        Verb.REOPEN,
        "总部何老师",
        "总部吕老师",
        ReasonCode.RESULT,
        "成绩更正后合格",
    )
    assert stages(two) == [Stage.RETURNED, Stage.APPROVED]
    assert (
        answer(at("hq2")).status_code,
        Event.objects.filter(verb=Verb.REOPEN.value).count(),
    ) == (302, 1)


def test_what_is_approved_goes_back_by_two_and_what_is_not_by_one(two, at):
    _, sent = ask(at("hq"), two.file(two.students[1]).pk, "send_back", reason="photo")
    assert sent["Location"] == "/consents?done=asked"
    answer(at("hq2"))
    assert stages(two)[1] is Stage.RETURNED
    two.do("a", Verb.APPLY, two.students[1])
    two.do("college", Verb.ENDORSE, two.students[1])
    _, sent = ask(at("hq"), two.file(two.students[1]).pk, "send_back", reason="photo")
    assert sent["Location"].startswith("/jobs/")


def test_in_the_dialog_one_is_led_to_what_one_has_asked_for(two, at):
    client, pk = at("hq"), two.file(two.students[0]).pk
    token = token_of(opened(client, f"verb=reopen&chosen={pk}"))
    form = {"token": token, "reason": "result"}
    sent = client.post("/candidates/submit", form, headers={"HX-Request": "true"})
    assert (sent.status_code, sent["HX-Redirect"]) == (200, "/consents?done=asked")
    # sent twice, asked once
    client.post("/candidates/submit", form)
    assert Consent.objects.count() == 1


def test_never_by_oneself_never_by_another_desk(two, at):
    ask(at("hq"), two.file(two.students[0]).pk)
    assert {name: answer(at(name)).status_code for name in ("hq", "college", "a", "auditor")} == {
        "hq": 404,
        "college": 404,
        "a": 404,
        "auditor": 404,
    }
    assert (stages(two)[0], Consent.objects.get().decided_at) == (Stage.REJECTED, None)


def test_declined_it_does_not_happen(two, at):
    ask(at("hq"), two.file(two.students[0]).pk)
    answer(at("hq2"), agree="0", why="材料不全")
    assert (stages(two)[0], Consent.objects.get().agreed) == (Stage.REJECTED, False)
    assert answer(at("hq3")).status_code == 409


def test_who_declines_says_why_and_whoever_asked_is_told_until_it_is_read(two, at):
    pk, told = (
        two.file(two.students[0]).pk,
        "总部吕老师 于 2023-07-12 12:00 没有同意，原因：材料不全",
    )
    ask(at("hq"), pk)
    for nothing in ("", " \u3000"):
        sent = answer(at("hq2"), agree="0", why=nothing)
        assert (sent.status_code, "不同意的，请写明原因" in sent.content.decode()) == (409, True)
        row = Consent.objects.get()
        assert (row.decided_at, row.problem) == (None, "")
    answer(at("hq2"), agree="0", why="材料不全")
    client = at("hq")
    assert (
        "您提出的事项，第二人没有同意、没有按时答复，或同意时没有办成"
        in client.get("/").content.decode()
    )
    mine = client.get("/consents").content.decode()
    assert (told in mine, "知道了</button>" in mine) == (True, True)
    assert (told in client.get(f"/candidates/{pk}").content.decode()) is True
    assert "不同意的原因：材料不全" in at("auditor").get("/trail").content.decode()
    assert at("hq3").post(f"/consents/{row.pk}/read").status_code == 404
    assert [client.post(f"/consents/{row.pk}/read").status_code for _ in range(2)] == [302, 302]
    assert "您提出的事项" not in client.get("/").content.decode()
    mine = client.get("/consents").content.decode()
    assert (told in mine, "知道了</button>" in mine) == (True, False)
    ask(client, pk)  # what was declined may be asked for again
    assert Consent.objects.filter(decided_at=None).count() == 1


def test_whoever_asked_is_told_that_nobody_answered_in_time_and_asks_again(two, at):
    pk, client = two.file(two.students[0]).pk, at("hq")
    ask(client, pk)
    row = Consent.objects.get()
    assert client.post(f"/consents/{row.pk}/read").status_code == 404  # it still waits
    Consent.objects.update(asked_at=clock.now() - timedelta(hours=25))
    told = "一天之内没有人同意，已过期，没有办理；仍要办理的，请重新提出"
    mine = client.get("/consents").content.decode()
    assert ("没有按时答复" in client.get("/").content.decode(), told in mine) == (True, True)
    assert "没有按时答复" not in at("hq3").get("/").content.decode()
    assert client.post(f"/consents/{row.pk}/read").status_code == 302
    home, mine = client.get("/").content.decode(), client.get("/consents").content.decode()
    assert ("没有按时答复" in home, told in mine, "已过期" in mine) == (False, False, True)
    ask(client, pk)  # the very same: a question of its own
    assert "已过期" in client.get("/consents").content.decode()
    assert answer(at("hq2")).status_code == 302
    assert stages(two)[0] == Stage.RETURNED


def test_one_step_on_one_file_is_proposed_once_at_a_time(two, at):
    pk = two.file(two.students[1]).pk
    early = {
        who: {
            "token": token_of(opened(at(who), f"verb=send_back&chosen={pk}")),
            "note": "成绩更正后合格",
        }
        for who in ("hq", "hq2")
    }
    ask(at("hq"), pk, "send_back", reason="photo")
    said = "学生2号（2115100000002）：总部何老师 已于 2023-07-12 12:00 提出退回补正，等待另一位总部人员在「待同意事项」中答复"
    for who, back in (
        ("hq2", "另有意见的，请在那里答复"),
        ("hq", "要改原因或依据，请先撤回那一项，再重新提出"),
    ):
        # Before anything is filled in.
        shown = opened(at(who), f"verb=send_back&chosen={pk}").content.decode()
        assert f"{said}；{back}。" in shown
        assert ('href="/consents"' in shown, 'name="reason"' in shown) == (True, False)
        sent = at(who).post("/candidates/submit", {**early[who], "reason": "result"})
        assert (sent.status_code, f"{said}；{back}" in sent.content.decode()) == (409, True)
    page = at("hq2").get(f"/candidates/{pk}").content.decode()
    assert "总部何老师 已于 2023-07-12 12:00 提出「退回补正」，等待另一位总部人员" in page
    assert "提出「退回补正」" not in at("a").get(f"/candidates/{pk}").content.decode()
    again = second_acts.act_detail(
        Verb.SEND_BACK, two.file(two.students[1]), Consent.objects.get().detail["said"]
    )
    # The same once more is the same question.
    consents.ask(two.actor("hq"), ConsentKind.ACT, again, "成绩更正后合格")
    assert Consent.objects.count() == 1
    at("hq").post(f"/consents/{Consent.objects.get().pk}/withdraw")
    ask(at("hq2"), pk, "send_back", reason="result")
    assert Consent.objects.filter(withdrawn_at=None).count() == 1
    assert answer(at("hq")).status_code == 302
    assert stages(two)[1] is Stage.RETURNED


def test_it_runs_out_and_can_be_asked_again(two, at):
    pk = two.file(two.students[0]).pk
    ask(at("hq"), pk)
    set_clock(NOON + second_acts.VALID + timedelta(minutes=1))
    assert answer(at("hq2")).status_code == 409
    assert "已过期" in at("hq").get("/consents").content.decode()
    ask(at("hq"), pk)
    answer(at("hq2"))
    assert (stages(two)[0], Consent.objects.count()) == (Stage.RETURNED, 2)


def test_W02_when_the_file_changed_meanwhile_nothing_happens_and_the_question_stays(two, at):
    pk = two.file(two.students[1]).pk
    ask(at("hq"), pk, "send_back", reason="photo")
    Consent.objects.update(detail={**Consent.objects.get().detail, "seen": 1})
    sent = answer(at("hq2"))
    why = "打开页面以后，此档案又有人办理过，或该生资料有变化"
    assert (
        sent.status_code,
        why in sent.content.decode(),
        f"没有办理：{why}" in sent.content.decode(),
    ) == (409, True, False)
    assert (stages(two)[1], Consent.objects.get().decided_at) == (Stage.APPROVED, None)
    assert f"上次同意时没有办成：{why}。" in at("hq2").get("/consents").content.decode()
    told = AccountEvent.objects.get(deed="not_done")
    assert (told.actor.username, told.address, told.detail["consent"]) == (
        "hq2",
        "127.0.0.1",
        Consent.objects.get().pk,
    )
    trail = at("auditor").get("/trail?deed=not_done").content.decode()
    assert f"总部何老师（hq） 提出；没有办成的原因：{why}" in trail


def test_each_row_of_the_trail_keeps_its_own_reason_whatever_came_of_the_question_since(two, at):
    """Agreed to in vain twice, for two reasons, then declined."""
    ask(at("hq"), two.file(two.students[1]).pk, "send_back", reason="photo")
    Consent.objects.update(detail={**Consent.objects.get().detail, "seen": 1})
    answer(at("hq2"))
    first = Consent.objects.get().problem
    Grant.objects.filter(user=two.users["hq"]).update(role=Role.AUDITOR.value)
    answer(at("hq2"))
    second = Consent.objects.get().problem
    answer(at("hq2"), "0", "材料不全")
    trail = at("auditor").get("/trail").content.decode()
    assert second == "提出人已不在原来的岗位，不能办理，请由在岗的同事重新提出"
    assert "学生2号（2115100000002）：退回补正（照片问题）；原因：成绩更正后合格" in trail
    assert re.findall("(?:不同意|没有办成)的原因：([^<]+?)\\s*<", trail) == [
        "材料不全",
        second,
        first,
    ]


def test_what_came_of_an_answer_is_said_at_once_and_found_again(two, at):
    asked = {
        "reopen": "学生1号（2115100000001）：申诉重审（成绩有误）",
        "send_back": "学生2号（2115100000002）：退回补正（成绩有误）",
    }
    for student, (verb, what) in zip(two.students, asked.items(), strict=True):
        ask(at("hq"), two.file(student).pk, verb)
        agree = "1" if verb == "reopen" else "0"
        page = at("hq2").get(answer(at("hq2"), agree, "材料不全")["Location"]).content.decode()
        said = {
            "1": f"已同意。已经办理：{what}。",
            "0": f"已记录为不同意：{what}。没有办理，原因已告知 总部何老师。",
        }[agree]
        assert said in page
        assert what in page.partition('id="c-answered"')[2]
    found = re.findall(
        r"<small>(我 [^<]*|总部吕[^<]*)</small>", at("hq2").get("/consents").content.decode()
    )
    assert found == [
        "总部吕老师 于 2023-07-12 12:00 没有同意，原因：材料不全",
        "我 2023-07-12 12:00 同意",
    ]
    assert "没有答复过" in at("hq").get("/consents").content.decode()


def test_A04_who_asked_and_left_has_asked_for_nothing(two, at):
    ask(at("hq"), two.file(two.students[0]).pk)
    Grant.objects.filter(user=two.users["hq"]).delete()
    sent = answer(at("hq2"))
    assert (sent.status_code, "提出人已不在原来的岗位" in sent.content.decode()) == (409, True)
    assert stages(two)[0] is Stage.REJECTED


def test_without_a_reason_nobody_is_asked(two, at):
    _, sent = ask(at("hq"), two.file(two.students[0]).pk, reason="")
    assert (sent.status_code, Consent.objects.count()) == (409, 0)


def test_both_stand_in_the_history(two, at):
    ask(at("hq"), two.file(two.students[0]).pk)
    answer(at("hq2"))
    page = at("a").get(f"/candidates/{two.file(two.students[0]).pk}").content.decode()
    story = page.partition('id="s-story"')[2]
    assert re.findall(r"总部 (总部何老师、总部吕老师)", story) == ["总部何老师、总部吕老师"]


@pytest.mark.parametrize(("agree", "word"), [("1", "同意并办理"), ("0", "不同意")])
def test_after_the_proof_the_second_person_reads_what_the_one_press_does(two, at, agree, word):
    ask(at("hq"), two.file(two.students[0]).pk)
    path, fields = f"/consents/{Consent.objects.get().pk}", (("agree", agree),)
    key = pending_forms.keep(two.users["hq2"].pk, pending_forms.SentForm(path, "/consents", fields))
    shown = at("hq2").get(f"/account/resume/{key}").content.decode()
    student = two.students[0]
    assert f"还没有提交：<b>{word}：{student.name}（{student.number}）" in shown
