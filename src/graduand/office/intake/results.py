"""成绩: the one large sheet; rows go from the file to the table as plain tuples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from graduand.models import Result
from graduand.models.engine import engine_of
from graduand.rulebook.academics import pass_key
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import GradeWord, ObtainedBy, SheetKind

from .plans import check_code
from .rows import CHUNK, Context, Counts, Kind, Row, resolve_students
from .tables import keep, table_of

_KEY = ("student_id", "course", "term", "attempt")
_REST = ("mark", "obtained", "released", "reviewed", "void", "pass_key")
_SOURCE = "brought_by_id"
_TYPES = dict.fromkeys(_REST, "text") | {"released": "date", "reviewed": "boolean", "void": "boolean", _SOURCE: "bigint"}
_WORDS = {word.value: word for word in GradeWord}


class Known(NamedTuple):
    """A result on record: its primary key and the values after the key, days as ISO text."""

    pk: int
    rest: tuple[Any, ...]


class Results(Kind):
    """Results of courses. A 课程代码 outside every plan is stored all the same."""

    kind = SheetKind.RESULTS

    def check(self, rows: Sequence[Row], context: Context) -> None:
        resolve_students(rows, context)
        for row in rows:
            check_code(row, "course_code", context)

    def apply(self, rows: Sequence[Row], context: Context) -> Counts:
        known = _known(rows)
        created, updated, before = [], [], []
        for row in rows:
            given, student = row.values, row.found["student"]
            key = (student, given["course_code"], given["term"], given["sitting"])
            old = known.get(key)
            obtained, reviewed, void = _said(given, old, context.absent)
            mark, passing = _mark(given["grade"], obtained, reviewed)
            stored = passing + given["course_code"] if passing and not void else ""
            rest = (mark, obtained, given["published_on"], reviewed, void, stored)
            if old is None:
                created.append((*key, *rest, context.intake_id))
            elif old.rest == rest:
                continue
            else:
                updated.append((old.pk, *rest, context.intake_id))
                before.append((_shown(row), dict(zip(_REST, old.rest, strict=True))))
            context.touched.add(student)
        self._write(created, updated)
        keep(context, before)
        return Counts(len(created), len(updated), len(rows) - len(created) - len(updated))

    def _write(self, created: list[tuple[Any, ...]], updated: list[tuple[Any, ...]]) -> None:
        engine, table = engine_of(), table_of(Result)
        with connection.cursor() as cursor:
            if created:
                engine.insert(cursor, table, [*_KEY, *_TYPES], created)
            if updated:
                engine.update_each(cursor, table, "id", _TYPES, "1 = 1", updated)


def _said(given: Mapping[str, Any], old: Known | None, absent: frozenset[str]) -> tuple[str, bool, bool]:
    """取得方式, 复核通过, 作废 of a row; an empty cell, as a missing column, says nothing about what is on record.

    A mark that changes has the 取得方式 that the mark itself suggests.
    """
    obtained, reviewed, void = given["obtained_by"], bool(given["reviewed"]), given["voided"]
    if old is None:
        return obtained, reviewed, void
    blank = given["blank"]
    if ("obtained_by" in absent or "obtained_by" in blank) and _mark(given["grade"], obtained, reviewed)[0] == old.rest[0]:
        obtained = old.rest[1]
    if "reviewed" in absent or "reviewed" in blank:
        reviewed = old.rest[3]
    if "voided" in absent or "voided" in blank:
        void = old.rest[4]
    return obtained, reviewed, void


@lru_cache(maxsize=4096)
def _mark(grade: str, obtained: str, reviewed: bool) -> tuple[str, str]:
    """(mark as it is stored, flag of the pass key or ""): marks are the number or the word as staff write it."""
    score = _WORDS.get(grade) or Decimal(grade)
    shown = score.label if isinstance(score, GradeWord) else f"{score.normalize():f}"
    return shown, pass_key("", score, ObtainedBy(obtained), reviewed)


def _known(rows: Sequence[Row]) -> dict[tuple[Any, ...], Known]:
    """Results on record with the keys of `rows`; one query."""
    found = Result.objects.filter(
        student__among=sorted({row.found["student"] for row in rows}),
        course__among=sorted({row.values["course_code"] for row in rows}),
        term__among=sorted({row.values["term"] for row in rows}),
    ).values_list("id", *_KEY, *_REST)
    return {
        row[1:5]: Known(row[0], (row[5], row[6], row[7].isoformat(), *row[8:]))
        for row in found.iterator(CHUNK)
    }


def _shown(row: Row) -> str:
    given = row.values
    term = Term.from_ordinal(given["term"])
    return f"{given['student_no']} {given['course_code']} {term} {given['sitting']}"
