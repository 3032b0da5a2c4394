"""A command says in whose name it acts; one without a name is the program's, which is nobody where a person is asked."""

from datetime import date
from getpass import getuser
from socket import gethostname

import pytest

from graduand.models import (
    AccountEvent,
    Batch,
    Candidate,
    Consent,
    Deployment,
    Event,
    Grant,
    IdentityCase,
    Unit,
    User,
)
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers
from graduand.queries import clock, scope
from graduand.rulebook.terms import CaseState, Stage
from tests import acting, factories
from tests.management.calling import graduand, numbers, stages, students_file

HERE = f"{getuser()}@{gethostname()}"[:45]
HQ_ROW = "账号,姓名,单位代码,角色\nchief,章主任,{unit},总部审核\n"


def production():
    """The same database as a house's own."""
    Deployment.objects.filter(key=clock.DEMO_KEY).delete()


def trail() -> list[tuple]:
    """(deed, who, from where, what) of everything that the account log tells."""
    rows = AccountEvent.objects.order_by("id").select_related("actor")
    return [
        (
            row.deed,
            row.actor.username if row.actor else "",
            row.address,
            row.detail.get("command") or row.detail.get("verb"),
        )
        for row in rows
    ]


def test_what_is_done_by_command_stands_in_the_trail_with_who_sat_there(season, tmp_path):
    factories.enrol(season, 2)
    before = len(trail())
    graduand("act", "apply", "202307")
    graduand("act", "endorse", "202307", "--as", "college1")
    graduand("roster", "202307")
    told = trail()[before:]
    assert [row for row in told if row[0] in ("acted", "commanded")] == [
        ("acted", "system-centre", HERE, "apply"),
        ("acted", "college1", HERE, "endorse"),
        ("commanded", "system-hq", HERE, "roster 202307"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("batch", "delete", "202307", "--confirmed"),
        ("grades", "202307", "--round", "首批", "--college", "X1"),
        ("grades", "202307", "--round", "首批", "--college", "X1", "--withdraw", "--note", "写错"),
    ],
)
def test_what_a_person_answers_for_needs_one_outside_the_demo(season, words):
    college = Unit.objects.get(kind="college")
    words = [college.code if word == "X1" else word for word in words]
    production()
    refused = graduand(*words)
    assert (refused.code, "须有人负责：请用 --as 说明由谁办理" in refused.err) == (1, True)
    assert Batch.objects.get(code="202307").deleted_at is None


@pytest.mark.parametrize("stage", [Stage.SHIPPED, Stage.RECEIVED])
def test_that_papers_have_come_back_is_said_by_somebody_of_named_students(season, tmp_path, stage):
    """One command without names would say it of every paper of the batch, and the next print makes each a second time."""
    ids = acting.walk(season, factories.enrol(season, 2), stage)
    one = ("--students", students_file(tmp_path, numbers(ids[:1])))
    recall = ("act", "recall", "202307", "--reason", "missent", "--json")
    production()
    for words in ((), ("--as", "dispatch1"), one):
        refused = graduand(*recall, *words)
        said = "用 --as 说明由谁办理，用 --students 说明收回了哪些学生的证书" in refused.err
        assert (refused.code, said, stages(ids)) == (1, True, [stage] * 2)
    done = graduand(*recall, *one, "--as", "dispatch1").json
    assert (done["done"], done["by_code"]) == (1, {})
    event = Event.objects.latest("id")
    assert (event.actor.username, stages(ids)) == ("dispatch1", ["certified", stage])


def bring_users(tmp_path, unit):
    path = tmp_path / "账号.csv"
    path.write_text(HQ_ROW.format(unit=unit), encoding="utf-8-sig")
    return graduand("import", "users", path)


