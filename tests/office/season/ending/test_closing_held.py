"""A batch that two people agreed to close takes no work, and ends closed, or open with everybody back: never half of it."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from graduand.models import Act, Batch, Candidate, Grant, Job
from graduand.office import acts, command_acts
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.people.second_person import consent_answers
from graduand.office.queue import leases, orders
from graduand.office.queue.work import Worker
from graduand.office.refusal import Refused
from graduand.office.season import batches, grades, listing, policy_drafts, rounds
from graduand.office.season.ending import closing, reopening, switching
from graduand.queries import clock
from graduand.queries.season import returning_files
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import JobState, Stage, Verb
from tests import jobs, people
from tests.acting import act, refusals, spread, stages
from tests.factories import FIRST, enrol, new_student, other_batch, policy_data
from tests.invariants import violations
from tests.machine.migration_modules import migration
from tests.once import taken_back

pytestmark = pytest.mark.django_db

HELD = "批次 202307 正在关闭"


@pytest.fixture
def left(season, monkeypatch):
    """Seven files that wait for the closing, each with its reason; acts of three, pieces of two."""
    monkeypatch.setattr(closing, "AN_ACT", 3)
    ids = enrol(season, 7)
    Candidate.objects.update(explanation="学生出国")
    auditing.run(season.batch)
    return ids


def batch() -> Batch:
    return Batch.objects.get(code="202307")


def advance(season, times: int = 1) -> list[tuple[int, int, bool]]:
    return [closing.advance(season.batch.pk, 2) for _ in range(times)]


def everybody_is_back(ids: list[int]) -> bool:
    assert violations(batch()) == []
    return (batch().is_open, set(stages(ids))) == (True, {Stage.LISTED})


def nobody_lapsed_in_an_open_batch() -> bool:
    return not (batch().is_open and returning_files.lapsed_by_closing(batch()).exists())


def test_七_1_whoever_is_left_lapses_piece_by_piece_and_with_the_last_one_the_batch_is_closed(
    season, hq, left
):
    closing.order(season.batch, hq)
    states, steps = [], []
    while not (steps and steps[-1][2]):
        states.append((batch().closing_since is not None, batch().closed_at))
        steps += advance(season)
    # Acts of three in pieces of two, the last one of one; then the end.
    assert steps == [
        (2, 7, False),
        (3, 7, False),
        (5, 7, False),
        (6, 7, False),
        (7, 7, False),
        (7, 7, True),
    ]
    assert states == [(True, None)] * len(steps)
    assert (batch().closing_since, batch().closed_at is not None, set(stages(left))) == (
        None,
        True,
        {Stage.LAPSED},
    )
    assert advance(season) == [(7, 7, True)]  # once more changes nothing
    assert violations(batch()) == []


def test_K01_killed_after_any_piece_the_next_command_goes_on_and_the_batch_is_closed(
    season, hq, left
):
    for far in range(7):
        with taken_back(far):
            season.batch.refresh_from_db()
            closing.order(season.batch, hq)
            advance(season, far)
            roll_forward.finish(
                roll_forward.BATCHES, lambda _done, _total: None
            )  # as every command of the kind does first
            assert (batch().closed_at is not None, set(stages(left))) == (True, {Stage.LAPSED})
            assert (
                Job.objects.get(kind="closing").state,
                Act.objects.filter(finished_at=None).count(),
            ) == (JobState.DONE, 0)


def test_whoever_files_or_comes_while_it_is_closed_changes_nothing(season, hq, left):
    """An application, a newcomer, or somebody whose file elsewhere has ended kept half of the batch lapsed, and it open."""
    for far in range(7):
        with taken_back(far):
            season.batch.refresh_from_db()
            later = other_batch(season)
            clerk, said = people.actor(season.staff.clerks[0]), {"same_checked": True}
            there = later.candidates.get(student__candidates=left[6])
            assert (
                acts.do(later, [there.pk], clerk, acts.ActRequest(Verb.APPLY, answers=said)).done
                == 1
            )
            assert Candidate.objects.get(pk=left[6]).aside
            closing.order(season.batch, hq)
            advance(season, far)
            if stages(left[5:6]) == [Stage.LISTED]:
                assert act(season, Verb.APPLY, left[5:6]).by_code["BATCH-CLOSING"] == 1
            assert acts.do(later, [there.pk], clerk, acts.ActRequest(Verb.WITHDRAW)).done == 1
            student = new_student(season, "2020000000000")
            student.save()
            listing.list_newcomers()
            assert list(student.candidates.values_list("batch__code", flat=True)) == ["202401"]
            while not advance(season)[0][2]:
                pass
            assert (batch().closed_at is not None, set(stages(left[:6]))) == (True, {Stage.LAPSED})
            assert stages(left[6:]) in (
                [Stage.LISTED],
                [Stage.LAPSED],
            )  # still set aside: the later batch has the person
            assert listing.misplaced() == 0


def test_every_step_that_a_closed_batch_refuses_is_refused_by_name(season, hq):
    found = (*STAGES, Stage.APPROVED)
    files = {stage: file.pk for stage, file in zip(found, spread(season, found), strict=True)}
    Candidate.objects.update(explanation="学生出国")
    auditing.run(season.batch)
    closing.order(season.batch, hq)
    tried = {
        Verb.APPLY: Stage.LISTED,
        Verb.WITHDRAW: Stage.APPLIED,
        Verb.DEFER: Stage.RETURNED,
        Verb.RESUME: Stage.DEFERRED,
        Verb.ENDORSE: Stage.APPLIED,
        Verb.APPROVE: Stage.ENDORSED,
        Verb.SEND_BACK: Stage.APPLIED,
        Verb.REJECT: Stage.APPLIED,
        Verb.REOPEN: Stage.REJECTED,
    }
    for verb, stage in tried.items():
        pk = files[stage]
        assert (verb, refusals(act(season, verb, [pk]))[pk][0]) == (verb, "BATCH-CLOSING")
    taken = act(
        season, Verb.SEND_BACK, [files[Stage.APPROVED]], season.staff.hq, second=season.staff.second
    )
    assert refusals(taken)[files[Stage.APPROVED]] == ["BATCH-CLOSING"]
    alone = act(season, Verb.LAPSE, [files[Stage.LISTED]], closing=False)
    assert refusals(alone)[files[Stage.LISTED]][0] == "BATCH-CLOSING"
    turn, college = batch().rounds.get(name=FIRST), people.actor(season.staff.college)
    attempts = {
        "explain": lambda: closing.explain(batch(), "motion", None, "联系不上", hq),
        "round": lambda: rounds.switch(batch(), FIRST, hq, opening=False),
        "draft": lambda: policy_drafts.draft(policy_data(self_appraisal_min_chars=300), hq, "k"),
        "load": lambda: batches.load(policy_data(self_appraisal_min_chars=300), hq.user_id),
        "grades": lambda: grades.declare(turn, season.college, college, ""),
        "close": lambda: switching.ask(hq, batch(), BatchSwitch.CLOSE, "期满"),
        "order": lambda: closing.order(batch(), hq),
    }
    for what, attempt in attempts.items():
        with pytest.raises(Refused) as refused:
            attempt()
        assert (what, str(refused.value).startswith(HELD)) == (what, True)


STAGES = (
    Stage.LISTED,
    Stage.RETURNED,
    Stage.DEFERRED,
    Stage.APPLIED,
    Stage.ENDORSED,
    Stage.REJECTED,
)


def test_the_base_holds_no_closing_beside_a_closed_or_half_listed_batch(season):
    now = season.batch.versions.get().loaded_at
    for beside in ({"closed_at": now}, {"listed_to": ""}, {"policy": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Batch.objects.filter(pk=season.batch.pk).update(closing_since=now, **beside)


def test_whose_account_ends_half_way_leaves_nobody_behind_and_a_colleague_closes_it(
    season, hq, boss, left
):
    for far in range(6):
        with taken_back(far):
            season.batch.refresh_from_db()
            closing.order(season.batch, hq)
            advance(season, far)
            Grant.objects.filter(user=season.staff.hq).delete()
            roll_forward.batches()
            job = Job.objects.get(kind="closing")
            if far == 5:  # nobody was left to lapse in somebody's name
                assert (batch().closed_at is not None, job.state) == (True, JobState.DONE)
                continue
            assert (job.state, job.message.startswith("批次没有关闭：")) == (JobState.FAILED, True)
            assert (batch().is_open, set(stages(left))) == (True, {Stage.LISTED})
            auditing.run(season.batch)
            Candidate.objects.update(explanation="学生出国")
            row = switching.ask(boss, batch(), BatchSwitch.CLOSE, "期满")
            consent_answers.decide(people.actor(season.staff.hq_third), row.pk, agree=True)
            roll_forward.batches()
            assert (batch().closed_at is not None, set(stages(left))) == (True, {Stage.LAPSED})


def test_the_control_without_the_undoing_half_of_the_batch_stays_lapsed_and_nobody_works_in_it(
    season, hq, left, monkeypatch
):
    monkeypatch.setattr(closing, "undo", lambda _subject: None)
    closing.order(season.batch, hq)
    advance(season, 3)
    Grant.objects.filter(user=season.staff.hq).delete()
    roll_forward.batches()
    assert (set(stages(left)), batch().is_open) == ({Stage.LISTED, Stage.LAPSED}, False)


def test_a_closing_that_is_given_up_is_undone_by_what_comes_by_itself(
    season, hq, left, monkeypatch
):
    """A full disk, a fault of the program: three times, then nobody goes on with it; its acts are nobody else's."""
    closing.order(season.batch, hq)
    advance(season, 3)
    Job.objects.filter(kind="closing").update(
        state=JobState.FAILED.value, message="处理出错，已停止"
    )
    assert (acts.resume(season.batch).done, stages(left).count(Stage.LAPSED)) == ([], 5)
    assert act(season, Verb.APPLY, left[6:]).by_code["BATCH-CLOSING"] == 1
    orders.arm([WorkKind.HALF_DONE])
    while jobs.work_once():
        pass
    assert everybody_is_back(left)
    assert closing.undo_half_done() == 0


