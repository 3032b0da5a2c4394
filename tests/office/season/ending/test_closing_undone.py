"""A closing that did not take place leaves everybody where it found them: applications, order numbers, what the college said."""

import pytest
from django.db import IntegrityError, transaction

from graduand.models import Batch, Candidate, Event, Grant, Job
from graduand.office import acts, moved_rows
from graduand.office.audit import auditing
from graduand.office.duties import roll_forward
from graduand.office.queue import orders
from graduand.office.refusal import Refused
from graduand.office.season.ending import closing, reopening, switching
from graduand.queries.season import returning_files
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import JobState, Stage, Verb
from tests import jobs, people
from tests.acting import act, opened_again, refusals, shut, spread, stages
from tests.factories import other_batch, set_clock
from tests.invariants import everywhere
from tests.once import taken_back

pytestmark = pytest.mark.django_db

FOUND = (Stage.LISTED, Stage.DEFERRED, Stage.RETURNED, Stage.APPLIED, Stage.ENDORSED)
# What the closing and its undoing are themselves.
MOVED = {"moved_at", "last_act_id"}


@pytest.fixture
def files(season, monkeypatch):
    """Two at each stage that lapses, each with its reason; the first round is over. Acts of three, pieces of two."""
    monkeypatch.setattr(closing, "AN_ACT", 3)
    monkeypatch.setattr(reopening, "AN_ACT", 3)
    ids = [file.pk for file in spread(season, [stage for stage in FOUND for _ in range(2)])]
    set_clock("2023-07-18 09:00")
    Candidate.objects.update(explanation="待总部审核")
    auditing.run(season.batch)
    return ids


def batch() -> Batch:
    return Batch.objects.get(code="202307")


def as_they_are() -> list[dict]:
    rows = Candidate.objects.filter(batch=batch()).order_by("id").values()
    return [{name: value for name, value in row.items() if name not in MOVED} for row in rows]


def begun(season, hq, far: int) -> None:
    """Two people want it closed, and `far` pieces of it are done."""
    closing.order(season.batch, hq)
    for _ in range(far):
        closing.advance(season.batch.pk, 2)


def work() -> None:
    while jobs.work_once():
        pass


def test_七_2_stopped_after_any_piece_everybody_is_where_the_closing_found_them(season, hq, files):
    """Endorsed files stood on the list without their number, their round over, because of a closing that was not one."""
    for far in range(7):
        with taken_back(far):
            season.batch.refresh_from_db()
            before = as_they_are()
            begun(season, hq, far)
            assert stages(files).count(Stage.LAPSED) == [0, 2, 3, 5, 6, 8, 9][far]
            assert jobs.stop(Job.objects.get(kind="closing").pk, hq)
            work()
            assert (as_they_are(), batch().is_open, batch().closing_undone) == (before, True, False)
            assert everywhere() == []
            assert act(season, Verb.APPROVE, files[8:]).by_code == {}
            assert stages(files[8:]) == [Stage.APPROVED] * 2


def test_K01_the_undoing_killed_after_any_piece_goes_on_and_ends_the_same(season, hq, files):
    for far in range(10):
        with taken_back(far):
            season.batch.refresh_from_db()
            before = as_they_are()
            begun(season, hq, 7)
            closing.undo(season.batch.pk)
            for _ in range(far):
                reopening.advance(season.batch.pk, 1)
                assert (batch().is_open, batch().closing_undone) == (False, True)
            roll_forward.batches()
            assert (as_they_are(), batch().is_open) == (before, True)
            assert everywhere() == []


def test_whose_account_ends_half_way_takes_nobodys_application_along(season, hq, files):
    before = as_they_are()
    begun(season, hq, 5)
    Grant.objects.filter(user=season.staff.hq).update(until="2023-07-17")
    work()
    assert Job.objects.get(kind="closing").message.startswith("批次没有关闭：")
    assert (as_they_are(), batch().is_open) == (before, True)


def test_the_control_with_the_steps_of_an_opening_the_applications_are_gone(
    season, hq, files, monkeypatch
):
    monkeypatch.setattr(returning_files, "BACK_TO", {})
    begun(season, hq, 7)
    closing.undo(season.batch.pk)
    work()
    assert stages(files) == [Stage.LISTED] * 2 + [Stage.DEFERRED] * 2 + [Stage.LISTED] * 6
    assert refusals(act(season, Verb.APPLY, files[8:9])) == {files[8]: ["ROUND-NONE"]}


def test_every_step_of_it_stands_in_the_history_of_the_file(season, hq, files):
    begun(season, hq, 7)
    closing.undo(season.batch.pk)
    work()
    told = Event.objects.filter(candidate__in=files[5::2], act__verb__startswith="relist").order_by(
        "id"
    )
    assert sorted(told.values_list("verb", "from_stage", "to_stage", "actor__system")) == [
        ("relist_applied", "lapsed", "applied", True),
        ("relist_endorsed", "lapsed", "endorsed", True),
        ("relist_returned", "lapsed", "returned", True),
    ]


