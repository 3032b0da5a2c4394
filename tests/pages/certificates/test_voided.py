"""What a student reads of a certificate that was taken back, and of a closed batch that is opened again."""

import re
from datetime import timedelta

import pytest
from django.db.models import F

from graduand.models import Candidate, Certificate, Grant, Job, Parcel, Result, User
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.season import batches
from graduand.office.season.ending import reopening
from graduand.rulebook.terms import Role, Stage, Verb
from tests.acting import shut
from tests.factories import set_clock
from tests.pages.reading import text
from tests.pages.stations import counted
from tests.pages.world import account_for

NOTHING = "暂时不需要您处理。"


@pytest.fixture
def certified(world):
    """One with a numbered certificate, and a second person at headquarters."""
    unit = world.users["hq"].grants.get().unit
    world.users["hq2"] = User.objects.create_user("hq2", "总部吕老师", "x")
    Grant.objects.create(user=world.users["hq2"], role=Role.HQ_REVIEWER.value, unit=unit)
    world.one = world.student(1)
    account_for(world, world.one)
    world.judge()
    for who, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq2", Verb.APPROVE)):
        world.do(who, verb, world.one)
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    world.do("hq", Verb.CERTIFY, world.one)
    return world


def void(world, reason="details") -> str:
    """Taken back by two people, with a reason for the student; the number that is spent."""
    number = Certificate.objects.get(voided_at=None).number
    act_request = acts.ActRequest(
        Verb.VOID, second=world.users["hq2"], answers={"reason": reason, "note": "姓名印错"}
    )
    assert (
        acts.do(world.batch, [world.file(world.one).pk], world.actor("hq"), act_request).done == 1
    )
    return number


def to_the_hand(world) -> None:
    world.do("college", Verb.SHIP, world.one, carrier="邮政", tracking="YZ1")
    world.do("a", Verb.RECEIVE, world.one)
    Certificate.objects.update(queryable=True)
    world.do("a", Verb.COLLECT, world.one, handover="in_person", confirmed=True)
    assert world.file(world.one).stage == Stage.COLLECTED


def test_who_never_had_the_voided_certificate_reads_why_and_that_a_new_one_is_made(certified, at):
    assert NOTHING in text(at("student").get("/my"))
    number = void(certified)
    page = text(at("student").get("/my"))
    assert (
        f"毕业证书正在重新办理： 原证书（编号 {number}）已于 2023-07-12 作废，不能再使用。原因：信息有误：姓名印错。"
        "原证书没有发到您手里，不需要交回。新证书重新编号制证，寄到学习中心后请带身份证件领取。"
    ) in page
    assert "毕业证书作废，重新办理 2023-07-12 12:00 信息有误：姓名印错" in page
    assert NOTHING not in page


PAPER_OUT = {
    "a": "证书已作废，旧证在途中或在学习中心：收到后不能发给学生，请退回学院销毁",
    "college": "证书已作废，旧证在途中或在学习中心：等学习中心退回，收到后销毁，另留记录",
}


@pytest.mark.parametrize("counted_in", [False, True])
def test_home_says_that_a_voided_paper_on_its_way_or_at_the_centre_goes_back(
    certified, at, counted_in
):
    """What the student's page alone said; for a while, as nobody can record that it came back."""
    certified.do("college", Verb.SHIP, certified.one, carrier="邮政", tracking="YZ1")
    if counted_in:
        certified.do("a", Verb.RECEIVE, certified.one)
    assert [words in text(at(who).get("/")) for who, words in PAPER_OUT.items()] == [False] * 2
    number = void(certified)
    url = "/certificates?batch=202307&void=1&withdraw=1"
    for who, words in PAPER_OUT.items():
        shown = at(who).get("/").content.decode().replace("&amp;", "&")
        assert re.findall(rf'<a href="([^"]+)">{words}</a>.*?<b>1 本</b>', shown) == [url]
        assert number in at(who).get(url).content.decode()
    assert [
        words in text(at(who).get("/")) for who in ("b", "hq") for words in PAPER_OUT.values()
    ] == [False] * 4
    set_clock("2023-09-01 12:00")
    assert PAPER_OUT["a"] not in text(at("a").get("/"))


