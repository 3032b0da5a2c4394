"""专业规则, 模块, 课程: every change of a plan raises its version, and its students are judged again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import F

from graduand.models import CourseRow, Module, PlanRow, Student
from graduand.office.certificates.issuing import fixed_terms
from graduand.office.queue import orders
from graduand.office.records.rows import Changes, ImportContext, ImportRow, SheetImporter
from graduand.office.records.tables import RowRequest, changed, settle, silent_about
from graduand.queries import judging
from graduand.queries.certificates import issued
from graduand.queries.records import record_differences
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import SheetKind

OF_OTHERS = "专业规则「{code}」也用于其他学院的学生，只能由总部导入更改；请从这份文件里去掉这一行，另交总部导入"


def hundredths(credit: str) -> int:
    """Credits as text in hundredths, 70.5 -> 7050; the parser has refused more than two places."""
    return int(Decimal(credit) * 100)


def _note(plans: Iterable[int], context: ImportContext) -> None:
    """Which plans change: with their version the verdicts of all their students are out of date."""
    context.cache.setdefault("plans", set()).update(plans)


def _raising(
    changes: Changes, row_requests: Sequence[RowRequest], context: ImportContext
) -> Changes:
    """The changes, and the version of every plan that they touch."""
    plans = {
        row_request.values["plan_id"]
        for row_request in row_requests
        if changed(row_request, context.absent)
    }
    _note(plans, context)

    def write() -> None:
        changes.write()
        PlanRow.objects.filter(id__among=sorted(plans)).update(version=F("version") + 1)

    return replace(changes, write=write)


def _refuse_foreign(plans: Iterable[tuple[ImportRow, int, str]], context: ImportContext) -> None:
    """A college changes the plans of its own students; a plan that others study by is headquarters'
    (I7). One query.

    `plans`: the rows that change a plan that is on record, with its id and its code.
    """
    rows = list(plans)
    if context.centres is None or not rows:
        return
    others = Student.objects.filter(plan__among=sorted({pk for _, pk, _ in rows})).exclude(
        centre__in=context.centres
    )
    foreign = set(others.order_by().values_list("plan_id", flat=True).distinct())
    for row, pk, code in rows:
        if pk in foreign:
            context.refuse(row.number, "专业规则代码", OF_OTHERS.format(code=code))


def _resolve_plans(rows: Sequence[ImportRow], context: ImportContext) -> None:
    codes = {row.values["plan_code"] for row in rows} - {None, ""}
    ids = dict(PlanRow.objects.filter(code__among=sorted(codes)).values_list("code", "id"))
    for row in rows:
        code = row.values["plan_code"]
        row.resolved["plan"] = ids.get(code)
        if code not in ids:
            context.refuse(
                row.number, "专业规则代码", f"没有代码为「{code}」的专业规则；请先导入专业规则表"
            )


class _OfPlans(SheetImporter):
    """What plans are made of; whatever of it changes, issued certificates stay as they are."""

    by_student = owned = False

    def finish(self, context: ImportContext) -> None:
        """The students of changed plans are judged again, in whichever batch they are worked on."""
        if context.cache.get("plans"):
            orders.order_again(
                WorkKind.AUDIT, set(judging.followed_batches().values_list("id", flat=True))
            )

    def remarks(self, context: ImportContext) -> tuple[str, ...]:
        plans = context.cache.get("plans")
        valid = 0
        if plans:
            valid = issued.valid_of_plans(plans, context.actor)
        return fixed_terms.import_words(valid, context.cache.get("differing", 0))


class PlanSheet(_OfPlans):
    """专业规则."""

    kind = SheetKind.PLANS

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        codes = {row.values["code"] for row in rows} - {None, ""}
        known = {plan.code: plan for plan in PlanRow.objects.filter(code__among=sorted(codes))}
        for row in rows:
            row.resolved["plan"] = known.get(row.values["code"])
            least = row.values["min_credits"]
            of_hq = row.values["min_hq_credits"]
            if least and of_hq and Decimal(of_hq) > Decimal(least):
                context.warn(
                    row.number, f"最低总部考试学分（{of_hq}）大于最低总学分（{least}），请核对"
                )
        absent = context.absent_of(_PLAN_COLUMNS)
        known_rows = [row for row in context.good(rows) if row.resolved["plan"] is not None]
        changing = [row for row in known_rows if changed(_plan_request(row, context), absent)]
        _refuse_foreign(
            [(row, row.resolved["plan"].id, row.resolved["plan"].code) for row in changing], context
        )

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [_plan_request(row, context) for row in rows]
        absent = context.absent_of(_PLAN_COLUMNS)
        altered = [w for w in row_requests if w.known is not None and changed(w, absent)]
        _note((w.known.id for w in altered), context)
        # Before anything is written, so that a reader sees the change together with its
        # consequences
        if not context.intake_id:
            changes = {
                w.known.id: {name: v for name, v in w.values.items() if name not in absent}
                for w in altered
            }
            found = record_differences.after_plans(changes, context.actor)
            context.cache["differing"] = context.cache.get("differing", 0) + found["differing"]
        return settle(PlanRow, rows, row_requests, context, absent=absent)


_PLAN_COLUMNS = {
    "exemption_cap": "exempt_cap",
    "schooling": "years",
    "degree_name": "degree",
    "degree_field": "degree_field",
}


def _plan_request(row: ImportRow, context: ImportContext) -> RowRequest:
    given = row.values
    known = row.resolved["plan"]
    cap = given["exemption_cap"]
    values: dict[str, Any] = {
        "code": given["code"],
        "major_code": given["major_code"],
        "major_name": given["major_name"],
        "level": given["level"],
        "min_total": hundredths(given["min_credits"]),
        "min_hq": hundredths(given["min_hq_credits"]),
        "min_semesters": given["min_semesters"],
        "max_years": given["max_years"],
        "exempt_cap": None if cap is None else Decimal(cap),
        "years": given["schooling"],
        "degree": given["degree_name"],
        "degree_field": given["degree_field"],
    }
    row_request = silent_about(
        RowRequest(given["code"], known, values), context.blank_of(row, _PLAN_COLUMNS)
    )
    moved = known is not None and changed(row_request, context.absent_of(_PLAN_COLUMNS))
    version = 1
    if known is not None:
        version = known.version + moved
    return row_request._replace(values={**row_request.values, "version": version})


class Modules(_OfPlans):
    """模块."""

    kind = SheetKind.MODULES

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        _resolve_plans(rows, context)
        plans = {row.resolved["plan"] for row in rows} - {None}
        known = {(m.plan_id, m.name): m for m in Module.objects.filter(plan__among=sorted(plans))}
        for row in rows:
            row.resolved["module"] = known.get((row.resolved["plan"], row.values["name"]))
        _refuse_foreign(_changing(context.good(rows), _module_request, context), context)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [_module_request(row, context) for row in rows]
        return _raising(settle(Module, rows, row_requests, context), row_requests, context)


def _module_request(row: ImportRow, context: ImportContext) -> RowRequest:
    given = row.values
    values = {
        "plan_id": row.resolved["plan"],
        "name": given["name"],
        "min_credits": hundredths(given["min_credits"]),
    }
    return RowRequest(f"{given['plan_code']} {given['name']}", row.resolved["module"], values)


def _changing(
    rows: Iterable[ImportRow],
    request_of: Callable[[ImportRow, ImportContext], RowRequest],
    context: ImportContext,
) -> Iterator[tuple[ImportRow, int, str]]:
    """The rows that add to a plan or change what it is made of, with the plan's id and code."""
    for row in rows:
        if changed(request_of(row, context), context.absent):
            yield row, row.resolved["plan"], row.values["plan_code"]


