"""Imports that are confirmed and still being written: which, how far, and which students they have
not reached yet.
"""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, QuerySet

from graduand.models import ImportPlan, PlannedStudent
from graduand.queries.clock import moment
from graduand.queries.queue import standstill
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import SheetKind


def being_written() -> QuerySet[ImportPlan]:
    """Plans with rows to be written, in the order of their confirmation."""
    rows = ImportPlan.objects.filter(
        confirmed_at__isnull=False, finished_at=None, ended_at=None, cursor__lt=F("pieces")
    )
    return rows.select_related("intake", "by").order_by("confirmed_at", "id")


def unfinished() -> QuerySet[ImportPlan]:
    """Plans of which anything is left to do: rows, or what follows them."""
    rows = ImportPlan.objects.filter(confirmed_at__isnull=False, finished_at=None)
    return rows.select_related("intake", "by").order_by("confirmed_at", "id")


def ahead_of(plan: ImportPlan) -> ImportPlan | None:
    """The plan of the same sheet that has to be written before this one."""
    return being_written().filter(kind=plan.kind, place__lt=plan.place).order_by("place").first()


def awaited(student: str) -> Exists:
    """For a filter: a plan still has rows of the student whose id is in `student`."""
    return Exists(awaiting(student))


def awaiting(student: str) -> QuerySet[PlannedStudent]:
    """For a subquery: what plans still have of the student whose id is in `student`, in their
    order.
    """
    rows = PlannedStudent.objects.filter(plan__confirmed_at__isnull=False, plan__ended_at=None)
    return rows.filter(student=OuterRef(student)).order_by("plan__confirmed_at", "plan_id")


def cause(kind: str) -> str:
    """Why somebody's verdict is not known while an import is being written."""
    return f"正在导入{SheetKind(kind).label}"


def any_awaited() -> Exists:
    """For a filter: any student is awaited at all. Asked once, it saves asking for each student."""
    return Exists(being_written())


def awaited_students(students: list[int]) -> dict[int, ImportPlan]:
    """The first plan that still has rows of each of `students`; one query."""
    if not students:
        return {}
    rows = PlannedStudent.objects.filter(
        student__among=students, plan__confirmed_at__isnull=False, plan__ended_at=None
    )
    found: dict[int, ImportPlan] = {}
    for row in rows.select_related("plan__intake", "plan__by").order_by(
        "plan__confirmed_at", "plan_id"
    ):
        found.setdefault(row.student_id, row.plan)
    return found


def name_of(plan: ImportPlan) -> str:
    """The sender's name of its file."""
    if not plan.intake:
        return ""
    return plan.intake.name


def words(plan: ImportPlan) -> str:
    """`「成绩」导入（成绩.xlsx，9:32 由 张老师 确认，已写入 3,000 / 80,000 行）`."""
    name = name_of(plan)
    who = "系统"
    if plan.by:
        who = plan.by.name
    when = ""
    if plan.confirmed_at:
        when = moment(plan.confirmed_at)
    far = f"已写入 {plan.done:,} / {plan.rows:,} 行"
    return f"「{SheetKind(plan.kind).label}」导入（{name}，{when} 由 {who} 确认，{far}）"


def words_before(plan: ImportPlan) -> str:
    """In the same words, the plan of the same sheet that has to be written before this one; "" for
    none.
    """
    first = ahead_of(plan)
    if first is None:
        return ""
    return words(first)


def in_the_way() -> str:
    """Why a document about everybody cannot be made yet, a sentence; "" when no import is being
    written.
    """
    first = being_written().first()
    if first is None:
        return ""
    then = standstill.words_on(first.pk, WorkKind.PLAN) or "后台会接着写"
    return f"{words(first)}还没有写完，写完以后再办；{then}，也可以在「我的任务」里查看进度或终止"
