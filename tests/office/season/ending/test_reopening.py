"""Opening a closed batch again: the worker brings its list back piece by piece, and until the last one it is closed."""

import pytest
from django.db import IntegrityError

from graduand.models import Act, Batch, Candidate, Event, Grant, Job
from graduand.office import acts, command_acts
from graduand.office.audit import auditing, rejudging
from graduand.office.duties import roll_forward
from graduand.office.people.second_person import consent_answers
from graduand.office.refusal import Refused
from graduand.office.season import deleting, grades, listing, policy_drafts, rounds
from graduand.office.season.ending import closing, finishing, reopening, switching
from graduand.queries.records import person
from graduand.queries.season import returning_files
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import JobState, Stage, Verb
from tests import jobs, people
from tests.acting import act, refusals, shut, stages, walk
from tests.factories import FIRST, enrol, new_student, other_batch, policy_data, set_clock
from tests.invariants import violations
from tests.once import taken_back

pytestmark = pytest.mark.django_db
RESTORING = "批次 202307 正在恢复名单（恢复完成后才能办理）"


@pytest.fixture
def closed(season, hq, monkeypatch):
    """Seven files that the closing lapsed, and one that is through; acts of three, pieces of two."""
    monkeypatch.setattr(reopening, "AN_ACT", 3)
    ids = enrol(season, 7)
    walk(season, enrol(season), Stage.APPROVED)
    Candidate.objects.update(explanation="学生出国")
    auditing.run(season.batch)
    shut(season.batch, hq)
    return ids


def advance(season, times: int = 1) -> list[tuple[int, int, bool]]:
    return [reopening.advance(season.batch.pk, 2) for _ in range(times)]


def batch() -> Batch:
    return Batch.objects.get(code="202307")


def begun(season, hq) -> None:
    """Two people want it open, and some are listed again."""
    reopening.order(season.batch, hq)
    advance(season, 3)
    season.batch.refresh_from_db()


def test_the_list_comes_back_piece_by_piece_and_with_the_last_one_the_batch_is_open(
    season, hq, closed
):
    reopening.order(season.batch, hq)
    shut, steps = [], []
    while not (steps and steps[-1][2]):
        shut.append((batch().closed_at is not None, batch().reopening))
        steps += advance(season)
    # Acts of three in pieces of two, the last one of one; then the list of eight, two at a time,
    # and what comes after it.
    assert [done for done, _, _ in steps] == [2, 3, 5, 6, 7, 7, 7, 7, 7, 7]
    assert {total for _, total, _ in steps} == {7}
    assert shut == [(True, True)] * len(steps)
    assert (batch().closed_at, batch().listed_to, stages(closed)) == (
        None,
        None,
        [Stage.LISTED] * 7,
    )
    assert Job.objects.get(kind="audit").state == JobState.WAITING
    assert advance(season) == [(7, 7, True)]  # once more changes nothing
    assert violations(batch()) == []


def test_killed_after_any_piece_the_next_command_goes_on_and_ends_where_the_worker_would(
    season, hq, closed
):
    """The command files the very people who were not back yet."""
    for far in range(11):
        with taken_back(far):
            season.batch.refresh_from_db()
            reopening.order(season.batch, hq)
            for _ in range(far):
                if advance(season)[0][2]:
                    break
            clerk = people.actor(season.staff.clerks[0])
            request = acts.ActRequest(Verb.APPLY, answers={"same_checked": True})
            roll_forward.batches()  # as every command of the kind does first
            outcome = command_acts.run(command_acts.CommandAct(season.batch, request, clerk))
            assert (outcome.as_dict()["done"], stages(closed)) == (7, [Stage.APPLIED] * 7)
            assert (batch().closed_at, Job.objects.get(kind="reopening").state) == (
                None,
                JobState.DONE,
            )
            assert Act.objects.filter(finished_at=None).count() == 0


