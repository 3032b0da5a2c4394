"""A08: whoever works here and studies here leaves the own file to colleagues, in every step, by page and by command."""

import pytest

from graduand.models import Candidate, Student
from graduand.office import acts, command_acts
from graduand.office.season import batches
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.acting import SAID, act, candidate_at, desk_user, refusals, register, spread

pytestmark = pytest.mark.django_db
# What a closing lapses comes back with the batch, by nobody's word on the one file.
DONE_BY_SOMEBODY = [verb for verb in STEPS if not verb.value.startswith("relist")]


def belongs(user, student):
    """From now on the account is that of the student."""
    user.student = student
    user.save()


def origin_of(verb):
    """A stage from which the step starts."""
    return next(iter(STEPS[verb].origins))[0]


def ready(season, verb):
    """A file from which the step starts."""
    file = candidate_at(season, origin_of(verb))
    if verb is Verb.COLLECT:
        register([file.pk])
    return file


def test_A08_no_step_is_done_on_the_own_file(season):
    """A file for every step, and its student does that step here."""
    files = spread(season, map(origin_of, DONE_BY_SOMEBODY))
    for verb, file in zip(DONE_BY_SOMEBODY, files, strict=True):
        said = {"second": season.staff.second}
        who = desk_user(season, verb, [file.pk])
        if verb is Verb.COLLECT:
            register([file.pk])
        if verb is Verb.LAPSE:
            said |= {"closing": False}
            Candidate.objects.filter(pk=file.pk).update(explanation="出国")
        if verb is Verb.SHIP:
            said |= {"tracking": "SF9"}
        if verb is Verb.CERTIFY:
            batches.freeze_roster(season.batch, season.staff.hq.pk)
        belongs(who, file.student)
        refused = refusals(act(season, verb, [file.pk], who, **said))
        assert (verb, refused) == (verb, {file.pk: ["OWN-FILE"]})
        assert (verb, Candidate.objects.get(pk=file.pk).stage) == (verb, file.stage)


def test_A08_the_control_a_colleague_does_it(season):
    file = ready(season, Verb.COLLECT)
    belongs(season.staff.college_two, file.student)
    assert act(season, Verb.COLLECT, [file.pk]).done == 1


def test_A08_the_same_person_under_another_number(season):
    """Both 学号 are one person's: an earlier 专科 here, and the 本科 of today."""
    file, former = ready(season, Verb.COLLECT), candidate_at(season, Stage.LISTED).student
    Student.objects.filter(pk__in=[file.student_id, former.pk]).update(id_hash="a" * 64)
    belongs(season.staff.clerks[0], former)
    assert refusals(act(season, Verb.COLLECT, [file.pk])) == {file.pk: ["OWN-FILE"]}
    Student.objects.update(id_hash="")  # nothing is known of either: two persons
    assert act(season, Verb.COLLECT, [file.pk]).done == 1


def test_A08_nor_is_the_student_the_second_of_two(season):
    file = candidate_at(season, Stage.COLLECTED)
    belongs(season.staff.second, file.student)
    taken_back = {"reason": "misrecorded", "note": "点错了行"}
    assert refusals(
        act(season, Verb.UNCOLLECT, [file.pk], second=season.staff.second, **taken_back)
    ) == {file.pk: ["OWN-FILE"]}
    assert (
        act(season, Verb.UNCOLLECT, [file.pk], second=season.staff.hq_third, **taken_back).done == 1
    )


def test_A08_in_a_bulk_act_the_others_are_done(season):
    files = [ready(season, Verb.COLLECT) for _ in range(2)]
    belongs(season.staff.clerks[0], files[0].student)
    done = act(season, Verb.COLLECT, [file.pk for file in files])
    assert (done.done, refusals(done)) == (1, {files[0].pk: ["OWN-FILE"]})


def test_A08_by_command_it_is_the_same(season):
    file = ready(season, Verb.COLLECT)
    belongs(season.staff.clerks[0], file.student)
    request = acts.ActRequest(Verb.COLLECT, answers=SAID[Verb.COLLECT])
    by = people.actor(season.staff.clerks[0])
    outcome = command_acts.run(
        command_acts.CommandAct(season.batch, request, by, students=(file.student.number,))
    )
    assert [tuple(row[3:]) for row in command_acts.refused_rows(outcome)] == [
        (
            "这是办理人（或共同办理的第二人）本人的档案，须由其他同事办理（职责分离）",
            "总部：请本岗位的另一位同事办理；本单位没有其他同事的，由上一级办理",
        )
    ]
