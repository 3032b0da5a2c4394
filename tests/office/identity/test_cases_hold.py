"""四.1: an identity case holds every file of the person until it is filed, whatever newer rows of the registry say."""

from datetime import date
from importlib import import_module
from itertools import product
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.db import connection

from graduand import migrations
from graduand.models import Candidate, Event, IdentityCase, Judgement, Student, User
from graduand.office.audit import auditing
from graduand.office.records.importing import import_sheet
from graduand.office.registry import chsi_export
from graduand.office.season import batches
from graduand.queries.filing.candidates import stored
from graduand.rulebook.terms import CaseState, SheetKind, Stage, Verb
from tests import people
from tests.acting import (
    act,
    candidate_at,
    case_to,
    doubt,
    doubted,
    refusals,
    register,
    spread,
    stages,
)
from tests.factories import IN_FIRST, normal_again, other_batch, set_clock

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


def outcomes(season, verb: Verb, ids: list[int]) -> dict[int, str]:
    """What the step comes to for each file: done, done with a warning, or the codes that stopped it."""
    if verb is Verb.COLLECT:
        register(ids)
    done = act(season, verb, ids, **({"tracking": "SF9"} if verb is Verb.SHIP else {}))
    came = {pk: ",".join(codes) for pk, codes in refusals(done).items()}
    for event in Event.objects.filter(act=done):
        warned = "CHSI-DOUBT" in {found.code for found in stored(event.findings)}
        came[event.candidate_id] = "warned" if warned else "done"
    return came


def in_every_state(season, files: dict[tuple[CaseState, str], Candidate]) -> None:
    """A case over each file, at the state that it is named by; of some the registry says 正常 since."""
    for file in files.values():
        doubt(file)
    for state in CaseState:
        case_to(season, [file.pk for (one, _), file in files.items() if one is state], state)
    for (_, since), file in files.items():
        if since == "normal again":
            normal_again(file.student)


@pytest.mark.parametrize("stage", STEPS, ids=str)
def test_四_1_a_case_holds_at_every_stage_in_every_state(season, stage):
    """The file that stands at each state, doubted or normal again, in one act with the others."""
    cases = list(product(CaseState, ("doubted", "normal again")))
    files = dict(zip(cases, spread(season, [stage] * len(cases)), strict=True))
    if stage is Stage.APPROVED:  # the roster was made before the doubt came
        batches.freeze_roster(season.batch, season.staff.hq.pk)
    in_every_state(season, files)
    stand = dict(IdentityCase.objects.values_list("student", "state"))
    assert {case: stand[file.student_id] for case, file in files.items()} == {
        (state, since): state for state, since in cases
    }
    verb, stops = STEPS[stage]
    expected = "warned" if verb is Verb.APPLY else "done"
    if stops:
        expected = "CHSI-DOUBT"
    came = outcomes(season, verb, [file.pk for file in files.values()])
    assert {case: came[file.pk] for case, file in files.items()} == {
        (state, since): "done" if state is CaseState.CLEARED else expected for state, since in cases
    }


def test_四_1_the_stored_judgement_and_the_registry_file_hold_with_the_case(season, tmp_path):
    files = dict(zip(CaseState, spread(season, [Stage.CERTIFIED] * len(CaseState)), strict=True))
    in_every_state(season, {(state, "normal again"): file for state, file in files.items()})
    auditing.mark_stale([file.student_id for file in files.values()])
    auditing.run(season.batch)
    exported = chsi_export.export(season.batch, tmp_path, people.actor(season.staff.hq))
    came = {}
    for state, file in files.items():
        judged = stored(Judgement.objects.get(pk=file.pk).unmet)
        codes = {row[4] for row in exported.held if row[0] == file.student.number}
        came[state] = ([found.code for found in judged if found.blocks], codes)
    # Who is filed is stopped by nothing but the invented student's lack of an identity number.
    assert came == {
        state: (["CHSI-DOUBT"], {"CHSI-DOUBT"})
        if state is not CaseState.CLEARED
        else ([], {"DATA-EXPORT"})
        for state in CaseState
    }
    assert exported.by_code == {"CHSI-DOUBT": len(CaseState) - 1, "DATA-EXPORT": 1}


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


def test_四_1_a_standing_case_takes_the_worse_verdict_and_a_normal_row_closes_none(
    season, tmp_path
):
    """An upheld case stands as an open one does."""
    holding = [state for state in CaseState if state.holds]
    for file, state in zip(spread(season, [Stage.APPLIED] * len(holding)), holding, strict=True):
        doubt(file)
        case_to(season, [file.pk], state)
    fed_back(tmp_path, "身份核验未通过", "2023-07-08")
    assert case_rows() == [("failed", state) for state in holding]
    fed_back(tmp_path, "身份核验不确定", "2023-07-09")
    fed_back(tmp_path, "正常", "2023-07-10")
    assert case_rows() == [("failed", state) for state in holding]


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
