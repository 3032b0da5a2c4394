"""`graduand act` where two people must agree: voiding, degrees, filed cases, cancellations."""

from datetime import date

from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    DegreeMaterial,
    Event,
    IdentityCase,
    User,
)
from graduand.queries import clock
from graduand.rulebook.terms import Level, Stage
from tests import acting, factories
from tests.management.acting import act, reach
from tests.management.calling import graduand, numbers, stages, students_file, tally


def test_two_people(season):
    ids = factories.enrol(season)
    reach(season, ids, "applied")
    assert act("reject", "202307", "--reason", "result").json == tally("reject", done=1)
    alone = act("reopen", "202307", "--as", "hq1", "--reason", "成绩有误")
    assert (alone.code, alone.json["by_code"]) == (1, {"WAITS-SECOND": 1})
    assert (
        act("reopen", "202307", "--as", "hq1", "--second", "hq1", "--reason", "成绩有误").code == 1
    )
    both = act("reopen", "202307", "--as", "hq1", "--second", "hq2", "--reason", "成绩有误")
    assert (both.code, both.json, stages(ids)) == (0, tally("reopen", done=1), ["returned"])


def test_one_hq_account_is_told_that_two_are_needed(season):
    ids = factories.enrol(season)
    reach(season, ids, "applied")
    User.objects.filter(username__in=("hq2", "hq3")).update(is_active=False)
    act("reject", "202307", "--reason", "result")
    answer = act("reopen", "202307", "--as", "hq1", "--reason", "成绩有误")
    assert "目前只有一个总部账号，双人办理的操作还需要第二个" in answer.err


def test_void_spends_the_number(season):
    ids = factories.enrol(season)
    reach(season, ids, "certified")
    old = Certificate.objects.get().number
    assert act(
        "void", "202307", "--as", "hq1", "--second", "hq2", "--reason", "details"
    ).json == tally("void", done=1)
    assert graduand("certify", "202307", "--json").json == tally("certify", done=1)
    assert int(Certificate.objects.get(voided_at=None).number) == int(old) + 1


def test_degrees_are_granted_by_command_to_whoever_applied(season, tmp_path):
    ids = factories.enrol(season, 2, level=Level.TOP_UP) + factories.enrol(season, 1)
    acting.walk(season, ids, Stage.APPROVED)
    answer = act("degree_apply", "202307")
    lacks = {"DEGREE-THESIS": 2, "DEGREE-LANGUAGE": 2}  # nobody asks for a 专科 degree
    assert (answer.code, answer.json["by_code"]) == (1, lacks)
    for pk in ids:
        DegreeMaterial.objects.create(
            student_id=Candidate.objects.get(pk=pk).student_id,
            thesis_mark="85",
            language_kind="大学英语四级",
            language_mark="430",
        )
    assert act("degree_apply", "202307").json == tally("degree_apply", done=2)
    line = graduand("act", "degree_grant", "202307")
    assert (line.code, line.out) == (0, "授予学位 202307：办理 2 人（授予学位）\n")
    assert sorted(Candidate.objects.values_list("degree", flat=True)) == [
        "granted",
        "granted",
        "none",
    ]
    rows = (
        Event.objects.filter(verb__startswith="degree")
        .values_list("verb", "actor__username", "desk")
        .distinct()
    )
    assert sorted(rows) == [
        ("degree_apply", "system-centre", "centre"),
        ("degree_grant", "system-hq", "hq"),
    ]


def test_who_asks_by_command_to_take_a_degree_back_reads_what_fails_of_it(season):
    ids = factories.enrol(season, 1, level=Level.TOP_UP)
    acting.walk(season, ids, Stage.APPROVED)
    student = Candidate.objects.get(pk=ids[0]).student_id
    language = {"language_kind": "大学英语四级", "language_mark": "430"}
    DegreeMaterial.objects.create(student_id=student, thesis_mark="85", **language)
    for verb in ("degree_apply", "degree_grant"):
        assert act(verb, "202307").json == tally(verb, done=1)
    DegreeMaterial.objects.update(thesis_mark="40")
    answer = act("degree_decline", "202307", "--as", "hq1", "--reason", "result")
    assert (answer.code, answer.json["by_code"]) == (1, {"WAITS-SECOND": 1})
    assert (
        "学位不符合的各项：学位论文成绩要求 80，学位材料中为 40（课程成绩不能代替）\n" in answer.err
    )


def test_四_1_a_filing_by_command_with_its_paper(season, tmp_path):
    ids = factories.enrol(season)
    reach(season, ids, "applied")
    person = Candidate.objects.get(pk=ids[0]).student
    ChsiReport.objects.update(verdict="unsure")
    IdentityCase.objects.create(student=person, verdict="unsure", opened_at=clock.now())
    who = students_file(tmp_path, numbers(ids))
    assert act("endorse", "202307").json["by_code"] == {"CHSI-DOUBT": 1}
    listed = graduand("identity", "202307", "--json").json
    assert [
        (row["student_no"], row["verdict"], row["state"], row["desk"]) for row in listed["cases"]
    ] == [(person.number, "身份核验不确定", "待核实", "学习中心")]
    paper = students_file(tmp_path, ["备案表"], "备案表.txt")
    words = ("--students", who, "--note", "省厅同意备案 2023-07-11", "--statement", paper)
    assert act("case_clear", "202307", *words).json["by_code"] == {"REASON": 1, "SECOND": 1}
    for verb in ("case_submit", "case_report", "case_clear"):
        assert act(verb, "202307", *words).json == tally(verb, done=1)
    event = Event.objects.get(verb="case_clear")
    assert (event.actor.username, event.note, event.act.asked["statement"]["name"]) == (
        "system-hq",
        "省厅同意备案 2023-07-11",
        "备案表.txt",
    )
    assert graduand("identity", "202307").out == "批次 202307 没有未备案通过的身份复核\n"
    assert act("endorse", "202307").json["done"] == 1


def test_a_cancellation_by_command_opens_the_way_to_void(season, tmp_path):
    ids = factories.enrol(season)
    reach(season, ids, "certified")
    acting.register(ids)
    factories.set_clock("2023-07-25 09:00")
    who = students_file(tmp_path, numbers(ids))
    void = (
        "void",
        "202307",
        "--students",
        who,
        "--reason",
        "信息有误",
        "--as",
        "hq1",
        "--second",
        "hq2",
    )
    assert act(*void).json["by_code"] == {"VOID-GROUND": 1}
    done = act(
        "deregister",
        "202307",
        "--students",
        who,
        "--note",
        "注销函 12 号",
        "--on",
        "2023-07-24",
        "--as",
        "hq1",
        "--second",
        "hq2",
    )
    assert (done.json, Certificate.objects.get().cancelled_on) == (
        tally("deregister", done=1),
        date(2023, 7, 24),
    )
    assert act(*void).json == tally("void", done=1)


def test_the_system_account_is_no_first_person(season, tmp_path):
    ids = factories.enrol(season)
    reach(season, ids, "certified")
    answer = act("void", "202307", "--reason", "信息有误", "--second", "hq2")
    assert answer.json["by_code"] == {"SECOND": 1}
    assert "系统账号不能算第一人，请说明由谁办理（--as）" in answer.err
    assert act(
        "void", "202307", "--reason", "信息有误", "--second", "hq2", "--as", "hq1"
    ).json == tally("void", done=1)
