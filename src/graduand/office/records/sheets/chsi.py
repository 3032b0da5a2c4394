"""学信网反馈: what the registry says of a day, where it disagrees with the record, and the case over a
doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import F

from graduand.models import ChsiReport, IdentityCase, Student, key_ring
from graduand.models.engine import Ids
from graduand.office.records.rows import (
    Changes,
    ImportContext,
    ImportRow,
    RowBlock,
    SheetImporter,
    day_of,
    resolve_students,
)
from graduand.office.records.tables import RowRequest, changed, insert, settle, update
from graduand.queries.facts.registry import cases_of
from graduand.rulebook.facts import Case
from graduand.rulebook.registry.registry_report import (
    COMPARED,
    Differences,
    mask_of,
    read,
    stored_form,
)
from graduand.rulebook.terms import VERDICT_RANK, ChsiVerdict, Level, SheetKind


class ChsiSheet(SheetImporter):
    """One report per student and 数据日期."""

    kind = SheetKind.CHSI
    judged = True
    owned = False  # also a report that is on record already may open a case

    def take(self, rows: RowBlock) -> None:
        """A case that is filed during the import waits for it, or comes before it: what its filing
        covers is checked only then.
        """
        named = sorted({number for number in rows.columns["student_no"] if number})
        students = Student.objects.filter(number__among=named).values("id")
        IdentityCase.objects.filter(student__in=students).update(version=F("version"))

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        ids = sorted({row.resolved["student"] for row in rows} - {None})
        students = {
            s.id: s
            for s in Student.objects.filter(id__among=ids)
            .select_related("plan")
            .defer("id_no", "raw")
        }
        known = {(r.student_id, r.day): r for r in ChsiReport.objects.filter(student__among=ids)}
        for row in rows:
            student = students.get(row.resolved["student"])
            row.resolved["day"] = day_of(row.values["as_of"])
            row.resolved["report"] = known.get((row.resolved["student"], row.resolved["day"]))
            row.resolved["differing"] = {}
            if student:
                row.resolved["differing"] = differing(row.values, student)
            if row.resolved["differing"]:
                context.warn(
                    row.number, f"与学籍记录不一致：{'、'.join(row.resolved['differing'])}"
                )
            if row.resolved["day"] and row.resolved["day"] > context.today:
                context.warn(
                    row.number,
                    f"数据日期 {row.resolved['day']} 晚于今天，到那一天才算数；请核对年份",
                )

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [_row_request(row, context) for row in rows]
        touched = {
            row_request.values["student_id"]
            for row_request in row_requests
            if changed(row_request, context.absent)
        }
        context.touched.update(touched)
        changes = settle(ChsiReport, rows, row_requests, context, absent=context.absent)

        def write() -> None:
            changes.write()
            open_cases(
                sorted({row_request.values["student_id"] for row_request in row_requests}), context
            )

        return replace(changes, write=write)


# The length of the key of two differing values: enough to tell two such pairs of one person apart.
_WORD = 9


def differing(given: dict[str, Any], student: Student) -> dict[str, str]:
    """Header -> a key of both values, where the registry differs; what the file leaves empty is not
    compared.
    """
    level = given["level"]
    digest = key_ring().digest
    pairs = (
        ("姓名", given["name"], student.name),
        ("性别", given["sex"], student.sex),
        ("出生日期", given["birth_date"], student.birth.isoformat()),
        ("证件号", digest(given["id_number"] or ""), student.id_hash),
        ("专业名称", given["major_name"], student.plan.major_name),
        ("层次", level and _degree_of(level), _degree_of(student.level)),
    )
    return {
        what: digest(f"{what} {has} {need}")[:_WORD]
        for what, has, need in pairs
        if has and has != need
    }


def _degree_of(level: str) -> bool | str:
    """The registry writes 本科 for both ways to it."""
    if level == Level.JUNIOR:
        return "junior"
    return "bachelor"


def _row_request(row: ImportRow, context: ImportContext) -> RowRequest:
    """What the row leaves out stays compared as the same day's report had it; what that left out,
    too, it is silent about.
    """
    given = row.values
    report = row.resolved["report"]
    blank = context.blank_of(row)
    left = {header for name, header in COMPARED.items() if name in blank}
    found = {
        **{header: word for header, word in _on_record(report).items() if header in left},
        **row.resolved["differing"],
    }
    differs = stored_form(found)
    silent = mask_of(left)
    if report is not None:
        silent &= report.silent
    values = {
        "student_id": row.resolved["student"],
        "day": row.resolved["day"],
        "admission_photo": given["admission_photo"],
        "credential_photo": given["credential_photo"],
        "verdict": given["verdict"],
        "mismatches": differs.mismatches,
        "differs": differs.words,
        "silent": silent,
    }
    return RowRequest(f"{given['student_no']} {given['as_of']}", report, values)


def _on_record(report: ChsiReport | None) -> dict[str, str]:
    """Header -> the key of what differed, as in an earlier file of the same day."""
    if not report:
        return {}
    return read(Differences(report.mismatches, report.differs))


def open_cases(students: Sequence[int], context: ImportContext) -> None:
    """A case for each of `students` whose newest report is a doubt that no filing covers.

    What a case filed 备案通过 covers says `facts.Case.covers`. The case that holds, an upheld one
    too, takes the worse verdict on; nothing here closes it.
    """
    cases = cases_of(Ids(students))
    doubts = _doubts(students, context.today, cases)
    holding = {
        student: case for student in doubts for case in cases.get(student, ()) if case.state.holds
    }
    worse = {
        student: (case.number, doubts[student].value, case.version + 1)
        for student, case in holding.items()
        if _rank(doubts[student]) > _rank(case.verdict)
    }
    fresh = {student: verdict for student, verdict in doubts.items() if student not in holding}
    update(IdentityCase, ["verdict", "version"], worse.values())
    opened = [
        {"student_id": student, "verdict": verdict.value, "opened_at": context.now}
        for student, verdict in fresh.items()
    ]
    insert(IdentityCase, opened)
    context.touched.update(worse, fresh)


def _doubts(
    students: Sequence[int], today: date, cases: Mapping[int, list[Case]]
) -> dict[int, ChsiVerdict]:
    """The worst that the newest report of each of `students` doubts and no filing covers."""
    found: dict[int, ChsiVerdict] = {}
    for student, rows in _newest(students, today).items():
        filed = cases.get(student, ())
        left = [
            verdict
            for verdict, first in rows
            if _rank(verdict) and not any(c.covers(verdict, first) for c in filed)
        ]
        if left:
            found[student] = max(left, key=_rank)
    return found


def _newest(students: Sequence[int], today: date) -> dict[int, list[tuple[ChsiVerdict, date]]]:
    """What the newest report of each says, and since which day its doubt has lasted; a report of a
    day to come counts beside today's.
    """
    reports = ChsiReport.objects.filter(student__among=students).order_by("day")
    newest: dict[int, list[tuple[ChsiVerdict, date]]] = {}
    since: dict[int, date] = {}
    for student, word, day in reports.values_list("student_id", "verdict", "day"):
        verdict = ChsiVerdict(word)
        first = day
        if verdict is ChsiVerdict.NORMAL:
            since.pop(student, None)
        if _rank(verdict):
            first = since.setdefault(student, day)
        to_come = []
        if day > today:
            to_come = newest.get(student, [])
        newest[student] = [*to_come, (verdict, first)]
    return newest


def _rank(verdict: ChsiVerdict) -> int:
    return VERDICT_RANK[verdict]
