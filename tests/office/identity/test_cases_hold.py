"""四.1: an identity case holds every file of the person until it is filed, whatever newer rows of the registry say."""

from datetime import date
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.db import connection

from graduand import migrations
from graduand.models import Candidate, ChsiReport, Event, IdentityCase, Judgement, Student, User
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.office.registry import chsi_export
from graduand.office.season import batches
from graduand.queries.filing.candidates import stored
from graduand.rulebook.terms import CaseState, ChsiVerdict, SheetKind, Stage, Verb
from tests import people
from tests.acting import act, candidate_at, case_to, doubt, doubted, refusals, register, stages
from tests.factories import IN_FIRST, chsi_of, normal_again, other_batch, set_clock

pytestmark = pytest.mark.django_db

# Every step on a file that has one forward from its stage, and whether a doubt stops it.
STEPS = {
    Stage.LISTED: (Verb.APPLY, False),
    Stage.RETURNED: (Verb.APPLY, False),
    Stage.DEFERRED: (Verb.RESUME, False),
    Stage.APPLIED: (Verb.ENDORSE, True),
    Stage.ENDORSED: (Verb.APPROVE, True),
    Stage.APPROVED: (Verb.CERTIFY, True),
    Stage.CERTIFIED: (Verb.SHIP, True),
    Stage.SHIPPED: (Verb.RECEIVE, False),
    Stage.RECEIVED: (Verb.COLLECT, True),
}


def outcome(season, verb: Verb, file: Candidate) -> str:
    """What the step comes to: done, done with a warning, or the code that stopped it."""
    if verb is Verb.COLLECT:
        register([file.pk])
    done = act(season, verb, [file.pk], **({"tracking": "SF9"} if verb is Verb.SHIP else {}))
    stopped = refusals(done)
    if stopped:
        [codes] = stopped.values()
        return ",".join(codes)
    warned = {
        found.code for event in Event.objects.filter(act=done) for found in stored(event.findings)
    }
    return "warned" if "CHSI-DOUBT" in warned else "done"


@pytest.mark.parametrize("normal", [False, True], ids=["doubted", "normal again"])
@pytest.mark.parametrize("state", CaseState, ids=str)
@pytest.mark.parametrize("stage", STEPS, ids=str)
def test_四_1_a_case_holds_at_every_stage_in_every_state(season, stage, state, normal):
    file = candidate_at(season, stage)
    if stage is Stage.APPROVED:  # the roster was made before the doubt came
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    doubt(file)
    case_to(season, [file.pk], state)
    if normal:
        normal_again(file.student)
    verb, stops = STEPS[stage]
    expected = "warned" if verb is Verb.APPLY else "done"
    if stops:
        expected = "CHSI-DOUBT"
    assert IdentityCase.objects.get().state == state
    assert outcome(season, verb, file) == ("done" if state is CaseState.CLEARED else expected)


@pytest.mark.parametrize("state", CaseState, ids=str)
def test_四_1_the_stored_judgement_and_the_registry_file_hold_with_the_case(
    season, state, tmp_path
):
    file = doubted(season, Stage.CERTIFIED)
    case_to(season, [file.pk], state)
    normal_again(file.student)
    auditing.mark_stale([file.student_id])
    auditing.run(season.batch)
    codes = [
        found.code for found in stored(Judgement.objects.get(pk=file.pk).unmet) if found.blocks
    ]
    exported = chsi_export.export(season.batch, tmp_path, people.actor(season.staff.hq))
    held = state is not CaseState.CLEARED
    # Who is filed is stopped by nothing but the invented student's lack of an identity number.
    assert (codes, exported.by_code) == (
        (["CHSI-DOUBT"], {"CHSI-DOUBT": 1}) if held else ([], {"DATA-EXPORT": 1})
    )


def test_四_1_the_audit_on_a_day_judges_academics_and_does_not_look_at_cases(season):
    doubted(season)
    tally = auditing.trial(season.batch, date(2023, 7, 12))
    assert (tally.fit, tally.by_code) == (1, {})


def test_四_1_the_refusal_names_the_case_its_state_since_when_and_who_has_it(season):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.REPORTED)
    normal_again(file.student)
    [found] = [
        f for f in stored(act(season, Verb.ENDORSE, [file.pk]).refusals.get().findings) if f.blocks
    ]
    assert found.sentence == (
        "学信网核验结果为「正常（曾为身份核验不确定）」，尚未备案通过（转为正常不会自动结案）："
        "身份复核「已报总部」，2023-07-12 立案，由总部办理"
    )


