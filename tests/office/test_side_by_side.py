"""Batches side by side: a person is worked on in one of them at a time, and stands again in the others when that ends."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from graduand.models import Batch, Candidate, Stale, Student
from graduand.models.engine import engine_of
from graduand.office import acts, audit, audit_sheets, batches, listing, moves
from graduand.office.acts import Wish
from graduand.queries import clock, gaps
from graduand.queries.batches import NotListed, not_listed
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.factories import (
    act,
    candidate_at,
    enrol,
    opened_again,
    other_batch,
    policy_data,
    register,
    shut,
    signed,
    stages,
    walk,
)
from tests.office.test_races import together

pytestmark = pytest.mark.django_db


def third_batch() -> Batch:
    """A batch after the next one."""
    data = policy_data(
        code="202407",
        issue_date="2024-07-31",
        closes_at="2024-10-12",
        enrolled_through="2022春",
        progression=None,
        rounds=[{"name": "首批", "opens": "2024-07-01", "closes": "2024-07-16"}],
    )
    return batches.load(data, None).batch


def rows_of(student: Student) -> dict[str, tuple[str, bool]]:
    """Batch -> (stage, set aside) of one person's files."""
    rows = Candidate.objects.filter(student=student).values_list("batch__code", "stage", "aside")
    return {code: (stage, aside) for code, stage, aside in rows}


def in_batch(batch: Batch, verb: Verb, file: Candidate, by, **said):
    wish = Wish(verb, said=said, given=signed(verb, said))
    return acts.do(batch, [batch.candidates.get(student=file.student).pk], people.actor(by), wish)


# -- whom a new batch lists ----------------------------------------------------------------------------------------


def test_a_new_batch_lists_nobody_with_a_live_file_or_a_certificate_and_counts_them(season):
    at = {stage: candidate_at(season, stage) for stage in Stage}
    later = batches.load(
        policy_data(code="202401", issue_date="2024-01-20", closes_at="2024-04-12"), None
    )
    listed = {
        Stage(at_first)
        for at_first in Candidate.objects.filter(
            batch=season.batch, student__candidates__batch=later.batch
        ).values_list("stage", flat=True)
    }
    assert listed == {Stage.LISTED, Stage.DEFERRED, Stage.REJECTED, Stage.LAPSED}
    assert (later.listed, later.not_listed) == (4, NotListed(live=4, graduated=4))
    assert str(later.not_listed) == "另有 8 人未列入（已有毕业证书 4 人，他批次有在办档案 4 人）"
    assert listing.list_newcomers() == 0
    assert rows_of(at[Stage.LISTED].student) == {
        "202307": ("listed", False),
        "202401": ("listed", False),
    }
    tally = audit.run(later.batch)
    assert (tally.judged, tally.not_listed) == (4, later.not_listed)


def test_nobody_is_left_out_of_the_first_batch(season):
    enrol(season, 3)
    assert not_listed(season.batch) == NotListed(0, 0)
    assert str(not_listed(season.batch)) == ""


# -- set aside, and back -------------------------------------------------------------------------------------------


_ENDS = {
    Verb.WITHDRAW: (Stage.APPLIED, "listed"),
    Verb.REJECT: (Stage.APPLIED, "rejected"),
    Verb.DEFER: (Stage.RETURNED, "deferred"),
}


@pytest.mark.parametrize(("verb", "start", "end"), [(v, *se) for v, se in _ENDS.items()], ids=str)
def test_the_files_of_other_batches_are_set_aside_while_one_lives_and_come_back_when_it_ends(
    season, verb, start, end
):
    later, third = other_batch(season), third_batch()
    file = candidate_at(season, start)
    assert rows_of(file.student) == {
        "202307": (start, False),
        "202401": ("listed", True),
        "202407": ("listed", True),
    }
    assert [gaps.counts(batch)["unfiled"] for batch in (later, third)] == [0, 0]
    audit.run(later), audit.run(third)
    assert list(audit_sheets.stored_rows(later)) == []
    assert act(season, verb, [file.pk]).done == 1
    assert rows_of(file.student) == {
        "202307": (end, False),
        "202401": ("listed", False),
        "202407": ("listed", False),
    }
    assert set(Stale.objects.values_list("candidate__batch__code", flat=True)) >= {
        "202401",
        "202407",
    }


def test_a_certificate_keeps_the_others_aside_also_when_it_is_voided_and_made_again(season):
    later = other_batch(season)
    deferred = enrol(season)
    file = Candidate.objects.get(pk=deferred[0])
    assert in_batch(later, Verb.DEFER, file, season.staff.clerks[0], statement=True).done == 1
    walk(season, deferred, Stage.CERTIFIED)
    assert rows_of(file.student) == {"202307": ("certified", False), "202401": ("deferred", True)}
    assert not_listed(later) == NotListed(live=0, graduated=1)
    assert act(season, Verb.VOID, deferred, second=season.staff.second).done == 1
    assert rows_of(file.student) == {"202307": ("approved", False), "202401": ("deferred", True)}
    assert not_listed(later) == NotListed(live=1, graduated=0)