def test_home_says_nothing_of_a_voided_paper_that_never_left_the_college(certified, at):
    void(certified)
    assert [words in text(at(who).get("/")) for who, words in PAPER_OUT.items()] == [False] * 2


def test_no_new_certificate_is_promised_while_conditions_are_missing(certified, at):
    void(certified)
    Result.objects.filter(student=certified.one.pk, course="002").update(pass_key="")
    auditing.mark_stale([certified.one.pk])
    auditing.run(certified.batch)
    page = text(at("student").get("/my"))
    said = "毕业证书已作废，暂不能重新编号： .*?不需要交回。现在不满足毕业条件：(.*?)。补齐以后，新证书重新编号制证"
    told = re.search(said, page)
    assert re.fullmatch("(?:[^；]+（由[^）]+办理）；?)+", told[1])
    assert "毕业证书正在重新办理" not in page


def test_whose_certificate_is_out_is_asked_to_bring_it_back_until_the_new_one_is_there(
    certified, at
):
    to_the_hand(certified)
    Certificate.objects.update(queryable=False)
    number = void(certified)
    page = text(at("student").get("/my"))
    assert f"需要您处理： 原证书（编号 {number}）已于 2023-07-12 作废" in page
    assert "请把手里的原证书交回杭州学习中心；已经遗失的，请向学习中心说明。" in page
    certified.do("hq", Verb.CERTIFY, certified.one)
    assert f"原证书（编号 {number}）" in text(at("student").get("/my"))
    to_the_hand(certified)
    page = text(at("student").get("/my"))
    assert ("原证书（" in page, "已领取毕业证书。" in page) == (False, True)


def test_the_reasons_that_students_may_see_stand_in_their_history_and_no_others(certified, at):
    other = certified.student(2)
    account_for(certified, other, "second")
    certified.judge()
    certified.do("a", Verb.APPLY, other)
    certified.do("college", Verb.SEND_BACK, other, reason="photo", note="请重拍")
    page = text(at("second").get("/my"))
    assert "退回补正 2023-07-12 12:00 照片问题：请重拍" in page
    assert "学院李老师" not in page


def test_a_student_of_a_batch_that_is_opened_again_is_not_sent_to_the_next_one(world, at):
    student = world.student(1)
    account_for(world, student)
    world.judge()
    world.do("a", Verb.APPLY, student)
    Candidate.objects.update(explanation="材料没有交齐")
    shut(world.batch, world.actor("hq"))
    assert "将转入下一毕业批次" in text(at("student").get("/my"))
    reopening.order(world.batch, world.actor("hq"))
    page = text(at("student").get("/my"))
    assert ("将转入下一毕业批次" in page, "本批次正在重新开放：" in page) == (False, True)
    Job.objects.update(beat_at=F("beat_at") - timedelta(seconds=90))  # and nobody is at it
    page = text(at("student").get("/my"))
    assert "本批次重新开放暂时没有进展： 学校的系统恢复后会接着恢复名单" in page
    assert "有疑问请联系杭州学习中心" in page
    roll_forward.batches()
    auditing.run(world.batch)
    page = text(at("student").get("/my"))
    assert "批次重新开放，恢复为未申请" in page
    assert "材料没有交齐" not in page


def test_who_had_applied_before_the_closing_reaches_the_centre_when_the_batch_is_open_again(
    world, at
):
    """A card on home and a line in the menu, both of exactly these people; gone with the application."""
    had, never = world.student(1), world.student(2)
    world.judge()
    world.do("a", Verb.APPLY, had)
    card = 'href="/candidates?batch=202307&amp;stage=listed&amp;refile=1"'
    assert card not in at("a").get("/").content.decode()
    Candidate.objects.update(explanation="材料没有交齐")
    shut(world.batch, world.actor("hq"))
    reopening.order(world.batch, world.actor("hq"))
    roll_forward.batches()
    auditing.run(world.batch)
    page = at("a").get("/").content.decode()
    assert page.count(card) == 2
    shown = at("a").get("/candidates?batch=202307&stage=listed&refile=1").content.decode()
    assert "<h1>重新开放后须重新申请</h1>" in shown
    assert (had.number in shown, never.number in shown) == (True, False)
    world.do("a", Verb.APPLY, had)
    assert at("a").get("/").content.decode().count(card) == 1  # the line of the menu
    story = text(at("a").get(f"/candidates/{world.file(had).pk}"))
    assert "未办结转 已申请 → 未办结转 2023-07-12 12:00 总部 总部何老师 材料没有交齐" in story


