"""The degree: applied for, returned once, granted or declined, and never a step of the journey."""

import pytest

from graduand.models import (
    Candidate,
    Event,
)
from graduand.office import moves
from graduand.office.refusal import Refused
from graduand.queries.records import person
from graduand.rulebook.terms import DegreeState, Level, Stage, Verb
from tests.acting import act, candidate_at, refusals, stages
from tests.factories import AFTER, set_clock
from tests.invariants import violations
from tests.office.degrees import degree_of, degrees, graduate, thesis

__all__ = ["degrees"]  # a fixture

pytestmark = pytest.mark.django_db


def test_applied_returned_once_granted_and_the_stage_is_not_touched(degrees):
    file = graduate(degrees)
    moved_at = file.moved_at
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(degrees, Verb.DEGREE_RETURN, [file.pk]).done == 1
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert refusals(act(degrees, Verb.DEGREE_RETURN, [file.pk])) == {file.pk: ["DEGREE-ONCE"]}
    done = act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.hq_third)
    file.refresh_from_db()
    assert (done.done, file.degree, file.stage, file.moved_at, file.last_act_id) == (
        1,
        DegreeState.GRANTED,
        Stage.APPROVED,
        moved_at,
        done.pk,
    )
    story = Event.objects.filter(candidate=file, verb__startswith="degree").order_by("id")
    assert list(story.values_list("verb", "from_stage", "to_stage", "desk")) == [
        ("degree_apply", "none", "applied", "centre"),
        ("degree_return", "applied", "returned", "college"),
        ("degree_apply", "returned", "applied", "centre"),
        ("degree_grant", "applied", "granted", "hq"),
    ]
    told = [(event.verb, event.start, event.end) for event in person.history(file)][-1]
    assert told == ("授予学位", "已申请学位", "授予学位")
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.hq_third).unchanged == 1
    assert violations(degrees.batch) == []


def test_a_degree_is_applied_for_after_the_certificate_was_collected_and_the_batch_closed(degrees):
    file = graduate(degrees, Stage.COLLECTED)
    set_clock(AFTER)
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk]).done == 1
    assert (degree_of(file), stages([file.pk])) == (DegreeState.GRANTED, [Stage.COLLECTED])


@pytest.mark.parametrize(
    "stage", [Stage.LISTED, Stage.DEFERRED, Stage.RETURNED, Stage.REJECTED, Stage.LAPSED]
)
def test_no_degree_without_a_graduation_in_motion(degrees, stage):
    file = graduate(degrees, stage)
    assert refusals(act(degrees, Verb.DEGREE_APPLY, [file.pk])) == {file.pk: ["STAGE"]}


def test_a_degree_is_granted_to_graduates_only(degrees):
    file = graduate(degrees, Stage.ENDORSED)
    assert act(degrees, Verb.DEGREE_APPLY, [file.pk]).done == 1
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk])) == {file.pk: ["STAGE"]}


def test_the_conditions_block_here_and_never_the_graduation(degrees):
    file, junior = graduate(degrees, mark="79"), candidate_at(degrees, Stage.APPROVED)
    refused = act(degrees, Verb.DEGREE_APPLY, [file.pk, junior.pk])
    assert refusals(refused) == {file.pk: ["DEGREE-THESIS"], junior.pk: ["DEGREE-LEVEL"]}
    assert stages([file.pk, junior.pk]) == [Stage.APPROVED] * 2
    thesis(file)
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    thesis(file, "60")  # judged afresh when it is granted
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk])) == {file.pk: ["DEGREE-THESIS"]}
    assert act(degrees, Verb.DEGREE_DECLINE, [file.pk]).done == 1


def test_outside_the_window_no_degree_is_applied_for(degrees):
    file = graduate(degrees)
    set_clock("2025-07-21 09:00")
    assert refusals(act(degrees, Verb.DEGREE_APPLY, [file.pk])) == {file.pk: ["DEGREE-WINDOW"]}


def test_a_decision_is_revised_within_the_window_by_two_people_with_a_reason(degrees):
    file = graduate(degrees)
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    assert act(degrees, Verb.DEGREE_DECLINE, [file.pk]).done == 1
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk])) == {file.pk: ["REASON", "SECOND"]}
    both = {"second": degrees.staff.second, "reason": "result"}
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk], **both).done == 1
    set_clock("2025-07-21 09:00")
    assert refusals(act(degrees, Verb.DEGREE_DECLINE, [file.pk], **both)) == {
        file.pk: ["DEGREE-WINDOW"]
    }
    assert degree_of(file) == DegreeState.GRANTED