def test_A10_one_persons_file_gives_no_role_of_headquarters_by_command_either(season, tmp_path):
    assert own_accounts.headquarters_accounts() >= own_accounts.FIRST_ACCOUNTS
    hq = Unit.objects.get(kind="hq")
    refused = bring_users(tmp_path, hq.code)
    assert (refused.code, User.objects.filter(username="chief").exists()) == (1, False)
    assert "第 2 行：「总部审核」须由两人授予，不能导入；请在「人员与岗位」中办理" in refused.err
    path = tmp_path / "改.csv"
    path.write_text(
        f"账号,姓名,单位代码,角色\nhq1,总部何老师,{season.centres[0].code},学习中心\n",
        encoding="utf-8-sig",
    )
    taken = graduand("import", "users", path)
    assert (taken.code, "该账号的岗位须由两人办理，不能通过导入更改" in taken.err) == (1, True)
    assert set(Grant.objects.filter(user__username="hq1").values_list("unit", flat=True)) == {hq.pk}


def test_a_house_without_its_two_people_is_founded_by_whoever_runs_the_machine(db, tmp_path):
    Unit.objects.create(code="Z", name="总部", kind="hq")
    made = bring_users(tmp_path, "Z")
    assert (made.code, Grant.objects.get(user__username="chief").role) == (0, "hq_reviewer")


def normal(tmp_path, pk, *more):
    """The registry says 正常 of this student, by a file."""
    number = numbers([pk])[0]
    name = Candidate.objects.get(pk=pk).student.name
    path = tmp_path / "反馈.csv"
    head, row = (
        "学号,姓名,录取照片,学历照片,核验结果,数据日期",
        f"{number},{name},有,有,正常,2023-07-10",
    )
    path.write_text(f"{head}\n{row}\n", encoding="utf-8-sig")
    return graduand("import", "chsi", path, *more)


def clear(tmp_path, pk):
    who = students_file(tmp_path, numbers([pk]))
    return graduand(
        "act",
        "case_clear",
        "202307",
        "--students",
        who,
        "--note",
        "学信网已正常",
        "--as",
        "hq1",
        "--json",
    )


def test_evidence_that_nobody_brought_takes_two_people(season, tmp_path):
    file = acting.doubted(season)
    acting.case_to(season, [file.pk], CaseState.UPHELD)
    assert normal(tmp_path, file.pk).code == 0
    production()
    answer = clear(tmp_path, file.pk)
    assert (answer.code, answer.json["by_code"]) == (1, {"WAITS-SECOND": 1})
    second = scope.actor_of(season.staff.second, clock.today())
    consent_answers.decide(second, Consent.objects.get().pk, agree=True)
    assert IdentityCase.objects.get().state == CaseState.CLEARED


def test_the_control_evidence_of_another_person_takes_one(season, tmp_path):
    file = acting.doubted(season)
    acting.case_to(season, [file.pk], CaseState.UPHELD)
    Grant.objects.create(user=season.staff.second, role="hq_reviewer", unit=season.hq)
    assert normal(tmp_path, file.pk, "--as", "hq2").code == 0
    answer = clear(tmp_path, file.pk)
    assert (answer.code, answer.json["done"]) == (0, 1)
    assert date(2023, 7, 10) == IdentityCase.objects.get().rested_on
    assert Stage(file.stage) is Stage.APPLIED


def test_faces_and_files_are_forgotten_by_an_administrator_of_headquarters_as_on_the_page(season):
    """The program's own day does it too; all faces at once are somebody's word."""
    said = "过期的上传文件和人脸特征由总部管理员删除"
    for name in ("clerk1", "college1"):
        answer = graduand("photos", "forget", "--all", "--as", name)
        assert (answer.code, said in answer.err) == (1, True)
        assert graduand("photos", "forget", "--as", name).code == 1
    assert [
        graduand("photos", "forget", *more).code
        for more in ((), ("--as", "hq2"), ("--all", "--as", "hq2"))
    ] == [0, 0, 0]
    assert trail()[-3:] == [
        ("commanded", "", HERE, "photos forget"),
        ("commanded", "hq2", HERE, "photos forget"),
        ("commanded", "hq2", HERE, "photos forget --all"),
    ]
    production()
    answer = graduand("photos", "forget", "--all")
    assert (answer.code, "须有人负责" in answer.err, graduand("photos", "forget").code) == (
        1,
        True,
        0,
    )