@pytest.mark.parametrize("state", [CaseState.OPEN, CaseState.UPHELD], ids=str)
def test_四_1_a_case_holds_in_every_batch_and_one_filing_lets_go_in_both(season, state):
    file = doubted(season)
    case_to(season, [file.pk], state)
    later = candidate_in(other_batch(season), file)
    normal_again(file.student)
    here = act(season, Verb.ENDORSE, [file.pk])
    season.batch, first = later.batch, season.batch
    warned = act(season, Verb.APPLY, [later.pk])
    assert (refusals(here), refusals(warned)) == (
        {file.pk: ["CHSI-DOUBT"]},
        {later.pk: ["FILE-LIVE"]},
    )
    assert [found.code for found in stored(warned.refusals.get().findings)].count("CHSI-DOUBT") == 1
    assert refusals(act(season, Verb.CASE_CLEAR, [later.pk])) == {later.pk: ["CASE-FILE"]}
    season.batch = first
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1
    assert act(season, Verb.ENDORSE, [file.pk]).done == 1


def candidate_in(batch, file: Candidate) -> Candidate:
    """The same student's file in another batch; it stands beside this one."""
    return Candidate.objects.get_or_create(batch=batch, student=file.student, centre=file.centre)[0]


def test_四_1_an_approved_file_with_a_case_keeps_its_place_on_the_roster_and_is_not_numbered(
    season,
):
    file = doubted(season, Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    file.refresh_from_db()
    assert file.roster_no == 1
    assert refusals(act(season, Verb.CERTIFY, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}


# -- who decides, and when ---------------------------------------------------------------------------------------


def decided(season, verb: Verb, state: CaseState, *, normal: bool, **said) -> list[str]:
    """What stops headquarters from deciding a case that stands at `state`; [] when it is done."""
    file = doubted(season)
    case_to(season, [file.pk], state)
    if normal:
        normal_again(file.student)
    done = act(season, verb, [file.pk], season.staff.hq, **said)
    return refusals(done).get(file.pk, [])


EARLIER = [CaseState.OPEN, CaseState.COLLECTING, CaseState.SUBMITTED, CaseState.AT_COLLEGE]
ONE, TWO = [], ["REASON", "SECOND"]
IN_ORDER = {
    **{(Verb.CASE_CLEAR, state): (TWO, ONE) for state in EARLIER},
    **{(Verb.CASE_UPHOLD, state): (TWO, TWO) for state in EARLIER},
    (Verb.CASE_CLEAR, CaseState.REPORTED): (ONE, ONE),
    (Verb.CASE_UPHOLD, CaseState.REPORTED): (ONE, ONE),
    (Verb.CASE_CLEAR, CaseState.UPHELD): (["SECOND"], ONE),
}


@pytest.mark.parametrize("normal", [False, True], ids=["doubted", "normal again"])
@pytest.mark.parametrize(("verb", "state"), IN_ORDER, ids=str)
def test_四_1_a_level_files_only_what_was_reported(season, verb, state, normal):
    """The registry's newer 正常 lets one person file in one step, also what was upheld; it upholds nothing."""
    assert decided(season, verb, state, normal=normal) == IN_ORDER[verb, state][normal]


@pytest.mark.parametrize(("verb", "state"), IN_ORDER, ids=str)
def test_四_1_two_people_with_a_reason_decide_from_everywhere(season, verb, state):
    assert (
        decided(season, verb, state, normal=False, second=season.staff.second, reason="identity")
        == []
    )


@pytest.mark.parametrize("second", ["hq", "college"])
def test_四_1_the_second_person_is_another_one_at_headquarters(season, second):
    user = getattr(season.staff, second)
    assert decided(
        season, Verb.CASE_CLEAR, CaseState.OPEN, normal=False, second=user, reason="identity"
    ) == ["SECOND"]


def test_四_1_the_college_reports_only_what_the_centre_submitted(season):
    file = doubted(season)
    assert refusals(act(season, Verb.CASE_REPORT, [file.pk])) == {file.pk: ["STAGE"]}


def test_四_1_whoever_submitted_or_reported_does_not_decide(season):
    """Headquarters may act for a lower desk, and then another person of it decides."""
    file, staff = doubted(season), season.staff
    assert act(season, Verb.CASE_SUBMIT, [file.pk], staff.hq).done == 1
    assert refusals(act(season, Verb.CASE_REPORT, [file.pk], staff.hq)) == {file.pk: ["DUTY"]}
    assert act(season, Verb.CASE_REPORT, [file.pk], staff.second).done == 1
    for user in (staff.hq, staff.second):
        for verb in (Verb.CASE_CLEAR, Verb.CASE_UPHOLD):
            assert refusals(act(season, verb, [file.pk], user)) == {file.pk: ["DUTY"]}
    normal_again(file.student)
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk], staff.hq)) == {file.pk: ["DUTY"]}
    assert act(season, Verb.CASE_CLEAR, [file.pk], staff.hq_third).done == 1