BY_HAND = "本系统暂不登记收回和销毁，请另留记录"
LAY = {
    "certify": ("在学院", "已经打印的由学院收回销毁，不能寄出"),
    "ship": ("在途中", "杭州学习中心收到后不能发给学生，请退回学院，由学院销毁"),
    "receive": ("在学习中心", "不能发给学生，请杭州学习中心退回学院，由学院销毁"),
    "collect": ("在学生手里", "请杭州学习中心通知学生交回，转交学院销毁"),
}


@pytest.mark.parametrize("last", LAY)
def test_the_desks_read_what_becomes_of_the_paper_of_a_voided_certificate(certified, at, last):
    """Where it lay, who takes it back, who destroys it: on the page of the file, and in the list of what was voided."""
    steps = {
        "ship": ("college", Verb.SHIP, {"carrier": "邮政", "tracking": "YZ1"}),
        "receive": ("a", Verb.RECEIVE, {}),
        "collect": ("a", Verb.COLLECT, {"handover": "in_person", "confirmed": True}),
    }
    for name, (who, verb, said) in list(steps.items())[: list(LAY).index(last)]:
        Certificate.objects.update(queryable=name == "collect")
        certified.do(who, verb, certified.one, **said)
    Certificate.objects.update(queryable=False)
    number, (lay, todo) = void(certified), LAY[last]
    for desk in ("hq", "college", "a"):
        page = text(at(desk).get(f"/candidates/{certified.file(certified.one).pk}"))
        assert f"作废的纸质证书 编号 {number} 的证书已作废，作废时{lay}：{todo}。{BY_HAND}" in page
    listed = text(at("college").get("/certificates?batch=202307&void=1"))
    assert (f"须收回，作废时{lay}" in listed, BY_HAND in listed) == (True, True)


@pytest.mark.parametrize(("last", "lay"), [("ship", "在途中"), ("receive", "在学习中心")])
def test_a_paper_that_was_voided_in_its_parcel_stands_there_with_its_number_to_be_sent_back(
    certified, at, last, lay
):
    """Nobody took it out: whoever opens the parcel holds a certificate with that number."""
    certified.do("college", Verb.SHIP, certified.one, carrier="邮政", tracking="YZ1")
    if last == "receive":
        certified.do("a", Verb.RECEIVE, certified.one)
    pk, words = Parcel.objects.get().pk, "已作废，不能发给学生"
    before = text(at("a").get(f"/parcels/{pk}"))
    number = void(certified)
    for desk in ("a", "college"):
        page = at(desk).get(f"/parcels/{pk}")
        assert (
            words in text(page),
            "退回学院销毁" in text(page),
            number in text(page),
            "已取出" in text(page),
        ) == (True, True, True, False)
        assert f"作废时{lay}" in page.content.decode()
    assert (words in before, number in before) == (False, True)


def test_nobody_is_asked_to_send_back_what_is_lost(certified, at):
    ship(certified, "YZ1")
    certified.do("a", Verb.RECEIVE, certified.one)
    number = void(certified, "lost")
    page = text(at("a").get(f"/candidates/{certified.file(certified.one).pk}"))
    assert f"编号 {number} 的证书因遗失作废：以后找到的不能再用，请交学院销毁。{BY_HAND}" in page
    parcel = text(at("a").get(f"/parcels/{Parcel.objects.get().pk}"))
    assert ("因遗失作废" in parcel, "退回学院销毁" in parcel) == (True, False)
    listed = text(at("college").get("/certificates?batch=202307&void=1"))
    assert (number in listed, "须收回，作废时" in listed) == (True, False)
    for desk in ("a", "college"):
        assert PAPER_OUT[desk] not in text(at(desk).get("/"))


