"""成绩: the one large sheet; rows go from the file to the table as plain tuples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from graduand.models import CourseRow, GradesDeclared, Result, Student
from graduand.models.engine import AsStored, engine_of
from graduand.queries.mark_changes import key_of
from graduand.queries.scope import colleges
from graduand.rulebook.academics import pass_key
from graduand.rulebook.calendar import office_day
from graduand.rulebook.terms import GradeWord, ObtainedBy, SheetKind

from .plans import check_code
from .rows import CHUNK, Changes, Context, Counts, Kind, Row, resolve_students
from .tables import keep, table_of

_KEY = ("student_id", "course", "term", "attempt")
_REST = ("mark", "obtained", "released", "reviewed", "void", "pass_key")
_SOURCE = "brought_by_id"
_TYPES = dict.fromkeys(_REST, "text") | {"released": "date", "reviewed": "boolean", "void": "boolean", _SOURCE: "bigint"}
OUTSIDE = "outside"
CENTRES = "centres"
MOST_CODES = 10
_RELEASED = Cast("released", TextField())
_WORDS = {word.value: word for word in GradeWord}


class Known(NamedTuple):
    """A result on record: its primary key and the values after the key, days as ISO text."""

    pk: int
    rest: tuple[Any, ...]


@dataclass(slots=True)
class Outside:
    """Rows whose course the student's own plan does not have, and the codes that no plan has."""

    rows: int = 0
    unknown: dict[str, None] = field(default_factory=dict)


class Results(Kind):
    """Results of courses. A 课程代码 outside every plan is stored all the same."""

    kind = SheetKind.RESULTS

    def check(self, rows: Sequence[Row], context: Context) -> None:
        resolve_students(rows, context)
        for row in rows:
            check_code(row, "course_code", context)
        _check_plans(rows, context)

    def remarks(self, context: Context) -> tuple[str, ...]:
        found: Outside = context.kept.get(OUTSIDE, Outside())
        told = []
        if found.rows:
            told.append(f"{found.rows:,} 行的课程不在该生的专业规则里：可以导入，不计学分")
        if found.unknown:
            codes, every = "、".join([*found.unknown][:MOST_CODES]), len(found.unknown)
            cut = f"等 {every} 个" if every > MOST_CODES else ""
            told.append(f"没有这些课程代码：{codes}{cut}。请核对是否抄错；新课程请先导入课程表")
        told += _after_the_declaration(context.kept.get(CENTRES, ()))
        return tuple(told)

    def check_again(self, rows: Sequence[Row], context: Context) -> None:
        resolve_students(rows, context)

    def compare(self, rows: Sequence[Row], context: Context) -> Changes:
        known = _known(rows)
        created, updated, before, touched = [], [], [], []
        for row in rows:
            given, student = row.values, row.found["student"]
            key = (student, given["course_code"], given["term"], given["sitting"])
            old = known.get(key)
            obtained, reviewed, void = _said(given, old, context.absent)
            mark, passing = _mark(given["grade"], obtained, reviewed)
            stored = passing + given["course_code"] if passing and not void else ""
            rest = (mark, obtained, given["published_on"], reviewed, void, stored)
            if old is None:
                created.append((*key, *rest))
            elif old.rest == rest:
                continue
            else:
                updated.append((old.pk, *rest))
                before.append((row, old))
            touched.append(row)
            context.touched.add(student)

        def write() -> None:
            brought = (context.intake_id,)
            engine, table = engine_of(), table_of(Result)
            with connection.cursor() as cursor:
                if created:
                    engine.insert(cursor, table, [*_KEY, *_TYPES], [row + brought for row in created])
                if updated:
                    engine.update_each(cursor, table, "id", _TYPES, "1 = 1", [row + brought for row in updated])
            keep(context, [(_shown(row), dict(zip(_REST, old.rest, strict=True))) for row, old in before])

        return Changes(Counts(len(created), len(updated), len(rows) - len(touched)), touched, write)


def _after_the_declaration(centres: Iterable[int]) -> list[str]:
    """三.1, 三.2: marks that come after a college has declared a round complete, a sentence for each round of it."""
    above = colleges()
    units = {above[centre] for centre in centres if above.get(centre)}
    rows = GradesDeclared.objects.filter(college__in=units, withdrawn_at=None, round__batch__closed_at=None)
    rows = rows.filter(round__batch__deleted_at=None).select_related("round__batch", "college")
    return [
        f"{one.college.name}已于 {office_day(one.at)} 申报 {one.round.batch.code} 批次「{one.round.name}」的成绩完成，"
        "这份成绩在申报以后导入，会改变判断：确有补录的请告知总部，或先撤回申报并写明原因"
        for one in rows.order_by("round__batch__code", "round__position", "college__code")
    ]


def _check_plans(rows: Sequence[Row], context: Context) -> None:
    """Warn of a course outside the student's plan: its marks are kept and earn nothing. Two queries.

    A row that takes a mark back says nothing about credits.
    """
    earning = [row for row in context.good(rows) if not row.values["voided"]]
    students = sorted({row.found["student"] for row in earning})
    people = list(Student.objects.filter(id__among=students).values_list("id", "plan_id", "centre_id"))
    plan_of = {pk: plan for pk, plan, _ in people}
    context.kept.setdefault(CENTRES, set()).update(centre for _, _, centre in people)
    plans: dict[str, set[int]] = {}
    codes = sorted({row.values["course_code"] for row in earning})
    for code, plan in CourseRow.objects.filter(code__among=codes).values_list("code", "plan_id"):
        plans.setdefault(code, set()).add(plan)
    found: Outside = context.kept.setdefault(OUTSIDE, Outside())
    for row in earning:
        code = row.values["course_code"]
        if plan_of[row.found["student"]] in plans.get(code, ()):
            continue
        found.rows += 1
        if code in plans:
            context.warn(row.number, f"课程代码「{code}」不在该生的专业规则里，这门成绩不计学分")
            continue
        found.unknown[code] = None
        context.warn(row.number, f"没有课程代码「{code}」，这门成绩不计学分；请核对是否抄错")


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
    ).values_list("id", *_KEY, "mark", "obtained", _RELEASED, AsStored("reviewed"), AsStored("void"), "pass_key")
    # As the engine gives them: Django would look at each value of each row on its own.
    return {
        (student, course, term, attempt): Known(pk, (mark, obtained, released, bool(reviewed), bool(void), stored))
        for pk, student, course, term, attempt, mark, obtained, released, reviewed, void, stored in found.iterator(CHUNK)
    }


def _shown(row: Row) -> str:
    given = row.values
    return key_of(given["student_no"], (given["course_code"], given["term"], given["sitting"]))