def test_a_closing_that_waits_or_is_at_work_is_left_to_its_worker(season, hq, left):
    closing.order(season.batch, hq)
    assert closing.undo_half_done() == 0
    assert Worker("living").claim().kind == "closing"
    assert (closing.undo_half_done(), batch().closing_since is not None) == (0, True)


def test_stopped_after_any_piece_everybody_comes_back_whoever_asked_for_it(season, hq, boss, left):
    for far in range(6):
        with taken_back(far):
            season.batch.refresh_from_db()
            closing.order(season.batch, hq)
            advance(season, far)
            assert jobs.stop(Job.objects.get(kind="closing").pk, boss)
            assert batch().reopening
            Grant.objects.filter(
                user__in=[season.staff.hq, season.staff.second]
            ).delete()  # nobody's account carries it
            while jobs.work_once():
                pass
            assert everybody_is_back(left)
            assert Job.objects.get(kind="closing").state == JobState.CANCELLED


def test_b_whose_account_ends_before_the_list_is_back_leaves_nobody_lapsed_in_an_open_batch(
    season, hq, boss, left
):
    """Two people agreed to open it again; it opens with the last one listed, in a colleague's name."""
    for far in range(1, 4):
        with taken_back(far):
            season.batch.refresh_from_db()
            closing.order(season.batch, hq)
            while not advance(season)[0][2]:
                pass
            row = switching.ask(hq, batch(), BatchSwitch.REOPEN, "补办")
            consent_answers.decide(boss, row.pk, agree=True)
            for _ in range(far):
                reopening.advance(season.batch.pk, 2)
                assert nobody_lapsed_in_an_open_batch()
            Grant.objects.filter(user=season.staff.hq).delete()
            while jobs.work_once():
                pass
            assert (nobody_lapsed_in_an_open_batch(), batch().reopening) == (True, True)
            assert switching.why_not(batch(), BatchSwitch.REOPEN) == ""
            row = switching.ask(boss, batch(), BatchSwitch.REOPEN, "补办")
            consent_answers.decide(people.actor(season.staff.hq_third), row.pk, agree=True)
            while jobs.work_once():
                pass
            assert (batch().is_open, set(stages(left))) == (True, {Stage.LISTED})


