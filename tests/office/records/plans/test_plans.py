"""A confirmed import is a plan: written in pieces of whole students, in its turn, until it is through or ended."""

import itertools
import sqlite3

import pytest
from django.db import connection, transaction

from graduand.models import ImportPlan, Job, PlannedStudent
from graduand.office.duties.imports import ImportRows
from graduand.office.records import import_run
from graduand.office.records.files import plan_files
from graduand.office.records.plans import import_plans, writing
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.queries.queue import open_plans as looking
from graduand.rulebook.terms import SheetKind
from tests.office.races.test_short_transactions import counted
from tests.office.records.files import ROWS, bring, table, world
from tests.office.records.plans.plans import (
    PEOPLE,
    at_once,
    counts,
    everybody,
    files,
    half_written,
    left,
    marks,
    number,
    step,
    stored,
    through,
)

pytestmark = pytest.mark.django_db


def test_what_is_confirmed_is_written_piece_by_piece_and_each_student_as_a_whole(six, tmp_path):
    plan = left(tmp_path, SheetKind.RESULTS, *marks())
    assert (stored(), counts(plan), plan.rows, files()) == ({}, (0, 0, 0, 0), 12, [plan.file])
    seen = []
    while plan.cursor < plan.pieces:
        plan = step(plan)
        seen.append((plan.done, len(stored()), half_written([], ["85", "85"])))
    assert seen == [(2 * people, people, []) for _, people, _ in seen]
    assert len({people for _, people, _ in seen}) > 2
    plan = through(plan)
    assert (stored(), counts(plan)) == (everybody("85"), (12, 0, 0, 0))
    assert (PlannedStudent.objects.count(), files()) == (0, [])


def test_a_command_carries_it_out_and_says_what_was_written(six, tmp_path):
    tally = bring(tmp_path, SheetKind.RESULTS, *marks())
    assert (tally.plan, tally.created, tally.problems, stored()) == (None, 12, (), everybody("85"))
    again = bring(tmp_path, SheetKind.RESULTS, *marks())
    assert (again.plan, again.unchanged, again.nothing_new) == (None, 12, True)
    assert ImportPlan.objects.filter(finished_at=None).count() == 0
    assert (
        Job.objects.get(kind="plan", subject=ImportPlan.objects.earliest("id").pk).state == "done"
    )


def test_what_is_unchanged_needs_no_second_look(six, tmp_path):
    bring(tmp_path, SheetKind.RESULTS, *marks())
    plan = left(
        tmp_path,
        SheetKind.RESULTS,
        *marks(people=4),
        *[row | {"成绩": "91"} for row in marks()[4:6]],
    )
    assert (plan.rows, counts(plan)) == (2, (0, 0, 8, 0))
    assert (counts(through(plan)), stored()[number(5)]) == ((0, 2, 8, 0), ["91", "85"])


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_a_trial_takes_no_lock(tmp_path):
    """Somebody else writes while the file is checked; inside a transaction of ours the same attempt fails."""
    world(tmp_path, students=2)
    attempts = []

    def write_beside(_done=0, _total=0):
        other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0, isolation_level=None)
        try:
            other.execute("UPDATE graduand_unit SET contact = 'x'")
            attempts.append("written")
        except sqlite3.OperationalError as error:
            attempts.append(str(error))
        finally:
            other.close()

    trial = bring(
        tmp_path,
        SheetKind.RESULTS,
        *marks(people=2),
        trial=True,
        partial=True,
        progress=write_beside,
    )
    refused = bring(tmp_path, SheetKind.RESULTS, {"成绩": "101"}, progress=write_beside)
    assert (trial.created, refused.refused, attempts) == (4, 1, ["written", "written"])
    with transaction.atomic():
        write_beside()
    assert attempts[2:] == ["database is locked"]


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_no_transaction_writes_more_than_a_piece(tmp_path, monkeypatch):
    most = 300
    world(tmp_path, students=120)
    monkeypatch.setattr(writing, "MOST", most)
    monkeypatch.setattr(
        import_plans, "WritingPace", lambda **more: writing.WritingPace(most, **more)
    )
    rows = [{"学号": number(n), "课程代码": f"S{c}"} for n in range(1, 121) for c in range(10)]
    with counted() as wrote:
        assert bring(tmp_path, SheetKind.RESULTS, *rows).created == 1_200
    # the results, whom they concern and his mark, and the plan with its record and its job
    assert wrote.most <= most + plan_files.PIECE + 2 * 60 + 20
    monkeypatch.setattr(import_run, "FIRST", 10_000)
    with counted() as wrote:
        assert (
            bring(tmp_path, SheetKind.RESULTS, *[row | {"成绩": "86"} for row in rows]).updated
            == 1_200
        )
    assert wrote.most > 1_200  # control: at once


def test_the_next_piece_is_as_large_as_the_last_ones_were_quick():
    """A third of a second may be taken where nobody else waits for it."""
    goal = writing.SHORT_GOAL if connection.vendor == "sqlite" else writing.LONG_GOAL
    for alone, seconds in ((False, goal), (True, writing.LONG_GOAL)):
        assert [settled(alone, row) for row in (0.001, 0.0002, 0.00001)] == [
            pytest.approx(max(writing.FEWEST, seconds / 0.001), abs=3),
            pytest.approx(seconds / 0.0002, abs=3),
            pytest.approx(writing.MOST, abs=10),
        ]
    assert writing.FEWEST * 0.001 <= 0.25


