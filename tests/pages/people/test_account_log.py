"""The audit trail tells what everybody did, by page or by command: one entry a deed with its count, found by who did it."""

import re
from dataclasses import replace

import pytest

from graduand.models import (
    AccountEvent,
    Candidate,
    Consent,
    GradesDeclared,
    Grant,
    Intake,
    Notice,
    PhotoDecision,
    PhotoRow,
    Roster,
    Student,
    User,
)
from graduand.office import account_log, acts
from graduand.office.messages import notices
from graduand.office.people import accounts, granting
from graduand.office.photos import comparison
from graduand.office.photos.by_hand.reviews import PictureDecision
from graduand.office.photos.by_hand.reviews import decide as decide_photo
from graduand.office.season import batches, grades
from graduand.office.season.ending import closing
from graduand.pages.frame.words import event_note
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.terms import Role, Verb
from tests import jobs
from tests.management.calling import graduand
from tests.pages.messages.test_notices import publish
from tests.pages.records.uploads import send, students
from tests.pages.season.side_by_side.test_grades import form
from tests.pages.world import PASSWORD

BASIS = "个人信息保护影响评估 2023-05"


def colleague(world, name: str, words: str, role: Role) -> User:
    user = world.users[name] = User.objects.create_user(name, words, PASSWORD)
    Grant.objects.create(user=user, role=role.value, unit=world.centres[0].parent.parent)
    return user


def approved(world, *people: Student) -> None:
    world.judge()
    for name, verb in (("a", Verb.APPLY), ("college", Verb.ENDORSE), ("hq", Verb.APPROVE)):
        world.do(name, verb, *people)


def a_day(world, at) -> None:
    """What an office does in a day, each desk on its pages."""
    people = [world.student(number) for number in (1, 2, 3)]
    approved(world, *people[:2])
    pending = PhotoRow.objects.get(student=people[2], kind="graduation")
    PhotoRow.objects.filter(pk=pending.pk).update(review="pending", stored_by=world.users["a"])
    at("college").post(
        f"/photos/review/{pending.pk}/decide", {"key": "d1", "answer": "accept", "note": ""}
    )
    sent = send(at("college"), students(3))["Location"]
    at("college").post(f"{sent}/begin")
    at("college").post("/grades/declare", form(at("college")))
    at("college").post("/grades/declare", {**form(at("college")), "note": "成绩有误"})
    world.judge()
    publish(at("hq"))
    batches.freeze_roster(world.batch, world.users["hq"].pk)
    closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))


def told(*deeds: Deed) -> list[tuple[str, str, str]]:
    """(what, who, note), in their order."""
    rows = (
        AccountEvent.objects.filter(deed__in=[deed.value for deed in deeds])
        .select_related("actor")
        .order_by("id")
    )
    return [
        (Deed(row.deed).label, row.actor.username, re.sub(r"第 \d+ 号", "第 N 号", event_note(row)))
        for row in rows
    ]


OF_THE_DAY = (
    Deed.ACTED,
    Deed.IMPORTED,
    Deed.PHOTO_DECIDED,
    Deed.ROSTER_FROZEN,
    Deed.GRADES_DECLARED,
    Deed.GRADES_TAKEN,
    Deed.PUBLISHED,
    Deed.EXPLAINED,
)


def test_the_classes_of_a_teacher_are_told_when_given_and_when_taken_back(world):
    """A teacher of one class is not taken for one of all; an event of before says nothing of them."""
    world.student(1)
    Student.objects.update(class_code="B1")
    boss, user = world.actor("hq"), world.users["a"]
    boss = replace(boss, roles=frozenset({Role.HQ_ADMIN}))
    one = granting.RolePlace(Role.CLASS_TEACHER, world.centres[0], classes=("B1",))
    for turn, place in enumerate((one, replace(one, classes=()))):
        accounts.grant(accounts.FormOrigin(boss, key=f"g{turn}"), user, place)
        held = Grant.objects.get(user=user, role=Role.CLASS_TEACHER.value)
        accounts.end_grant(accounts.FormOrigin(boss, key=f"e{turn}"), user, held.pk)
    unit = one.unit.code
    notes = [f"班主任，单位 {unit}，班级 B1"] * 2 + [f"班主任，单位 {unit}，全部班级"] * 2
    events = list(AccountEvent.objects.filter(user=user).order_by("id"))
    assert [event_note(event) for event in events] == notes
    del events[0].detail["classes"]
    assert event_note(events[0]) == f"班主任，单位 {unit}"


def test_every_deed_of_the_pages_is_one_entry_with_its_count(world, at):
    a_day(world, at)
    assert told(*OF_THE_DAY) == [
        ("办理", "a", "「申请毕业」2 件（第 N 号），批次 202307"),
        ("办理", "college", "「学院审核通过」2 件（第 N 号），批次 202307"),
        ("办理", "hq", "「准予毕业」2 件（第 N 号），批次 202307"),
        ("审核照片", "college", "合格"),
        ("导入数据", "college", "「学生」新增 3、更新 0（第 N 号导入）"),
        ("申报成绩", "college", "单位 10，批次 202307，「首批」"),
        ("撤回成绩申报", "college", "单位 10，批次 202307，「首批」"),
        ("发布通知", "hq", "第 N 号通知，批次 202307"),
        ("确定花名册", "hq", "第 N 号花名册 2 人，批次 202307"),
        ("说明未办结原因", "hq", "满足毕业条件、尚未申请 1 人 （原因：联系不上），批次 202307"),
    ]


