"""Closing a batch or a round by hand: what it stops, who lapses, and who must be explained first."""

import pytest

from graduand.models import Batch, Candidate
from graduand.office import acts
from graduand.office.audit import auditing
from graduand.office.refusal import Refused
from graduand.office.season import rounds
from graduand.office.season.ending import reopening
from graduand.rulebook.terms import CaseState, Stage, Verb
from tests import jobs, people
from tests.acting import (
    act,
    candidate_at,
    case_to,
    doubted,
    opened_again,
    refusals,
    shut,
    stages,
    walk,
)
from tests.factories import FIRST, enrol, other_batch
from tests.invariants import violations

pytestmark = pytest.mark.django_db


def test_七_1_closing_lapses_whoever_is_left_and_touches_nobody_else(season):
    left = [
        candidate_at(season, stage).pk for stage in (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED)
    ]
    others = [
        candidate_at(season, stage).pk
        for stage in (Stage.APPROVED, Stage.COLLECTED, Stage.REJECTED)
    ]
    with pytest.raises(Refused, match=r"还有退回补正 1 人（2021000000002 学生000002）没有说明"):
        shut(season.batch, people.actor(season.staff.hq))
    Candidate.objects.filter(stage=Stage.RETURNED).update(explanation="学生联系不上")
    done = shut(season.batch, people.actor(season.staff.hq))
    assert done is not None
    assert (done.done, done.refused) == (3, 0)
    assert stages(left) == [Stage.LAPSED] * 3
    assert stages(others) == [Stage.APPROVED, Stage.COLLECTED, Stage.REJECTED]
    assert Batch.objects.get().closed_at is not None


def test_七_3_closing_is_refused_whole_while_a_file_in_motion_is_unexplained(season):
    moving, listed = walk(season, enrol(season), Stage.ENDORSED), enrol(season)
    with pytest.raises(
        Refused, match=r"还有 1 份在办档案没有说明未办结的原因（七\.3）：2021000000001。"
    ):
        shut(season.batch, people.actor(season.staff.hq))
    assert (stages(moving + listed), Batch.objects.get().closed_at) == (
        [Stage.ENDORSED, Stage.LISTED],
        None,
    )
    Candidate.objects.filter(pk__in=moving).update(explanation="学生出国")
    done = shut(season.batch, people.actor(season.staff.hq))
    assert (done and done.done, stages(moving + listed)) == (2, [Stage.LAPSED] * 2)


def test_only_headquarters_closes(season):
    with pytest.raises(Refused):
        shut(season.batch, people.actor(season.staff.college))
    assert Batch.objects.get().closed_at is None


def test_七_1_a_closed_batch_takes_no_work_before_its_last_day(season):
    ids = enrol(season)
    batches_before = act(season, Verb.APPLY, ids)
    Batch.objects.update(closed_at=season.batch.versions.get().loaded_at)
    refused = act(season, Verb.ENDORSE, ids)
    assert (batches_before.done, refusals(refused)) == (1, {ids[0]: ["BATCH-CLOSED"]})
    opened_again(season)
    assert act(season, Verb.ENDORSE, ids).done == 1


def test_三_4_a_round_closed_by_hand_takes_no_application(season):
    ids = enrol(season)
    rounds.switch(season.batch, FIRST, people.actor(season.staff.hq), opening=False)
    assert refusals(act(season, Verb.APPLY, ids)) == {ids[0]: ["ROUND-NONE"]}
    assert refusals(act(season, Verb.APPLY, ids, round_name=FIRST)) == {ids[0]: ["ROUND-CLOSED"]}
    rounds.switch(season.batch, FIRST, people.actor(season.staff.hq), opening=True)
    assert act(season, Verb.APPLY, ids).done == 1


def test_opening_again_brings_back_whom_the_closing_lapsed_and_nobody_else(season):
    """They file anew; who lapsed before with a reason of the own, and who is through, stay where they are."""
    hq = people.actor(season.staff.hq)
    listed, moving = enrol(season, 2), walk(season, enrol(season), Stage.ENDORSED)
    through = walk(season, enrol(season), Stage.APPROVED)
    before = enrol(season)
    Candidate.objects.filter(pk__in=[*before, *moving, *listed]).update(explanation="学生出国")
    act(season, Verb.LAPSE, before, closing=False)
    shut(season.batch, hq)
    assert stages([*listed, *moving, *before, *through]) == [Stage.LAPSED] * 4 + [Stage.APPROVED]
    opened_again(season)
    while jobs.work_once("worker"):
        pass
    assert stages([*listed, *moving, *before, *through]) == [Stage.LISTED] * 3 + [
        Stage.LAPSED,
        Stage.APPROVED,
    ]
    file = Candidate.objects.get(pk=moving[0])
    assert (file.round, file.reported_no, file.applied_at, file.endorsed_by, file.explanation) == (
        None,
    ) * 4 + ("",)
    assert file.judgement.fit
    assert act(season, Verb.APPLY, [*listed, *moving]).done == 3
    assert violations(season.batch) == []


@pytest.mark.parametrize("state", [CaseState.SUBMITTED, CaseState.CLEARED], ids=str)
def test_四_1_whose_case_went_on_while_the_batch_was_closed_comes_back_with_the_others(
    season, state
):
    """The case's steps are the last ones on the file; what lapsed it was the closing all the same."""
    hq = people.actor(season.staff.hq)
    held, alone = doubted(season, Stage.LISTED).pk, doubted(season, Stage.LISTED).pk
    Candidate.objects.filter(pk__in=[held, alone]).update(explanation="身份存疑")
    act(season, Verb.LAPSE, [alone], closing=False)
    shut(season.batch, hq)
    case_to(season, [held, alone], state)
    assert stages([held, alone]) == [Stage.LAPSED] * 2
    opened_again(season)
    assert stages([held, alone]) == [Stage.LISTED, Stage.LAPSED]


def test_who_lapsed_again_with_a_reason_of_the_own_is_not_brought_back_by_an_older_closing(season):
    hq, [pk] = people.actor(season.staff.hq), enrol(season)
    shut(season.batch, hq)
    opened_again(season)
    while jobs.work_once("worker"):
        pass
    Candidate.objects.filter(pk=pk).update(explanation="学生出国")
    act(season, Verb.LAPSE, [pk], closing=False)
    shut(season.batch, hq)
    opened_again(season)
    assert stages([pk]) == [Stage.LAPSED]


def test_who_was_filed_in_the_next_batch_meanwhile_is_set_aside_in_the_one_that_opens_again(season):
    [pk] = enrol(season)
    later = other_batch(season)
    Candidate.objects.filter(pk=pk).update(explanation="转下一批")
    auditing.run(season.batch)
    hq = people.actor(season.staff.hq)
    shut(season.batch, hq)
    there = later.candidates.get()
    filed = acts.do(
        later,
        [there.pk],
        people.actor(season.staff.clerks[0]),
        acts.ActRequest(Verb.APPLY, answers={"same_checked": True}),
    )
    assert filed.done == 1
    opened_again(season)
    assert list(Candidate.objects.order_by("id").values_list("stage", "aside")) == [
        ("listed", True),
        ("applied", False),
    ]


def test_nobody_is_brought_back_without_the_opening(season):
    ids = walk(season, enrol(season), Stage.LAPSED)
    assert refusals(act(season, Verb.RELIST, ids, closing=False)) == {ids[0]: ["STAGE"]}
    with pytest.raises(Refused):
        reopening.order(season.batch, people.actor(season.staff.college))
