"""Pages say what is so: a count is what can be done where it leads, a word is true of everybody whom it names."""

import re
from datetime import datetime
from html import unescape

import pytest

from graduand.models import Candidate, Certificate, ChsiReport, Consent, Grant, PhotoRow, User
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.queries.season import gaps
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.terms import Role, Verb
from tests.pages.stations import bring, three
from tests.pages.world import NOON, PASSWORD, set_clock

__all__ = ["three"]  # a fixture
SEPTEMBER = datetime(2023, 9, 6, 9, 0, tzinfo=OFFICE_ZONE)


def todos(client):
    """Label -> (count, address) of the cards on home."""
    body = client.get("/").content.decode()
    found = re.findall(r'<a class="todo[^"]*" href="([^"]+)">([^<]+)<b>([\d,]+)</b>', body)
    return {label: (int(number), unescape(url)) for url, label, number in found}


def menu(client):
    """Label -> (count, address) of the menu; 0 without a badge."""
    body = client.get("/").content.decode()
    found = re.findall(
        r'<a href="([^"]+)"[^>]*><svg.*?</svg>([^<]+)(?:<span class="count[^"]*">([\d,]+)<)?', body
    )
    return {label.strip(): (int(number or 0), unescape(url)) for url, label, number in found}


def numbers(client, url):
    """The 学号 of a list."""
    return re.findall(r'<td class="no"[^>]*>(\d+)</td>', client.get(url).content.decode())


def colleague(world, name, role, unit):
    """Another account of a role."""
    user = User.objects.create_user(name, f"{name}老师", PASSWORD)
    Grant.objects.create(user=user, role=role.value, unit=unit)
    world.users[name] = user


def test_the_card_of_applications_counts_who_can_be_applied_for_in_the_round_that_is_open(
    world, at
):
    """The second round took photos until 8-30: whose photo came later stands in no to-do of filing (四.2(2))."""
    intime, late = world.student(1), world.student(2)
    PhotoRow.objects.filter(student=late).update(since="2023-09-01")
    set_clock(SEPTEMBER)
    world.judge()
    number, url = todos(at("a"))["满足全部条件、未申请"]
    assert (number, numbers(at("a"), url)) == (1, [intime.number])
    assert menu(at("a"))["满足全部条件、未申请"] == (1, url)
    world.do("a", Verb.APPLY, intime, late)
    assert [world.file(one).stage for one in (intime, late)] == ["applied", "listed"]


def test_without_an_open_round_there_is_no_card_of_applications(world, at):
    world.student(1)
    world.judge()
    assert "满足全部条件、未申请" in todos(at("a"))
    set_clock(datetime(2023, 8, 1, 9, 0, tzinfo=OFFICE_ZONE))
    assert "满足全部条件、未申请" not in todos(at("a"))


def test_the_registry_s_photos_are_there_missing_or_doubted(world, at):
    """学信网照片=存在 holds nobody whom the registry doubts."""
    fine, doubted, missing = (world.student(number) for number in (1, 2, 3))
    ChsiReport.objects.filter(student=doubted).update(verdict="unsure")
    ChsiReport.objects.filter(student=missing).update(credential_photo=False)
    world.judge()
    found = {value: numbers(at("a"), f"/candidates?chsi={value}") for value in ("1", "0", "doubt")}
    assert found == {"1": [fine.number], "0": [missing.number], "doubt": [doubted.number]}
    shown = at("a").get("/candidates").content.decode()
    assert re.findall(
        r'<td data-label="学信网"[^>]*><span class="tag (\w+)"[^>]*>([^<]+)', shown
    ) == [
        ("ok", "存在"),
        ("bad", "存疑"),
        ("bad", "缺"),
    ]


def test_a_gap_of_the_closing_leads_to_exactly_those_whom_it_counts(world, at):
    """在办未结 are the applied and the endorsed, and only those whom nobody has explained."""
    files = [world.student(number) for number in range(1, 6)]
    world.judge()
    world.do("a", Verb.APPLY, *files[:3])
    world.do("college", Verb.ENDORSE, files[0])
    Candidate.objects.filter(pk=world.file(files[2]).pk).update(explanation="照片未上网")
    counted = gaps.counts(world.batch)
    assert counted == {"motion": 2, "returned": 0, "unfiled": 2, "deferred": 0}
    body = at("hq").get("/batches/202307/closing").content.decode()
    links = [unescape(url) for url in re.findall(r'href="(/candidates\?[^"]*gap=[^"]+)"', body)]
    assert [len(numbers(at("hq"), url)) for url in links] == [2, 0, 2, 0]


def test_who_only_sends_parcels_sees_no_review(world, at):
    """学院发放: menu and cards follow the verbs that one holds."""
    college = world.centres[0].parent
    colleague(world, "sender", Role.COLLEGE_DISPATCH, college)
    world.student(1)
    world.judge()
    held = {
        name: ("待学院审核" in menu(at(name)), "待学院审核" in todos(at(name)))
        for name in ("sender", "college")
    }
    assert held == {"sender": (False, False), "college": (True, True)}
    assert "待寄出" in menu(at("sender"))


def test_what_is_numbered_is_counted_where_it_can_be_numbered(world, at):
    """On no roster yet: to be listed; on a roster with nothing against it: to be numbered."""
    first, second, doubted = (world.student(number) for number in (1, 2, 3))
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, first, doubted)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, second)
    ChsiReport.objects.filter(student=doubted).update(verdict="unsure")
    auditing.mark_stale([doubted.pk])
    world.judge()
    cards = todos(at("hq"))
    found = {label: numbers(at("hq"), cards[label][1]) for label in ("待列入花名册", "待编号制证")}
    assert found == {"待列入花名册": [second.number], "待编号制证": [first.number]}


