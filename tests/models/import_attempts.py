"""Attempts against the constraints of imports that are written piece by piece."""

from collections.abc import Callable
from typing import Any

from graduand.models import ImportPlan, Intake, PlannedStudent, RefusedRow
from graduand.models.candidate import Candidate

Again = Callable[..., Callable[[Candidate], None]]


def _record(file: Candidate) -> Intake:
    return Intake.objects.create(
        kind="results", name="成绩.csv", sha256="5" * 64, trial=False, at=file.collected_at
    )


def prepare(file: Candidate) -> None:
    """One row of everything: a plan that is half written."""
    now = file.collected_at
    plan = ImportPlan.objects.create(
        kind="results",
        intake=_record(file),
        place=1,
        confirmed_at=now,
        rows=2,
        done=1,
        pieces=2,
        cursor=1,
    )
    PlannedStudent.objects.create(plan=plan, student=file.student, piece=1)
    RefusedRow.objects.create(plan=plan, row=2, reasons="[]")


def _same_turn(file: Candidate) -> None:
    ImportPlan.objects.create(
        kind="results", intake=_record(file), place=1, confirmed_at=file.collected_at
    )


def attempts(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Constraint -> what must be refused."""
    return {
        "import_plan_place_once": _same_turn,
        "import_plan_begins_when_confirmed": lambda _file: ImportPlan.objects.update(
            confirmed_at=None
        ),
        "import_plan_cursor_within": lambda _file: ImportPlan.objects.update(cursor=3),
        "import_plan_finished_when_written": lambda file: ImportPlan.objects.update(
            finished_at=file.collected_at
        ),
        "planned_student_once_a_plan": again(PlannedStudent),
        "refused_row_once": again(RefusedRow),
    }


def fields(again: Again) -> dict[str, Callable[[Candidate], Any]]:
    """Unique field -> what must be refused."""
    return {"importplan.intake": again(ImportPlan, place=2)}
