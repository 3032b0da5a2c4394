"""Batches side by side, at the same moment: whoever lists, files or closes, nobody is worked on in two of them."""

import threading

import pytest

from graduand.models import Batch
from graduand.models.engine import engine_of
from graduand.office import moves
from graduand.office.season import batches, listing
from graduand.queries import clock
from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at, stages
from tests.factories import enrol, other_batch
from tests.office.races.test_races import together

pytestmark = pytest.mark.django_db


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
