"""`graduand bench import`: results from a file into the table, compared with the least that any
import of them must do.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from graduand.benchmarks import season
from graduand.benchmarks.measuring.lock_watch import longest_wait
from graduand.benchmarks.measuring.timing import (
    Cost,
    circumstances,
    cost,
    long_work_clock,
    must_be,
    own_database,
    pauses,
    resident_memory,
)
from graduand.models import Batch, Result, Student
from graduand.models.engine import engine_of
from graduand.office.audit import auditing
from graduand.office.records.files.tallies import IntakeTally
from graduand.office.records.importing import import_sheet
from graduand.papers.workbooks.tables import table_workbook
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import SheetKind

RUNS = 3
HEADERS = ("学号", "课程代码", "成绩", "取得方式", "学期", "发布日期", "复核通过", "考试次序")
TERM = Term(2022, 0)
KINDS = ("new", "unchanged", "mixed", "xlsx")
Say = Callable[[str], None]


@dataclass(slots=True)
class ImportCosts:
    """The cost of each run: the floor and every kind of file in turns, so that a noisy machine
    slows them all.
    """

    floor: list[Cost] = field(default_factory=list)
    work: dict[str, list[Cost]] = field(default_factory=lambda: {kind: [] for kind in KINDS})


def measure(students: int, say: Say) -> dict[str, Any]:
    """Import the results of `students` people: new, unchanged, a third each of new, changed and
    unchanged, a workbook.
    """
    rows = students * season.RESULTS
    with own_database(), tempfile.TemporaryDirectory(dir=settings.GRADUAND_HOME) as folder:
        batch, _ = season.build(students, say, results=False)
        files = write_files(Path(folder), students, say)
        costs = ImportCosts()
        for turn in range(RUNS):
            say(f"测量 {turn + 1} / {RUNS}　　　　")
            measure_once(files, rows, costs)
        say("数据库被占用的时间、内存、随后的审核……")
        _empty()
        memory: list[float] = []
        with longest_wait() as waited, pauses() as paused:
            watched = cost(lambda: _import(files["new"], memory))
        judging = _judging(batch, students)
        return {
            **circumstances(long_work_clock()),
            "students": students,
            "rows": rows,
            "runs": RUNS,
            **_figures(costs, rows),
            "pauses_share_of_clock": round(paused() / watched.wall, 2),
            "longest_wait_of_another_writer_seconds": waited(),
            **_judging_figures(judging, costs.work["new"]),
            "memory_mib_after_a_tenth": round(memory[len(memory) // 10]),
            "memory_mib_at_the_end": round(memory[-1]),
        }


def measure_once(files: dict[str, Path], rows: int, costs: ImportCosts) -> None:
    """Measure the floor, then each file on the tables as the file before it left them; the stored
    rows are counted each time.
    """
    _empty()
    costs.floor.append(cost(lambda: _floor(files["new"]), long_work_clock()))
    must_be("底线写入的成绩", Result.objects.count(), rows)
    _empty()
    third = [len(range(part, rows, 3)) for part in range(3)]
    for kind, file, counts in (
        ("new", "new", (rows, 0, 0)),
        ("unchanged", "new", (0, 0, rows)),
        ("mixed", "mixed", (third[2], third[1], third[0])),
        ("xlsx", "xlsx", (rows, 0, 0)),
    ):
        if kind == "xlsx":
            _empty()
        before = Result.objects.count()
        done = []
        costs.work[kind].append(
            cost(lambda file=file, done=done: done.append(_import(files[file])), long_work_clock())
        )  # type: ignore[misc]
        tally = done[0]
        for word, count, wanted in zip(
            ("新增", "更新", "未变"), _counts(tally), counts, strict=True
        ):
            must_be(f"导入（{kind}）的{word}", count, wanted)
        must_be(f"导入（{kind}）之后的成绩", Result.objects.count(), before + counts[0])


def _counts(tally: IntakeTally) -> tuple[int, int, int]:
    return tally.created, tally.updated, tally.unchanged


def _figures(costs: ImportCosts, rows: int) -> dict[str, Any]:
    """Rows per second of work, and the share of the floor's speed: median and spread of the runs'
    own ratios.
    """
    found: dict[str, Any] = {
        "floor_rows_per_second": round(rows / median(run.work for run in costs.floor))
    }
    for kind, runs in costs.work.items():
        shares = [least.work / run.work for least, run in zip(costs.floor, runs, strict=True)]
        found |= {
            f"{kind}_rows_per_second": round(rows / median(run.work for run in runs)),
            f"{kind}_share_of_floor": round(median(shares), 2),
            f"{kind}_share_of_floor_spread": f"{min(shares):.2f}–{max(shares):.2f}",
            f"{kind}_clock_seconds": f"{min(run.wall for run in runs):.1f}–{max(run.wall for run in runs):.1f}",
        }
    return found


def _judging_figures(judging: Cost, imports: Sequence[Cost]) -> dict[str, Any]:
    """The figures of the judging that follows an import, also as a share of the import."""
    share = judging.work / median(run.work for run in imports)
    return {
        "judging_afterwards_seconds": round(judging.work, 2),
        "judging_afterwards_share_of_import": round(share, 2),
    }


def _judging(batch: Batch, students: int) -> Cost:
    """Judge everybody whose results were imported; its cost is measured separately."""
    tallies: list[auditing.AuditTally] = []
    spent = cost(lambda: tallies.append(auditing.run(batch)), long_work_clock())
    must_be("导入之后重新判断的人", tallies[0].refreshed, students)
    return spent


def _import(path: Path, memory: list[float] | None = None) -> IntakeTally:
    def note(_done: int, _rows: int) -> None:
        if memory is not None:
            memory.append(resident_memory())

    return import_sheet(SheetKind.RESULTS, path, by=None, progress=note)


_COLUMNS = [
    "student_id",
    "course",
    "term",
    "attempt",
    "mark",
    "obtained",
    "released",
    "reviewed",
    "void",
    "pass_key",
]


def _floor(path: Path) -> None:
    """The floor: `csv.reader`, and all rows written at once into the table with its indexes,
    without checks.

    On PostgreSQL the rows go by COPY into a table of their own, and from there by INSERT … SELECT.
    """
    known = dict(Student.objects.values_list("number", "id"))
    with (
        path.open(encoding="utf-8-sig", newline="") as stream,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        rows = _rows_to_store(stream, known)
        table = Result._meta.db_table
        names = ", ".join(_COLUMNS)
        if connection.vendor != "postgresql":
            engine_of().insert(cursor, table, _COLUMNS, rows)
            return
        # names of our own tables and columns
        cursor.execute(
            f"CREATE TEMP TABLE given ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0"  # noqa: S608
        )
        engine_of().insert(cursor, "given", _COLUMNS, rows)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM given")  # noqa: S608


def _rows_to_store(stream: Iterable[str], known: dict[str, int]) -> list[tuple[Any, ...]]:
    """A row of `_COLUMNS` for each line of the file below its headers."""
    term = TERM.ordinal
    reader = csv.reader(stream)
    next(reader)
    return [
        (
            known[number],
            course,
            term,
            int(sitting),
            mark,
            "exam",
            day,
            reviewed == "是",
            False,
            f"p{course}",
        )
        for number, course, mark, _, _, day, reviewed, sitting in reader
    ]


def _empty() -> None:
    """Delete all results, as before the first import."""
    Result.objects.all().delete()
    if connection.vendor == "postgresql":  # dead rows would slow the next run only
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM {Result._meta.db_table}")


def write_files(folder: Path, students: int, say: Say) -> dict[str, Path]:
    """`new` and `mixed` as CSV, and `new` once more as a workbook."""
    say("写文件……")
    paths = {
        kind: folder / name
        for kind, name in (("new", "new.csv"), ("mixed", "mixed.csv"), ("xlsx", "new.xlsx"))
    }
    for kind in ("new", "mixed"):
        write_csv(paths[kind], students, mixed=kind == "mixed")
    table_workbook(paths["xlsx"], HEADERS, _rows(students, mixed=False))
    return paths


def write_csv(path: Path, students: int, *, mixed: bool = False) -> Path:
    """Write the results of this many students as a CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADERS)
        writer.writerows(_rows(students, mixed=mixed))
    return path


def _rows(students: int, *, mixed: bool) -> Iterator[tuple[str, ...]]:
    """RESULTS rows per student; `mixed`: of three rows one is as in the first file, one has another
    mark, one is new.
    """
    place = 0
    for n in range(students):
        for c in range(season.RESULTS):
            mark = 60 + (place * 7) % 36
            sitting = "1"
            if mixed and place % 3 == 1:
                mark += 1
            if mixed and place % 3 == 2:
                sitting = "2"
            reviewed = ""
            if c == season.RESULTS - 1:
                reviewed = "是"
            yield (
                season.number(n),
                f"{n % 4}{c:04}",
                str(mark),
                "考试",
                "2022春",
                "2023-06-01",
                reviewed,
                sitting,
            )
            place += 1
