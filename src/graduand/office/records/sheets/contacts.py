"""学生, as a centre may send them: 手机, 邮箱, 班级 of its own students, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graduand.models import Student, key_ring
from graduand.office.records.rows import Changes, ImportContext, ImportRow
from graduand.office.records.tables import RowRequest, settle, silent_about
from graduand.rulebook.calendar import Term
from graduand.rulebook.identity.id_documents import mask_id
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.terms import IdKind, Level, Sex, SheetKind, Standing

from .students import CORRECTION, WHO, OfStudents

NO_NEW_STUDENTS = "没有这个学号，或不在您的管理范围内；新增学生由学院或总部导入"
ONLY_CONTACTS = "学习中心的学生表只能更改手机、邮箱、班级，其他内容由学院或总部导入"
# column of the sheet -> attribute
_CONTACTS = {
    "class_name": "class_name",
    "class_code": "class_code",
    "phone": "mobile",
    "email": "email",
}
_HEADERS = {column.name: column.header for column in SPECS[SheetKind.STUDENTS].columns}
_CORRECTED = {header for _, header in WHO}
_WORDS = {"sex": Sex, "id_kind": IdKind, "standing": Standing, "level": Level}


class ContactSheet(OfStudents):
    """Known students of the sender's own units; values that agree are passed over, those that
    differ are refused by name.
    """

    kind = SheetKind.STUDENTS

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        numbers = sorted({row.values["student_no"] for row in rows} - {None, ""})
        known = Student.objects.filter(number__among=numbers).select_related("centre", "plan")
        if context.centres is not None:
            known = known.filter(centre__in=context.centres)
        students = {student.number: student for student in known}
        for row in rows:
            student = row.resolved["student"] = students.get(row.values["student_no"])
            if student is None:
                context.refuse(row.number, "学号", NO_NEW_STUDENTS)
            else:
                _check_the_rest(row, student, context)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        absent = context.absent_of(_CONTACTS)
        row_requests = [
            silent_about(_row_request(row), context.blank_of(row, _CONTACTS)) for row in rows
        ]
        self.alter(context, row_requests, absent)
        return settle(
            Student, rows, row_requests, context, absent=absent, source="contacts_brought_by_id"
        )


def _row_request(row: ImportRow) -> RowRequest:
    values = {attribute: row.values[column] for column, attribute in _CONTACTS.items()}
    return RowRequest(row.values["student_no"], row.resolved["student"], values)


def _check_the_rest(row: ImportRow, student: Student, context: ImportContext) -> None:
    """Every other cell with a value must agree with the record."""
    left = context.blank_of(row)
    for column, on_record in _on_record(student).items():
        given = row.values[column]
        if column in left:
            continue
        if not _same(column, given, student, on_record):
            header = _HEADERS[column]
            words = (
                f"{header}「{_shown(column, given)}」与记录「{_shown(column, on_record)}」不一致"
            )
            todo = CORRECTION if header in _CORRECTED else ONLY_CONTACTS
            context.refuse(row.number, header, f"{words}；{todo}")


def _same(column: str, given: Any, student: Student, on_record: Any) -> bool:
    """A 证件号 is compared as everywhere else: by its keyed hash."""
    if column == "id_number":
        return key_ring().digest(given or "") == student.id_hash
    return bool((given or "") == (on_record or ""))


def _on_record(student: Student) -> dict[str, Any]:
    """Column of the sheet -> the value on record, of all but the contacts."""
    same = (
        "name",
        "sex",
        "nation",
        "id_kind",
        "politics",
        "standing",
        "category",
        "level",
        "goes_on",
        "exam_no",
        "branch",
    )
    return {name: getattr(student, name) for name in same} | {
        "birth_date": student.birth.isoformat(),
        "id_number": student.id_no,
        "entry_term": student.entry,
        "centre_code": student.centre.code,
        "plan_code": student.plan.code,
    }


def _shown(column: str, value: Any) -> str:
    """A value as the sentence shows it; an identifier is masked."""
    if value in (None, ""):
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if column == "entry_term":
        return str(Term.from_ordinal(value))
    if column == "id_number":
        return mask_id(value)
    if column in _WORDS:
        return str(_WORDS[column](value).label)
    return str(value)
