"""四.1: who files or upholds an identity case, from where, and what lets one person do it."""

from datetime import date

import pytest

from graduand.models import ChsiReport, Event, IdentityCase
from graduand.rulebook.terms import CaseState, ChsiVerdict, Stage, Verb
from tests.acting import act, case_to, doubt, doubted, refusals, spread
from tests.factories import chsi_of, normal_again, set_clock

pytestmark = pytest.mark.django_db

EARLIER = [CaseState.OPEN, CaseState.COLLECTING, CaseState.SUBMITTED, CaseState.AT_COLLEGE]
ONE, TWO = [], ["REASON", "SECOND"]
IN_ORDER = {
    **{(Verb.CASE_CLEAR, state): (TWO, ONE) for state in EARLIER},
    **{(Verb.CASE_UPHOLD, state): (TWO, TWO) for state in EARLIER},
    (Verb.CASE_CLEAR, CaseState.REPORTED): (ONE, ONE),
    (Verb.CASE_UPHOLD, CaseState.REPORTED): (ONE, ONE),
    (Verb.CASE_CLEAR, CaseState.UPHELD): (["SECOND"], ONE),
}


def decided(season, *, normal: bool, **said) -> dict[tuple[Verb, CaseState], list[str]]:
    """What stops headquarters from each decision on a case that stands at each state; [] when it is done."""
    files = dict(zip(IN_ORDER, spread(season, [Stage.APPLIED] * len(IN_ORDER)), strict=True))
    for file in files.values():
        doubt(file)
    for state in CaseState:
        if ids := [file.pk for (_, one), file in files.items() if one is state]:
            case_to(season, ids, state)
    if normal:
        for file in files.values():
            normal_again(file.student)
    stopped, done = {}, 0
    for verb in (Verb.CASE_CLEAR, Verb.CASE_UPHOLD):
        ids = [file.pk for (one, _), file in files.items() if one is verb]
        deciding = act(season, verb, ids, season.staff.hq, **said)
        stopped |= refusals(deciding)
        done += deciding.done
    assert done + len(stopped) == len(files)
    return {case: stopped.get(file.pk, []) for case, file in files.items()}


@pytest.mark.parametrize("normal", [False, True], ids=["doubted", "normal again"])
def test_四_1_a_level_files_only_what_was_reported(season, normal):
    """The registry's newer 正常 lets one person file in one step, also what was upheld; it upholds nothing."""
    expected = {case: codes[normal] for case, codes in IN_ORDER.items()}
    assert decided(season, normal=normal) == expected


def test_四_1_two_people_with_a_reason_decide_from_everywhere(season):
    came = decided(season, normal=False, second=season.staff.second, reason="identity")
    assert came == {case: [] for case in IN_ORDER}


@pytest.mark.parametrize("second", ["hq", "college"])
def test_四_1_the_second_person_is_another_one_at_headquarters(season, second):
    file, user = doubted(season), getattr(season.staff, second)
    refused = act(
        season, Verb.CASE_CLEAR, [file.pk], season.staff.hq, second=user, reason="identity"
    )
    assert refusals(refused) == {file.pk: ["SECOND"]}


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