def test_c_one_who_stops_the_list_on_its_way_back_leaves_a_shut_batch_that_goes_on(
    season, hq, boss, left
):
    closing.order(season.batch, hq)
    while not advance(season)[0][2]:
        pass
    reopening.order(batch(), hq)
    reopening.advance(season.batch.pk, 2)
    job = Job.objects.get(kind="reopening")
    with pytest.raises(Refused):
        jobs.stop(job.pk, people.actor(season.staff.clerks[0]))
    assert jobs.stop(job.pk, boss)
    while jobs.work_once():
        pass
    roll_forward.batches()
    assert (batch().reopening, nobody_lapsed_in_an_open_batch()) == (True, True)
    assert act(season, Verb.APPLY, left[:1]).by_code["BATCH-RESTORING"] == 1
    assert jobs.resume(job.pk, boss)
    while jobs.work_once():
        pass
    assert (batch().is_open, set(stages(left))) == (True, {Stage.LISTED})


@pytest.mark.parametrize("verb", [Verb.LAPSE, Verb.RELIST], ids=str)
def test_c_who_asked_for_it_and_ends_the_act_in_hand_ends_nothing_else(season, hq, left, verb):
    """One person alone undid what two had decided: half of the people stayed behind."""
    closing.order(season.batch, hq)
    if verb is Verb.RELIST:
        while not advance(season)[0][2]:
            pass
        reopening.order(batch(), hq)
        reopening.advance(season.batch.pk, 2)
    else:
        advance(season)
    act_in_hand = Act.objects.get(verb=verb.value, finished_at=None)
    assert acts.cancel(act_in_hand.pk, hq)
    roll_forward.batches()
    assert (batch().is_open, set(stages(left))) == {
        Verb.LAPSE: (False, {Stage.LAPSED}),
        Verb.RELIST: (True, {Stage.LISTED}),
    }[verb]