def test_what_a_count_did_not_find_and_is_voided_is_not_said_to_have_been_taken_out(certified, at):
    for reason, words in (("lost", "因遗失作废"), ("details", "清点缺少，已作废")):
        ship(certified, f"YZ{reason}")
        parcel = Parcel.objects.latest("id")
        counted(at("a"), parcel, [])
        acts.resume(certified.batch)
        void(certified, reason)
        page = text(at("college").get(f"/parcels/{parcel.pk}"))
        assert (words in page, "已取出" in page) == (True, False)
        set_clock(f"2023-07-13T1{len(words)}:00:00+08:00")
        certified.do("hq", Verb.CERTIFY, certified.one)


def test_only_the_parcel_that_it_lay_in_last_says_so_of_a_voided_paper(certified, at):
    """It left the first one before, by a recall; what is made anew travels in a third."""
    ship(certified, "YZ1")
    certified.do("a", Verb.RECEIVE, certified.one)
    recall(certified)
    ship(certified, "YZ2")
    set_clock("2023-07-13T11:00:00+08:00")
    number = void(certified)
    assert told_by_parcels(at) == {"YZ1": None, "YZ2": number}
    certified.do("hq", Verb.CERTIFY, certified.one)
    set_clock("2023-07-13T12:00:00+08:00")
    ship(certified, "YZ3")
    assert told_by_parcels(at) == {"YZ1": None, "YZ2": number, "YZ3": None}


@pytest.mark.parametrize("lay", ["at the college", "in the student's hand"])
def test_no_parcel_says_so_of_what_was_voided_elsewhere(certified, at, lay):
    """Nor when its successor is voided in a parcel of its own."""
    if lay == "at the college":
        ship(certified, "YZ1")
        recall(certified)
    else:
        to_the_hand(certified)
        Certificate.objects.update(queryable=False)
    void(certified)
    assert told_by_parcels(at) == {"YZ1": None}
    certified.do("hq", Verb.CERTIFY, certified.one)
    set_clock("2023-07-13T12:00:00+08:00")
    ship(certified, "YZ2")
    assert told_by_parcels(at) == {"YZ1": None, "YZ2": None}
    number = void(certified)
    assert told_by_parcels(at) == {"YZ1": None, "YZ2": number}


def ship(world, tracking) -> None:
    world.do("college", Verb.SHIP, world.one, carrier="邮政", tracking=tracking)


def recall(world) -> None:
    """Back to the college; what comes next is done a day later."""
    world.do("college", Verb.RECALL, world.one, reason="missent")
    set_clock("2023-07-13T10:00:00+08:00")


def told_by_parcels(at) -> dict[str, str | None]:
    """Waybill -> the number of the voided certificate that this parcel is told to hold."""
    told = {}
    for parcel in Parcel.objects.order_by("pk"):
        page = text(at("a").get(f"/parcels/{parcel.pk}"))
        spent = Certificate.objects.exclude(voided_at=None).values_list("number", flat=True)
        numbers = [number for number in spent if number in page]
        assert ("退回学院销毁" in page) is bool(numbers)
        told[parcel.tracking] = numbers[0] if numbers else None
    return told


def test_whose_certificate_went_back_unclaimed_reads_whom_to_ask_until_it_is_sent_again(
    certified, at
):
    told = (
        "证书因无人领取已退回学院： 要领取的，请联系杭州学习中心（0571-00000000），由学院重新寄来"
    )
    ship(certified, "YZ1")
    certified.do("a", Verb.RECEIVE, certified.one)
    certified.do("college", Verb.RECALL, certified.one, reason="unclaimed", note="三次通知")
    back = text(at("student").get("/my"))
    ship(certified, "YZ2")
    assert (told in back, "无人领取已退回" in text(at("student").get("/my"))) == (True, False)
