"""成绩: the one large sheet; rows go from the file to the table as plain tuples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from itertools import compress, repeat
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from graduand.models import CourseRow, GradesDeclared, Result, Student
from graduand.models.engine import AsStored, engine_of
from graduand.office.records.rows import (
    CHUNK,
    Changes,
    Counts,
    ImportContext,
    ImportRow,
    RowBlock,
    SheetImporter,
    find_students,
)
from graduand.office.records.tables import keep, table_of
from graduand.queries.records.mark_changes import key_of
from graduand.queries.scope import colleges
from graduand.rulebook.audit.academics import pass_key
from graduand.rulebook.calendar import office_day
from graduand.rulebook.terms import GradeWord, ObtainedBy, SheetKind

from . import second_marks
from .plans import check_codes

_KEY = ("student_id", "course", "term", "attempt")
_REST = ("mark", "obtained", "released", "reviewed", "void", "pass_key")
_KEY_OF_LINES = ("student", "course", "term", "attempt")
# The columns of the sheet that say what is stored after the key.
_GIVEN = ("grade", "obtained_by", "published_on", "reviewed", "voided", "course_code")
_SOURCE = "brought_by_id"
_TYPES = dict.fromkeys(_REST, "text") | {
    "released": "date",
    "reviewed": "boolean",
    "void": "boolean",
    _SOURCE: "bigint",
}
CENTRES = "centres"
_RELEASED = Cast("released", TextField())
ANOTHER = "这个学号的学生在校验之后被删去又重新登记；请重新导入"
# What is stored after the key; and as it is on record: with the primary key behind it.
Stored: TypeAlias = tuple[Any, ...]
Known: TypeAlias = Sequence[Any]
_WORDS = {word.value: word for word in GradeWord}


class Results(SheetImporter):
    """Results of courses. A 课程代码 outside every plan is stored all the same."""

    kind = SheetKind.RESULTS
    judged = of_degrees = True
    lasting = True

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        block = RowBlock.of(rows)
        _find_students(block, context)
        check_codes(block.numbers, block.columns["course_code"], context)
        _check_plans(context.good(block), context)

    def remarks(self, context: ImportContext) -> tuple[str, ...]:
        return tuple(_after_the_declaration(context.cache.get(CENTRES, ())))

    def check_again(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        _find_students(RowBlock.of(rows), context)

    def students_of(self, rows: RowBlock) -> list[int | None]:
        return rows.columns["student"]

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        block = RowBlock.of(rows)
        columns = block.columns
        keys = zip(
            columns["student"],
            columns["course_code"],
            columns["term"],
            columns["sitting"],
            strict=True,
        )
        known = _known(block)
        stored = _stored(*(columns[name] for name in _GIVEN))
        second_marks.warn(block, known, context)
        if not known:
            return self._changes(_lines(block, stored, [None] * len(block)), len(block), context)
        old = list(map(known.get, keys))
        _leave(block, old, stored, context.absent)
        differs = [was is None or was[:-1] != now for was, now in zip(old, stored, strict=True)]
        lines = _lines(
            block.among(differs), list(compress(stored, differs)), list(compress(old, differs))
        )
        return self._changes(lines, len(block), context)

    def compared(self, rows: RowBlock, context: ImportContext) -> Changes:
        return self._changes(rows, len(rows), context)

    def _changes(self, lines: RowBlock, rows: int, context: ImportContext) -> Changes:
        updated = len(lines) - lines.columns["old"].count(None)
        context.touched.update(lines.columns["student"])
        counts = Counts(len(lines) - updated, updated, rows - len(lines))
        return Changes(counts, lines, partial(_write, lines, context))


def _after_the_declaration(centres: Iterable[int]) -> list[str]:
    """三.1, 三.2: marks that come after a college has declared a round complete, a sentence for each round of it."""
    above = colleges()
    units = {above[centre] for centre in centres if above.get(centre)}
    rows = GradesDeclared.objects.filter(
        college__in=units, withdrawn_at=None, round__batch__closed_at=None
    )
    rows = rows.filter(round__batch__deleted_at=None).select_related("round__batch", "college")
    return [
        f"{entry.college.name}已于 {office_day(entry.at)} 申报 {entry.round.batch.code} 批次「{entry.round.name}」的成绩完成，"
        "这份成绩在申报以后导入，会改变判断：确有补录的请告知总部，或先撤回申报并写明原因"
        for entry in rows.order_by("round__batch__code", "round__position", "college__code")
    ]


def _find_students(rows: RowBlock, context: ImportContext) -> None:
    """Put the students' ids into `student`; whose rows were found before must be the same person still."""
    before = rows.columns.get("student")
    found = rows.columns["student"] = find_students(
        rows.numbers, rows.columns["student_no"], context
    )
    if before is None or before == found:
        return
    for row, was, now in zip(rows.numbers, before, found, strict=True):
        if now is not None and was != now:
            context.refuse(row, "学号", ANOTHER)


