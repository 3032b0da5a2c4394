"""Plans as plain data, and the pass keys of many students in one aggregate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.db.models import Case, F, Min, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce

from graduand.models import CourseRow, Module, PlanRow, Result
from graduand.models.engine import JoinKeys
from graduand.rulebook.academics import PlanAudit
from graduand.rulebook.facts import Course, Plan
from graduand.rulebook.policy import BatchPolicy
from graduand.rulebook.terms import CourseNature, Level


def plans(ids: Iterable[int] | None = None) -> dict[int, Plan]:
    """Every plan (or those of `ids`) with its modules and courses, by primary key; three queries."""
    rows = PlanRow.objects.all() if ids is None else PlanRow.objects.filter(id__in=list(ids))
    modules: dict[int, list[tuple[str, int]]] = {}
    for plan, name, least in Module.objects.order_by("id").values_list("plan_id", "name", "min_credits"):
        modules.setdefault(plan, []).append((name, least))
    courses: dict[int, list[Course]] = {}
    fields = ("plan_id", "code", "name", "credits", "module__name", "nature", "hq_exam", "practice", "must_pass")
    for plan, code, name, value, module, nature, *flags in CourseRow.objects.order_by("code").values_list(*fields):
        courses.setdefault(plan, []).append(Course(code, name, value, module, CourseNature(nature), *flags))
    return {
        row.id: Plan(
            row.code, Level(row.level), row.min_total, row.min_hq, row.min_semesters, row.max_years,
            None if row.exempt_cap is None else Fraction(row.exempt_cap),
            tuple(modules.get(row.id, ())), tuple(courses.get(row.id, ())), row.version,
        )
        for row in rows
    }  # fmt: skip


def compiled(found: dict[int, Plan], policy: BatchPolicy) -> dict[str, PlanAudit]:
    """The compiled audits of plans under a policy, by 专业规则代码."""
    cut_off = policy.enrolled_through.ordinal
    return {
        plan.code: PlanAudit(plan, policy.code, cut_off, policy.issue_date, policy.exemption_counts_as_hq)
        for plan in found.values()
    }


def pass_keys(day: date) -> QuerySet[Result, tuple[int, str, date | str | None]]:
    """(student, joined pass keys that count on `day`, next 发布日期 after it), one row a student with passes.

    Reads the index `result_audit` alone. Filter by student before evaluating. The day comes as the engine keeps
    it (a date, or ISO text): nearly always None, and converting it for everybody costs more than the rules.
    """
    counts = Case(When(released__lte=day, then=F("pass_key")))
    coming = Case(When(released__gt=day, then=F("released")), output_field=TextField())
    return (
        Result.objects.filter(pass_key__gt="")
        .order_by("student_id")
        .values("student_id")
        .annotate(keys=Coalesce(JoinKeys(counts), Value("")), coming=Min(coming, output_field=TextField()))
        .values_list("student_id", "keys", "coming")
    )
