"""Results that imports replaced, as they were before; and results that were voided for good."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from graduand.models import IntakeChange, Result
from graduand.rulebook.calendar import Term
from graduand.rulebook.terms import SheetKind

# One result of a student: (course, term, attempt).
Sitting = tuple[str, int, int]


class EarlierMark(NamedTuple):
    """A result as it was: what stood there, and whether it earned credits, or said 复核通过."""

    mark: str
    passed: bool
    reviewed: bool


def key_of(number: str, sitting: Sitting) -> str:
    """The key under which an import keeps a result of the student `number` that it replaces."""
    course, term, attempt = sitting
    return f"{number} {course} {_written(term)} {attempt}"


@lru_cache(maxsize=64)
def _written(term: int) -> str:
    return str(Term.from_ordinal(term))


def changes_of(number: str, sittings: Iterable[Sitting]) -> dict[Sitting, tuple[EarlierMark, ...]]:
    """What stood in these results of a student before, oldest first, of those that an import has
    changed; one query.
    """
    keys = {key_of(number, sitting): sitting for sitting in sittings}
    rows = IntakeChange.objects.filter(
        key__among=sorted(keys), intake__kind=SheetKind.RESULTS.value
    ).order_by("id")
    found: dict[Sitting, tuple[EarlierMark, ...]] = {}
    for key, before in rows.values_list("key", "before"):
        row = json.loads(before)
        passing = str(row["pass_key"])
        was = EarlierMark(str(row["mark"]), bool(passing), passing.startswith("r"))
        found[keys[key]] = (*found.get(keys[key], ()), was)
    return found


def lost_to_voiding(student: int, courses: Iterable[str], day: date) -> list[tuple[str, str, int]]:
    """(course, mark, term) of a student's voided marks in those of `courses` that nothing else has
    passed; one query.

    What was not released by `day` is nobody's to read yet.
    """
    passed = Result.objects.filter(
        student=student, course=OuterRef("course"), pass_key__gt="", released__lte=day
    )
    rows = Result.objects.filter(
        ~Exists(passed), student=student, void=True, released__lte=day, course__in=list(courses)
    )
    return list(rows.order_by("course", "term", "attempt").values_list("course", "mark", "term"))