def _lines(rows: RowBlock, stored: Sequence[Stored], old: Sequence[Known | None]) -> RowBlock:
    """What is to be written of `rows`: the key, what is stored after it, and what is on record."""
    given = rows.columns
    columns = {
        "student_no": given["student_no"],
        "student": given["student"],
        "course": given["course_code"],
        "term": given["term"],
        "attempt": given["sitting"],
    }
    after = map(list, zip(*stored, strict=True)) if stored else ([] for _ in _REST)
    return RowBlock(
        rows.numbers, columns | dict(zip(_REST, after, strict=True)) | {"old": list(old)}
    )


def _write(lines: RowBlock, context: ImportContext) -> None:
    columns = lines.columns
    rows = list(
        zip(
            *(columns[name] for name in (*_KEY_OF_LINES, *_REST)),
            repeat(context.intake_id),
            strict=False,
        )
    )
    old = columns["old"]
    engine = engine_of()
    table = table_of(Result)
    with connection.cursor() as cursor:
        if created := list(compress(rows, [was is None for was in old])):
            engine.insert(cursor, table, [*_KEY, *_TYPES], created)
        if updated := [
            (was[-1], *row[len(_KEY) :])
            for row, was in zip(rows, old, strict=True)
            if was is not None
        ]:
            engine.update_each(cursor, table, "id", _TYPES, "1 = 1", updated)
    _keep_before(columns, context)


def _keep_before(columns: Mapping[str, list[Any]], context: ImportContext) -> None:
    """The marks that were there already, as they were."""
    sittings = zip(*(columns[name] for name in _KEY_OF_LINES[1:]), strict=True)
    named = zip(columns["student_no"], sittings, columns["old"], strict=True)
    keep(
        context,
        [
            (key_of(number, sitting), _before(was))
            for number, sitting, was in named
            if was is not None
        ],
    )


def _check_plans(rows: RowBlock, context: ImportContext) -> None:
    """Warn of a course outside the student's plan: its marks are kept and earn nothing. Two
    queries.

    A row that takes a mark back says nothing about credits.
    """
    columns = rows.columns
    plan_of = _plans_of_earners(columns, context)
    plans: dict[str, set[int]] = {}
    for code, plan in CourseRow.objects.filter(
        code__among=sorted(set(columns["course_code"]))
    ).values_list("code", "plan_id"):
        plans.setdefault(code, set()).add(plan)
    nowhere: frozenset[int] = frozenset()
    outside = [
        (row, code)
        for row, student, code, void in zip(
            rows.numbers, columns["student"], columns["course_code"], columns["voided"], strict=True
        )
        if not void and plan_of[student] not in plans.get(code, nowhere)
    ]
    for row, code in outside:
        if code in plans:
            context.warn(row, f"课程代码「{code}」不在该生的专业规则里，这门成绩不计学分")
        else:
            context.warn(
                row,
                f"没有课程代码「{code}」，这门成绩不计学分；请核对是否抄错，新课程请先导入课程表",
            )