def test_四_1_who_reported_a_case_is_not_the_second_person_either(season):
    file, staff = doubted(season), season.staff
    act(season, Verb.CASE_SUBMIT, [file.pk], staff.second)
    refused = act(
        season, Verb.CASE_CLEAR, [file.pk], staff.hq, second=staff.second, reason="identity"
    )
    assert refusals(refused) == {file.pk: ["SECOND"]}


def test_四_1_who_handled_an_earlier_case_may_decide_the_next_one(season):
    file, staff = doubted(season), season.staff
    act(season, Verb.CASE_SUBMIT, [file.pk], staff.hq)
    act(season, Verb.CASE_REPORT, [file.pk])
    assert act(season, Verb.CASE_CLEAR, [file.pk], staff.hq_third).done == 1
    set_clock("2023-07-13 09:00")
    IdentityCase.objects.create(
        student=file.student, verdict="failed", opened_at=set_clock("2023-07-13 10:00")
    )
    case_to(season, [file.pk], CaseState.REPORTED)
    assert act(season, Verb.CASE_CLEAR, [file.pk], staff.hq).done == 1


def test_四_1_the_row_is_named_in_the_event_and_in_the_case(season):
    file = doubted(season)
    case_to(season, [file.pk], CaseState.UPHELD)
    normal_again(file.student)
    act(season, Verb.CASE_CLEAR, [file.pk], note="省厅答复 3 号")
    event = Event.objects.get(verb="case_clear")
    assert (event.from_stage, event.number, event.note, event.second) == (
        "upheld",
        "学信网 2023-07-10 数据：正常",
        "省厅答复 3 号",
        None,
    )
    assert IdentityCase.objects.get().note == "学信网 2023-07-10 数据：正常；省厅答复 3 号"


def test_四_1_a_normal_row_that_lay_there_when_it_was_upheld_takes_two_people(season):
    """Nothing new has come since: one person does not turn the decision round."""
    file = doubted(season)
    case_to(season, [file.pk], CaseState.REPORTED)
    normal_again(file.student)
    set_clock("2023-07-13 09:00")
    assert act(season, Verb.CASE_UPHOLD, [file.pk]).done == 1
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk])) == {file.pk: ["SECOND"]}
    set_clock("2023-07-14 09:00")
    normal_again(file.student, date(2023, 7, 14))
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1


def test_四_1_a_normal_row_of_which_no_import_is_known_takes_two_people(season):
    """Nobody can say that somebody else than the decider brought it."""
    file = doubted(season)
    chsi_of(file.student, date(2023, 7, 10)).save()
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk])) == {file.pk: ["SECOND"]}
    assert act(season, Verb.CASE_CLEAR, [file.pk], second=season.staff.second).done == 1


def test_四_1_a_corrected_row_of_the_same_day_is_no_newer_row(season):
    """Who overwrites the doubt itself brings no evidence: it takes two people."""
    file = doubted(season)
    case_to(season, [file.pk], CaseState.UPHELD)
    ChsiReport.objects.update(verdict=ChsiVerdict.NORMAL.value)
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk])) == {file.pk: ["SECOND"]}


def test_四_1_a_normal_row_of_a_day_to_come_is_no_evidence_yet(season):
    file = doubted(season)
    normal_again(file.student, date(2023, 7, 20))
    assert refusals(act(season, Verb.CASE_CLEAR, [file.pk])) == {file.pk: ["REASON", "SECOND"]}
    set_clock("2023-07-20 09:00")
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1


# -- what a feedback file opens ----------------------------------------------------------------------------------


