"""Rows that were checked are written, in the transaction of whoever calls: checked and compared once more first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from graduand.models import Counter
from graduand.office.audit.auditing import mark_stale
from graduand.office.records.rows import (
    Counts,
    ImportContext,
    ImportRow,
    RowBlock,
    SheetImporter,
    refuse_own,
)
from graduand.rulebook.records.sheets import Problem
from graduand.rulebook.terms import SheetKind

RACED = "竞争：校验之后数据有变化"
# A piece is as large as may be written in this time (seconds), but within these numbers of rows:
# short where every other writer waits for the piece, longer where only writers of the same rows
# wait.
SHORT_GOAL = 0.1
LONG_GOAL = 0.3
LONGEST_REST = 0.25
FIRST = 500
FEWEST = 250
MOST = 5_000


@dataclass(slots=True)
class WritingPace:
    """How many rows are written at a time: as many as fit into the time that a piece may take here,
    by what the last ones took.

    `alone`: nobody waits for the database between two pieces. `is_first`: nobody is before us in
    turn any more.
    """

    rows: int = FIRST
    alone: bool = False
    is_first: bool = False

    def learn(self, rows: int, seconds: float) -> None:
        """`rows` took so long; the next piece is sized by that."""
        if rows and seconds > 0:
            fitting = int(rows * self._goal() / seconds)
            self.rows = max(FEWEST, min(MOST, (self.rows + fitting) // 2))

    def _goal(self) -> float:
        """Each piece asks some forty questions however few its rows are: where nobody waits it is
        larger.
        """
        if connection.vendor == "sqlite" and not self.alone:
            return SHORT_GOAL
        return LONG_GOAL


def rest(seconds: float) -> None:
    """The embedded database has one writer: after a piece of so long, whoever waits gets as long a turn."""
    if connection.vendor == "sqlite":
        time.sleep(min(seconds, LONGEST_REST))


def places_taken(kind: SheetKind) -> int:
    """How many imports of this sheet were confirmed so far."""
    return Counter.objects.filter(key=_lane(kind)).values_list("value", flat=True).first() or 0


def take_place(kind: SheetKind) -> int:
    """The place of an import that is being confirmed; others of this sheet wait for our commit."""
    return Counter.reserve(_lane(kind), 1)


def _lane(kind: SheetKind) -> str:
    return f"import:{kind.value}"


def write_rows(
    kind: SheetImporter,
    rows: Sequence[ImportRow],
    context: ImportContext,
    *,
    compared: bool = False,
    all_or_none: bool = False,
) -> Counts:
    """Write `rows`; whoever no longer passes is left out with all rows, and stands in
    `context.problems`.

    `compared`: they are what `SheetImporter.lasting` keeps, and are not compared once more. With
    `all_or_none` nothing is written as soon as one does not pass.
    """
    block = RowBlock.of(rows)
    if not block:
        return Counts()
    _check_once_more(kind, block, context)
    if all_or_none and context.problems:
        return Counts()
    good = context.good(block)
    changes = kind.compared(good, context) if compared else kind.compare(good, context)
    changes.write()
    kind.finish(context)
    mark_stale(sorted(context.touched), f"导入了{kind.kind.label}")
    return changes.counts


def _check_once_more(kind: SheetImporter, block: RowBlock, context: ImportContext) -> None:
    """What may have changed since the rows were checked, read by the transaction that writes them."""
    refuse_own(kind.kind, block, context)
    kind.take(block)
    if kind.by_student:
        kind.check_again(block, context)
        _refuse_students(block, context)
    else:
        kind.check(block, context)


def _refuse_students(rows: RowBlock, context: ImportContext) -> None:
    """Nobody is written half: with one row that no longer passes, all of the student's go back."""
    if context.problems.keys().isdisjoint(rows.numbers):
        return
    first: dict[str, int] = {}
    whose = list(zip(rows.numbers, rows.columns["student_no"], strict=True))
    for row, student in whose:
        if row in context.problems:
            context.problems[row] = [
                Problem(p.column, f"{RACED}。{p.message}") for p in context.problems[row]
            ]
            first.setdefault(student, row)
    for row, student in whose:
        if student in first and row not in context.problems:
            context.problems[row] = [
                Problem("", f"{RACED}。该生的第 {first[student]} 行不再通过，这一行也没有导入")
            ]