def test_a_file_sent_back_still_lives_and_one_reopened_lives_again(season):
    later = other_batch(season)
    file = candidate_at(season, Stage.RETURNED)
    assert rows_of(file.student)["202401"] == ("listed", True)
    rejected = candidate_at(season, Stage.REJECTED)
    assert rows_of(rejected.student)["202401"] == ("listed", False)
    assert (
        act(
            season,
            Verb.REOPEN,
            [rejected.pk],
            second=season.staff.second,
            reason="other",
            note="复查",
        ).done
        == 1
    )
    assert rows_of(rejected.student) == {"202307": ("returned", False), "202401": ("listed", True)}
    assert later.candidates.filter(aside=False).count() == 0


def test_closing_a_batch_never_touches_the_files_of_another_and_the_lapsed_stand_in_the_next(
    season,
):
    """Whoever was listed in none is listed then; who is set aside here is nobody's to explain or to lapse."""
    moving = candidate_at(
        season, Stage.ENDORSED
    )  # filed before the next batch was loaded: not listed there
    later = other_batch(season)
    assert not later.candidates.filter(student=moving.student).exists()
    elsewhere = Candidate.objects.get(pk=enrol(season)[0])
    assert in_batch(later, Verb.APPLY, elsewhere, season.staff.clerks[0]).done == 1
    Candidate.objects.filter(pk=moving.pk).update(explanation="学生出国")
    done = shut(season.batch, people.actor(season.staff.hq))
    assert (done and done.done) == 1
    assert rows_of(moving.student) == {"202307": ("lapsed", False), "202401": ("listed", False)}
    assert rows_of(elsewhere.student) == {"202307": ("listed", True), "202401": ("applied", False)}
    # What comes to nothing there brings nobody back into a closed batch, until it is opened again.
    assert in_batch(later, Verb.WITHDRAW, elsewhere, season.staff.clerks[0]).done == 1
    assert rows_of(elsewhere.student) == {"202307": ("listed", True), "202401": ("listed", False)}
    opened_again(season)
    assert rows_of(elsewhere.student) == {"202307": ("listed", False), "202401": ("listed", False)}


def test_a_closed_batch_goes_on_numbering_sending_and_handing_over(season):
    ids = walk(season, enrol(season, 2), Stage.APPROVED)
    other_batch(season)
    shut(season.batch, people.actor(season.staff.hq))
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    for verb in (Verb.CERTIFY, Verb.SHIP, Verb.RECEIVE):
        assert act(season, verb, ids).done == 2
    register(ids)
    assert act(season, Verb.COLLECT, ids).done == 2


def test_the_step_and_what_it_sets_aside_are_one_constant_number_of_statements(season):
    other_batch(season)
    counts = []
    for size in (1, 1, 40):  # the first one reads the plans
        ids = enrol(season, size)
        with CaptureQueriesContext(connection) as asked:
            assert act(season, Verb.APPLY, ids).done == size
        counts.append(len(asked))
    assert counts[1] == counts[2]


def test_which_steps_can_begin_or_end_a_live_file():
    found = {verb for verb, step in STEPS.items() if listing.changes_who_is_live(step)}
    undone = {Verb.RELIST_RETURNED, Verb.RELIST_APPLIED, Verb.RELIST_ENDORSED}
    assert (
        found
        == {Verb.APPLY, Verb.WITHDRAW, Verb.DEFER, Verb.REJECT, Verb.REOPEN, Verb.LAPSE} | undone
    )


def test_everybody_is_put_right_piece_by_piece(season):
    other_batch(season)
    files = [candidate_at(season, Stage.APPLIED) for _ in range(3)]
    free = enrol(season, 2)
    Candidate.objects.filter(student__in=[file.student_id for file in files]).update(aside=False)
    Candidate.objects.filter(student__candidates__in=free, batch=season.batch).update(aside=True)
    assert listing.misplaced() == 5
    assert (listing.settle_all(size=2), listing.settle_all(), listing.misplaced()) == (5, 0, 0)
    assert {
        code for file in files for code, (_, aside) in rows_of(file.student).items() if aside
    } == {"202401"}
    assert not Candidate.objects.filter(pk__in=free, aside=True).exists()


# -- piece by piece, killed, and two at once -----------------------------------------------------------------------


