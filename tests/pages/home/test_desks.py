"""What each desk has to do stands on its home and in its menu, and a page says whom to ask for what no page does."""

import re
from datetime import timedelta

import pytest

from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    DegreeCertificate,
    Grant,
    Parcel,
    Student,
    User,
)
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.season import batches
from graduand.queries import clock
from graduand.rulebook.terms import Role, Verb
from tests.pages.stations import bring, counted
from tests.pages.world import NOON, set_clock

SEARCHED = "5116142023000001"


@pytest.fixture
def degrees(world):
    """Four files at their centre: one asks for the degree, one has it, one's is numbered, one's papers came back."""
    world.four = [world.student(number) for number in (1, 2, 3, 4)]
    world.judge()
    bring(world, Verb.RECEIVE, *world.four)
    states = ("applied", "granted", "granted", "returned")
    for student, state in zip(world.four, states, strict=True):
        Candidate.objects.filter(student=student).update(degree=state)
    Student.objects.update(level="top_up")
    DegreeCertificate.objects.create(
        candidate=world.file(world.four[2]),
        number=SEARCHED,
        book="5116142023",
        serial=1,
        granted_on="2023-07-20",
        photo_sha256="0" * 64,
        made_at=clock.now(),
    )
    return world


def cards(client):
    """label -> count of the cards on home."""
    body = client.get("/").content.decode()
    found = re.findall(r'<a class="todo[^"]*" href="[^"]*"[^>]*>(.*?)</a>', body, re.DOTALL)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip().split() for one in found]
    return {words[0]: words[1] for words in texts}


def found(client, url):
    return re.search(r"查询到 <b>([\d,]+)</b>", client.get(url).content.decode())[1]


def test_degrees_are_a_to_do_of_each_desk(degrees, at):
    hq, college, centre = (cards(at(name)) for name in ("hq", "college", "a"))
    assert (hq["待授予学位"], hq["待学位证书编号"]) == ("1", "1")
    assert college["学位待总部授予"] == "1"
    assert centre["学位材料退回"] == "1"
    menus = {
        name: at(name).get("/").content.decode().partition('id="menu"')[2]
        for name in ("hq", "college", "a")
    }
    assert [word in menus["hq"] for word in ("待授予学位", "学位材料退回", "待学位证书编号")] == [
        True,
        True,
        True,
    ]
    assert ("学位待总部授予" in menus["college"], "学位材料退回" in menus["a"]) == (True, True)
    grant = at("hq").get("/candidates?batch=202307&degree=applied&award=grant").content.decode()
    assert ("查询到 <b>1</b>" in grant, "批量授予学位" in grant) == (True, True)


def test_only_what_can_be_granted_or_numbered_is_counted(degrees, at):
    Candidate.objects.filter(student=degrees.four[0]).update(
        stage="applied", roster=None, roster_no=None
    )
    Candidate.objects.filter(student=degrees.four[1]).update(stage="approved")
    assert cards(at("hq")).keys().isdisjoint({"待授予学位", "待学位证书编号"})


def test_of_whom_the_registry_doubts_no_degree_is_a_to_do(degrees, at):
    """Neither is granted nor numbered while there is a doubt: the card counts what the dialog can do."""
    ChsiReport.objects.filter(student__in=degrees.four[:2]).update(verdict="unsure")
    auditing.mark_stale([student.pk for student in degrees.four])
    auditing.run(degrees.batch)
    assert cards(at("hq")).keys().isdisjoint({"待授予学位", "待学位证书编号"})
    assert (
        cards(at("college"))["学位待总部授予"] == "1"
    )  # what is wrong with its papers can be sent back all the same


def test_beside_a_cancelled_registration_no_degree_certificate_is_a_to_do(degrees, at):
    """Its number would name a certificate that the registry has taken back."""
    day = NOON.date()
    gone = Certificate.objects.filter(candidate=degrees.file(degrees.four[1]))
    gone.update(registered_on=day, cancelled_on=day, queryable=False)
    told = cards(at("hq"))
    assert ("待学位证书编号" in told, told["待授予学位"]) == (False, "1")
    assert found(at("hq"), "/candidates?batch=202307&degree=granted&award=number") == "1"


