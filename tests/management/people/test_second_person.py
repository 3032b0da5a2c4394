"""Two people at the command line: one asks there, the other one agrees in the browser; nobody is both."""

import openpyxl
import pytest

from graduand.models import AccountEvent, Act, Candidate, Consent, Deployment, Event, PlanRow
from graduand.office import acts
from graduand.office.people.second_person import consent_answers, consents, second_acts
from graduand.office.refusal import Refused
from graduand.queries import clock, scope
from graduand.queries.certificates import issued
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import Stage, Verb
from tests import acting, factories, people
from tests.management.calling import graduand, numbers, stages, students_file

ASKED = ("--reason", "信息有误", "--note", "姓名写错", "--as", "hq1", "--json")


@pytest.fixture
def certified(season):
    """Two files with certificates."""
    return [acting.candidate_at(season, Stage.CERTIFIED).pk for _ in range(2)]


def production():
    """The same database as a house's own: the demo's mark is gone, its clock with it."""
    Deployment.objects.filter(key=clock.DEMO_KEY).delete()


def ask(tmp_path, ids, *more):
    who = students_file(tmp_path, numbers(ids))
    return graduand("act", "void", "202307", "--students", who, *ASKED, *more)


def agree(season, number):
    """The other one agrees, as the page does."""
    actor = scope.actor_of(season.staff.second, clock.today())
    return consent_answers.decide(actor, number, agree=True)


def test_what_takes_two_is_asked_for_and_happens_when_the_other_one_agrees(
    season, certified, tmp_path
):
    answer = ask(tmp_path, certified)
    rows = list(Consent.objects.order_by("id"))
    assert (answer.code, answer.json["by_code"], answer.json["done"]) == (1, {"WAITS-SECOND": 2}, 0)
    assert [f"WAITS-SECOND {row.pk}：" in answer.err for row in rows] == [True, True]
    assert stages(certified) == ["certified"] * 2
    agree(season, rows[0].pk)
    assert sorted(stages(certified)) == ["approved", "certified"]
    assert [row.asked_by.username for row in rows] == ["hq1", "hq1"]


def test_asking_again_while_it_waits_is_the_same_question(season, certified, tmp_path):
    ask(tmp_path, certified[:1])
    ask(tmp_path, certified[:1])
    assert Consent.objects.count() == 1


def test_who_is_asked_about_already_is_left_out_by_name_and_the_others_are_asked_about(
    season, certified, tmp_path
):
    first, second = numbers(certified)
    consents.ask(
        people.actor(season.staff.hq_third),
        ConsentKind.ACT,
        second_acts.act_detail(Verb.VOID, Candidate.objects.get(pk=certified[0]), {}),
        "另一位的原因",
    )
    answer = ask(tmp_path, certified)
    assert (answer.code, answer.json["by_code"], answer.json["refused"]) == (
        1,
        {"WAITS-SECOND": 1, "ASKED-ALREADY": 1},
        2,
    )
    assert f"{first} " in answer.err
    assert "等待另一位总部人员在「待同意事项」中答复" in answer.err
    assert second in answer.err
    assert Consent.objects.count() == 2
    rows = openpyxl.load_workbook(answer.json["file"]).active.values
    assert [row[0] for row in rows][1:] == [first]


def test_in_a_house_of_its_own_nobody_brings_the_second_person_along(season, certified, tmp_path):
    production()
    answer = ask(tmp_path, certified, "--second", "hq2")
    assert (answer.code, Event.objects.filter(verb="void").count()) == (1, 0)
    assert "正式系统里第二人须登录网页，在「待同意事项」中同意" in answer.err
    assert ask(tmp_path, certified).json["by_code"] == {"WAITS-SECOND": 2}


def test_in_the_demo_the_second_person_may_be_named(season, certified, tmp_path):
    answer = ask(tmp_path, certified, "--second", "hq2")
    assert (answer.code, answer.json["done"], Consent.objects.count()) == (0, 2, 0)


def lapse(tmp_path, ids, *more):
    who = students_file(tmp_path, numbers(ids))
    return graduand("act", "lapse", "202307", "--students", who, *more, "--json")


def test_七_3_a_file_lapses_before_the_closing_only_when_two_agree(season, tmp_path):
    """In a house of its own: somebody names it, explains it as on the page, and another one agrees."""
    ids = acting.walk(season, factories.enrol(season, 1), Stage.ENDORSED)
    production()
    nameless = lapse(tmp_path, ids, "--note", "学生出国")
    assert (nameless.code, "用 --as 说明由谁提出" in nameless.err, Consent.objects.count()) == (
        1,
        True,
        0,
    )
    wordless = lapse(tmp_path, ids, "--as", "hq1")
    assert (wordless.code, "请写明原因" in wordless.err, Consent.objects.count()) == (1, True, 0)
    long = lapse(tmp_path, ids, "--as", "hq1", "--note", "字" * 121)
    assert (long.code, "超过 120 个字" in long.err) == (1, True)
    asked = lapse(tmp_path, ids, "--as", "hq1", "--note", "学生出国")
    assert (asked.json["by_code"], stages(ids)) == ({"WAITS-SECOND": 1}, ["endorsed"])
    assert Candidate.objects.get().explanation == f"学生出国（总部甲，{clock.today()}）"
    told = AccountEvent.objects.get(deed="explained")
    assert (told.actor.username, told.detail["people"]) == ("hq1", 1)
    agree(season, Consent.objects.get().pk)
    event = Event.objects.latest("id")
    assert (stages(ids), event.actor.username, event.act.second.username) == (
        ["lapsed"],
        "hq1",
        "hq2",
    )


