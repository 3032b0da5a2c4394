"""Rows that were checked are written, in the transaction of whoever calls: checked and compared once more first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from graduand.models import Counter
from graduand.office.audit import mark_stale
from graduand.rulebook.sheets import Problem
from graduand.rulebook.terms import SheetKind

from .rows import Context, Counts, Kind, Row, refuse_own

RACED = "竞争：校验之后数据有变化"
# A piece is as large as may be written in this time (seconds), but within these numbers of rows.
GOAL, LONGEST_REST = 0.1, 0.25
FIRST, FEWEST, MOST = 500, 250, 5_000


@dataclass(slots=True)
class Pace:
    """How many rows are written at a time: as many as fit into GOAL here, by what the last ones took.

    `alone`: nobody waits for the database between two pieces.
    """

    rows: int = FIRST
    alone: bool = False

    def learn(self, rows: int, seconds: float) -> None:
        """`rows` took so long; the next piece is sized by that."""
        if rows and seconds > 0:
            fitting = int(rows * GOAL / seconds)
            self.rows = max(FEWEST, min(MOST, (self.rows + fitting) // 2))


def rest(seconds: float) -> None:
    """The embedded database has one writer: after a piece of so long, whoever waits gets as long a turn."""
    if connection.vendor == "sqlite":
        time.sleep(min(seconds, LONGEST_REST))


def last_turn(kind: SheetKind) -> int:
    """How many imports of this sheet were confirmed so far."""
    return Counter.objects.filter(key=_lane(kind)).values_list("value", flat=True).first() or 0


def take_turn(kind: SheetKind) -> int:
    """The turn of an import that is being confirmed; others of this sheet wait until our transaction ends."""
    return Counter.reserve(_lane(kind), 1)


def _lane(kind: SheetKind) -> str:
    return f"import:{kind.value}"


def write_rows(kind: Kind, rows: Sequence[Row], context: Context, *, all_or_none: bool = False) -> Counts:
    """Write `rows`; whoever no longer passes is left out with all rows, and stands in `context.problems`.

    With `all_or_none` nothing is written as soon as one does not pass.
    """
    refuse_own(kind.kind, rows, context)
    if kind.by_student:
        kind.check_again(rows, context)
        _refuse_students(rows, context)
    else:
        kind.check(rows, context)
    if all_or_none and context.problems:
        return Counts()
    changes = kind.compare(context.good(rows), context)
    changes.write()
    kind.finish(context)
    mark_stale(sorted(context.touched), f"导入了{kind.kind.label}")
    return changes.counts


def _refuse_students(rows: Sequence[Row], context: Context) -> None:
    """Nobody is written half: with one row that no longer passes, all of the student's go back."""
    first: dict[str, int] = {}
    for row in rows:
        if row.number in context.problems:
            told = [Problem(p.column, f"{RACED}。{p.message}") for p in context.problems[row.number]]
            context.problems[row.number] = told
            first.setdefault(row.values["student_no"], row.number)
    for row in rows if first else ():
        number = first.get(row.values["student_no"])
        if number is not None and row.number not in context.problems:
            context.problems[row.number] = [Problem("", f"{RACED}。该生的第 {number} 行不再通过，这一行也没有导入")]