def test_who_was_opened_again_by_two_weeks_later_is_filed_anew_also_after_a_closing_that_was_not_one(
    season, hq, files
):
    begun(season, hq, 7)
    closing.undo(season.batch.pk)
    work()
    shut(batch(), hq)
    season.batch.refresh_from_db()
    opened_again(season)
    assert stages(files) == [Stage.LISTED] * 2 + [Stage.DEFERRED] * 2 + [Stage.LISTED] * 6
    said = Candidate.objects.filter(pk__in=files).values_list(
        "round", "reported_no", "lot", "endorsed_at", "explanation"
    )
    assert set(said) == {(None, None, None, None, "")}


def _files_elsewhere(season, files: list[int]) -> None:
    later = other_batch(season)
    set_clock("2024-01-10 09:00")
    there = list(
        later.candidates.filter(student__candidates__in=files).values_list("pk", flat=True)
    )
    done = acts.do(
        later,
        there,
        people.actor(season.staff.clerks[0]),
        acts.ActRequest(Verb.APPLY, answers={"same_checked": True}),
    )
    assert (done.done, done.by_code) == (len(files), {})


@pytest.mark.parametrize("late", [False, True], ids=["before the look", "after the look"])
def test_who_has_applied_in_another_batch_meanwhile_comes_back_aside_and_keeps_nobody_from_it(
    season, hq, files, late
):
    before = as_they_are()
    begun(season, hq, 7)
    closing.undo(season.batch.pk)
    if late:
        confirmed = reopening._next_act(batch(), Job.objects.get(kind="reopening").by)
        assert (confirmed.verb, confirmed.items) == (Verb.RELIST_RETURNED, files[4:6])
    _files_elsewhere(season, files[4:6])
    work()
    assert batch().is_open
    assert list(
        Candidate.objects.filter(aside=True, batch=batch())
        .order_by("id")
        .values_list("id", "stage", "reported_no")
    ) == [(pk, Stage.LISTED, None) for pk in files[4:6]]
    now = as_they_are()
    assert (now[:4], now[6:]) == (before[:4], before[6:])
    assert everywhere() == []


def test_七_1_nobody_stops_the_undoing_that_the_program_ordered(season, hq, boss, files):
    """Two clicks of one person shut a batch that two wanted neither shut nor half of it."""
    before = as_they_are()
    begun(season, hq, 4)
    assert jobs.stop(Job.objects.get(kind="closing").pk, boss)
    reopening.advance(season.batch.pk, 2)
    job = Job.objects.get(kind="reopening")
    for one in (boss, hq):
        with pytest.raises(Refused, match="可以停止这项任务"):
            jobs.stop(job.pk, one)
    with pytest.raises(Refused):
        reopening.order(batch(), hq)
    assert (
        switching.why_not(batch(), BatchSwitch.REOPEN)
        == "批次 202307 正在恢复名单（恢复完成后才能办理）"
    )
    work()
    assert (as_they_are(), batch().is_open) == (before, True)


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.FAILED])
def test_an_undoing_that_was_given_up_or_stopped_before_the_update_is_ordered_anew(
    season, hq, files, state
):
    before = as_they_are()
    begun(season, hq, 4)
    closing.undo(season.batch.pk)
    reopening.advance(season.batch.pk, 2)
    Job.objects.filter(kind="reopening").update(state=state.value)
    assert (
        switching.why_not(batch(), BatchSwitch.REOPEN)
        == "批次 202307 正在恢复名单（恢复完成后才能办理）"
    )
    orders.arm([WorkKind.HALF_DONE])
    work()
    assert (as_they_are(), batch().is_open) == (before, True)
    assert closing.undo_half_done() == 0


def test_an_undoing_that_waits_or_is_at_work_is_left_to_its_worker(season, hq, files):
    begun(season, hq, 2)
    closing.undo(season.batch.pk)
    assert closing.undo_half_done() == 0


def test_the_step_back_is_of_an_undone_closing_alone(season, hq, files):
    shut(batch(), hq)
    batch_ = batch()
    done = acts.do(
        batch_, files[8:9], hq, acts.ActRequest(Verb.RELIST_ENDORSED, answers={"closing": True})
    )
    assert refusals(done) == {files[8]: ["STAGE"]}
    done = acts.do(
        batch_,
        files[8:9],
        hq,
        acts.ActRequest(Verb.RELIST_ENDORSED, answers={"closing": True, "undone": True}),
    )
    assert refusals(done) == {files[8]: ["BATCH-CLOSED"]}


def test_the_base_holds_no_undone_closing_of_an_open_batch(season):
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=season.batch.pk).update(closing_undone=True)


def test_the_control_that_lapse_writes_nothing_but_the_stage():
    """What comes back as it was is what the file still says."""
    assert Verb.LAPSE not in moved_rows.COLUMNS_OF_VERB
