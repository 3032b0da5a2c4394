"""What fails waits, is tried again, and ends: failures are counted on the row, until the piece that failed is through."""

import errno
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as drawing
from hypothesis import strategies as st

from graduand.models import Job
from graduand.office.queue import orders, work
from graduand.office.queue.kinds import Duty, WorkProgress
from graduand.office.queue.work import DISK_FULL, WENT_WRONG, Worker
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState

pytestmark = pytest.mark.django_db
FACES = WorkKind.FACES


class Played(Duty):
    """Does what a list says, an item a piece: how far it comes (of 9), or what it raises."""

    kind = FACES

    def __init__(self, *pieces):
        self.pieces, self.left = list(pieces), []

    def advance(self, _subject):
        piece = self.pieces.pop(0)
        if isinstance(piece, int):
            return WorkProgress(piece, 9, piece == 9)
        raise piece

    def leave(self, subject):
        self.left.append(subject)


def boom():
    return RuntimeError("the disk is full")


def worker(*pieces, owner="one"):
    return Worker(owner, {FACES.value: Played(*pieces)})


@pytest.fixture
def job():
    orders.order(FACES, 1, None)
    return Job.objects.get()


def row():
    return Job.objects.get()


def wait_over():
    """The pause after a failure: time that a test does not want to wait."""
    Job.objects.exclude(not_before=None).update(not_before=clock.real_now() - timedelta(seconds=1))


def pause():
    """Seconds until it is tried again."""
    return round((row().not_before - clock.real_now()).total_seconds())


def test_a_failure_waits_longer_each_time_and_after_the_third_it_is_given_up(job):
    seen = []
    for _ in range(3):
        one = worker(boom())
        assert one.work_once() is not None
        seen.append((row().state, row().strikes, pause() if row().state == "waiting" else None))
        assert worker(9).claim() is None  # nobody takes it before its time
        wait_over()
    assert seen == [("waiting", 1, 5), ("waiting", 2, 30), ("failed", 3, None)]
    assert (row().message, row().owner, worker(9).claim()) == (WENT_WRONG, "", None)


def test_the_pauses_are_a_setting(job, settings):
    settings.JOB_RETRY_SECONDS = (2,)
    worker(boom()).work_once()
    assert (row().state, pause()) == ("waiting", 2)
    wait_over()
    worker(boom()).work_once()
    assert row().state == "failed"


def test_after_progress_a_first_failure_is_a_first_failure(job):
    """It had failed twice; the piece goes through at last, and the next one fails for the first time."""
    for _ in range(2):
        worker(boom()).work_once()
        wait_over()
    assert row().strikes == 2
    taken = (one := worker(4, boom())).claim()
    assert taken.strikes == 2  # what the object says from here on is old
    assert one.run(taken) is JobState.WAITING
    assert (row().strikes, row().strike_place, pause()) == (1, 4, 5)
    wait_over()
    assert worker(9).work_once() is not None
    assert (row().state, row().strikes, row().strike_place) == ("done", 0, None)


def test_work_that_fails_each_time_after_a_good_piece_ends(job):
    """The good piece is done again at each try and comes no further: it forgives nothing."""
    states = []
    while row().state == "waiting" and len(states) < 9:
        worker(4, boom()).work_once()
        states.append((row().state, row().strikes))
        wait_over()
    assert states == [("waiting", 1), ("waiting", 2), ("failed", 3)]


def test_the_control_where_any_good_piece_forgives_such_work_never_ends(job, monkeypatch):
    real = work._far
    monkeypatch.setattr(
        work, "_far", lambda step: {**real(step), "strikes": 0, "strike_place": None}
    )
    for _ in range(9):
        worker(4, boom()).work_once()
        wait_over()
    assert (row().state, row().strikes) == ("waiting", 1)


def test_work_that_fails_once_at_each_of_many_places_goes_through(job):
    for place in range(1, 9):
        worker(place, boom()).work_once()
        assert (row().state, row().strikes, row().strike_place) == ("waiting", 1, place)
        wait_over()
    assert worker(9).work_once() is not None
    assert row().state == "done"


@drawing(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=3), st.integers(0, 2**20))
def test_whatever_way_it_fails_it_ends(places, seed):
    """It comes to one of a few places, forth and back as it likes, and fails there each time: no
    more tries than places and failures allow.
    """
    Job.objects.all().delete()
    orders.order(FACES, 1, None)
    tries = 0
    while row().state == "waiting":
        place = places[(seed >> tries) % len(places)]
        worker(place, boom()).work_once()
        wait_over()
        tries += 1
        assert tries <= 3 * (len(places) + 1)
    assert row().state == "failed"