def fed_back(tmp_path, verdict: str, day: str, by=None) -> None:
    """A file of the registry about everybody, dated `day` and imported by `by`, else by the third reviewer."""
    path = tmp_path / f"chsi-{day}-{verdict}.csv"
    rows = ["学号,姓名,录取照片,学历照片,核验结果,数据日期"]
    rows += [
        f"{s.number},{s.name},有,有,{verdict},{day}" for s in Student.objects.order_by("number")
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert import_sheet(SheetKind.CHSI, path, by=by or User.objects.get(username="hq3")).ok


def case_rows() -> list[tuple[str, str]]:
    return list(IdentityCase.objects.order_by("id").values_list("verdict", "state"))


@pytest.mark.parametrize("state", [state for state in CaseState if state.holds], ids=str)
def test_四_1_a_standing_case_takes_the_worse_verdict_and_a_normal_row_closes_none(
    season, tmp_path, state
):
    """An upheld case stands as an open one does."""
    file = doubted(season)
    case_to(season, [file.pk], state)
    fed_back(tmp_path, "身份核验未通过", "2023-07-08")
    assert case_rows() == [("failed", state)]
    fed_back(tmp_path, "身份核验不确定", "2023-07-09")
    fed_back(tmp_path, "正常", "2023-07-10")
    assert case_rows() == [("failed", state)]


def test_四_1_an_older_file_opens_nothing(season, tmp_path):
    candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验未通过", "2023-06-20")
    assert case_rows() == []


def test_四_1_a_filing_covers_the_same_and_a_lesser_verdict_and_not_a_worse_one(season, tmp_path):
    file = doubted(season, verdict="abnormal")
    case_to(season, [file.pk], CaseState.CLEARED)
    for place, verdict in enumerate(("身份核验异常", "身份核验不确定", "正常")):
        fed_back(tmp_path, verdict, f"2023-07-0{place + 3}")
    fed_back(tmp_path, "身份核验不确定", "2023-07-04")
    assert case_rows() == [("abnormal", "cleared")]
    fed_back(tmp_path, "身份核验未通过", "2023-07-09")
    assert case_rows() == [("abnormal", "cleared"), ("failed", "open")]


def test_四_1_a_row_of_a_day_to_come_hides_no_doubt_of_today(season, tmp_path):
    candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "正常", "2023-08-01")
    fed_back(tmp_path, "身份核验不确定", "2023-07-10")
    assert case_rows() == [("unsure", "open")]


def test_四_1_the_same_file_again_opens_the_case_that_was_missing(season, tmp_path):
    """Data of before the cases were kept: nothing in the file is new, the doubt is without a case."""
    candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-10")
    IdentityCase.objects.all().delete()
    fed_back(tmp_path, "身份核验不确定", "2023-07-10")
    assert case_rows() == [("unsure", "open")]


def test_四_1_upheld_then_normal_still_holds_and_one_step_releases_it(season, tmp_path):
    set_clock(IN_FIRST)
    file = candidate_at(season, Stage.APPLIED)
    fed_back(tmp_path, "身份核验不确定", "2023-07-05")
    case_to(season, [file.pk], CaseState.UPHELD)
    fed_back(tmp_path, "正常", "2023-07-11")
    assert refusals(act(season, Verb.ENDORSE, [file.pk])) == {file.pk: ["CHSI-DOUBT"]}
    assert act(season, Verb.CASE_CLEAR, [file.pk]).done == 1
    assert (act(season, Verb.ENDORSE, [file.pk]).done, stages([file.pk])) == (1, [Stage.ENDORSED])


# -- homes of before ---------------------------------------------------------------------------------------------


def test_an_upheld_case_and_the_one_opened_beside_it_become_one(season):
    """A row of the registry used to open a second case beside an upheld one: the newest goes on with the worst verdict."""
    file, other = doubted(season, verdict="failed"), doubted(season, verdict="abnormal")
    case_to(season, [file.pk], CaseState.UPHELD)
    first = IdentityCase.objects.get(student=file.student)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX case_one_that_holds")
    now = set_clock("2023-07-13 09:00")
    newest = IdentityCase.objects.create(
        student=file.student, verdict="unsure", state="submitted", opened_at=now
    )
    migration_of("one_case_that_holds").merge(apps, None)
    rows = IdentityCase.objects.order_by("id").values_list(
        "id", "student", "verdict", "state", "opened_at"
    )
    alone = IdentityCase.objects.get(student=other.student)
    assert list(rows) == [
        (alone.pk, other.student_id, "abnormal", "open", alone.opened_at),
        (newest.pk, file.student_id, "failed", "submitted", first.opened_at),
    ]


def migration_of(words: str):
    """The migration of that name, whatever its number."""
    [name] = [one.name for one in iter_modules(migrations.__path__) if one.name.endswith(words)]
    return import_module(f"graduand.migrations.{name}")
