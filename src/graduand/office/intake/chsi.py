"""学信网反馈: what the registry says of a day, where it disagrees with the record, and the case over a doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graduand.models import ChsiReport, IdentityCase, Student, key_ring
from graduand.rulebook.terms import VERDICT_RANK, CaseState, ChsiVerdict, Level, SheetKind

from .rows import Context, Counts, Kind, Row, day_of, resolve_students
from .tables import Wish, changed, insert, settle, update

CLOSED = (CaseState.CLEARED.value, CaseState.UPHELD.value)


class Chsi(Kind):
    """One report a student and 数据日期."""

    kind = SheetKind.CHSI

    def check(self, rows: Sequence[Row], context: Context) -> None:
        resolve_students(rows, context)
        ids = sorted({row.found["student"] for row in rows} - {None})
        students = {
            s.id: s
            for s in Student.objects.filter(id__among=ids).select_related("plan").defer("id_no", "raw")
        }
        known = {(r.student_id, r.day): r for r in ChsiReport.objects.filter(student__among=ids)}
        for row in rows:
            student = students.get(row.found["student"])
            row.found["day"] = day_of(row.values["as_of"])
            row.found["report"] = known.get((row.found["student"], row.found["day"]))
            row.found["mismatches"] = mismatches(row.values, student) if student else ""
            if row.found["mismatches"]:
                context.warn(row.number, f"与学籍记录不一致：{row.found['mismatches']}")

    def apply(self, rows: Sequence[Row], context: Context) -> Counts:
        wishes = [_wish(row) for row in rows]
        touched = {wish.values["student_id"] for wish in wishes if changed(wish, context.absent)}
        context.touched.update(touched)
        counts = settle(ChsiReport, wishes, context, absent=context.absent)
        open_cases(sorted(touched), context)
        return counts


def mismatches(given: dict[str, Any], student: Student) -> str:
    """The headers of what the registry has otherwise, joined by 、; what the file leaves empty is not compared."""
    level = given["level"]
    pairs = (
        ("姓名", given["name"], student.name),
        ("性别", given["sex"], student.sex),
        ("出生日期", given["birth_date"], student.birth.isoformat()),
        ("证件号", key_ring().digest(given["id_number"] or ""), student.id_hash),
        ("专业名称", given["major_name"], student.plan.major_name),
        ("层次", level and _degree_of(level), _degree_of(student.level)),
    )
    return "、".join(what for what, has, need in pairs if has and has != need)


def _degree_of(level: str) -> bool | str:
    """The registry writes 本科 for both ways to it."""
    return "junior" if level == Level.JUNIOR else "bachelor"


def _wish(row: Row) -> Wish:
    given = row.values
    values = {
        "student_id": row.found["student"],
        "day": row.found["day"],
        "admission_photo": given["admission_photo"],
        "credential_photo": given["credential_photo"],
        "verdict": given["verdict"],
        "mismatches": row.found["mismatches"],
    }
    return Wish(f"{given['student_no']} {given['as_of']}", row.found["report"], values)


def open_cases(students: Sequence[int], context: Context) -> None:
    """Open a case for each of `students` whose newest report is a doubt that nothing covers.

    A case filed 备案通过 over the same or a worse verdict covers it; an open one takes the worse verdict on.
    """
    reports = (
        ChsiReport.objects.filter(student__among=students)
        .order_by("day")
        .values_list("student_id", "verdict")
    )
    newest = {student: ChsiVerdict(verdict) for student, verdict in reports}
    doubts = {student: verdict for student, verdict in newest.items() if verdict is not ChsiVerdict.NORMAL}
    cleared: dict[int, int] = {}
    standing: dict[int, tuple[int, ChsiVerdict]] = {}
    cases = IdentityCase.objects.filter(student__among=sorted(doubts)).values_list(
        "id", "student_id", "state", "verdict"
    )
    for pk, student, state, verdict in cases:
        rank = VERDICT_RANK[ChsiVerdict(verdict)]
        if state == CaseState.CLEARED:
            cleared[student] = max(rank, cleared.get(student, 0))
        elif state not in CLOSED:
            standing[student] = (pk, ChsiVerdict(verdict))
    worse: Callable[[int, ChsiVerdict], bool] = lambda s, v: VERDICT_RANK[v] > VERDICT_RANK[standing[s][1]]  # noqa: E731
    update(IdentityCase, ["verdict"], [
        (standing[s][0], verdict.value) for s, verdict in doubts.items() if s in standing and worse(s, verdict)
    ])  # fmt: skip
    insert(IdentityCase, [
        {"student_id": s, "verdict": verdict.value, "opened_at": context.now}
        for s, verdict in doubts.items()
        if s not in standing and VERDICT_RANK[verdict] > cleared.get(s, 0)
    ])  # fmt: skip
