"""四.1: a case is decided as it was shown, not by whoever brought the evidence; a degree waits for it too."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import F

from graduand.models import (
    Batch,
    Candidate,
    Consent,
    Event,
    IdentityCase,
    Job,
    Stale,
    Student,
)
from graduand.office import acts, moves, picks
from graduand.office.acts import ActRequest
from graduand.office.audit import auditing
from graduand.office.people.second_person import consent_answers, consents, second_acts
from graduand.office.records.importing import import_sheet
from graduand.office.refusal import Refused
from graduand.pages.frame.acts import outdated_questions
from graduand.queries import clock
from graduand.queries.filing.candidates import stored
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.terms import CaseState, DegreeState, SheetKind, Stage, Verb
from tests import people
from tests.acting import act, candidate_at, case_to, doubt, doubted, refusals
from tests.factories import make_season, set_clock
from tests.office.degrees import WITH_WINDOW, graduate
from tests.office.identity.test_cases_hold import case_rows, fed_back

pytestmark = pytest.mark.django_db


# -- as it was shown ---------------------------------------------------------------------------------------------


def moved_alone(file: Candidate, state: CaseState, steps: int) -> None:
    """The case moved and this file stayed as it was: the older data have such steps in a file of another batch."""
    IdentityCase.objects.filter(student=file.student_id).update(
        state=state.value, version=F("version") + steps
    )


def submitted(season, file, tmp_path):
    moved_alone(file, CaseState.SUBMITTED, 1)


def returned_and_reported_again(season, file, tmp_path):
    moved_alone(file, CaseState.REPORTED, 3)


def doubted_worse(season, file, tmp_path):
    fed_back(tmp_path, "身份核验未通过", "2023-07-08")


CHANGES = [
    (CaseState.OPEN, submitted),
    (CaseState.REPORTED, returned_and_reported_again),
    (CaseState.UPHELD, doubted_worse),
]


def consent_to_clear(season, file: Candidate) -> Consent:
    said = {"reason": "identity", "note": "省厅答复 3 号"}
    file = Candidate.objects.select_related("student").get(pk=file.pk)
    detail = second_acts.act_detail(Verb.CASE_CLEAR, file, said)
    return consents.ask(people.actor(season.staff.hq), ConsentKind.ACT, detail, "省厅答复")


@pytest.mark.parametrize(("state", "change"), CHANGES)
def test_四_1_a_consent_is_not_carried_out_on_a_case_that_has_changed(
    season, tmp_path, state, change
):
    file = doubted(season, Stage.LISTED)
    case_to(season, [file.pk], state)
    asked = consent_to_clear(season, file)
    assert outdated_questions.outdated([asked]) == {}
    change(season, file, tmp_path)
    assert "身份复核又有人办理过" in outdated_questions.outdated([asked])[asked.pk]
    before = list(IdentityCase.objects.values())
    with pytest.raises(Refused, match="打开页面以后，此档案又有人办理过"):
        consent_answers.decide(people.actor(season.staff.second), asked.pk, agree=True)
    asked.refresh_from_db()
    assert (list(IdentityCase.objects.values()), asked.decided_at) == (before, None)
    again = consent_to_clear(season, file)
    assert consent_answers.decide(people.actor(season.staff.second), again.pk, agree=True).agreed
    assert IdentityCase.objects.get().state == CaseState.CLEARED


@pytest.mark.parametrize(("state", "change"), CHANGES)
def test_四_1_a_pick_knows_that_its_case_has_changed(season, tmp_path, state, change):
    file = doubted(season, Stage.LISTED)
    case_to(season, [file.pk], state)
    meant = picks.PickRequest("case_clear", "identity", (), of_cases=True)
    pick = picks.make(people.actor(season.staff.hq), [file.pk], meant)
    assert not picks.has_changed(pick)
    change(season, file, tmp_path)
    assert picks.has_changed(pick)


def test_四_1_of_several_cases_the_changed_one_is_refused_by_name(season):
    files = [doubted(season, Stage.LISTED), doubted(season, Stage.LISTED)]
    ids = [file.pk for file in files]
    case_to(season, ids, CaseState.REPORTED)
    pick = picks.make(
        people.actor(season.staff.hq),
        ids,
        picks.PickRequest("case_clear", "identity", (), of_cases=True),
    )
    returned_and_reported_again(season, files[0], None)
    done = act(season, Verb.CASE_CLEAR, ids, season.staff.hq, cases=pick.cases)
    assert (refusals(done), done.done) == ({ids[0]: ["STALE"]}, 1)


def test_四_1_a_consent_about_a_file_without_any_act_is_not_carried_out_after_one(season):
    """「No act yet」 is what was shown, not that nobody said."""
    file = doubted(season, Stage.LISTED)
    asked = consent_to_clear(season, file)
    assert (asked.detail["seen"], act(season, Verb.DEFER, [file.pk]).done) == (0, 1)
    with pytest.raises(Refused, match="打开页面以后，此档案又有人办理过"):
        consent_answers.decide(people.actor(season.staff.second), asked.pk, agree=True)


def test_W02_what_was_confirmed_on_an_untouched_file_is_not_done_after_another_act(season):
    file, clerk = candidate_at(season, Stage.LISTED), people.actor(season.staff.clerks[0])
    said = {"seen": 0, "same_checked": True}
    waits = acts.confirm(season.batch, [file.pk], clerk, ActRequest(Verb.APPLY, answers=said))
    for verb in (Verb.DEFER, Verb.RESUME):
        assert act(season, verb, [file.pk]).done == 1
    assert refusals(moves.carry_out(waits)) == {file.pk: ["STALE"]}


# -- what a filing covers ----------------------------------------------------------------------------------------


def test_四_1_a_doubt_after_the_normal_that_was_filed_on_opens_a_case(season, tmp_path):
    """Also when its 数据日期 lies before the day of the filing: the filing rested on what was there."""
    file = doubted(season)
    fed_back(tmp_path, "正常", "2023-07-04")
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1
    assert IdentityCase.objects.get().rested_on == date(2023, 7, 4)
    fed_back(tmp_path, "身份核验不确定", "2023-07-06")
    assert case_rows() == [("unsure", "cleared"), ("unsure", "open")]
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}


def test_四_1_a_later_row_that_repeats_the_doubt_is_covered(season, tmp_path):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.CLEARED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-08")
    assert case_rows() == [("unsure", "cleared")]
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1


def test_四_1_a_doubt_dated_ahead_after_a_normal_is_a_doubt_of_its_own_when_its_day_comes(
    season, tmp_path
):
    """A filing rests on what the registry had said by its day."""
    file = doubted(season)
    fed_back(tmp_path, "正常", "2023-07-10")
    fed_back(tmp_path, "身份核验不确定", "2023-07-20")
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1
    assert IdentityCase.objects.get().rested_on == date(2023, 7, 10)
    fed_back(tmp_path, "身份核验不确定", "2023-07-20")
    assert case_rows() == [("unsure", "cleared"), ("unsure", "open")]


@pytest.mark.parametrize(
    "kept", [None, date(2030, 1, 1)], ids=["now", "as_an_earlier_program_kept_it"]
)
def test_四_1_a_row_dated_years_ahead_covers_no_later_doubt(season, tmp_path, kept):
    """A wrong year is enough: the filing would cover whatever the registry says until then."""
    file = doubted(season)
    fed_back(tmp_path, "正常", "2030-01-01")
    case_to(season, [file.pk], CaseState.CLEARED)
    if kept:
        IdentityCase.objects.update(rested_on=kept)
    set_clock("2023-07-14 09:00")
    fed_back(tmp_path, "正常", "2023-07-13")
    fed_back(tmp_path, "身份核验不确定", "2023-07-14")
    assert case_rows() == [("unsure", "cleared"), ("unsure", "open")]
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}


def test_a_row_dated_ahead_is_said_when_it_is_imported(season, tmp_path):
    candidate_at(season, Stage.APPLIED)
    path = tmp_path / "chsi.csv"
    Student.objects.update(name="陶听雨")
    [student] = Student.objects.all()
    row = f"{student.number},{student.name},有,有,正常,2030-01-01"
    path.write_text(f"学号,姓名,录取照片,学历照片,核验结果,数据日期\n{row}\n", "utf-8")
    tally = import_sheet(SheetKind.CHSI, path, by=None)
    assert (tally.warned, tally.warnings) == (
        1,
        ("第 2 行：数据日期 2030-01-01 晚于今天，到那一天才算数；请核对年份",),
    )


# -- who brought the evidence ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.REPORTED, CaseState.UPHELD], ids=str)
def test_四_1_who_imported_the_normal_does_not_file_on_it(season, tmp_path, state):
    file, staff = doubted(season), season.staff
    case_to(season, [file.pk], state)
    fed_back(tmp_path, "正常", "2023-07-10", by=staff.hq_third)
    both = {"second": staff.second, "reason": "identity"}
    for said in ({}, both):
        assert refusals(act(season, Verb.CASE_CLEAR, [file.pk], staff.hq_third, **said)) == {
            file.pk: ["DUTY"]
        }
    assert IdentityCase.objects.get().state == state
    assert act(season, Verb.CASE_CLEAR, [file.pk], staff.second).done == 1


# -- the degree --------------------------------------------------------------------------------------------------


@pytest.fixture
def degrees(db):
    """A season whose degree has a window and asks for no language."""
    return make_season(degree=WITH_WINDOW)


def test_四_1_a_case_warns_who_applies_for_a_degree_and_stops_the_grant_only(degrees):
    file = graduate(degrees)
    IdentityCase.objects.create(student=file.student, verdict="unsure", opened_at=file.moved_at)
    done = act(degrees, Verb.DEGREE_APPLY, [file.pk])
    told = [(found.code, found.blocks) for found in stored(Event.objects.get(act=done).findings)]
    assert (done.done, told) == (1, [("CHSI-DOUBT", False)])
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.hq_third)) == {
        file.pk: ["CHSI-DOUBT"]
    }
    assert act(degrees, Verb.DEGREE_DECLINE, [file.pk], degrees.staff.hq_third).done == 1
    file.refresh_from_db()
    assert file.degree == DegreeState.DECLINED


# -- the same question again -------------------------------------------------------------------------------------


def question(season, file, user, key, verb=Verb.SEND_BACK):
    detail = second_acts.act_detail(verb, file, {"reason": "photo"})
    return consents.ask(people.actor(user), ConsentKind.ACT, detail, "照片", key=key)


def test_W01_an_old_form_sent_again_asks_nothing_although_the_same_question_is_open(season):
    file, staff = candidate_at(season, Stage.APPROVED), season.staff
    first = question(season, file, staff.hq, "K1")
    consent_answers.decide(people.actor(staff.second), first.pk, agree=False, why="材料不全")
    open_one = question(season, file, staff.hq, "K2")
    with pytest.raises(Refused, match="这一次提出没有获得同意，没有再次提出"):
        question(season, file, staff.hq, "K1")
    assert [question(season, file, staff.hq, key).pk for key in ("K2", "K3")] == [open_one.pk] * 2
    assert Consent.objects.count() == 2


def test_W01_a_key_answers_to_nobody_else_and_for_nothing_else(season):
    """Whoever comes with the key of another's question has asked nothing, and is told so."""
    file, other, staff = (
        candidate_at(season, Stage.APPROVED),
        candidate_at(season, Stage.APPROVED),
        season.staff,
    )
    question(season, file, staff.hq, "K1")
    used, waits = "此操作编号已用于另一事项", "另有意见的，请在那里答复"
    for user, about, told in (
        (staff.second, file, waits),
        (staff.second, other, used),
        (staff.hq, other, used),
    ):
        with pytest.raises(Refused, match=told):
            question(season, about, user, "K1")
    assert Consent.objects.count() == 1


