"""更正 in the browser: one person asks with the registry's answer, another one sees before and after and agrees."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import (
    Candidate,
    Consent,
    DegreeCertificate,
    Event,
    Look,
    PlanRow,
    Statement,
    Student,
)
from graduand.pages.frame.offers import list_offers
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Desk
from tests.pages.certificates.registered import (
    LATER,
    PDF,
    asked,
    form_of,
    pk_of,
    registered,
    registered_once,
    world,
)
from tests.pages.lists.picking import opened
from tests.pages.reading import text
from tests.pages.world import account_for

__all__ = ["registered", "registered_once", "world"]  # fixtures


def rows(page):
    """The table of before and after."""
    body = page.content.decode().partition("更正后</th>")[2].partition("</table>")[0]
    return [part.partition("</tr>")[0] for part in body.split('<th scope="row">')[1:]]


CHANGED = ["姓名</th><td><del>张叁</del></td><td><ins>张三</ins></td>"]


def test_asked_by_one_with_the_answer_and_agreed_by_another_who_sees_what_changes(registered, at):
    shown, sent = asked(registered, at("hq"))
    assert rows(shown) == CHANGED
    assert (sent["Location"], Event.objects.filter(verb="amend").count()) == (
        "/consents?done=asked",
        0,
    )
    waiting = at("hq2").get("/consents")
    assert rows(waiting) == CHANGED
    number = Consent.objects.get().pk
    link = f'<a href="/consents/{number}/evidence">更正结果.pdf</a>'
    assert (
        "提出 · 文号：学信函5号</small>" in waiting.content.decode(),
        "原因：" in waiting.content.decode(),
    ) == (True, False)
    assert f"学信网更正日期 2023-07-24 · 扫描件：{link}" in waiting.content.decode()
    assert [
        at(name).get(f"/consents/{number}/evidence").content == PDF for name in ("hq", "hq2")
    ] == [True, True]
    assert at("college").get(f"/consents/{number}/evidence").status_code == 404
    assert Look.objects.filter(kind="paper").count() == 2
    assert (
        at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"}).status_code == 302
    )
    event = Event.objects.get(verb="amend")
    assert (event.actor.username, event.second.username, event.note) == ("hq", "hq2", "学信函5号")
    valid = issued.graduations([pk_of(registered)])[pk_of(registered)]
    assert (valid.version, valid.content.name, Statement.objects.get().kind) == (2, "张三", "pdf")
    page = " ".join(
        re.sub(
            r"<[^>]+>", " ", at("hq").get(f"/candidates/{pk_of(registered)}").content.decode()
        ).split()
    )
    assert (
        f"更正的证书 {valid.number}：姓名 张叁 改为 张三" in page,
        "→" + valid.sha256[:8] in page,
    ) == (True, False)


def test_the_same_form_sent_twice_asks_once_and_with_other_words_nothing(registered, at):
    shown = opened(at("hq"), f"verb=amend&chosen={pk_of(registered)}")
    for _ in range(2):
        answer = at("hq").post("/candidates/submit", form_of(shown))
        assert (answer.status_code, answer["Location"]) == (302, "/consents?done=asked")
    another = SimpleUploadedFile("更正结果.pdf", PDF + b"\n")
    for other in ({"note": "学信函6号"}, {"on": "2023-07-23"}, {"answer": another}):
        refused = at("hq").post("/candidates/submit", form_of(shown, **other))
        assert (refused.status_code, Consent.objects.count()) == (409, 1)
        assert "要改原因或依据，请先撤回那一项" in refused.content.decode()


@pytest.mark.parametrize("printed", [True, False])
def test_both_read_whether_the_paper_is_to_be_taken_back(registered, at, printed):
    """The code of the 专业 goes to the registry alone: nobody is telephoned for a paper that says what it said."""
    if not printed:
        Student.objects.update(name="张叁")
        PlanRow.objects.update(major_code="520801K")
    back, stays = (
        "先由学院退回收回，再打印新证",
        "这次更正的各项不印在纸质证书上，不须收回旧证、重新打印",
    )
    dialog = opened(at("hq"), f"verb=amend&chosen={pk_of(registered)}").content.decode()
    asked(registered, at("hq"))
    consent = at("hq2").get("/consents").content.decode()
    assert [(back in page, stays in page) for page in (dialog, consent)] == [
        (printed, not printed)
    ] * 2


def test_the_page_of_the_file_leads_there_before_the_answer_has_been_typed(registered, at):
    client, pk = at("hq"), pk_of(registered)
    assert (
        f'href="/candidates/confirm?verb=amend&amp;chosen={pk}"'
        in client.get(f"/candidates/{pk}").content.decode()
    )
    later, never = (
        "这里出现「更正证书内容」",
        "学籍记录里的姓名、性别、出生日期、证件号，本系统暂时不能更正",
    )
    assert [
        words in client.get(f"/candidates/{pk}").content.decode() for words in (later, never)
    ] == [False, True]
    Student.objects.update(
        name="张叁"
    )  # as the certificate says: there is no button, and the page says when there will be
    assert [
        words in client.get(f"/candidates/{pk}").content.decode() for words in (later, never)
    ] == [True, True]
    Student.objects.update(name="张三")
    shown = opened(client, f"verb=amend&chosen={pk}").content.decode()
    assert re.findall(r"<dd>(\d+)</dd>", shown)[:3] == ["1", "1", "0"]  # 已选, 可以提交, 将跳过


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"on": ""}, "请填写学信网更正的日期"),
        ({"note": " "}, "须写明依据：文号、日期或所交材料"),
        ({"answer": ""}, "请上传学信网更正结果的扫描件"),
        ({"reason": ""}, "须选择原因；选「其他」须写明"),
        ({"content": "0" * 64}, "在打开此页后有变化"),
    ],
    ids=["day", "number", "scan", "reason", "another content"],
)
def test_without_its_evidence_nobody_is_asked(registered, at, changes, said):
    _, sent = asked(registered, at("hq"), **changes)
    assert Consent.objects.count() == 0
    assert said in sent.content.decode()


def test_the_day_of_the_correction_is_today_until_another_is_chosen(registered, at):
    """As that of a cancellation is: most are amended on the day on which the registry answers."""
    day = re.compile(r'<input id="a-on"[^>]*value="([^"]*)"')
    shown = opened(at("hq"), f"verb=amend&chosen={pk_of(registered)}")
    assert day.findall(shown.content.decode()) == [LATER.date().isoformat()]
    _, refused = asked(registered, at("hq"), on="2023-07-24", note="")
    assert day.findall(refused.content.decode()) == ["2023-07-24"]


def test_which_days_can_be_meant_stands_in_the_form_before_it_is_sent(registered, at):
    page = opened(at("hq"), f"verb=amend&chosen={pk_of(registered)}").content.decode()
    field = page.partition('<input id="a-on"')[2].partition(">")[0]
    assert (' min="2023-07-21"' in field, ' max="2023-07-25"' in field) == (True, True)
    assert "在学信网注册的 2023-07-21 至今天 2023-07-25 之间" in page


@pytest.mark.parametrize(
    "changes",
    [{"on": "2023-07-20"}, {"on": ""}, {"note": " "}],
    ids=["early", "no day", "no number"],
)
def test_what_was_attached_is_kept_when_the_form_is_refused_for_another_reason(
    registered, at, changes
):
    client = at("hq")
    shown, refused = asked(registered, client, **changes)
    page = refused.content.decode()
    assert (refused.status_code, Consent.objects.count()) == (409, 0)
    assert ("「更正结果.pdf」已经收到，不用再选" in page, "附件请重新选择" in page) == (True, False)
    assert " required" not in page.partition('<input id="a-answer"')[2].partition(">")[0]
    mark = re.search(r'name="kept" value="([^"]+)"', page)[1]
    sent = client.post("/candidates/submit", form_of(shown, answer="", kept=mark))
    assert sent["Location"] == "/consents?done=asked"
    assert at("hq2").get(f"/consents/{Consent.objects.get().pk}/evidence").content == PDF


def test_what_was_attached_is_kept_for_this_confirmation_and_no_other(registered, at):
    client = at("hq")
    _, refused = asked(registered, client, on="2023-07-20")
    mark = re.search(r'name="kept" value="([^"]+)"', refused.content.decode())[1]
    for kept in (mark, mark[:-1] + ("a" if mark[-1] != "a" else "b"), ""):
        _, sent = asked(registered, client, answer="", kept=kept)
        assert (sent.status_code, "请上传学信网更正结果的扫描件" in sent.content.decode()) == (
            409,
            True,
        )
    assert Consent.objects.count() == 0


def test_a_record_that_changed_since_is_not_what_two_people_saw(registered, at):
    asked(registered, at("hq"))
    Student.objects.update(name="张三丰")
    answer = at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    assert "打开页面以后，此档案又有人办理过" in answer.content.decode()
    assert (Event.objects.filter(verb="amend").count(), Consent.objects.get().agreed) == (0, None)


def test_the_list_says_what_the_certificates_say(registered, at):
    """张叁 and 健康管理 were printed: what the record and the plan say since stands there only once it is amended."""
    PlanRow.objects.update(major_name="别的专业")
    shown = at("hq").get("/certificates").content.decode()
    assert [word in shown for word in ("张叁", "健康管理", "张三", "别的专业")] == [
        True,
        True,
        False,
        False,
    ]
    asked(registered, at("hq"))
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    shown = at("hq").get("/certificates").content.decode()
    assert [word in shown for word in ("张叁", "健康管理", "张三", "别的专业")] == [
        False,
        False,
        True,
        True,
    ]


def test_the_pages_of_the_file_say_what_the_certificate_says_and_mark_the_difference(
    registered, at
):
    """The head is about the student, the papers about the certificate; the student reads what is printed."""
    account_for(registered, registered.one)
    address = f"/candidates/{pk_of(registered)}"
    assert "证书上的专业 健康管理（专科）" in text(at("hq").get(address))
    assert "证书上：" not in text(at("hq").get(address))
    PlanRow.objects.update(major_name="别的专业", years="3")
    shown, own = text(at("hq").get(address)), text(at("student").get("/my"))
    assert "别的专业（专科）（证书上：健康管理） · 杭州学习中心" in shown
    differs = "姓名证书上为「张叁」，现在登记为「张三」；专业名称证书上为「健康管理」，现在登记为「别的专业」"
    differs += "；学制证书上为「未填」，现在登记为「3 年」"
    assert f"与现在的登记不同 {differs}；证书以发证时的内容为准" in shown
    assert "202307 批次 · 张三 · 健康管理（专科）" in own
    assert f"证书内容以发证时为准：{differs}。" in own


@pytest.mark.parametrize(
    ("stage", "page"), [("certified", "/archives"), ("received", "/handovers")]
)
def test_the_lists_after_the_numbering_say_what_the_certificates_say(registered, at, stage, page):
    """As the certificates themselves do: the record and the plan of today stand on none of them."""
    PlanRow.objects.update(major_name="别的专业")
    now = {"shipped_at": LATER, "received_at": LATER} if stage == "received" else {}
    Candidate.objects.filter(pk=pk_of(registered)).update(stage=stage, **now)
    shown = at("hq").get(page).content.decode()
    assert [word in shown for word in ("张叁", "健康管理", "张三", "别的专业")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_list_shows_the_number_of_the_degree_certificate(registered, at):
    DegreeCertificate.objects.create(
        candidate_id=pk_of(registered),
        number="5116142023000001",
        book="5116142023",
        serial=1,
        granted_on=date(2023, 7, 25),
        photo_sha256="",
        made_at=LATER,
    )
    client = at("hq")
    client.post(
        "/lists/certificates/columns", {"column": ["number", "name", "certificate", "degree"]}
    )
    assert ">5116142023000001<" in client.get("/certificates").content.decode()


def test_granted_degrees_are_numbered_from_the_list_of_them():
    hq = [offer.key for offer in list_offers(Desk.HQ, "", "granted")]
    assert hq == ["degree_certify", "degree_decline"]
    assert [offer.key for offer in list_offers(Desk.COLLEGE, "", "granted")] == []


def test_what_is_kept_for_the_registry_is_not_said_to_be_on_the_certificate(registered, at):
    PlanRow.objects.update(min_semesters=6)
    shown = text(at("hq").get(f"/candidates/{pk_of(registered)}"))
    assert "最短学期数编号制证时为「5」，现在登记为「6」" in shown