def test_the_auditor_finds_by_name_all_that_a_person_did_alone_or_as_the_second(world, at):
    a_day(world, at)
    second = colleague(world, "hq2", "钱仲文", Role.HQ_REVIEWER)
    file = Candidate.objects.filter(stage="approved").first()
    act_request = acts.ActRequest(Verb.SEND_BACK, second=second, answers={"reason": "photo"})
    acts.do(world.batch, [file.pk], world.actor("hq"), act_request)
    found = {name: found_by(at, world.users[name].name) for name in ("college", "hq", "hq2", "a")}
    mine = {name: AccountEvent.objects.filter(actor=world.users[name]).count() for name in found}
    assert found == {**mine, "hq2": 1}
    assert (mine["college"], mine["hq"]) == (5, 5)
    assert found_by(at, "hq2") == 1  # by the account as by the name


def test_what_comes_of_a_page_says_from_where_also_what_the_worker_ends(world, at, settings):
    """导入 and 关闭批次 end in the background: the address is that of whoever has ordered them."""
    settings.SHEET_AT_ONCE_BYTES = 10
    approved(world, world.student(1))
    colleague(world, "hq2", "钱仲文", Role.HQ_REVIEWER)
    sent = send(at("college"), students(3))["Location"]
    while jobs.work_once():
        pass
    at("college").post(f"{sent}/begin")
    at("hq").post("/rosters/freeze", {"batch": "202307", "seen": "1"})
    at("hq").post("/batches/202307/switch", {"do": "close", "key": "k1", "reason": "期满"})
    at("hq2").post(f"/consents/{Consent.objects.get().pk}", {"agree": "1"})
    while jobs.work_once():
        pass
    deeds = (Deed.IMPORTED, Deed.ROSTER_FROZEN, Deed.BATCH_CLOSED, Deed.CONSENTED)
    rows = AccountEvent.objects.filter(deed__in=[deed.value for deed in deeds])
    assert dict(rows.values_list("deed", "address")) == {deed.value: "127.0.0.1" for deed in deeds}
    graduand("roster", "202307")
    assert "@" in AccountEvent.objects.filter(deed=Deed.COMMANDED).latest("id").address


def test_who_did_it_stands_there_with_the_account_of_two_people_both(world, at):
    approved(world, world.student(1))
    second = colleague(world, "hq2", "钱仲文", Role.HQ_REVIEWER)
    act_request = acts.ActRequest(Verb.SEND_BACK, second=second, answers={"reason": "photo"})
    acts.do(world.batch, [Candidate.objects.get().pk], world.actor("hq"), act_request)
    page = at("auditor").get("/trail?deed=acted").content.decode()
    assert re.findall(r'data-label="办理人">([^<]+)<', page) == [
        "总部何老师（hq）、钱仲文（hq2）",
        "总部何老师（hq）",
        "学院李老师（college）",
        "周老师（a）",
    ]


def test_a_list_that_left_is_named(world, at):
    account_log.note(
        Deed.EXPORTED, actor=world.users["a"].pk, serial=4, rows=33, listing="students"
    )
    assert "「学生」33 行，第 4 号" in at("auditor").get("/trail").content.decode()


def found_by(at, value: str) -> int:
    page = at("auditor").get("/trail", {"q": value}).content.decode()
    return int(re.search(r"查询到 <b>([\d,]+)</b>", page)[1])


def test_a_trial_and_what_was_done_already_are_no_deeds(world, at):
    world.student(1)
    world.judge()
    sent = send(at("college"), students(3))["Location"]
    assert told(Deed.IMPORTED) == []
    for _ in range(2):
        at("college").post(f"{sent}/begin")
        publish(at("hq"))
        closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq"))
    counts = {deed: len(told(deed)) for deed in (Deed.IMPORTED, Deed.PUBLISHED, Deed.EXPLAINED)}
    assert counts == dict.fromkeys(counts, 1)


def test_what_is_not_told_is_not_done(world, at, monkeypatch):
    """An account log that can't be written takes the deed with it."""
    people = [world.student(number) for number in (1, 2)]
    approved(world, people[0])
    boss = colleague(world, "boss", "管理员", Role.HQ_ADMIN)
    turn = world.batch.rounds.get(name="首批")
    PhotoRow.objects.filter(student=people[1], kind="graduation").update(
        review="pending", stored_by=world.users["a"]
    )
    photo = PhotoRow.objects.get(student=people[1], kind="graduation")
    sent = send(at("college"), students(3))["Location"]

    def fails(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(account_log, "note", fails)
    letter = notices.Letter("通知", "正文")
    for do in (
        lambda: batches.freeze_roster(world.batch, boss.pk),
        lambda: notices.publish(world.batch, letter, world.actor("hq"), "k1"),
        lambda: grades.declare(turn, world.centres[0].parent, world.actor("college")),
        lambda: closing.explain(world.batch, "unfiled", None, "联系不上", world.actor("hq")),
        lambda: decide_photo(
            photo.pk, world.actor("college"), PictureDecision(accepted=True, key="d1")
        ),
        lambda: comparison.order(True, BASIS, world.actor("boss"), "f1"),
        lambda: at("college").post(f"{sent}/begin"),
    ):
        with pytest.raises(OSError, match="disk full"):
            do()
    assert (
        Roster.objects.exclude(number=Roster.UNNUMBERED).count(),
        Notice.objects.count(),
        GradesDeclared.objects.count(),
        Candidate.objects.exclude(explanation="").count(),
        PhotoDecision.objects.count(),
        Intake.objects.filter(kept=True).count(),
        Student.objects.count(),
    ) == (0, 0, 0, 0, 0, 0, 2)
