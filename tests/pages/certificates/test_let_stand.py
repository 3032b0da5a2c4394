"""核实后维持 in the browser: headquarters lets a certificate stand by two who both read what fails."""

import re

from graduand.models import (
    Candidate,
    Certificate,
    Consent,
    Event,
    Student,
)
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import second_requests
from graduand.rulebook.terms import Verb
from tests.pages.certificates.after_the_number import (
    HELD,
    LIST,
    NOTE,
    STANDS,
    alarms,
    ask,
    card,
    held,
    lose,
    shown_in,
    three,
)
from tests.pages.lists.picking import opened, token_of
from tests.pages.lists.test_bulk import figures, reasons
from tests.pages.reading import text

__all__ = ["three"]  # a fixture


def test_headquarters_lets_it_stand_by_two_who_both_read_what(three, at):
    client, pk = at("hq"), held(three)
    address = f"verb=confirm_issue&amp;chosen={pk}"
    assert [address in client.get(url).content.decode() for url in (f"/candidates/{pk}", LIST)] == [
        True,
        True,
    ]
    assert [
        address in at("college").get(url).content.decode() for url in (f"/candidates/{pk}", LIST)
    ] == [False, False]
    assert "批量核实后维持" not in client.get(LIST).content.decode()
    dialog = opened(client, f"verb=confirm_issue&chosen={pk}")
    assert 'name="note"' in dialog.content.decode()
    assert shown_in(dialog) == ([three.file(three.three[0]).judgement.grounds], STANDS)
    assert ask(client, pk, dialog)["Location"] == "/consents?done=asked"
    assert Candidate.objects.get(pk=pk).confirmed_grounds == ""
    question = Consent.objects.get()
    page = at("hq2").get("/consents").content.decode()
    assert [f"<li>{one}</li>" in page for one in STANDS] == [True] * len(STANDS)
    at("hq2").post(f"/consents/{question.pk}", {"agree": "1"})
    event = Event.objects.latest("id")
    assert (event.verb, event.note, event.actor.username, event.second.username) == (
        "confirm_issue",
        NOTE,
        three.users["hq"].username,
        three.users["hq2"].username,
    )
    assert (alarms(at), card(at("a"), "待签领")) == ([None] * 4, (3, 3))
    shown = text(client.get(f"/candidates/{pk}"))
    assert (
        HELD in shown,
        "维持的事项：课程 002 必须通过" in shown,
        "提醒 总学分要求" in shown,
    ) == (False, True, True)


def test_a_dialog_of_one_loss_lets_no_other_stand(three, at):
    """An import between the dialog and its form: what is let stand is what was shown, or nothing."""
    client, pk = at("hq"), held(three)
    dialog = opened(client, f"verb=confirm_issue&chosen={pk}")
    three.three[0].standing = "expelled"
    three.three[0].save()
    lose(three)
    for form in (dialog, opened(client, f"verb=confirm_issue&chosen={pk}")):
        sent = ask(client, pk, form)
        assert (sent.status_code, Consent.objects.count()) == (
            (409, 0) if form is dialog else (302, 1)
        )
        if form is dialog:
            assert (
                "没有办理：打开页面以后，此档案又有人办理过，或该生资料有变化"
                "。现在另有：学籍状态为「开除学籍」，须为「在籍」" in sent.content.decode()
            )
            assert (
                shown_in(sent)[1][0] == "学籍状态为「开除学籍」，须为「在籍」"
            )  # and what there is now


def test_a_question_about_what_is_no_longer_all_is_in_nobody_s_way(three, at):
    client, pk = at("hq"), held(three)
    ask(client, pk)
    Student.objects.filter(pk=three.three[0].pk).update(standing="expelled")
    lose(three)
    assert ask(at("hq2"), pk)["Location"] == "/consents?done=asked"
    assert Consent.objects.count() == 2


