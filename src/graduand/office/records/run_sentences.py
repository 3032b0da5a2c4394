"""What the check of a file has to say: its sentences, and the reasons of the rows it refused."""

from __future__ import annotations

from typing import Any

from graduand.papers.workbooks.returned_workbooks import LARGE, Failures

from .files.returning import RowReasons
from .files.tallies import by_reason
from .plans import import_losses
from .reading import Reader
from .rows import ImportContext, SheetImporter


def sentences_of(
    kind: SheetImporter, reader: Reader, context: ImportContext, *, trial: bool
) -> dict[str, Any]:
    """The sentences by where they are shown, as JSON can hold them."""
    problems = by_reason(
        {row: [problem.message for problem in found] for row, found in context.problems.items()}
    )
    notes = [
        *reader.mapping.warnings,
        *reader.sheet.notes.sentences(),
        *reader.sheet.skipped(),
        *kind.remarks(context),
        *context.notices,
    ]
    # The consequences for people: a trial says what will happen, the import what has happened.
    if trial:
        notes += import_losses.remarks(kind, context)
    return {
        "problems": problems,
        "warnings": by_reason(context.warnings),
        "notes": notes,
        "columns": reader.mapping.pairs,
    }


def reasons_of_check(reader: Reader, context: ImportContext, rows: int) -> RowReasons:
    """Why rows failed, and what to look at: of a large file, of `rows`, only in those that failed."""
    only_failed = rows > LARGE
    warned = set(context.warnings)
    if only_failed:
        warned &= context.problems.keys()
    reminders = {row: context.warnings[row] for row in sorted(warned)}
    failures = Failures(context.problems, reader.mapping.places, reminders)
    return RowReasons(failures, len(reader.sheet.above), only_failed)