def test_strikes_are_counted_where_they_stand(job):
    """Two workers fail at the same work, the second with a row that it read before the first one failed."""
    first = worker(boom(), owner="first")
    taken = first.claim()
    Job.objects.update(strikes=1, strike_place=0)  # somebody else's failure, since
    first.run(taken)
    assert (taken.strikes, row().strikes, pause()) == (0, 2, 30)


def test_a_lease_that_ran_out_is_a_strike_at_its_place(job):
    owners = []
    for name in ("one", "two", "three", "four"):
        taken = worker(owner=name).claim()
        owners.append(taken and (taken.owner, taken.strikes))
        Job.objects.exclude(leased_until=None).update(
            leased_until=clock.real_now() - timedelta(seconds=1)
        )
    assert owners == [("one", 0), ("two", 1), ("three", 2), None]
    assert (row().state, row().strikes, row().owner) == ("failed", 3, "")


@pytest.mark.parametrize("words", ["database is locked", "unable to open database file"])
@pytest.mark.sqlite
def test_a_database_that_is_away_for_a_moment_is_no_strike(job, words):
    one = worker(3, OperationalError(words), 6, OperationalError(words), 9)
    for far in (3, 6):
        with pytest.raises(OperationalError):
            one.work_once()
        assert (row().state, row().owner, row().strikes, row().done) == ("running", "one", 0, far)
    assert worker(9, owner="another").claim() is None
    assert one.work_once() is not None
    assert (row().state, row().strikes) == ("done", 0)


def test_a_connection_that_broke_is_no_strike(job):
    lost = {
        "postgresql": InterfaceError("connection already closed"),
        "sqlite": OperationalError("database is locked"),
    }
    one = worker(3, lost[connection.vendor], 9)
    with pytest.raises((InterfaceError, OperationalError)):
        one.work_once()
    assert one.work_once() is not None
    assert (row().state, row().strikes) == ("done", 0)


@pytest.mark.parametrize(
    "words", ["database or disk is full", "could not extend file: No space left on device"]
)
def test_a_database_without_room_is_no_strike(job, words):
    one = worker(3, *[OperationalError(words)] * 4, 9)
    for _ in range(4):
        with pytest.raises(OperationalError):
            one.work_once()
        assert (row().state, row().owner, row().strikes, row().done) == ("running", "one", 0, 3)
    assert one.work_once() is not None
    assert (row().state, row().strikes) == ("done", 0)


def test_a_file_for_which_there_is_no_room_is_no_strike_and_keeps_nobody_else_waiting(job):
    one = worker(3, *[OSError(errno.ENOSPC, "No space left on device")] * 4, 9)
    for _ in range(4):
        assert one.work_once() is not None
        assert (row().state, row().owner, row().strikes, row().done) == ("waiting", "", 0, 3)
        assert row().message == DISK_FULL
        assert one.work_once() is None  # it waits, and others are free to be done
        Job.objects.update(not_before=None)
    assert one.work_once() is not None
    assert (row().state, row().strikes, row().message) == ("done", 0, "")


def test_a_table_that_is_missing_is_a_strike(job):
    class Broken(Played):
        def advance(self, _subject):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT nothing FROM nowhere")

    assert Worker("one", {FACES.value: Broken()}).work_once() is not None
    assert (row().state, row().strikes) == ("waiting", 1)


def test_what_is_refused_is_not_tried_again(job):
    worker(Refused("请先导入学生")).work_once()
    assert (row().state, row().message, row().strikes) == ("failed", "请先导入学生", 0)


def test_ordered_again_it_is_as_if_it_had_never_failed(job):
    for _ in range(3):
        worker(boom()).work_once()
        wait_over()
    orders.order_again(FACES, {1})
    fresh = row()
    assert (
        fresh.state,
        fresh.strikes,
        fresh.strike_place,
        fresh.not_before,
        fresh.message,
        fresh.done,
    ) == (
        "waiting",
        0,
        None,
        None,
        "",
        0,
    )


def test_whatever_ends_a_run_the_duty_leaves_what_it_had_at_work(job):
    left = []
    for pieces in ((boom(),), (Refused("nein"),), (9,)):
        orders.order(FACES, 1, None)
        one = worker(*pieces)
        one.work_once()
        left.append(one.duties[FACES.value].left)
    assert left == [[1], [1], [1]]
