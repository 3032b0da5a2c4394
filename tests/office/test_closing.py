"""Closing a batch or a round by hand: what it stops, who lapses, and who must be explained first."""

import pytest

from graduand.models import Batch, Candidate
from graduand.office import acts, batches, closing, rounds
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.factories import FIRST, act, candidate_at, enrol, refusals, stages, walk

pytestmark = pytest.mark.django_db


def test_七_1_closing_lapses_whoever_is_left_and_touches_nobody_else(season):
    left = [candidate_at(season, stage).pk for stage in (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED)]
    others = [candidate_at(season, stage).pk for stage in (Stage.APPROVED, Stage.COLLECTED, Stage.REJECTED)]
    done = closing.close(season.batch, people.actor(season.staff.hq))
    assert done is not None
    assert (done.done, done.refused) == (3, 0)
    assert stages(left) == [Stage.LAPSED] * 3
    assert stages(others) == [Stage.APPROVED, Stage.COLLECTED, Stage.REJECTED]
    assert Batch.objects.get().closed_at is not None


def test_七_3_closing_is_refused_whole_while_a_file_in_motion_is_unexplained(season):
    moving, listed = walk(season, enrol(season), Stage.ENDORSED), enrol(season)
    with pytest.raises(batches.BatchRefused, match=r"还有 1 份在办档案没有说明未办结的原因（七\.3）：2021000000001。"):
        closing.close(season.batch, people.actor(season.staff.hq))
    assert (stages(moving + listed), Batch.objects.get().closed_at) == ([Stage.ENDORSED, Stage.LISTED], None)
    Candidate.objects.filter(pk__in=moving).update(explanation="学生出国")
    done = closing.close(season.batch, people.actor(season.staff.hq))
    assert (done and done.done, stages(moving + listed)) == (2, [Stage.LAPSED] * 2)


def test_only_headquarters_closes(season):
    with pytest.raises(acts.NotAllowed):
        closing.close(season.batch, people.actor(season.staff.college))
    assert Batch.objects.get().closed_at is None


def test_七_1_a_closed_batch_takes_no_work_before_its_last_day(season):
    ids = enrol(season)
    batches_before = act(season, Verb.APPLY, ids)
    Batch.objects.update(closed_at=season.batch.versions.get().loaded_at)
    refused = act(season, Verb.ENDORSE, ids)
    assert (batches_before.done, refusals(refused)) == (1, {ids[0]: ["BATCH-CLOSED"]})
    batches.reopen(season.batch)
    assert act(season, Verb.ENDORSE, ids).done == 1


def test_三_4_a_round_closed_by_hand_takes_no_application(season):
    ids = enrol(season)
    rounds.switch(season.batch, FIRST, people.actor(season.staff.hq), opening=False)
    assert refusals(act(season, Verb.APPLY, ids)) == {ids[0]: ["ROUND-NONE"]}
    assert refusals(act(season, Verb.APPLY, ids, round_name=FIRST)) == {ids[0]: ["ROUND-CLOSED"]}
    rounds.switch(season.batch, FIRST, people.actor(season.staff.hq), opening=True)
    assert act(season, Verb.APPLY, ids).done == 1
