"""更正 in the browser: one person asks with the registry's answer, another one sees before and after and agrees."""

import re
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from graduand.models import (
    Candidate,
    Certificate,
    Consent,
    DegreeCertificate,
    Event,
    Grant,
    Look,
    PlanRow,
    Statement,
    Student,
    User,
)
from graduand.office import batches
from graduand.pages.frame.offers import list_offers
from graduand.queries import issued
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Desk, Role, Verb
from tests.pages.picking import opened, token_of
from tests.pages.world import NOON, set_clock

LATER = datetime(2023, 7, 25, 12, 0, tzinfo=OFFICE_ZONE)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


@pytest.fixture
def registered(world, settings, tmp_path):
    """A certificate that the registry shows, of a student whose name is corrected since; three people at headquarters."""
    settings.MEDIA_ROOT = tmp_path / "media"
    unit = world.users["hq"].grants.get().unit
    for name, person in (("hq2", "总部吕老师"), ("hq3", "总部孙老师")):
        world.users[name] = User.objects.create_user(name, person, "x")
        Grant.objects.create(user=world.users[name], role=Role.HQ_REVIEWER.value, unit=unit)
    world.one = world.student(1, name="张叁")
    world.judge()
    for who, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq3", Verb.APPROVE)):
        world.do(who, verb, world.one)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, world.one)
    Certificate.objects.update(queryable=True, registered_on=date(2023, 7, 21))
    set_clock(LATER)
    Student.objects.update(name="张三")
    yield world
    set_clock(NOON)


def pk_of(world):
    return world.file(world.one).pk


def form_of(shown, **changes):
    """What the dialog sends."""
    page = shown.content.decode()
    content = page.partition('name="content" value="')[2].partition('"')[0]
    scan = SimpleUploadedFile("更正结果.pdf", PDF)
    return {
        "token": token_of(shown),
        "reason": "details",
        "note": "学信函5号",
        "on": "2023-07-24",
        "answer": scan,
        "content": content,
        **changes,
    }


def asked(world, client, **changes):
    shown = opened(client, f"verb=amend&chosen={pk_of(world)}")
    return shown, client.post("/candidates/submit", form_of(shown, **changes))


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


def deregister(at, registered, day):
    """Recorded by one, agreed to by another."""
    shown = opened(at("hq"), f"verb=deregister&chosen={pk_of(registered)}")
    at("hq").post(
        "/candidates/submit", {"token": token_of(shown), "note": "注销函 12 号", "on": day}
    )
    told = at("hq2").get("/consents").content.decode()
    assert f"学信网注销的日期：{day}；依据：注销函 12 号" in told  # the day is what is agreed to
    agree(at)
    assert Certificate.objects.get().cancelled_on == date.fromisoformat(day)


def agree(at):
    assert (
        at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"}).status_code
        == 302
    )


def test_voiding_what_is_registered_is_refused_and_after_the_cancellation_done_by_two(
    registered, at
):
    def void():
        shown = opened(at("hq"), f"verb=void&chosen={pk_of(registered)}")
        return at("hq").post(
            "/candidates/submit",
            {"token": token_of(shown), "reason": "details", "note": "姓名有误"},
        )

    refused = void()
    assert (
        "已在学信网注册的证书，须先登记注册注销" in refused.content.decode(),
        Consent.objects.count(),
    ) == (True, 0)
    deregister(at, registered, "2023-07-24")
    void()
    assert (
        at("hq2").post(f"/consents/{Consent.objects.latest('id').pk}", {"agree": "1"}).status_code
        == 302
    )
    assert (
        Certificate.objects.get().voided_by.username,
        Certificate.objects.get().void_second.username,
    ) == ("hq", "hq2")


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


def test_the_day_of_a_cancellation_is_typed_and_is_today_unless_another_is(registered, at):
    """The registry cancels on a day of its own, which is seldom the one on which it is written down."""
    client, query = at("hq"), f"verb=deregister&chosen={pk_of(registered)}"
    shown = opened(client, query)
    field = shown.content.decode().partition('<input id="a-on"')[2].partition(">")[0]
    assert (
        ' max="2023-07-25"' in field,
        ' min="2023-07-21"' in field,
        ' value="2023-07-25"' in field,
    ) == (True, True, True)
    said = {"token": token_of(shown), "note": "注销函 12 号"}
    wrong = client.post("/candidates/submit", {**said, "on": "7月"})
    assert (wrong.status_code, "请填写学信网注销的日期" in wrong.content.decode()) == (409, True)
    client.post("/candidates/submit", {**said, "on": "2023-07-23"})
    assert (
        Certificate.objects.get().cancelled_on is None
    )  # asked, and not done before another person agrees
    agree(at)
    assert Certificate.objects.get().cancelled_on == date(2023, 7, 23)


def test_every_desk_reads_who_goes_on_after_a_cancellation(registered, at):
    """The stage says that the certificate waits to be sent: that it has no registration is what matters now."""

    def told(name):
        page = at(name).get(f"/candidates/{pk_of(registered)}").content.decode()
        return re.search(r'现在可以做什么</h2><span class="muted">([^<]*)', page)[1]

    desks = ("hq", "college", "a")
    before = {name: told(name) for name in desks}
    deregister(at, registered, "2023-07-24")
    said = "学信网注册已于 2023-07-24 注销，不能签领，现在由总部办理「作废重办」"
    assert [(said in before[name], told(name).startswith(said)) for name in desks] == [
        (False, True)
    ] * 3


def test_a_cancellation_is_taken_back_on_the_page_by_two(registered, at):
    deregister(at, registered, "2023-07-24")
    page = at("hq").get(f"/candidates/{pk_of(registered)}").content.decode()
    assert "撤销注销登记" in page
    shown = opened(at("hq"), f"verb=reregister&chosen={pk_of(registered)}")
    at("hq").post("/candidates/submit", {"token": token_of(shown), "note": "登记错人"})
    assert f"证书 {Certificate.objects.get().number}" in at("hq2").get("/consents").content.decode()
    agree(at)
    assert (Certificate.objects.get().cancelled_on, Certificate.objects.get().queryable) == (
        None,
        True,
    )


def test_the_second_person_reads_which_certificate_is_voided_and_where_it_is(registered, at):
    deregister(at, registered, "2023-07-24")
    shown, number = (
        opened(at("hq"), f"verb=void&chosen={pk_of(registered)}"),
        Certificate.objects.get().number,
    )
    at("hq").post(
        "/candidates/submit", {"token": token_of(shown), "reason": "details", "note": "重印"}
    )
    assert f"证书 {number}，已编号制证：作废重办" in at("hq2").get("/consents").content.decode()
