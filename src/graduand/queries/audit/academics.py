"""Plans as plain data, and the pass keys of many students in one aggregate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.models import Field, Max, QuerySet

from graduand.models import CourseRow, Module, PlanRow, Result
from graduand.models.engine import AsStored, Ids, JoinKeys
from graduand.rulebook.audit.academics import PlanAudit, counted
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import CourseNature, Level

_COURSE = (
    "plan_id",
    "code",
    "name",
    "credits",
    "module__name",
    "nature",
    "hq_exam",
    "practice",
    "must_pass",
    "degree_course",
)


def plans(ids: Iterable[int] | None = None) -> dict[int, Plan]:
    """Every plan (or those of `ids`) with its modules and courses, by primary key; three queries."""
    rows = PlanRow.objects.all()
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    modules = _modules()
    courses = _courses()
    return {
        row.id: Plan(
            row.code,
            Level(row.level),
            row.min_total,
            row.min_hq,
            row.min_semesters,
            row.max_years,
            None if row.exempt_cap is None else Fraction(row.exempt_cap),
            tuple(modules.get(row.id, ())),
            tuple(courses.get(row.id, ())),
            row.version,
        )
        for row in rows
    }


def _modules() -> dict[int, list[tuple[str, int]]]:
    """(name, least credits) of the modules of each plan."""
    found: dict[int, list[tuple[str, int]]] = {}
    rows = Module.objects.order_by("id").values_list("plan_id", "name", "min_credits")
    for plan, name, least in rows:
        found.setdefault(plan, []).append((name, least))
    return found


def _courses() -> dict[int, list[Course]]:
    """The courses of each plan, by code."""
    found: dict[int, list[Course]] = {}
    rows = CourseRow.objects.order_by("code").values_list(*_COURSE)
    for plan, code, name, value, module, nature, *flags in rows:
        course = Course(code, name, value, module, CourseNature(nature), *flags)
        found.setdefault(plan, []).append(course)
    return found


def compiled(found: dict[int, Plan], policy: BatchPolicy) -> dict[str, PlanAudit]:
    """The compiled audits of plans under a policy, by 专业规则代码."""
    return {plan.code: audit_of(plan, policy) for plan in found.values()}


def audit_of(plan: Plan, policy: BatchPolicy) -> PlanAudit:
    """One plan under a policy, compiled."""
    cut_off = policy.enrolled_through.ordinal
    return PlanAudit(plan, policy.code, cut_off, policy.issue_date, policy.exemption_counts_as_hq)


def pass_keys(students: Ids, day: date) -> dict[int, tuple[str, date | None]]:
    """Student -> (joined pass keys that count on `day`, the next 发布日期 after it), for those with
    passes.

    Reads the index `result_audit` alone. Hardly anybody has a result to come: only their results
    are looked at row by row, since choosing in the aggregate would cost everybody half as much
    again.
    """
    rows = Result.objects.filter(pass_key__gt="").order_by("student_id")
    # The day comes as the engine keeps it (a date, or ISO text): it is compared, not shown.
    newest = Max(AsStored("released"), output_field=Field())
    joined = (
        rows.filter(student_id__among=students)
        .values("student_id")
        .annotate(keys=JoinKeys("pass_key"), newest=newest)
    )
    found: dict[int, tuple[str, date | None]] = {}
    early: list[int] = []
    today = connection.ops.adapt_datefield_value(day)
    for pk, keys, last in joined.values_list("student_id", "keys", "newest"):
        found[pk] = keys, None
        if last > today:
            early.append(pk)
    if not early:
        return found
    return {**found, **_partly(rows, early, day)}


def _partly(
    rows: QuerySet[Result], students: Sequence[int], day: date
) -> dict[int, tuple[str, date | None]]:
    """Pass keys and next 发布日期 of students who have a result to come; one query."""
    found: dict[int, tuple[str, date | None]] = {}
    to_come = rows.filter(student_id__among=Ids(students)).values_list(
        "student_id", "pass_key", "released"
    )
    for pk, group in groupby(to_come, key=itemgetter(0)):
        known = [(key, released) for _, key, released in group]
        found[pk] = counted(known, day), min(released for _, released in known if released > day)
    return found