class Courses(_OfPlans):
    """课程; the module must be one of the plan's."""

    kind = SheetKind.COURSES

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        _resolve_plans(rows, context)
        plans = sorted({row.resolved["plan"] for row in rows} - {None})
        known = {(c.plan_id, c.code): c for c in CourseRow.objects.filter(plan__among=plans)}
        modules = {
            (plan, name): pk
            for pk, plan, name in Module.objects.filter(plan__among=plans).values_list(
                "id", "plan_id", "name"
            )
        }
        check_codes([row.number for row in rows], [row.values["code"] for row in rows], context)
        for row in rows:
            plan = row.resolved["plan"]
            name = row.values["module"]
            row.resolved["course"] = known.get((plan, row.values["code"]))
            row.resolved["module"] = modules.get((plan, name))
            if plan is not None and row.resolved["module"] is None:
                message = f"专业规则 {row.values['plan_code']} 没有模块「{name}」；请先导入模块表，或核对模块名称"
                context.refuse(row.number, "模块名称", message)
        _refuse_foreign(_changing(context.good(rows), _course_request, context), context)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [_course_request(row, context) for row in rows]
        return _raising(
            settle(CourseRow, rows, row_requests, context, absent=context.absent),
            row_requests,
            context,
        )


def check_codes(rows: Sequence[int], codes: Sequence[str | None], context: ImportContext) -> None:
    """A comma joins pass keys (queries.audit.academics), so none may stand inside a 课程代码."""
    odd = {code for code in set(codes) if code is not None and "," in code}
    if not odd:
        return
    for row, code in zip(rows, codes, strict=True):
        if code in odd:
            context.refuse(row, "课程代码", "课程代码不能含逗号；请改成教务系统里的代码")


_SAME = ("code", "name", "nature", "hq_exam", "practice", "must_pass", "degree_course", "thesis")


def _course_request(row: ImportRow, context: ImportContext) -> RowRequest:
    values = {name: row.values[name] for name in _SAME}
    values["plan_id"] = row.resolved["plan"]
    values["module_id"] = row.resolved["module"]
    values["credits"] = hundredths(row.values["credits"])
    row_request = RowRequest(
        f"{row.values['plan_code']} {row.values['code']}", row.resolved["course"], values
    )
    return silent_about(row_request, context.blank_of(row))