def test_what_was_let_stand_is_read_by_whoever_agrees_to_something_else_and_stays_so_in_the_student_s_hand(
    three, at
):
    pk = held(three)
    three.do("hq", Verb.CONFIRM_ISSUE, three.three[0], second=three.users["hq2"], note=NOTE)
    second_requests.ask(
        three.batch,
        [pk],
        three.actor("hq"),
        ActRequest(Verb.VOID, answers={"reason": "details", "note": "误"}),
        "",
    )
    stands = "不符合、已核实维持：必须通过的课程未通过、总学分不足、模块学分不足"
    assert f"；{stands}</small>" in at("hq2").get("/consents").content.decode()
    three.do("a", Verb.COLLECT, three.three[0], handover="in_person", confirmed=True)
    auditing.mark_stale([three.three[0].pk])
    auditing.run(three.batch)
    assert three.file(three.three[0]).stage == "collected"
    assert "毕业条件未满足" not in text(at("student").get("/my"))
    shown = text(at("hq").get(f"/candidates/{pk}"))
    assert ("不能办理" in shown, "提醒 总学分要求" in shown) == (False, True)


def test_a_form_that_showed_nothing_and_everybody_at_once_are_refused(three, at):
    client, pk = at("hq"), held(three)
    dialog = opened(client, f"verb=confirm_issue&chosen={pk}")
    assert (
        client.post("/candidates/submit", {"token": token_of(dialog), "note": NOTE}).status_code
        == 409
    )
    assert (
        opened(client, "verb=confirm_issue&list=candidates&unqualified=1&all=1").status_code == 400
    )
    assert not Consent.objects.exists()


def test_several_are_let_stand_one_by_one(three, at):
    pk = held(three)
    chosen = "&".join(f"chosen={file}" for file in (pk, three.file(three.three[1]).pk))
    dialog = opened(at("hq"), f"verb=confirm_issue&{chosen}")
    assert (figures(dialog)["可以提交"], reasons(dialog)) == (
        0,
        {"需要第二人": 1, "当前状态不能办理": 1},
    )


def test_it_asks_for_a_proof_of_identity(three, at):
    from tests.pages.conftest import (
        prove,
    )  # a conftest is no package of its own when it is collected

    client, pk = at("hq"), held(three)
    prove(client, three.users["hq"], ago=3600)
    assert opened(client, f"verb=confirm_issue&chosen={pk}")["Location"].startswith(
        "/account/again?next="
    )


def test_the_end_of_what_was_let_stand_is_told_to_the_desks_and_is_no_event_of_the_student(
    three, at
):
    pk = held(three)
    three.do("hq", Verb.CONFIRM_ISSUE, three.three[0], second=three.users["hq2"], note=NOTE)
    Student.objects.filter(pk=three.three[0].pk).update(standing="suspended")
    lose(three)
    line = "核实后维持结束 已核实维持 → 不再符合毕业条件"
    assert [line in text(at(desk).get(f"/candidates/{pk}")) for desk in ("hq", "college", "a")] == [
        True
    ] * 3
    assert "核实后维持结束" not in text(at("student").get("/my"))
    assert alarms(at) == [(LIST, 1)] * 3 + [None]


def test_what_was_let_stand_has_a_tag_with_who_and_when_and_asks_nobody_for_anything(three, at):
    pk = held(three)
    before = text(at("hq").get(f"/candidates/{pk}"))
    assert ("已核实维持" in before, "下一步：" in before) == (False, True)
    three.do("hq", Verb.CONFIRM_ISSUE, three.three[0], second=three.users["hq2"], note=NOTE)
    for desk in ("hq", "college", "a"):
        shown = text(at(desk).get(f"/candidates/{pk}"))
        assert "中心已签收 已核实维持" in shown
        assert (
            "已核实维持：总部何老师、总部吕老师 于 2023-07-12 12:00 核实：证书仍然有效，下面注明的各项不用再办。"
            in shown
        )
        left_alone = "提醒 总学分要求 12，已获 5" in shown and "已核实维持，不用再办" in shown
        assert (left_alone, "下一步：" in shown) == (True, False)
    Student.objects.filter(pk=three.three[0].pk).update(standing="suspended")
    lose(three)
    shown = text(at("hq").get(f"/candidates/{pk}"))
    assert ("中心已签收 已核实维持" in shown, "中心已签收 不再符合条件" in shown) == (False, True)


def buttons(client, pk):
    """The classes of the buttons with which headquarters answers a doubtful certificate."""
    body = client.get(f"/candidates/{pk}").content.decode()
    return {
        verb: re.search(rf'<a class="([^"]+)" href="/candidates/confirm[?]verb={verb}&', body)[1]
        for verb in ("void", "confirm_issue")
    }