def test_a_degree_certificate_is_found_by_its_number_and_stands_on_the_file(degrees, at):
    client, file = at("hq"), degrees.file(degrees.four[2])
    assert [
        found(client, f"/{page}?batch=202307&q={SEARCHED}")
        for page in ("certificates", "candidates")
    ] == ["1", "1"]
    number = file.certificates.get().number
    assert [
        found(client, f"/{page}?batch=202307&q={number}") for page in ("certificates", "candidates")
    ] == ["1", "1"]
    assert found(client, "/candidates?batch=202307&q=2115100000001") == "1"
    page = client.get(f"/candidates/{file.pk}").content.decode()
    assert re.search(rf"<dt>学位证书编号</dt>\s*<dd>\s*{SEARCHED}\s*</dd>", page)
    assert "本系统暂不登记学位证书的寄送和签领，请另留签收单" in page
    assert (
        "已授予学位，尚未编号"
        in client.get(f"/candidates/{degrees.file(degrees.four[1]).pk}").content.decode()
    )


def test_six_lying_parcels_and_shortages_are_what_the_sending_desk_has_to_do(world, at):
    """六: whoever sends certificates finds what did not come, so no headline says that there is nothing to do."""
    three = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    bring(world, Verb.SHIP, *three[:2])
    world.users["sender"] = User.objects.create_user("sender", "学院祁老师", "x")
    unit = world.users["college"].grants.get().unit
    Grant.objects.create(user=world.users["sender"], role=Role.COLLEGE_DISPATCH.value, unit=unit)
    assert "今天没有需要处理的事" in at("sender").get("/").content.decode()
    counted(at("a"), Parcel.objects.get(), [world.file(three[0]).pk])
    acts.resume(world.batch)
    assert "今天需要处理 1 件事" in at("sender").get("/").content.decode()
    bring(world, Verb.CERTIFY, three[2])
    world.do("college", Verb.SHIP, three[2], carrier="邮政", tracking="YZ2")  # nobody counts it
    set_clock(NOON + timedelta(days=9))
    body = at("sender").get("/").content.decode()
    assert "今天需要处理 2 件事" in body
    assert (cards(at("sender"))["逾期未签收的包裹"], cards(at("sender"))["清点缺少的包裹"]) == (
        "1",
        "1",
    )
    assert [found(at("sender"), f"/parcels?late={late}") for late in "10"] == ["1", "1"]


def test_what_no_page_does_says_whom_to_ask_and_keeps_the_command_folded(world, at):
    student = world.student(1)
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, student)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    for url, kind in (
        ("/rosters", "花名册"),
        ("/archives", "登记表"),
        ("/parcels", "装箱单"),
        ("/handovers", "签领表"),
        ("/certificates", "毕业证书"),
    ):
        body = at("college").get(url).content.decode()
        before, folded, rest = body.partition('<details class="note request">')
        assert (
            folded != "",
            "graduand " in before.partition("<main")[2],
            f"--kind {kind}" in rest,
        ) == (True, False, True)
        assert "网页上还不能办理，请联系系统管理员代为办理" in rest
    body = at("hq").get("/certificates?batch=202307").content.decode()
    assert ("导出学信网注册文件" in body, "graduand export chsi 202307 --out 目录" in body) == (
        True,
        True,
    )
    assert "导出学信网注册文件" not in at("college").get("/certificates").content.decode()
    again = at("hq").get("/certificates?cancelled=1").content.decode()
    command = "graduand export chsi 202307 --again 学号名单.txt --out 目录"
    assert ("导出重新注册的文件" in again, command in again) == (True, True)


def test_papers_that_nobody_could_record_are_not_called_missing(world, at):
    student = world.student(1)
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, student)
    body = at("a").get("/archives?batch=202307").content.decode()
    assert (
        body.count(">未登记<"),
        body.count(">未到<"),
        "网页上还不能登记档案材料到件" in body,
    ) == (3, 0, True)
    world.file(student).documents.create(kind="transcript", ready_at=clock.now())
    body = at("a").get("/archives?batch=202307").content.decode()
    assert (body.count(">未登记<"), body.count(">未到<"), body.count(">已到<")) == (0, 2, 1)