def test_the_control_a_batch_that_nobody_brings_back_stays_half_done(season, hq, closed):
    begun(season, hq)
    assert (
        acts.resume(season.batch) is not None
    )  # what commands did before: the act in hand, and nothing more
    assert sorted(set(stages(closed))) == [Stage.LAPSED, Stage.LISTED]
    assert batch().reopening


def test_half_brought_back_it_offers_nothing_and_says_why_by_name(season, hq, closed):
    begun(season, hq)
    back = [pk for pk, stage in zip(closed, stages(closed), strict=True) if stage is Stage.LISTED]
    assert len(back) == 5
    for verb in (Verb.APPLY, Verb.DEFER, Verb.LAPSE):
        said = refusals(act(season, verb, back[:1]))
        assert (verb, said[back[0]][0]) == (verb, "BATCH-RESTORING")
    [why] = [row.findings for row in Act.objects.latest("id").refusals.all()]
    assert '"BATCH-RESTORING", "202307"' in why
    boss, college, turn = (
        people.actor(season.staff.second),
        people.actor(season.staff.college),
        batch().rounds.get(name=FIRST),
    )
    attempts = {
        "explain": lambda: closing.explain(batch(), "onward", None, "联系不上", hq),
        "finish": lambda: finishing.declare(batch()),
        "round": lambda: rounds.switch(batch(), FIRST, hq, opening=True),
        "draft": lambda: policy_drafts.draft(policy_data(self_appraisal_min_chars=300), hq, "k"),
        "judge": lambda: rejudging.judge_again(batch(), hq, Candidate.objects.get(pk=back[0])),
        "grades": lambda: grades.declare(turn, season.college, college, ""),
        "close": lambda: switching.ask(hq, batch(), BatchSwitch.CLOSE, "期满"),
        "open": lambda: switching.ask(hq, batch(), BatchSwitch.REOPEN, "补办"),
    }
    for what, attempt in attempts.items():
        with pytest.raises(Refused) as refused:
            attempt()
        assert (what, str(refused.value).startswith(RESTORING)) == (what, True)
    with pytest.raises(Refused):
        deleting.delete(batch(), boss)
    assert (stages(back), batch().finished_at) == ([Stage.LISTED] * 5, None)


def test_a_batch_on_its_way_back_is_never_finished(season, hq):
    """Nothing is left to do in it while all are lapsed: it is no reason to call it done."""
    enrol(season, 2)
    Candidate.objects.update(explanation="学生出国")
    auditing.run(season.batch)
    shut(season.batch, hq)
    assert batch().finished_at is not None
    reopening.order(season.batch, hq)
    assert (batch().finished_at, finishing.settle(), batch().finished_at) == (None, 0, None)
    with pytest.raises(IntegrityError):
        Batch.objects.update(finished_at="2023-10-12T00:00:00+08:00")


def test_who_comes_or_is_filed_elsewhere_meanwhile_stands_where_he_would(season, hq, closed):
    """The list has passed the student's place when he comes; another one's file elsewhere ends, and he comes back."""
    later = other_batch(season)
    there = later.candidates.get(student__candidates=closed[0])
    clerk = people.actor(season.staff.clerks[0])
    said = {"same_checked": True}
    assert acts.do(later, [there.pk], clerk, acts.ActRequest(Verb.APPLY, answers=said)).done == 1
    reopening.order(season.batch, hq)
    advance(season, 9)
    assert Candidate.objects.get(pk=closed[0]).aside
    student = new_student(season, "2020000000000")
    student.save()
    listing.list_newcomers()
    assert acts.do(later, [there.pk], clerk, acts.ActRequest(Verb.WITHDRAW)).done == 1
    while not advance(season)[0][2]:
        pass
    assert sorted(student.candidates.values_list("batch__code", flat=True)) == ["202307", "202401"]
    assert not Candidate.objects.get(pk=closed[0]).aside
    assert listing.misplaced() == 0