def test_七_3_nobody_lapses_a_file_of_the_batch_alone(season):
    """The rule is the step's own, whichever door it comes by; only the closing that two agreed to lapses the rest."""
    [pk] = factories.enrol(season, 1)
    Candidate.objects.update(explanation="学生出国")
    request = acts.ActRequest(Verb.LAPSE)
    done = acts.do(season.batch, [pk], scope.actor_of(season.staff.hq, clock.today()), request)
    assert (done.by_code, stages([pk])) == ({"SECOND": 1}, ["listed"])


def test_what_stands_against_it_anyway_is_refused_and_not_asked_for(season, certified, tmp_path):
    """Nobody is bothered with a question whose answer changes nothing."""
    who = students_file(tmp_path, numbers(certified))
    answer = graduand("act", "reopen", "202307", "--students", who, *ASKED)
    assert (answer.json["by_code"], Consent.objects.count()) == ({"STAGE": 2}, 0)


def test_an_event_says_by_which_door_it_came(season, tmp_path):
    [pk] = factories.enrol(season, 1)
    graduand("act", "apply", "202307", "--as", "clerk1", "--json")
    act = Act.objects.latest("id")
    assert (act.items, act.channel, bool(act.os_user), bool(act.host)) == (
        [pk],
        "command",
        True,
        True,
    )
    assert act.door == f"命令行 {act.os_user}@{act.host}"


# -- an amendment is about the content that was shown --------------------------------------------------------------


@pytest.fixture
def misprinted(season, tmp_path, settings):
    """A registered certificate whose plan has another name since, and that its amendment was asked for at the command line."""
    settings.MEDIA_ROOT = tmp_path / "media"
    pk = acting.candidate_at(season, Stage.CERTIFIED).pk
    acting.register([pk])
    factories.set_clock("2023-07-25 09:00")
    PlanRow.objects.update(major_name="第二专业名")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF")
    who = students_file(tmp_path, numbers([pk]))
    answer = graduand(
        "act",
        "amend",
        "202307",
        "--students",
        who,
        "--statement",
        scan,
        "--on",
        "2023-07-24",
        *ASKED,
    )
    assert answer.json["by_code"] == {"WAITS-SECOND": 1}
    return pk


def written(pk):
    """(version, 专业) of the certificate as it stands."""
    one = issued.graduations([pk])[pk]
    return one.version, one.content.major_name


def test_an_amendment_asked_by_command_shows_the_second_person_what_will_be_written(
    season, misprinted
):
    would = issued.amendment(misprinted, factories.basis.policy_of(season.batch))
    said = Consent.objects.get().detail["said"]
    assert (said["content"], said["changes"]) == (
        would.content,
        [["专业名称", "健康管理", "第二专业名"]],
    )
    agree(season, Consent.objects.get().pk)
    assert written(misprinted) == (2, "第二专业名")


def test_an_amendment_asked_by_command_is_not_agreed_to_when_the_record_has_changed_since(
    season, misprinted
):
    PlanRow.objects.update(major_name="第三专业名")
    with pytest.raises(Refused, match="打开页面以后，此档案又有人办理过"):
        agree(season, Consent.objects.get().pk)
    assert (written(misprinted), Event.objects.filter(verb="amend").count()) == ((1, "健康管理"), 0)


def test_an_amendment_that_does_not_say_what_was_shown_is_agreed_to_by_nobody(season, misprinted):
    """As an earlier program asked for it."""
    row = Consent.objects.get()
    del row.detail["said"]["content"]
    row.save()
    with pytest.raises(Refused, match="打开页面以后，此档案又有人办理过"):
        agree(season, row.pk)
    assert written(misprinted) == (1, "健康管理")


def test_another_reason_while_the_first_waits_is_refused_and_says_who_asked(
    season, certified, tmp_path
):
    ask(tmp_path, certified[:1])
    answer = graduand(
        "act",
        "void",
        "202307",
        "--students",
        students_file(tmp_path, numbers(certified[:1])),
        "--reason",
        "照片问题",
        "--note",
        "照片不对",
        "--as",
        "hq2",
        "--json",
    )
    assert (
        answer.code,
        "总部甲 已于 2023-07-12 09:00 提出作废重办" in answer.err,
        Consent.objects.count(),
    ) == (1, True, 1)
