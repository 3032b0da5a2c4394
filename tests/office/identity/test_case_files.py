"""四.1: a case belongs to a student, not to a batch: its steps stand in the one file where the person is worked on."""

import pytest

from graduand.models import Batch, Candidate, IdentityCase, Student, Unit
from graduand.office.records import file_centres
from graduand.office.season import batches, deleting
from graduand.queries import clock
from graduand.queries.identity import case_files
from graduand.queries.records import person
from graduand.queries.season.seasons import seasons
from graduand.queries.stations import cases
from graduand.rulebook.terms import CaseState, Stage, Verb
from tests import people
from tests.acting import act, case_to, doubted, refusals
from tests.factories import other_batch, policy_data, set_clock
from tests.office.identity.test_cases_hold import candidate_in

pytestmark = pytest.mark.django_db


def mistaken():
    """A batch loaded by mistake: everybody is listed in it, and none of its rounds has opened."""
    turn = {"name": "首批", "opens": "2024-07-01", "closes": "2025-01-16"}
    data = policy_data(
        code="202407",
        issue_date="2024-07-20",
        closes_at="2025-04-12",
        enrolled_through="2021秋",
        progression=None,
        rounds=[turn],
    )
    return batches.load(data, None).batch


def through(season) -> int:
    """The file to which the list of cases leads."""
    [file] = seen_by(season.staff.hq)
    return file


def seen_by(user) -> list[int | None]:
    """The files to which the list of cases leads this person."""
    actor, begun = people.actor(user), case_files.begun(seasons(), clock.today())
    return list(
        cases(actor, begun)
        .annotate(file=case_files.file_of_case(actor, begun))
        .values_list("file", flat=True)
    )


@pytest.mark.parametrize("stage", [Stage.LISTED, Stage.APPLIED, Stage.LAPSED])
def test_四_1_nothing_is_recorded_in_a_batch_that_has_not_begun(season, stage):
    file = doubted(season, stage)
    later = mistaken()
    there = candidate_in(later, file)
    assert through(season) == file.pk
    first, season.batch = season.batch, later
    assert refusals(act(season, Verb.CASE_SUBMIT, [there.pk])) == {there.pk: ["CASE-FILE"]}
    season.batch = first
    case_to(season, [file.pk], CaseState.REPORTED)
    assert deleting.why_not(later) == ""
    deleting.delete(later, people.actor(season.staff.hq))
    assert deleting.advance(later.pk)[2]
    assert through(season) == file.pk


def test_四_1_a_live_file_comes_before_the_newer_one_and_what_was_begun_goes_on_there(season):
    file = doubted(season, Stage.APPLIED)
    other = candidate_in(other_batch(season), file)
    assert through(season) == file.pk
    case_to(season, [file.pk], CaseState.SUBMITTED)
    assert act(season, Verb.WITHDRAW, [file.pk]).done == 1
    assert Candidate.objects.get(pk=other.pk).stage == Stage.LISTED
    assert through(season) == file.pk


def test_四_1_without_a_live_file_a_case_lies_where_the_person_applies(season):
    """Both batches take applications: a newer one that is loaded takes no open case away from the older."""
    file = doubted(season, Stage.LISTED)
    later = other_batch(season)
    other = candidate_in(later, file)
    assert [one.filing_over(clock.today()) for one in seasons()] == [False, False]
    assert through(season) == file.pk
    first, season.batch = season.batch, later
    assert refusals(act(season, Verb.CASE_SUBMIT, [other.pk])) == {other.pk: ["CASE-FILE"]}
    season.batch = first
    assert act(season, Verb.CASE_SUBMIT, [file.pk]).done == 1


@pytest.mark.parametrize("over", ["closed", "rounds"])
def test_四_1_where_the_older_batch_takes_no_applications_the_newer_has_the_new_case(season, over):
    file = doubted(season, Stage.LISTED)
    other = candidate_in(other_batch(season), file)
    if over == "closed":
        Batch.objects.filter(pk=season.batch.pk).update(closed_at=clock.now())
    else:
        set_clock("2023-10-13 12:00")
    assert through(season) == other.pk


def test_四_1_whom_another_centre_takes_over_is_worked_on_there(season):
    file = doubted(season, Stage.APPROVED)
    other = candidate_in(other_batch(season), file)
    there = Unit.objects.get(pk=season.centres[1].pk)
    Candidate.objects.filter(pk=other.pk).update(centre=there)
    file.student.centre = there
    file.student.save()
    assert through(season) == other.pk


def test_四_1_the_case_of_a_frozen_file_is_with_the_centre_that_has_it_and_can_act(season):
    """Decisions 4 and 7: the student has gone to another centre, whose list leads to nothing and so has nothing."""
    file, clerks = doubted(season, Stage.CERTIFIED), season.staff.clerks
    Student.objects.filter(pk=file.student_id).update(centre=season.centres[1])
    assert file_centres.follow([file.student_id]) == 0
    assert [seen_by(clerk) for clerk in clerks] == [[file.pk], []]
    assert act(season, Verb.CASE_SUBMIT, [file.pk], clerks[0]).done == 1
    assert (seen_by(season.staff.college), seen_by(season.staff.hq)) == ([file.pk], [file.pk])


def test_四_1_the_story_stands_on_the_files_of_every_batch(season):
    file = doubted(season, Stage.APPLIED)
    other = candidate_in(other_batch(season), file)
    case_to(season, [file.pk], CaseState.CLEARED)
    steps = ["提交复核材料", "上报总部备案", "备案通过"]
    assert [done.verb for done in person.history(other)] == steps
    assert {done.note.rpartition("；")[2] for done in person.history(other)} == {
        "记在 202307 批次的档案里"
    }
    assert [done.verb for done in person.history(file)][-3:] == steps
    assert person.history(other, cases=False) == []


def test_四_1_what_older_data_hold_in_a_batch_is_said_by_name(season):
    """A person who stands in this batch alone: the case has no other file, and its events are never deleted."""
    file = doubted(season, Stage.LISTED)
    later = mistaken()
    there = candidate_in(later, file)
    Candidate.objects.filter(pk=file.pk).delete()
    season.batch = later
    assert act(season, Verb.CASE_SUBMIT, [there.pk]).done == 1
    assert deleting.why_not(later) == (
        f"批次 202407 已有办理记录（身份核查的经过记在这一批次的档案里：{there.student.number} 已于 2023-07-12"
        "「提交复核材料」），不能删除；不再办理的，请关闭批次"
    )
    assert IdentityCase.objects.get().state == CaseState.SUBMITTED