def test_who_asked_for_it_and_sits_elsewhere_by_now_neither_stops_nor_continues_it(
    season, hq, boss, left
):
    closing.order(season.batch, hq)
    advance(season, 2)
    Grant.objects.filter(user=season.staff.hq).update(role="centre_clerk", unit=season.centres[0])
    moved, job = people.actor(season.staff.hq), Job.objects.get(kind="closing")
    with pytest.raises(Refused, match="只有提交人或总部管理员可以停止这项任务"):
        jobs.stop(job.pk, moved)
    assert jobs.stop(job.pk, boss)
    reopened = Job.objects.get(
        kind="reopening"
    )  # as if two had asked for it: what the program ordered nobody stops
    Job.objects.filter(pk=reopened.pk).update(by=season.staff.hq)
    Batch.objects.update(closing_undone=False)
    assert jobs.stop(reopened.pk, boss)
    with pytest.raises(Refused, match="只有提交人或总部管理员可以继续这项任务"):
        jobs.resume(reopened.pk, moved)


def test_a_closing_that_ended_half_way_before_the_update_is_taken_up_and_undone(season, hq, left):
    """People stood lapsed in an open batch, an act unfinished, and nobody could bring them back."""
    closing.order(season.batch, hq)
    advance(season, 3)
    Job.objects.all().delete()
    Batch.objects.update(closing_since=None)
    migration("closing_is_a_state").take_up(apps, None)
    assert batch().closing_since is not None
    assert closing.undo_half_done() == 1
    while jobs.work_once():
        pass
    assert everybody_is_back(left)
    migration("closing_is_a_state").take_up(apps, None)
    assert batch().is_open


def test_d_no_command_carries_out_the_acts_of_a_closing(season, hq, left):
    """What a killed process left of it lapsed the very people whom the command was to file."""
    closing.order(season.batch, hq)
    advance(season, 1)
    clerk = people.actor(season.staff.clerks[0])
    Job.objects.filter(kind="closing").update(
        owner="living", state="running", leased_until=leases.lease_end(clock.real_now())
    )
    outcome = command_acts.run(
        command_acts.CommandAct(
            season.batch, acts.ActRequest(Verb.APPLY, answers={"same_checked": True}), clerk
        )
    )
    assert outcome.as_dict()["by_code"]["BATCH-CLOSING"] == 5
    assert stages(left).count(Stage.LAPSED) == 2