def test_who_asked_for_it_has_left_so_a_colleague_asks_again_and_the_rest_comes_back(
    season, hq, closed
):
    reopening.order(season.batch, hq)
    advance(season, 2)
    Grant.objects.filter(user=season.staff.hq).delete()
    roll_forward.batches()
    job = Job.objects.get(kind="reopening")
    left = "提出人已不在岗位，名单没有恢复完；请由在岗的同事重新提出「重新开放批次」"
    assert (job.state, job.message, batch().reopening) == (JobState.FAILED, left, True)
    assert [stage is Stage.LISTED for stage in stages(closed)].count(True) == 3
    row = switching.ask(people.actor(season.staff.second), batch(), BatchSwitch.REOPEN, "补办")
    consent_answers.decide(people.actor(season.staff.hq_third), row.pk, agree=True)
    roll_forward.batches()
    assert (batch().closed_at, stages(closed)) == (None, [Stage.LISTED] * 7)


def test_whom_it_refuses_is_named_and_the_batch_stays_shut(season, hq, closed):
    """A clock set back: nobody is dated before the own lapsing, and nothing is said to be open that is not whole."""
    set_clock("2023-07-11 12:00")
    reopening.order(season.batch, hq)
    roll_forward.batches()
    job = Job.objects.get(kind="reopening")
    assert job.message.startswith("名单没有恢复完：2021000000001 学生000001，上一步办理于 ")
    assert (job.state, batch().reopening, stages(closed)) == (
        JobState.FAILED,
        True,
        [Stage.LAPSED] * 7,
    )


def test_stopped_it_stays_shut_no_command_goes_on_with_it_and_it_can_be_continued(
    season, hq, closed
):
    begun(season, hq)
    job = Job.objects.get(kind="reopening")
    assert jobs.stop(job.pk, hq)
    roll_forward.batches()
    assert (Job.objects.get(pk=job.pk).state, batch().reopening) == (JobState.CANCELLED, True)
    assert jobs.resume(job.pk, hq)
    assert jobs.work_once("worker")
    assert (batch().closed_at, stages(closed)) == (None, [Stage.LISTED] * 7)


def test_a_living_worker_is_left_alone_and_the_command_is_refused_by_name(season, hq, closed):
    begun(season, hq)
    assert jobs.claim("living").kind == "reopening"
    clerk = people.actor(season.staff.clerks[0])
    outcome = command_acts.run(
        command_acts.CommandAct(season.batch, acts.ActRequest(Verb.APPLY), clerk)
    )
    assert (
        outcome.as_dict()["by_code"]["BATCH-RESTORING"] == 5
    )  # the act in hand is the worker's to end
    assert batch().reopening


def test_the_second_who_agrees_only_orders_it(season, hq, closed, django_assert_max_num_queries):
    """However many there are: what the page waits for is the question and one job."""
    row = switching.ask(hq, batch(), BatchSwitch.REOPEN, "补办")
    with django_assert_max_num_queries(40):
        consent_answers.decide(people.actor(season.staff.second), row.pk, agree=True)
    assert (batch().reopening, stages(closed)) == (True, [Stage.LAPSED] * 7)
    with pytest.raises(Refused):
        reopening.order(season.batch, hq)


def before_closing(season, hq) -> dict[str, list[int]]:
    """Files at every stage that a closing lapses, and two whose people have gone on in the next batch; then it is closed."""
    ids = enrol(season, 9)
    found = {
        "listed": ids[:2],
        "deferred": ids[2:3],
        "applied": ids[3:5],
        "endorsed": ids[5:6],
        "returned": ids[6:7],
    }
    found["gone"] = ids[7:]
    auditing.run(season.batch)
    act(season, Verb.APPLY, ids[3:7])
    act(season, Verb.ENDORSE, ids[5:6])
    act(season, Verb.SEND_BACK, ids[6:7])
    act(season, Verb.DEFER, ids[2:3])
    Candidate.objects.update(explanation="学生出国（陈总部，2023-07-12）")
    shut(season.batch, hq)
    later = other_batch(season)
    there = list(
        later.candidates.filter(student__candidates__in=found["gone"]).values_list("pk", flat=True)
    )
    clerk = people.actor(season.staff.clerks[0])
    assert (
        acts.do(
            later, there, clerk, acts.ActRequest(Verb.APPLY, answers={"same_checked": True})
        ).done
        == 2
    )
    season.batch.refresh_from_db()
    return found


