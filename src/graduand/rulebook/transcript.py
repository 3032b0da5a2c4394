"""成绩单: each course with its best result, credits by module, what the plan asks and what was earned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from graduand.rulebook.academics import PlanAudit
from graduand.rulebook.facts import Course
from graduand.rulebook.paper_facts import Taken
from graduand.rulebook.terms import GradeWord, ObtainedBy

_WORDS = {word.value: place for place, word in enumerate(reversed(GradeWord))}


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course of the plan with the result that is shown; `earned` in hundredths."""

    course: Course
    result: Taken
    passed: bool

    @property
    def earned(self) -> int:
        return self.course.credits if self.passed else 0

    @property
    def exempted(self) -> bool:
        return self.result.obtained is ObtainedBy.EXEMPTION or self.result.mark == GradeWord.EXEMPT.value


@dataclass(frozen=True, slots=True)
class ModuleLines:
    """A module, what it asks and what was earned in it, in hundredths."""

    name: str
    need: int
    has: int
    courses: tuple[CourseLine, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Credits in hundredths; `outside` are results of courses that the plan does not have: they count for nothing."""

    modules: tuple[ModuleLines, ...]
    outside: tuple[Taken, ...]
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
            self.total < self.total_need or self.hq < self.hq_need
            or any(module.has < module.need for module in self.modules)
        )  # fmt: skip


def transcript(audit: PlanAudit, taken: Iterable[Taken], passes: str) -> Transcript:
    """The transcript of one person; `taken` and `passes` count on the same day.

    Totals are the audit's own, so that the paper never says another number than the judgement did.
    """
    results: dict[str, list[Taken]] = {}
    for one in taken:
        results.setdefault(one.course, []).append(one)
    plan = audit.plan
    keys = set(passes.split(","))
    lines = {c.code: CourseLine(c, best(results[c.code]), passed(c, keys)) for c in plan.courses if c.code in results}
    _, total, hq = audit.credits(passes)
    modules = []
    for name, need in plan.modules:
        here = tuple(lines[c.code] for c in plan.courses if c.module == name and c.code in lines)
        modules.append(ModuleLines(name, need, sum(line.earned for line in here), here))
    outside = tuple(best(results[code]) for code in sorted(results.keys() - {c.code for c in plan.courses}))
    return Transcript(tuple(modules), outside, total, plan.min_total, hq, plan.min_hq)


def passed(course: Course, keys: set[str]) -> bool:
    """Audit rule 1: practice when reviewed, any other course in whatever way."""
    return any(way + course.code in keys for way in ("r" if course.practice else "pre"))


def best(results: Sequence[Taken]) -> Taken:
    """The result that is shown: a passing one before a failing one, then the order of audit rule 2."""
    return max(results, key=lambda one: (one.passes, rank(one.mark), -one.term))


def rank(mark: str) -> Decimal:
    """The highest number first, then the words in their order."""
    if mark in _WORDS:
        return Decimal(_WORDS[mark]) / 100
    try:
        return 1 + Decimal(mark)
    except InvalidOperation:
        return Decimal(-1)


def mark_text(mark: str) -> str:
    """A stored mark as people write it."""
    word = GradeWord.of(mark)
    return word.label if word else mark