def test_a_question_about_a_batch_is_left_behind_by_another_policy_and_by_its_deletion(season):
    version = season.batch.policy_id
    about = {"batch": season.batch.pk, "do": "reopen"}
    asked = [
        Consent(
            pk=pk,
            kind=ConsentKind.BATCH.value,
            detail=about | {"version": by},
            asked_by=season.staff.hq,
        )
        for pk, by in ((1, version), (2, version + 1))
    ]
    assert set(outdated_questions.outdated(asked)) == {2}
    type(season.batch).objects.filter(pk=season.batch.pk).update(
        deleted_at=clock.now(), deleted_by=season.staff.hq, policy=None
    )
    assert set(outdated_questions.outdated(asked)) == {1, 2}


def test_a_home_from_before_has_who_is_in_doubt_judged_again_for_the_words(season):
    """In a closed batch only whose verdict follows the facts still."""
    open_one, sound = candidate_at(season, Stage.APPLIED), candidate_at(season, Stage.APPLIED)
    doubt(open_one)
    auditing.run(season.batch)
    Stale.objects.all().delete()
    Job.objects.all().delete()
    import_module("graduand.migrations.0068_a_doubt_says_what_comes_next").mark(apps, None)
    assert list(Stale.objects.values_list("candidate_id", flat=True)) == [open_one.pk]
    assert list(Job.objects.values_list("kind", "subject")) == [("audit", season.batch.pk)]
    Stale.objects.all().delete()
    Candidate.objects.update(stage=Stage.LAPSED)
    Batch.objects.update(closed_at=clock.now())
    import_module("graduand.migrations.0068_a_doubt_says_what_comes_next").mark(apps, None)
    assert (sound.pk > 0, Stale.objects.count()) == (True, 0)