def test_the_consequences_are_counted_before_the_second_agrees_and_are_what_happens(season, hq):
    found = before_closing(season, hq)
    row = switching.ask(hq, batch(), BatchSwitch.REOPEN, "补办")
    assert row.detail["told"] == (
        "恢复 7 人（关闭前：未申请 2，暂缓毕业 1，已申请 2，退回补正 1，学院已通过 1）；"
        "其中 4 人关闭前已经申请，恢复为未申请，须由学习中心重新申请，另编上报顺序；"
        "1 人仍为暂缓毕业，不参加全选申请；另有 2 人已在其他批次申请或领证，不再列入；"
        "关闭时写的未办结原因不再算数；现在可在「首批」申请，2023-07-16 截止"
    )
    consent_answers.decide(people.actor(season.staff.second), row.pk, agree=True)
    roll_forward.batches()
    listed = Candidate.objects.filter(batch=batch(), aside=False)
    stood = {name: sorted(set(stages(ids))) for name, ids in found.items()}
    assert stood == {
        "listed": [Stage.LISTED],
        "deferred": [Stage.DEFERRED],
        "applied": [Stage.LISTED],
        "endorsed": [Stage.LISTED],
        "returned": [Stage.LISTED],
        "gone": [Stage.LISTED],
    }
    filed = [*found["applied"], *found["endorsed"], *found["returned"]]
    assert sorted(
        listed.filter(returning_files.to_be_filed_anew(True)).values_list("pk", flat=True)
    ) == sorted(filed)
    assert listed.count() == 7
    assert violations(batch()) == []


def test_who_comes_back_deferred_is_filed_only_after_the_deferral_is_taken_back(season, hq):
    """The wish to wait is the student's own: choosing everybody does not file against it."""
    found = before_closing(season, hq)
    reopening.order(season.batch, hq)
    roll_forward.batches()
    auditing.run(batch())
    [waits] = found["deferred"]
    assert refusals(act(season, Verb.APPLY, [waits, *found["listed"]])) == {waits: ["STAGE"]}
    assert act(season, Verb.RESUME, [waits]).done == 1
    assert act(season, Verb.APPLY, [waits]).done == 1
    told = Event.objects.filter(candidate=waits).order_by("id").values_list("verb", "to_stage")
    assert list(told) == [
        ("defer", "deferred"),
        ("lapse", "lapsed"),
        ("relist_deferred", "deferred"),
        ("resume", "listed"),
        ("apply", "applied"),
    ]


def test_whoever_is_filed_anew_withdrawn_or_deferred_is_no_longer_told_to_be(season, hq):
    found = before_closing(season, hq)
    reopening.order(season.batch, hq)
    roll_forward.batches()
    auditing.run(batch())
    first, second = found["applied"]
    act(season, Verb.APPLY, [first, second])
    act(season, Verb.WITHDRAW, [second])
    anew = Candidate.objects.filter(returning_files.to_be_filed_anew(True))
    assert sorted(anew.values_list("pk", flat=True)) == sorted(
        [*found["endorsed"], *found["returned"]]
    )


def test_the_reason_that_was_written_before_the_closing_stands_in_the_history_of_each_file(
    season, hq
):
    found = before_closing(season, hq)
    notes = Event.objects.filter(verb=Verb.LAPSE.value, candidate__in=found["applied"]).values_list(
        "note", flat=True
    )
    assert list(notes) == ["学生出国（陈总部，2023-07-12）"] * 2
    reopening.order(season.batch, hq)
    roll_forward.batches()
    assert set(
        Candidate.objects.filter(pk__in=found["applied"]).values_list("explanation", flat=True)
    ) == {""}
    told = [
        done.note
        for done in person.history(Candidate.objects.get(pk=found["applied"][0]))
        if done.verb == Verb.LAPSE.label
    ]
    assert told == ["学生出国（陈总部，2023-07-12）"]
