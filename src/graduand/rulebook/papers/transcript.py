"""成绩单: each course with its best result, credits by module, what the plan asks and what was
earned.

`transcript` is what is printed; `marksheet` is the same for the pages, with every sitting and the
courses without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.terms import GradeWord, ObtainedBy

# The place of a mark that is a word: the better, the higher.
_PLACES = {word: place for place, word in enumerate(reversed(GradeWord))}
# Marks repeat, and transcripts are fixed by the thousand while others wait: each is looked at once.
_MARKS = 4_096


class CountedResult(NamedTuple):
    """One result that counts on the day of printing.

    `passes` when its pass key is not empty, `reviewed` when that key says 复核通过, which 综合实践
    needs.
    """

    course: str
    mark: str
    obtained: ObtainedBy
    term: int
    passes: bool
    reviewed: bool = False
    attempt: int = 1


class CourseLine(NamedTuple):
    """A course of the plan with the result that is shown; `earned` in hundredths."""

    course: Course
    result: CountedResult
    passed: bool

    @property
    def earned(self) -> int:
        if not self.passed:
            return 0
        return self.course.credits

    @property
    def exempted(self) -> bool:
        return exempted(self.result)


@dataclass(frozen=True, slots=True)
class ModuleLines:
    """A module, what it asks and what was earned in it, in hundredths."""

    name: str
    need: int
    has: int
    courses: tuple[CourseLine, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Credits in hundredths; `outside` are results of courses that the plan does not have: they
    count for nothing.
    """

    modules: tuple[ModuleLines, ...]
    outside: tuple[CountedResult, ...]
    total: int
    total_need: int
    hq: int
    hq_need: int

    @property
    def count(self) -> int:
        return sum(len(module.courses) for module in self.modules)

    @property
    def short(self) -> bool:
        """Whether the plan asks for more than was earned."""
        return (
            self.total < self.total_need
            or self.hq < self.hq_need
            or any(module.has < module.need for module in self.modules)
        )


def transcript(audit: PlanAudit, taken: Iterable[CountedResult], passes: str) -> Transcript:
    """The transcript of one person; `taken` and `passes` count on the same day.

    Totals are the audit's own, so that the paper never says another number than the judgement did.
    """
    results = by_course(taken)
    plan = audit.plan
    keys = set(passes.split(","))
    lines = {
        c.code: CourseLine(c, best(results[c.code], c.practice), passed(c, keys))
        for c in plan.courses
        if c.code in results
    }
    _, total, hq = audit.credits(passes)
    modules = []
    for name, need in plan.modules:
        here = tuple(lines[c.code] for c in plan.courses if c.module == name and c.code in lines)
        modules.append(ModuleLines(name, need, sum(line.earned for line in here), here))
    outside = tuple(
        best(results[code]) for code in sorted(results.keys() - {c.code for c in plan.courses})
    )
    return Transcript(tuple(modules), outside, total, plan.min_total, hq, plan.min_hq)


def by_course(taken: Iterable[CountedResult]) -> dict[str, list[CountedResult]]:
    """The results of each course."""
    results: dict[str, list[CountedResult]] = {}
    for result in taken:
        results.setdefault(result.course, []).append(result)
    return results


def passed(course: Course, keys: set[str]) -> bool:
    """Audit rule 1: practice when reviewed, any other course in whatever way."""
    code = course.code
    return "r" + code in keys or (
        not course.practice and ("p" + code in keys or "e" + code in keys)
    )


def best(results: Sequence[CountedResult], practice: bool = False) -> CountedResult:
    """The result that is shown (audit rule 2): one that passes before one that does not, then the
    best mark.

    A mark of 综合实践 passes only with 复核通过: the reviewed 良 stands before a 95 that nobody has
    reviewed.
    """
    if len(results) == 1:
        return results[0]
    return max(
        results,
        key=lambda one: (one.reviewed or not practice, one.passes, rank(one.mark), -one.term),
    )


@lru_cache(_MARKS)
def rank(mark: str) -> Decimal:
    """The highest number first, then the words in their order."""
    word = _word(mark)
    if word is not None:
        return Decimal(_PLACES[word]) / 100
    try:
        return 1 + Decimal(mark)
    except InvalidOperation:
        return Decimal(-1)


def exempted(result: CountedResult) -> bool:
    """Whether it was obtained without an examination: 免修免考 or the mark 免考 (audit rule 2)."""
    return result.obtained is ObtainedBy.EXEMPTION or _word(result.mark) is GradeWord.EXEMPT


def mark_text(mark: str) -> str:
    """A stored mark as people write it."""
    word = _word(mark)
    if not word:
        return mark
    return word.label


_word = lru_cache(_MARKS)(GradeWord.of)


# ---- for the pages


@dataclass(frozen=True, slots=True)
class CourseMarks:
    """A course of the plan with all its results that count; `earlier` are those that are not shown,
    oldest first, and `voided` those that were taken back: these count for nothing, but whoever
    looks for a mark must find them.
    """

    course: Course
    shown: CountedResult | None
    earlier: tuple[CountedResult, ...]
    passed: bool
    voided: tuple[CountedResult, ...] = ()

    @property
    def remarkable(self) -> bool:
        """Whether a reviewer looks at it: a re-sit, a voided mark, an exemption, 综合实践 (复核 or not),
        or not passed.
        """
        exempt = self.shown is not None and exempted(self.shown)
        return (
            bool(self.earlier or self.voided) or exempt or self.course.practice or not self.passed
        )


@dataclass(frozen=True, slots=True)
class ModuleMarks:
    """A module with what it asks and what was earned in it, in hundredths."""

    name: str
    need: int
    has: int
    courses: tuple[CourseMarks, ...]

    @property
    def plain(self) -> bool:
        """Whether nothing in it needs a reviewer's attention."""
        return self.has >= self.need and not any(course.remarkable for course in self.courses)


def marksheet(
    plan: Plan, taken: Iterable[CountedResult], passes: str, voided: Iterable[CountedResult] = ()
) -> tuple[list[ModuleMarks], list[CountedResult]]:
    """The modules of `plan`, and the results outside it, which count for nothing (audit rule 3).

    A course stands in it when there is a result, a `voided` one too, or when the plan asks for one.
    """
    results = by_course(taken)
    gone = by_course(voided)
    keys = set(passes.split(","))
    modules = []
    for name, need in plan.modules:
        courses = [
            _marks(c, results.get(c.code, []), passed(c, keys), gone.get(c.code, []))
            for c in plan.courses
            if c.module == name
        ]
        has = sum(mark.course.credits for mark in courses if mark.passed)
        shown = tuple(
            mark
            for mark in courses
            if mark.shown or mark.voided or mark.course.must_pass or mark.course.practice
        )
        modules.append(ModuleMarks(name, need, has, shown))
    return modules, [
        best(results[code]) for code in sorted(results.keys() - {c.code for c in plan.courses})
    ]


def _marks(
    course: Course, results: list[CountedResult], done: bool, gone: list[CountedResult]
) -> CourseMarks:
    shown = best(results, course.practice) if results else None
    return CourseMarks(
        course,
        shown,
        _by_sitting(result for result in results if result is not shown),
        done,
        _by_sitting(gone),
    )


def _by_sitting(results: Iterable[CountedResult]) -> tuple[CountedResult, ...]:
    return tuple(sorted(results, key=lambda one: (one.term, one.attempt)))
