"""The academic audit: credits, modules, required courses, practice, exemptions, terms of study.

A result is reduced once, when it is stored, to a *pass key*: "" when it does not pass, otherwise
one flag letter and the course code. All that rules 1–5 of the audit need to know of a passed result
is in the flag: `p` passed by examination, `r` the same and 复核通过, `e` obtained by 免修免考.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

from graduand.rulebook.audit.plan_editions import hash_of, text_of
from graduand.rulebook.calendar import Term, add_years, semesters
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.terms import (
    PASSING_WORDS,
    CourseNature,
    Desk,
    GradeWord,
    ObtainedBy,
    Standing,
)

PASS_MARK = Decimal(60)
_MOST_CACHED = 500
_REVIEWED = "通过且复核通过"


def pass_key(course: str, mark: Decimal | GradeWord, obtained: ObtainedBy, reviewed: bool) -> str:
    """The canonical key of one result; "" when it does not pass (audit rules 1 and 2)."""
    passed = mark in PASSING_WORDS if isinstance(mark, GradeWord) else mark >= PASS_MARK
    if not passed:
        return ""
    if obtained is ObtainedBy.EXEMPTION or mark is GradeWord.EXEMPT:
        return "e" + course
    if reviewed:
        return "r" + course
    return "p" + course


def _usual_key(course: Course) -> str:
    """The key by which most people pass a course: a practice course by its review."""
    if course.practice:
        return "r" + course.code
    return "p" + course.code


def is_reviewed(key: str) -> bool:
    """Whether a pass key is that of a 综合实践 that passes: earned, not exempted, and 复核通过."""
    return key.startswith("r")


def counted(results: Iterable[tuple[str, date]], day: date) -> str:
    """Comma-joined pass keys of the (key, 发布日期) pairs that count on `day`."""
    return ",".join(sorted(key for key, released in results if key and released <= day))


@lru_cache(4_096)
def credits_text(hundredths: int | Fraction) -> str:
    """7050 -> "70.5"."""
    value = Fraction(hundredths) / 100
    # The divisors of 100: such a fraction is written in full with two decimals.
    if value.denominator in (1, 2, 4, 5, 10, 20, 25, 50, 100):
        return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return f"{float(value):.4f}"


class PlanAudit:
    """One plan under one batch, compiled: answers for any student in a few dictionary look-ups."""

    def __init__(
        self, plan: Plan, batch: str, cut_off: int, issued: date, exemption_is_hq: bool
    ) -> None:
        self.plan = plan
        self.batch = batch
        self.cut_off = cut_off
        self.issued = issued
        self.exemption_is_hq = exemption_is_hq
        self.everything = (1 << len(plan.courses)) - 1
        # The key by which each course is usually passed; set algebra leaves the few that are not.
        self.usual = {_usual_key(course): 1 << bit for bit, course in enumerate(plan.courses)}
        self.usual_keys = frozenset(self.usual)
        core = sum(
            c.credits for c in plan.courses if c.nature is CourseNature.CORE and not c.practice
        )
        self.exempt_limit: Fraction | None = None
        if plan.exempt_cap is not None:
            self.exempt_limit = plan.exempt_cap * core
        self._practice = frozenset(c.code for c in plan.courses if c.practice)
        self._term_findings: dict[int, tuple[Finding, ...]] = {}
        self._answers: dict[str, tuple[tuple[Finding, ...], int, int]] = {}
        self._credit_answers: dict[tuple[int, int], tuple[tuple[Finding, ...], int, int]] = {}

    @cached_property
    def rules_hash(self) -> str:
        """The hash under which the plan's rules are kept once a certificate is numbered by them."""
        return hash_of(text_of(self.plan))

    def __call__(
        self, entry: int, standing: Standing, passes: str
    ) -> tuple[tuple[Finding, ...], int, int]:
        """(findings, total credits, HQ credits) of a student; credits in hundredths.

        `entry` is the ordinal of the entry term, `passes` the joined pass keys that count today.
        """
        known = self._answers.get(passes)
        if known is None:
            # Classmates mostly pass the same courses, so a few hundred answers serve most students.
            if len(self._answers) >= _MOST_CACHED:
                self._answers.clear()
            known = self._answers[passes] = self.credits(passes)
        findings, total, hq = known
        terms = self._term_findings.get(entry)
        if terms is None:
            terms = self._term_findings[entry] = self.terms(entry)
        if standing is not Standing.ENROLLED:
            not_enrolled = Finding("ELIG-STATUS", need=Standing.ENROLLED.label, has=standing.label)
            terms = (*terms, not_enrolled)
        if terms:
            findings = terms + findings
        return findings, total, hq

    def terms(self, entry: int) -> tuple[Finding, ...]:
        """ELIG-TERM and ELIG-EXPIRED of an entry term (rules 6 and 7)."""
        term = Term.from_ordinal(entry)
        found = []
        studied = semesters(term, self.batch)
        if entry > self.cut_off or studied < self.plan.min_semesters:
            need = f"{Term.from_ordinal(self.cut_off)}及以前入学、学满 {self.plan.min_semesters} 个学期"
            found.append(
                Finding("ELIG-TERM", need=need, has=f"{term}入学、至本批次 {studied} 个学期")
            )
        last = add_years(term.entry_date, self.plan.max_years)
        if self.issued > last:
            found.append(
                Finding("ELIG-EXPIRED", need=last.isoformat(), has=self.issued.isoformat())
            )
        return tuple(found)

    def credits(self, passes: str) -> tuple[tuple[Finding, ...], int, int]:
        """Findings about credits and courses, total and HQ credits, for the joined pass keys."""
        keys = set(passes.split(","))
        # One bit for each course: `passed` in any way, `earned` in another way than by exemption.
        passed = earned = self.everything
        for key in self.usual_keys - keys:
            bit = self.usual[key]
            course = key[1:]
            # A practice course passes in one way only: by a single result that passes, is reviewed
            # and is no exemption. One that was examined and waits for its review stays in `earned`.
            # Any other course may also be passed reviewed (as well as examined) or by exemption.
            if course in self._practice:
                passed ^= bit
                if "p" + course not in keys:
                    earned ^= bit
            elif "r" + course not in keys and "e" + course not in keys:
                passed ^= bit
                earned ^= bit
            elif "r" + course not in keys:
                earned ^= bit
        known = self._credit_answers.get((passed, earned))
        if known is None:
            known = self._judge(passed, earned)
            if len(self._credit_answers) < 20_000:
                self._credit_answers[passed, earned] = known
        return known

    def _judge(self, passed: int, earned: int) -> tuple[tuple[Finding, ...], int, int]:
        plan = self.plan
        found: list[Finding] = []
        total = hq = exempted = 0
        modules: dict[str, int] = {}
        unreviewed: list[Course] = []
        for bit, course in enumerate(plan.courses):
            is_passed = bool(passed >> bit & 1)
            is_earned = bool(earned >> bit & 1)
            if not is_passed:
                waits_for_review = course.practice and is_earned
                if waits_for_review:
                    unreviewed.append(course)
                found.extend(_missing(course, unreviewed=waits_for_review))
                continue
            total += course.credits
            by_exemption = not is_earned
            modules[course.module] = modules.get(course.module, 0) + course.credits
            if course.hq_exam and (self.exemption_is_hq or not by_exemption):
                hq += course.credits
            if by_exemption:
                exempted += course.credits
        found.extend(self._shortfalls(total, hq, modules, unreviewed))
        if self.exempt_limit is not None and exempted > self.exempt_limit:
            found.append(_shortfall("CRED-EXEMPT", "", self.exempt_limit, exempted, ()))
        return tuple(found), total, hq

    def _shortfalls(
        self, total: int, hq: int, modules: dict[str, int], unreviewed: list[Course]
    ) -> Iterable[Finding]:
        """Which credits are short. The credits of the `unreviewed` courses count once the college
        has reviewed them.
        """
        plan = self.plan
        if total < plan.min_total:
            yield _shortfall("CRED-TOTAL", "", plan.min_total, total, unreviewed)
        if hq < plan.min_hq:
            yield _shortfall("CRED-HQ", "", plan.min_hq, hq, (c for c in unreviewed if c.hq_exam))
        for name, least in plan.modules:
            if modules.get(name, 0) < least:
                of_module = (c for c in unreviewed if c.module == name)
                yield _shortfall("CRED-MODULE", name, least, modules.get(name, 0), of_module)


def _missing(course: Course, *, unreviewed: bool) -> Iterable[Finding]:
    """What is missing of a course that does not count: a 综合实践 that was passed waits for the
    college's review, one that was not has to be done again by the student.
    """
    if course.practice and unreviewed:
        yield Finding("PRACTICE", course.code, need=_REVIEWED, has="已通过、尚未复核")
    elif course.practice:
        yield Finding("PRACTICE", course.code, need=_REVIEWED, has="未通过", next_desk=Desk.STUDENT)
    elif course.must_pass:
        yield Finding("COURSE-MISSING", course.code, need="通过", has="未通过")


def _shortfall(
    code: str, arg: str, need: int | Fraction, has: int, unreviewed: Iterable[Course]
) -> Finding:
    """A finding that credits are short. Where the review of courses already passed would make up
    the difference, the college acts next, not the student.
    """
    next_desk = None
    if 0 < need - has <= sum(course.credits for course in unreviewed):
        next_desk = Desk.COLLEGE
    return Finding(code, arg, credits_text(need), credits_text(has), next_desk=next_desk)