def test_a_list_that_a_killed_process_left_half_made_is_completed_and_nobody_stands_twice(
    season, monkeypatch
):
    enrol(season, 7)
    made, real = [], listing.advance

    def killed(pk: int, size: int = 3):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(real(pk, 3))
        return made[-1]

    monkeypatch.setattr(listing, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        other_batch(season)
    monkeypatch.undo()
    later = Batch.objects.get(code="202401")
    assert (made, later.candidates.count()) == ([3, 3], 6)
    assert (listing.resume(), listing.resume()) == (1, 0)
    assert (later.candidates.count(), Batch.objects.get(pk=later.pk).listed_to) == (7, None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_filing_here_while_the_next_batch_is_listed_leaves_nobody_in_both(open_season, attempt):
    ids = enrol(open_season, 30)
    together(lambda: act(open_season, Verb.APPLY, ids), lambda: other_batch(open_season))
    assert stages(ids) == [Stage.APPLIED] * 30
    later = Batch.objects.get(code="202401")
    assert later.candidates.filter(aside=False).count() == 0
    assert listing.settle_all() == 0


def _held_listing(season, monkeypatch) -> int:
    """A file is filed while the list has been written and not committed; returns who then stands in both."""
    ids = enrol(season, 2)
    written, filed = threading.Event(), threading.Event()
    real = listing._insert

    def insert(who, params):
        added = real(who, params)
        if added:
            written.set()
            filed.wait(3)  # with the guard the other one waits for us, so this runs out
        return added

    def file():
        written.wait(20)
        try:
            return act(season, Verb.APPLY, ids)
        finally:
            filed.set()

    monkeypatch.setattr(listing, "_insert", insert)
    together(lambda: other_batch(season), file)
    return Batch.objects.get(code="202401").candidates.filter(aside=False).count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_is_filed_while_the_list_is_being_written_is_set_aside(open_season, monkeypatch):
    assert _held_listing(open_season, monkeypatch) == 0


def unguarded(monkeypatch, hold=lambda _cursor: None) -> None:
    """The engine without the hold on the batches, or with another one."""
    real = engine_of()

    class Unguarded:
        hold_batches = staticmethod(hold)

        def __getattr__(self, name):
            return getattr(real, name)

    monkeypatch.setattr(moves, "engine_of", Unguarded)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_hold_both_are_worked_on(open_season, monkeypatch):
    unguarded(monkeypatch)
    assert _held_listing(open_season, monkeypatch) == 2


def _made_beside_a_chunk(season, monkeypatch) -> int:
    """A batch is made and listed while a chunk that began before it is not committed; returns who then stands in both."""
    ids = enrol(season, 2)
    followed, made, real = threading.Event(), threading.Event(), listing.follow

    def follow(files):
        real(files)
        followed.set()
        made.wait(3)  # with the guard the making waits for us, so this runs out

    def make():
        followed.wait(20)
        try:
            return other_batch(season)
        finally:
            made.set()

    monkeypatch.setattr(listing, "follow", follow)
    together(lambda: act(season, Verb.APPLY, ids), make)
    assert stages(ids) == [Stage.APPLIED] * 2
    return Batch.objects.get(code="202401").candidates.filter(aside=False).count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_is_being_filed_is_not_listed_by_a_batch_that_is_made_meanwhile(
    open_season, monkeypatch
):
    assert _made_beside_a_chunk(open_season, monkeypatch) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_holding_the_rows_of_the_batches_both_are_worked_on(
    open_season, monkeypatch
):
    held = "SELECT 1 FROM graduand_batch FOR SHARE"
    unguarded(monkeypatch, lambda cursor: cursor.execute(held))
    assert _made_beside_a_chunk(open_season, monkeypatch) == 2


def _closed_under_a_chunk(season, monkeypatch) -> tuple[bool, Stage]:
    """A file comes back to its centre while the batch is being closed: judged before, written after."""
    file = candidate_at(season, Stage.REJECTED)
    judged, closed, real = threading.Event(), threading.Event(), moves._write

    def write(chunk, passed):
        judged.set()
        closed.wait(3)  # with the guard the closing waits for us, so this runs out
        return real(chunk, passed)

    def close():
        judged.wait(20)
        try:
            batches.close(season.batch)
        finally:
            closed.set()

    monkeypatch.setattr(moves, "_write", write)
    together(
        lambda: act(
            season, Verb.REOPEN, [file.pk], second=season.staff.second, reason="other", note="复查"
        ),
        close,
    )
    return Batch.objects.get().closed_at is not None, stages([file.pk])[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_batch_is_not_closed_under_a_chunk_that_was_judged_while_it_was_open(
    open_season, monkeypatch
):
    assert _closed_under_a_chunk(open_season, monkeypatch) == (False, Stage.RETURNED)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_hold_a_closed_batch_has_a_file_to_be_filed(
    open_season, monkeypatch
):
    unguarded(monkeypatch)
    assert _closed_under_a_chunk(open_season, monkeypatch) == (True, Stage.RETURNED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_two_who_close_a_batch_one_is_told_so(open_season, attempt):
    outcomes = together(*(lambda: batches.close(open_season.batch),) * 2)
    told = [str(o) for o in outcomes if isinstance(o, Exception)]
    assert told == ["批次 202307 已由他人关闭或删除，请刷新查看"]
    assert Batch.objects.get().closed_at <= clock.now()