@pytest.mark.parametrize("decision", [Verb.DEGREE_GRANT, Verb.DEGREE_DECLINE], ids=str)
@pytest.mark.parametrize(
    "again",
    [
        [(Verb.APPLY, {})],
        [(Verb.APPLY, {"with_degree": True})],
        [(Verb.APPLY, {}), (Verb.WITHDRAW, {})],
        [(Verb.DEFER, {})],
        [(Verb.LAPSE, {}), (Verb.RELIST, {})],
    ],
    ids=["filed again", "with the degree", "withdrawn", "deferred", "listed again"],
)
def test_decision_8_what_was_decided_on_a_degree_outlives_every_step_of_the_graduation(
    degrees, decision, again
):
    """Only the degree's own steps revise it: in the window, with a reason, by two people."""
    file, staff = graduate(degrees), degrees.staff
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    assert act(degrees, decision, [file.pk]).done == 1
    decided = degree_of(file)
    assert act(degrees, Verb.SEND_BACK, [file.pk], staff.hq, second=staff.second).done == 1
    Candidate.objects.update(explanation="学生出国")
    for verb, said in again:
        assert act(degrees, verb, [file.pk], **said).done == 1
    assert (degree_of(file), violations(degrees.batch)) == (decided, [])
    alone = act(degrees, Verb.DEGREE_DECLINE, [file.pk])
    assert refusals(alone) == ({file.pk: ["SECOND"]} if decided == DegreeState.GRANTED else {})


def test_an_application_for_a_degree_goes_with_that_of_the_graduation(degrees):
    """The control: what nobody has decided is the applicant's."""
    file = thesis(candidate_at(degrees, Stage.LISTED, level=Level.TOP_UP))
    assert act(degrees, Verb.APPLY, [file.pk], with_degree=True).done == 1
    assert degree_of(file) == DegreeState.APPLIED
    assert act(degrees, Verb.SEND_BACK, [file.pk]).done == 1
    assert act(degrees, Verb.APPLY, [file.pk]).done == 1
    assert degree_of(file) == DegreeState.NONE


def test_nobody_grants_the_degree_that_they_applied_for(degrees):
    file, staff = graduate(degrees), degrees.staff
    act(degrees, Verb.DEGREE_APPLY, [file.pk], staff.hq)
    assert refusals(act(degrees, Verb.DEGREE_GRANT, [file.pk], staff.hq)) == {file.pk: ["DUTY"]}
    assert act(degrees, Verb.DEGREE_GRANT, [file.pk], staff.hq_third).done == 1


def test_one_key_is_one_decision(degrees):
    file = graduate(degrees)
    act(degrees, Verb.DEGREE_APPLY, [file.pk])
    acts = [act(degrees, Verb.DEGREE_GRANT, [file.pk], key="twice").pk for _ in range(2)]
    assert (acts[0], Event.objects.filter(verb="degree_grant").count()) == (acts[1], 1)


def test_a_centre_does_not_grant(degrees):
    file = graduate(degrees)
    with pytest.raises(Refused, match="「授予学位」由总部办理，您的岗位是学习中心"):
        act(degrees, Verb.DEGREE_GRANT, [file.pk], degrees.staff.clerks[0])


def test_a_file_sent_back_meanwhile_is_no_graduate_any_more(degrees, monkeypatch):
    """The degree is judged by the stage: whoever moves the file between look and write wins the race."""
    file, real = graduate(degrees), moves.verdicts
    act(degrees, Verb.DEGREE_APPLY, [file.pk])

    def looked_before(step, piece, basis, asked):
        found = real(step, piece, basis, asked)
        if step.verb is Verb.DEGREE_GRANT:
            act(
                degrees,
                Verb.SEND_BACK,
                [file.pk],
                degrees.staff.hq_third,
                second=degrees.staff.second,
            )
        return found

    monkeypatch.setattr(moves, "verdicts", looked_before)
    done = act(degrees, Verb.DEGREE_GRANT, [file.pk])
    assert (done.done, done.raced, degree_of(file), stages([file.pk])) == (
        0,
        1,
        "applied",
        [Stage.RETURNED],
    )
