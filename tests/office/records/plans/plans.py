"""Plans for tests: sheets of a few students that are written piece by piece, and what has become of them."""

import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from graduand.models import ImportPlan, Result
from graduand.office.records import import_run
from graduand.office.records.files import plan_files
from graduand.office.records.files.tallies import IntakeTally
from graduand.office.records.importing import import_sheet
from graduand.office.records.plans import import_plans
from graduand.office.records.plans.import_plans import PlanWriter
from graduand.office.records.plans.writing import WritingPace
from graduand.rulebook.terms import SheetKind
from tests.office.records.files import bring

PEOPLE, FEW = 6, 3
COURSES = ("A1", "A2")


def small_pieces(monkeypatch) -> None:
    """Nothing is written at once, and a piece holds one student."""
    monkeypatch.setattr(import_run, "FIRST", 0)
    monkeypatch.setattr(plan_files, "PIECE", 1)
    for path in (Path(settings.GRADUAND_HOME) / "plans").glob(
        "*"
    ):  # what tests before this one rolled back
        path.unlink()


def number(n: int) -> str:
    return f"2117151{n:06}"


def marks(mark: str = "85", people: int = PEOPLE, **change: Any) -> list[dict[str, Any]]:
    """Two results of each of the first people, sorted by course as the teaching office sends them."""
    return [
        {"学号": number(n), "课程代码": course, "成绩": mark, **change}
        for course in COURSES
        for n in range(1, people + 1)
    ]


def at_once(path: Path) -> list[IntakeTally]:
    """The same results imported by two at once, each on a connection of its own."""
    gate, tallies = threading.Barrier(2), []

    def work() -> None:
        gate.wait()
        try:
            tallies.append(import_sheet(SheetKind.RESULTS, path, by=None))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tallies


def files() -> list[str]:
    """The names of the files in which plans lie."""
    return sorted(path.name for path in (Path(settings.GRADUAND_HOME) / "plans").glob("*"))


def left(folder: Path, kind: SheetKind, *rows: dict[str, Any], **options: Any) -> ImportPlan:
    """A plan that was confirmed and that nobody has begun to write."""
    tally = bring(folder, kind, *rows, carrier=PlanWriter.WORKER, **options)
    assert tally.problems == () or options.get("partial"), tally.problems
    assert tally.plan is not None
    return import_plans.fresh(tally.plan)


def step(plan: ImportPlan) -> ImportPlan:
    """One piece of it, or one step of what follows."""
    import_plans.advance(plan, WritingPace(1))
    return import_plans.fresh(plan.pk)


def through(plan: ImportPlan) -> ImportPlan:
    """All that is left of it."""
    while plan.finished_at is None:
        plan = step(plan)
    return plan


def counts(plan: ImportPlan) -> tuple[int, int, int, int]:
    """What was written by it: 新增, 更新, 未变, 不能导入."""
    record = import_plans.fresh(plan.pk).intake
    assert record is not None
    record.refresh_from_db()
    return record.created, record.updated, record.unchanged, record.refused


def stored() -> dict[str, list[str]]:
    """学号 -> the marks on record."""
    found: dict[str, list[str]] = {}
    for student, mark in Result.objects.order_by("student__number", "course").values_list(
        "student__number", "mark"
    ):
        found.setdefault(student, []).append(mark)
    return found


def everybody(mark: str, people: int = PEOPLE) -> dict[str, list[str]]:
    return {number(n): [mark] * len(COURSES) for n in range(1, people + 1)}


def half_written(old: list[str], new: list[str]) -> list[str]:
    """Students who have some of the new marks and not all."""
    return [student for student, found in stored().items() if found not in (old, new)]
