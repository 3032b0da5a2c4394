"""A plan whose file is not what was kept: nothing of it is written, it comes to an end, and nobody waits for it."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from django.conf import settings

from graduand.models import ImportPlan, Intake, PlannedStudent
from graduand.office.progress import unwatched
from graduand.office.records.files import plan_files
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans import import_plans
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import ROWS, table
from tests.office.records.plans.plans import FEW, everybody, left, marks, step, stored

pytestmark = pytest.mark.django_db


def place_of(plan: ImportPlan) -> Path:
    return Path(settings.GRADUAND_HOME) / "plans" / plan.file


def changed(sql: str) -> Callable[[Path, Path], None]:
    """The file with what this statement does to it; `other` is the file of another plan."""

    def work(path: Path, other: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("ATTACH ? AS other", (str(other),))
            db.execute(sql)

    return work


DAMAGES: dict[str, Callable[[Path, Path], object]] = {
    "a bit of each row is another": changed("UPDATE piece SET rows = CAST(rows || x'00' AS BLOB)"),
    "the head is another's": changed(
        "UPDATE head SET told = (SELECT told FROM other.head o WHERE o.name = head.name)"
    ),
    "the rows are another's": changed(
        "UPDATE piece SET rows = (SELECT rows FROM other.piece o WHERE o.number = piece.number)"
    ),
    "a row stands in another's place": changed(
        "UPDATE piece SET rows = (SELECT rows FROM piece WHERE number = 0)"
    ),
    "a row is missing": changed("DELETE FROM piece WHERE number = 1"),
    "the rest is missing": changed("DELETE FROM piece WHERE number >= 1"),
    "a row stands at the end": changed("UPDATE piece SET number = 99 WHERE number = 1"),
    "a row is there twice": changed(
        "INSERT INTO piece SELECT number, rows FROM piece WHERE number = 1"
    ),
    "the whole is another's": lambda path, other: shutil.copyfile(other, path),
    "it holds no table": lambda path, _other: path.write_bytes(b""),
    "it is no such file": lambda path, _other: path.write_bytes(b"-" * 4_096),
    "it is gone": lambda path, _other: path.unlink(),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_K05_what_is_not_what_was_kept_is_ended_and_the_next_one_goes_on(three, tmp_path, what):
    """A command that finishes imports first died of such a file each time, and nobody of it could be numbered."""
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks("70", FEW)))
    later = left(tmp_path, SheetKind.RESULTS, *marks("85", FEW))
    wrote = stored()
    shutil.copyfile(place_of(later), tmp_path / "other")
    DAMAGES[what](place_of(plan), tmp_path / "other")
    assert plan.cursor == 1
    step(plan)
    assert stored() == wrote
    import_plans.roll_forward(unwatched)
    plan, later = import_plans.fresh(plan.pk), import_plans.fresh(later.pk)
    assert (plan.ended_why, plan.finished_at is not None, later.ended_why) == (
        import_plans.LOST,
        True,
        "",
    )
    assert (stored(), PlannedStudent.objects.count()) == (everybody("85", FEW), 0)
    record = Intake.objects.get(pk=plan.intake_id)
    assert (record.created, record.updated, record.refused) == (1, 1, 4)
    path = table(
        tmp_path / "again.csv", [ROWS[SheetKind.RESULTS] | row for row in marks("85", FEW)]
    )
    assert import_sheet(SheetKind.RESULTS, path, by=None).nothing_new


def test_K05_one_that_was_ended_before_comes_to_its_end(three, tmp_path):
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks("70", FEW)))
    import_plans.stop(plan.pk, None)
    place_of(plan).write_bytes(b"-" * 4_096)
    import_plans.roll_forward(unwatched)
    assert import_plans.fresh(plan.pk).finished_at is not None


def test_K05_the_control_without_a_look_at_it_every_command_dies(three, tmp_path, monkeypatch):
    plan = step(left(tmp_path, SheetKind.RESULTS, *marks("70", FEW)))
    place_of(plan).write_bytes(b"-" * 4_096)
    monkeypatch.setattr(plan_files, "_damage_told", nullcontext)
    for _ in range(2):
        with pytest.raises(sqlite3.DatabaseError):
            import_plans.roll_forward(unwatched)
    assert import_plans.fresh(plan.pk).finished_at is None
