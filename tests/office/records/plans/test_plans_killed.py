"""K01: an import that is killed at any statement: no student half written, nothing lost, nothing doubled, rolled forward."""

import pytest
from django.db.models import Sum

from graduand.models import Certificate, Event, ImportPlan, Intake, PlannedStudent, Stale, Student
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans import import_plans
from graduand.office.records.plans.writing import WritingPace
from graduand.office.season import batches
from graduand.rulebook.terms import SheetKind, Stage
from tests import acting, factories
from tests.office.records.files import ROWS, table
from tests.office.records.plans.killing import at_every_statement
from tests.office.records.plans.plans import (
    FEW,
    everybody,
    half_written,
    left,
    marks,
    number,
    step,
    stored,
)

# A killed process closes no cursor; here the process lives on and would be told of it.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def silent(_done, _total):
    """Nobody looks on."""


OLD, NEW = ["60"], ["85", "85"]


def written_once(kept: int = 1) -> None:
    """Everything is there, counted as it was written, and nothing of the plan is left."""
    assert stored() == everybody("85", FEW)
    sums = Intake.objects.filter(kind="results", kept=True).aggregate(
        new=Sum("created"), old=Sum("updated")
    )
    assert sums == {"new": 2 * FEW, "old": FEW}
    assert not ImportPlan.objects.exclude(confirmed_at=None).filter(finished_at=None).exists()
    assert not PlannedStudent.objects.filter(plan__confirmed_at__isnull=False).exists()
    assert set(Stale.objects.values_list("candidate__student__number", flat=True)) == {
        number(n) for n in range(1, FEW + 1)
    }


def test_K01_a_killed_command_rolls_forward(three, tmp_path):
    """The next command finishes it, and the same file once more says nothing new."""
    path = table(
        tmp_path / "killed.csv", [ROWS[SheetKind.RESULTS] | row for row in marks("85", FEW)]
    )
    rolled = set()

    def work():
        import_sheet(SheetKind.RESULTS, path, by=None)

    def check(place):
        assert (place, half_written(OLD, NEW)) == (place, [])
        confirmed = ImportPlan.objects.filter(confirmed_at__isnull=False).exists()
        import_plans.roll_forward(silent)
        rolled.add(confirmed)
        if confirmed:
            written_once()
        again = import_sheet(SheetKind.RESULTS, path, by=None)
        assert (place, again.problems, again.nothing_new) == (place, (), confirmed)
        written_once()

    assert at_every_statement(work, check) > 60
    assert rolled == {False, True}


def test_K01_a_killed_worker_is_followed_by_the_next_one(three, tmp_path):
    """The older of two plans is killed at every statement; the worker that takes up the younger one finishes it first."""
    older = left(tmp_path, SheetKind.RESULTS, *marks("70", FEW))
    younger = left(tmp_path, SheetKind.RESULTS, *marks("85", FEW))

    def work():
        import_plans.advance_slice(older.pk, WritingPace())

    def check(place):
        assert (place, [s for s, m in stored().items() if m not in (OLD, ["70", "70"])]) == (
            place,
            [],
        )
        import_plans.advance_slice(younger.pk, WritingPace())
        import_plans.advance_slice(older.pk, WritingPace())
        assert (place, stored()) == (place, everybody("85", FEW))
        first, second = Intake.objects.filter(plan__in=[older, younger]).order_by("id")
        assert (first.created, first.updated, second.updated) == (FEW, FEW, 2 * FEW)
        assert ImportPlan.objects.filter(finished_at=None).count() == 0

    assert at_every_statement(work, check) > 30


def test_K01_control_a_piece_without_a_transaction_is_seen(three, tmp_path, monkeypatch):
    from contextlib import nullcontext
    from types import SimpleNamespace

    plan = left(tmp_path, SheetKind.RESULTS, *marks("85", FEW))
    monkeypatch.setattr(import_plans, "transaction", SimpleNamespace(atomic=nullcontext))
    found = []

    def check(_place):
        import_plans.roll_forward(silent)
        found.append(stored() == everybody("85", FEW))

    at_every_statement(lambda: step(plan), check)
    assert False in found


def test_K01_an_ended_plan_that_is_killed_gives_its_rows_back(three, tmp_path):
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks("85", FEW)))
    import_plans.stop(plan.pk, None)
    wrote = stored()

    def check(place):
        import_plans.roll_forward(silent)
        assert (place, stored()) == (place, wrote)
        record = Intake.objects.get(pk=plan.intake_id)
        assert (place, record.created + record.updated + record.refused) == (place, 2 * FEW)

    assert at_every_statement(lambda: import_plans.advance_slice(plan.pk, WritingPace()), check) > 3


def test_K01_certify_after_numbers_is_not_lost(tmp_path):
    """A step of the plan: killed anywhere, everybody is numbered once, by one act, and the sentence says so."""
    season = factories.make_season(numbering="imported")
    ids = acting.walk(season, factories.enrol(season, 3), Stage.APPROVED)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    numbers = list(Student.objects.order_by("number").values_list("number", flat=True))
    rows = [
        {"学号": one, "电子注册号": f"511618202306{n:06}"} for n, one in enumerate(numbers, start=1)
    ]
    path = table(tmp_path / "numbers.csv", rows)

    def check(place):
        import_plans.roll_forward(silent)
        import_sheet(SheetKind.NUMBERS, path, by=None)
        assert (
            place,
            Certificate.objects.count(),
            Event.objects.filter(verb="certify").count(),
        ) == (place, 3, 3)
        said = [plan.said for plan in ImportPlan.objects.order_by("id")]
        assert f"批次 {season.batch.code}：已编号制证 3 人" in said[0]

    assert at_every_statement(lambda: import_sheet(SheetKind.NUMBERS, path, by=None), check) > 40
    assert len(ids) == 3
