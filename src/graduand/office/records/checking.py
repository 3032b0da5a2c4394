"""The check of a whole file against the data of the moment: nothing is written, and nothing is
locked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graduand.gateways.records.sheets import SheetRefused
from graduand.office.progress import Progress

from .files.plan_files import PlanWriting
from .reading import Reader
from .rows import Counts, ImportContext, RowBlock, SheetImporter, refuse_own

# A sheet that goes in as a whole is one transaction of at most a second.
MOST_WHOLE = 5_000


@dataclass(slots=True)
class FileCheck:
    """What a file would do: its rows, what the good ones change, and the rows that are to be
    written.

    `dropped` of the unchanged ones need no second look, so they are not among the rows to be
    written. `students` are those on record of whom anything changes.
    """

    context: ImportContext
    rows: int = 0
    counts: Counts = field(default_factory=Counts)
    dropped: int = 0
    students: dict[int, int] = field(default_factory=dict)


def check_file(
    kind: SheetImporter,
    reader: Reader,
    make: Callable[[], ImportContext],
    writing: PlanWriting | None,
    progress: Progress,
    *,
    every: bool,
) -> FileCheck:
    """Check and compare every row, a chunk at a time. Raises SheetRefused for a sheet that must be
    split.

    What is to be written goes to `writing`: with `every` also what is unchanged at this moment. A
    file in which keys are repeated is looked through once more, with the repeats refused first.
    """
    found = _pass(kind, reader, make(), writing, progress, {}, every=every)
    if not (marks := reader.repeated()):
        return found
    repeats = reader.repeats(marks)
    if not repeats:
        return found
    if writing is not None:
        writing.clear()
    return _pass(kind, reader, make(), writing, progress, repeats, every=every)


def _pass(
    kind: SheetImporter,
    reader: Reader,
    context: ImportContext,
    writing: PlanWriting | None,
    progress: Progress,
    repeats: Mapping[int, list[int]],
    *,
    every: bool,
) -> FileCheck:
    found = FileCheck(context)
    every = every or not kind.owned
    for rows in reader.blocks(context, _chunk_of(kind)):
        found.rows += len(rows)
        if not kind.by_student and found.rows > MOST_WHOLE:
            label = kind.kind.label
            raise SheetRefused(
                f"「{label}」表一次最多导入 {MOST_WHOLE:,} 行，这个文件不止；请分成几个文件，依次导入"
            )
        if repeats:
            for row in rows:
                reader.report(row, repeats, context)
        refuse_own(kind.kind, rows, context)
        kind.check(rows, context)
        good = context.good(rows)
        changes = kind.compare(good, context)
        found.counts += changes.counts
        if writing is not None:
            kept = good
            if not every:
                kept = RowBlock.of(changes.rows)
                found.dropped += changes.counts.unchanged
            writing.add(kept)
            if kind.by_student:
                _note_students(found, kind, kept, writing)
        progress(found.rows, max(reader.sheet.notes.rows - reader.sheet.header_row, found.rows))
    return found


def _chunk_of(kind: SheetImporter) -> int:
    """How many rows are checked together; of a sheet that goes in as a whole all that it may have."""
    if kind.by_student:
        return kind.chunk
    return MOST_WHOLE + 1


def _note_students(
    found: FileCheck, kind: SheetImporter, rows: RowBlock, writing: PlanWriting
) -> None:
    if not rows:
        return
    numbers = dict(zip(kind.students_of(rows), rows.columns["student_no"], strict=True))
    for student, number in numbers.items():
        if student is not None and student not in found.students:
            found.students[student] = writing.piece_of(number)