def test_neither_answer_to_a_doubtful_certificate_is_the_usual_one(three, at):
    pk = held(three)
    Certificate.objects.update(
        queryable=False, registered_on=None
    )  # what is registered is voided after its cancellation
    assert buttons(at("hq"), pk) == {"void": "btn", "confirm_issue": "btn"}
    dialog = opened(at("hq"), f"verb=void&chosen={pk}").content.decode()
    assert '<option value="unqualified">不满足毕业条件</option>' in dialog


def test_two_opposite_proposals_know_of_each_other(three, at):
    """Whoever answers one, or is about to put the other, reads that both wait: one of them alone can be done."""
    pk = held(three)
    Certificate.objects.update(queryable=False, registered_on=None)
    assert ask(at("hq"), pk)["Location"] == "/consents?done=asked"
    kept = f"总部何老师 已于 2023-07-12 12:00 提出「核实后维持」，等待另一位总部人员在「待同意事项」中答复（依据：{NOTE}）"
    both = "办成其中一项，另一项就不再有效，请一并核对。"
    dialog = opened(at("hq2"), f"verb=void&chosen={pk}")
    assert f'{kept}；{both}<a href="/consents">' in dialog.content.decode()
    form = {"token": token_of(dialog), "reason": "unqualified", "note": "属实"}
    assert at("hq2").post("/candidates/submit", form)["Location"] == "/consents?done=asked"
    void = "总部吕老师 已于 2023-07-12 12:00 提出「作废重办」，等待另一位总部人员在「待同意事项」中答复（原因：属实）"
    first, second = Consent.objects.order_by("id").values_list("id", flat=True)
    for who in ("hq", "hq2"):
        page = at(who).get("/consents").content.decode()
        for words, pk_of_other, here in ((kept, first, second), (void, second, first)):
            link = f'同一档案另有一项在等待答复：{words}；{both}<a href="#c-{pk_of_other}">看那一项</a>'
            assert link in page.partition(f'<li id="c-{here}">')[2].partition("</li>")[0]
    at("hq2").post(f"/consents/{first}", {"agree": "1"})
    assert (
        "同一档案另有一项" not in at("hq").get("/consents").content.decode()
    )  # the file is another one now


def test_what_the_registry_has_taken_back_is_not_let_stand(three, at):
    pk, why = held(three), "该证书在学信网的注册已经注销，不能维持有效"
    Certificate.objects.update(registered_on="2023-07-10")
    dialog = opened(at("hq"), f"verb=confirm_issue&chosen={pk}")
    three.do(
        "hq",
        Verb.DEREGISTER,
        three.three[0],
        second=three.users["hq2"],
        note="注销函 1 号",
        on="2023-07-12",
    )
    assert f'data-why="核实后维持：{why}"' in at("hq").get(f"/candidates/{pk}").content.decode()
    assert (ask(at("hq"), pk, dialog).status_code, Consent.objects.count()) == (409, 0)
    three.do("hq", Verb.REREGISTER, three.three[0], second=three.users["hq2"], note="登记错了")
    assert ask(at("hq"), pk)["Location"] == "/consents?done=asked"


def test_a_question_that_the_facts_have_left_behind_says_so_before_and_after_the_answer(three, at):
    """Who agrees reads it in the list, and not only from the refusal; the page of the file says what came of it."""
    pk = held(three)
    ask(at("hq"), pk)
    old = "提出以后该生的资料又有变化，下面各项是提出时的情况，已不能按提出时的内容同意：请写明原因不同意，由提出人"
    assert old not in at("hq2").get("/consents").content.decode()
    Student.objects.filter(pk=three.three[0].pk).update(standing="suspended")
    lose(three)
    assert old in at("hq2").get("/consents").content.decode()
    assert (
        at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code == 409
    )
    shown = text(at("hq").get(f"/candidates/{pk}"))
    assert f"提出「核实后维持」（依据：{NOTE}），第二人同意时没有办成：" in shown
    assert ("请由提出人撤回，按现在的情况重新提出" in shown, "等待另一位总部人员" in shown) == (
        True,
        False,
    )