def settled(alone, seconds):
    """The rows of a piece after many of them, where a row takes so long."""
    pace = writing.WritingPace(alone=alone)
    for _ in range(20):
        pace.learn(pace.rows, pace.rows * seconds)
    return pace.rows


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_whoever_is_alone_with_the_database_leaves_nobody_a_turn(tmp_path, monkeypatch):
    """As while a demonstration is made; anybody else pauses after each piece but the last."""
    world(tmp_path, students=120)
    turns: list[float] = []
    monkeypatch.setattr(writing.time, "sleep", turns.append)
    monkeypatch.setattr(writing, "MOST", 300)
    monkeypatch.setattr(
        import_plans, "WritingPace", lambda **more: writing.WritingPace(300, **more)
    )
    rows = [{"学号": number(n), "课程代码": f"S{c}"} for n in range(1, 121) for c in range(10)]
    assert (
        bring(tmp_path, SheetKind.RESULTS, *rows, carrier=import_plans.PlanWriter.ALONE).created
        == 1_200
    )
    assert turns == []
    assert (
        bring(tmp_path, SheetKind.RESULTS, *[row | {"成绩": "86"} for row in rows]).updated == 1_200
    )
    assert len(turns) >= 3


@pytest.mark.django_db(transaction=True)
def test_the_worker_learns_once_a_plan_how_many_rows_fit(tmp_path, monkeypatch):
    """By this clock a slice holds one piece, and each piece takes too long."""
    world(tmp_path, students=120)
    rows = [{"学号": number(n), "课程代码": f"S{c}"} for n in range(1, 121) for c in range(10)]
    plan = left(tmp_path, SheetKind.RESULTS, *rows)
    duty = ImportRows()
    monkeypatch.setattr(writing.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(import_plans.time, "monotonic", itertools.count(0.0, 1.0).__next__)
    first, both = (duty.advance(plan.pk).done for _ in range(2))
    assert first >= writing.FIRST > both - first > 0


# -- in turn -----------------------------------------------------------------------------------------------------


def test_plans_of_a_sheet_are_written_in_the_order_of_their_confirmation(six, tmp_path):
    older = step(left(tmp_path, SheetKind.RESULTS, *marks("60")))
    younger = left(tmp_path, SheetKind.RESULTS, *marks("99"))
    assert (older.place + 1, looking.ahead_of(younger)) == (younger.place, older)
    import_plans.advance_slice(
        younger.pk, writing.WritingPace()
    )  # the worker takes up the younger one first
    assert (counts(older), counts(younger)) == ((12, 0, 0, 0), (0, 12, 0, 0))
    assert stored() == everybody("99")
    older = import_plans.fresh(older.pk)
    assert (older.cursor, older.finished_at) == (older.pieces, None)
    assert through(older).finished_at is not None


def test_the_next_command_finishes_what_a_killed_one_left(six, tmp_path):
    killed = step(left(tmp_path, SheetKind.RESULTS, *marks("60")))
    tally = bring(tmp_path, SheetKind.RESULTS, *marks("70", people=1))
    assert (counts(killed), tally.updated) == ((12, 0, 0, 0), 2)
    assert stored() == everybody("60") | {number(1): ["70", "70"]}
    assert not looking.unfinished().exists()


def test_a_page_waits_for_the_plan_before_it(six, tmp_path):
    older = left(tmp_path, SheetKind.RESULTS, *marks("60"))
    tally = bring(tmp_path, SheetKind.RESULTS, *marks("70", people=1), carrier=PlanWriter.PAGE)
    younger = import_plans.fresh(tally.plan)
    assert (stored(), looking.ahead_of(younger)) == ({}, older)
    assert Job.objects.get(kind="plan", subject=younger.pk).state == "waiting"
    words = looking.words(older)
    assert words.startswith("「成绩」导入（results.csv，")
    assert words.endswith("由 系统 确认，已写入 0 / 12 行）")


def test_another_sheet_does_not_wait(six, tmp_path):
    left(tmp_path, SheetKind.RESULTS, *marks("60"))
    other = left(tmp_path, SheetKind.HISTORIES, *[{"学号": number(n)} for n in range(1, 4)])
    assert looking.ahead_of(other) is None
    assert counts(through(other)) == (3, 0, 0, 0)
    assert stored() == {}


def test_an_import_confirmed_beside_the_check_is_seen(six, tmp_path):
    """What was unchanged when we looked is compared again, when somebody else was confirmed meanwhile."""
    bring(tmp_path, SheetKind.RESULTS, *marks("60"))
    others = []

    def meanwhile(_done, _total):
        if not others:
            others.append(left(tmp_path / "..", SheetKind.RESULTS, *marks("77")))

    ours = bring(
        tmp_path, SheetKind.RESULTS, *marks("60"), carrier=PlanWriter.WORKER, progress=meanwhile
    )
    ours = import_plans.fresh(ours.plan)
    import_plans.advance_slice(ours.pk, writing.WritingPace())
    assert (stored(), counts(others[0]), counts(ours)) == (
        everybody("60"),
        (0, 12, 0, 0),
        (0, 12, 0, 0),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [2, PEOPLE])
@pytest.mark.parametrize("again", [False, True])
def test_I14_the_same_file_twice_at_once_counts_once(tmp_path, again, people):
    """Also of what is on record already: the second one finds it as the first has written it."""
    world(tmp_path, students=people)
    if again:
        bring(tmp_path, SheetKind.RESULTS, *marks("60", people))
    tallies = at_once(
        table(tmp_path / "both.csv", [ROWS[SheetKind.RESULTS] | row for row in marks("61", people)])
    )
    once, n = ("updated" if again else "created"), 2 * people
    assert sorted(getattr(tally, once) for tally in tallies) == [0, n]
    assert sorted(tally.unchanged for tally in tallies) == [0, n]
    assert stored() == everybody("61", people)