def _plans_of_earners(columns: Mapping[str, list[Any]], context: ImportContext) -> dict[int, int]:
    """The plan of each student with a mark that earns; their centres are noted for the remarks."""
    earning = {
        student
        for student, void in zip(columns["student"], columns["voided"], strict=True)
        if not void
    }
    people = list(
        Student.objects.filter(id__among=sorted(earning)).values_list("id", "plan_id", "centre_id")
    )
    context.cache.setdefault(CENTRES, set()).update(centre for _, _, centre in people)
    return {pk: plan for pk, plan, _ in people}


def _leave(
    rows: RowBlock, old: Sequence[Known | None], stored: list[Stored], absent: frozenset[str]
) -> None:
    """Whether the row differs from the record: an empty cell, as a missing column, says nothing.

    A mark that changes has the 取得方式 that the mark itself suggests.
    """
    blanks = rows.columns["blank"]
    places = [
        place
        for place, (was, now) in enumerate(zip(old, stored, strict=True))
        if was is not None and was[:-1] != now and (absent or blanks[place])
    ]
    grades, obtained, days, reviewed, voids, codes = (
        [rows.columns[name][at] for at in places] for name in _GIVEN
    )
    for at, place in enumerate(places):
        was = old[place]
        silent = absent.union(blanks[place])
        if was is None:
            continue
        if "obtained_by" in silent and stored[place][0] == was[0]:
            obtained[at] = was[1]
        if "reviewed" in silent:
            reviewed[at] = was[3]
        if "voided" in silent:
            voids[at] = bool(was[4])
    for place, again in zip(
        places, _stored(grades, obtained, days, reviewed, voids, codes), strict=True
    ):
        stored[place] = again


def _stored(
    grades: Sequence[str],
    obtained: Sequence[str],
    days: Sequence[str],
    reviewed: Sequence[bool | None],
    voids: Sequence[bool],
    codes: Sequence[str],
) -> list[Stored]:
    """What is stored after the key, one row each."""
    checked = list(map(bool, reviewed))
    marks = map(_mark, grades, obtained, checked)
    return [
        (mark, how, day, seen, void, flag + code if flag and not void else "")
        for (mark, flag), how, day, seen, void, code in zip(
            marks, obtained, days, checked, voids, codes, strict=True
        )
    ]


@lru_cache(maxsize=4096)
def _mark(grade: str, obtained: str, reviewed: bool) -> tuple[str, str]:
    """(mark as it is stored, flag of the pass key or ""): marks are the number or the word as staff write it."""
    score = _WORDS.get(grade) or Decimal(grade)
    shown = score.label if isinstance(score, GradeWord) else f"{score.normalize():f}"
    return shown, pass_key("", score, ObtainedBy(obtained), reviewed)


def _known(rows: RowBlock) -> dict[tuple[Any, ...], Known]:
    """Results on record with the keys of `rows`, and others of the same students and terms; one
    query.

    Asked for the courses, too, SQLite would look up each course of each student.
    """
    students, terms = (sorted(set(rows.columns[name])) for name in ("student", "term"))
    found = Result.objects.filter(student__among=students, term__among=terms).values_list(
        *_KEY,
        "mark",
        "obtained",
        _RELEASED,
        AsStored("reviewed"),
        AsStored("void"),
        "pass_key",
        "id",
    )
    # As the engine gives them: Django would look at each value of each row on its own.
    return {row[: len(_KEY)]: row[len(_KEY) :] for row in found.iterator(CHUNK)}


def _before(known: Known) -> dict[str, Any]:
    """A result as it was, for its history; SQLite gives a yes or no as a number."""
    mark, obtained, released, reviewed, void, key, _ = known
    return dict(
        zip(_REST, (mark, obtained, released, bool(reviewed), bool(void), key), strict=True)
    )
