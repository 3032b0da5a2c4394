"""What students bring: 学习经历, 学位材料, and their own confirmation of the data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from graduand.models import DegreeMaterial, Schooling, Student
from graduand.office.records.rows import (
    Changes,
    Counts,
    ImportContext,
    ImportRow,
    SheetImporter,
    day_of,
    resolve_students,
)
from graduand.office.records.tables import RowRequest, changed, keep, settle, silent_about, update
from graduand.rulebook.terms import ConfirmedBy, GradeWord, SheetKind


def students_of(rows: Sequence[ImportRow]) -> list[int]:
    """The students whom these rows are about."""
    return sorted({row.resolved["student"] for row in rows} - {None})


def touch(
    row_requests: Sequence[RowRequest], context: ImportContext, absent: frozenset[str]
) -> None:
    """People whose facts change are judged again."""
    context.touched.update(
        row_request.values["student_id"]
        for row_request in row_requests
        if changed(row_request, absent)
    )


class Histories(SheetImporter):
    """学习经历; 起 identifies a stretch."""

    kind = SheetKind.HISTORIES

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        known = {
            (s.student_id, s.start): s
            for s in Schooling.objects.filter(student__among=students_of(rows))
        }
        for row in rows:
            row.resolved["schooling"] = known.get((row.resolved["student"], row.values["start"]))

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [
            RowRequest(
                f"{row.values['student_no']} {row.values['start']}",
                row.resolved["schooling"],
                {
                    "student_id": row.resolved["student"],
                    **{name: row.values[name] for name in ("start", "end", "place")},
                },
            )
            for row in rows
        ]
        return settle(Schooling, rows, row_requests, context)


class Degrees(SheetImporter):
    """学位材料."""

    kind = SheetKind.DEGREES
    of_degrees = True

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        known = {
            d.student_id: d for d in DegreeMaterial.objects.filter(student__among=students_of(rows))
        }
        for row in rows:
            row.resolved["material"] = known.get(row.resolved["student"])

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        absent = context.absent_of(_DEGREE)
        row_requests = [
            silent_about(_degree_request(row), context.blank_of(row, _DEGREE)) for row in rows
        ]
        touch(row_requests, context, absent)
        return settle(DegreeMaterial, rows, row_requests, context, absent=absent)


_DEGREE = {
    "thesis_grade": "thesis_mark",
    "language_score": "language_mark",
    "language_valid_until": "valid_until",
    "language_certificate_no": "proof_no",
}


def _degree_request(row: ImportRow) -> RowRequest:
    given = row.values
    values = {
        "student_id": row.resolved["student"],
        "thesis_mark": shown_mark(given["thesis_grade"]),
        "language_kind": given["language_kind"],
        "language_mark": shown_mark(given["language_score"]),
        "language_on": day_of(given["language_on"]),
        "valid_until": day_of(given["language_valid_until"]),
        "proof_no": given["language_certificate_no"],
    }
    return RowRequest(given["student_no"], row.resolved["material"], values)


def shown_mark(score: str | None) -> str:
    """A mark as it is stored: the plain number, or the word as staff write it; "" for none."""
    if not score:
        return ""
    word = GradeWord.of(score)
    if word:
        return word.label
    return f"{Decimal(score).normalize():f}"


class Confirmations(SheetImporter):
    """学生确认: two columns of the student."""

    kind = SheetKind.CONFIRMATIONS

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        fields = ("id", "confirmed_on", "confirmed_by")
        known = {
            s[0]: s[1:]
            for s in Student.objects.filter(id__among=students_of(rows)).values_list(*fields)
        }
        for row in rows:
            row.resolved["known"] = known.get(row.resolved["student"])
            on = row.values["confirmed_on"]
            if on and on > context.today.isoformat():
                context.warn(row.number, f"确认日期 {on} 还没有到；请核对")

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        counts = Counts()
        touched = []
        changes = []
        before = []
        for row in rows:
            old = row.resolved["known"]
            new = (day_of(row.values["confirmed_on"]), ConfirmedBy(row.values["method"]).value)
            if old == new:
                counts.unchanged += 1
                continue
            touched.append(row)
            changes.append((row.resolved["student"], *new))
            counts.created += old[0] is None
            if old[0] is not None:
                counts.updated += 1
                before.append(
                    (row.values["student_no"], {"confirmed_on": old[0], "confirmed_by": old[1]})
                )
        context.touched.update(change[0] for change in changes)

        def write() -> None:
            names = ["confirmed_on", "confirmed_by", "confirmation_brought_by_id"]
            update(Student, names, [(*change, context.intake_id) for change in changes])
            keep(context, before)

        return Changes(counts, touched, write)