def test_what_can_be_handed_over_is_registered_and_not_doubted(world, at):
    ready, waits = world.student(1), world.student(2)
    world.judge()
    for name, verb, said in (
        ("a", Verb.APPLY, {}),
        ("college", Verb.ENDORSE, {}),
        ("hq", Verb.APPROVE, {}),
        ("hq", Verb.CERTIFY, {}),
        ("college", Verb.SHIP, {"carrier": "邮政", "tracking": "YZ1"}),
        ("a", Verb.RECEIVE, {}),
    ):
        if verb is Verb.CERTIFY:
            batches.freeze_roster(world.batch, world.users["hq"].pk)
        world.do(name, verb, ready, waits, **said)
    Certificate.objects.filter(candidate=world.file(ready)).update(queryable=True)
    number, url = todos(at("a"))["待签领"]
    assert (number, numbers(at("a"), url)) == (1, [ready.number])
    assert todos(at("hq"))["学信网尚不可查询"][0] == 1


def test_what_the_registry_has_taken_back_waits_for_headquarters_alone(three, at):
    """Neither to be sent, nor waited for until it can be queried: it is voided, or entered anew."""
    bring(three, Verb.CERTIFY, *three.three)

    def counts():
        college, hq = todos(at("college")), todos(at("hq"))
        cancelled = hq.get("注册已注销，待作废", (0, ""))
        return college["待寄出"][0], hq["学信网尚不可查询"][0], cancelled[0]

    assert counts() == (3, 3, 0)
    day = NOON.date()
    gone = Certificate.objects.filter(candidate=three.file(three.three[0]))
    gone.update(registered_on=day, cancelled_on=day, queryable=False)
    assert counts() == (2, 2, 1)


@pytest.fixture
def asked(world):
    """Something that another one of headquarters asked for."""
    colleague(world, "hq2", Role.HQ_ADMIN, world.users["hq"].grants.get().unit)
    Consent.objects.create(
        kind="batch",
        digest="d",
        reason="已逐项说明",
        asked_by=world.users["hq"],
        asked_at=NOON,
        key="k",
        detail={"batch": world.batch.pk, "code": "202307", "do": "close"},
    )
    return world


def test_what_waits_for_my_consent_reaches_me(asked, at):
    """A badge in the menu and a line on home, for who may agree and for nobody else."""
    counts = {name: menu(at(name))["待同意事项"][0] for name in ("hq", "hq2")}
    assert counts == {"hq": 0, "hq2": 1}
    told = [
        "同事提出、等您同意的事项" in at(name).get("/").content.decode()
        for name in ("hq", "hq2", "a")
    ]
    assert told == [False, True, False]


def test_a_consent_that_is_too_old_waits_for_nobody(asked, at):
    """The badge counts what the page of consents can still answer, at the moment at which it is asked."""
    assert menu(at("hq2"))["待同意事项"][0] == 1
    set_clock(NOON.replace(day=NOON.day + 2))
    assert menu(at("hq2"))["待同意事项"][0] == 0


def test_a_notice_that_is_not_read_is_counted_in_the_menu(world, at):
    where = at("hq").post(
        "/notices/publish",
        {"key": "k1", "batch": "202307", "to": "all", "title": "通知", "body": "正文"},
    )
    assert {name: menu(at(name))["通知"] for name in ("a", "hq")} == {
        "a": (1, "/notices"),
        "hq": (0, "/notices"),
    }
    at("a").post(f"{where['Location']}/read")
    assert menu(at("a"))["通知"] == (0, "/notices")


def test_the_file_of_a_graduate_says_where_the_papers_are(world, at):
    """Portrait, certificate with a link, archive, parcel, hand-over."""
    student = world.student(1)
    world.judge()
    page = f"/candidates/{world.file(student).pk}"
    before = at("a").get(page).content.decode()
    assert ("/photos/files/" in before, "s-papers" in before) == (True, False)
    for name, verb, said in (
        ("a", Verb.APPLY, {}),
        ("college", Verb.ENDORSE, {}),
        ("hq", Verb.APPROVE, {}),
        ("hq", Verb.CERTIFY, {}),
        ("college", Verb.SHIP, {"carrier": "邮政", "tracking": "YZ1"}),
        ("a", Verb.RECEIVE, {}),
    ):
        if verb is Verb.CERTIFY:
            batches.freeze_roster(world.batch, world.users["hq"].pk)
        world.do(name, verb, student, **said)
    card = (
        at("a").get(page).content.decode().partition('id="s-papers"')[2].partition("</section>")[0]
    )
    number = Certificate.objects.get().number
    facts = re.findall(r"<dt>([^<]+)</dt>\s*<dd>(?:<(?:a|span)[^>]*>)?([^<]+)", card)
    assert facts == [
        ("证书编号", number),
        ("证书所在", "杭州学习中心"),
        ("学信网注册", "尚未读回"),
        ("证书上的专业", "健康管理（专科）"),
        ("登记表", "未登记"),
        ("成绩单", "未登记"),
        ("报名登记表", "未登记"),
        ("包裹", "邮政 YZ1，包裹 2023-07-12 签收"),
        ("签领", "尚未签领"),
    ]
    certificates = unescape(re.search(r'href="(/certificates[^"]+)"', card)[1])
    assert number in at("a").get(certificates).content.decode()
