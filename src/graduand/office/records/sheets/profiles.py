"""报名与学习经历: what the filing desk reports about a student, and the 前置学历核验, which the reviewing desk
reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graduand.models import Profile
from graduand.office.records.rows import (
    Changes,
    ImportContext,
    ImportRow,
    SheetImporter,
    day_of,
    resolve_students,
)
from graduand.office.records.tables import RowRequest, settle, silent_about
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheet_extents import CHECK
from graduand.rulebook.terms import PriorCheck, SheetKind

from .people import students_of, touch

# column -> attribute, where the names differ
_ATTRIBUTES = {
    "prior_certificate_no": "prior_certificate",
    "employer_phone": "work_phone",
}
_SAME = (
    "prior_level",
    "prior_school",
    "prior_graduated",
    "home_address",
    "employer",
    "home_phone",
    "internship",
    "thesis_title",
    "awards",
    "occupation",
)
OPINIONS = (("first", "初审"), ("second", "复审"), ("final", "终审"))
# What was checked: when it changes, it is a check of something else.
_CHECKED = ("prior_level", "prior_school", "prior_graduated", "prior_certificate")
_HEADERS = {column.name: column.header for column in SPECS[SheetKind.PROFILES].columns}

CHECK_IS_ANOTHERS = "前置学历由学院或总部核验，不能由申报的单位填写；请清空这一格"
ONLY_THE_CHECK = "学院和总部的这张表只填前置学历核验，其他内容由学习中心导入；请清空这一格"
CHECKED_ANEW = "前置学历有改动，原来的核验不再有效，已改回「未查」；请把证明材料交学院重新核验"


class _Sheet(SheetImporter):
    """The rows with their students and what is on record of them."""

    kind = SheetKind.PROFILES

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        known = {p.student_id: p for p in Profile.objects.filter(student__among=students_of(rows))}
        for row in rows:
            row.resolved["profile"] = known.get(row.resolved["student"])


class Profiles(_Sheet):
    """The whole sheet, as the program itself may import it; the three review opinions are kept
    together.
    """

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        absent = context.absent_of(_ATTRIBUTES)
        row_requests = [_whole(row, context) for row in rows]
        touch(row_requests, context, absent)
        return settle(Profile, rows, row_requests, context, absent=absent)


class FilerProfiles(_Sheet):
    """All but the 前置学历核验: one that differs is refused, and what it was made of takes it along when
    it changes.
    """

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        super().check(rows, context)
        for row in rows:
            if CHECK not in context.blank_of(row) and not _same_check(row):
                context.refuse(
                    row.number, _HEADERS[CHECK], f"{_two_checks(row)}；{CHECK_IS_ANOTHERS}"
                )
            elif _unmade(row, context):
                context.warn(row.number, CHECKED_ANEW)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        absent = context.absent_of(_ATTRIBUTES) - {CHECK}
        row_requests = [_told(row, context) for row in rows]
        touch(row_requests, context, absent)
        return settle(Profile, rows, row_requests, context, absent=absent)


class PriorChecks(_Sheet):
    """Nothing but the 前置学历核验; another cell must say what is on record."""

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        super().check(rows, context)
        for row in rows:
            left = context.blank_of(row, _ATTRIBUTES) | {"student_id", CHECK}
            row_request = _row_request(row, left)
            for name, value in row_request.values.items():
                if name not in left and value != _on_record(row, name):
                    header = _header_of(name)
                    context.refuse(row.number, header, f"{header}与记录不一致；{ONLY_THE_CHECK}")

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [
            RowRequest(
                row.values["student_no"],
                row.resolved["profile"],
                {"student_id": row.resolved["student"], CHECK: row.values[CHECK] or ""},
            )
            for row in rows
        ]
        touch(row_requests, context, frozenset())
        return settle(Profile, rows, row_requests, context, source="check_brought_by_id")


def _row_request(row: ImportRow, left: frozenset[str]) -> RowRequest:
    given = row.values
    known = row.resolved["profile"]
    values: dict[str, Any] = {name: given[name] for name in _SAME}
    values |= {
        "student_id": row.resolved["student"],
        "enrolled_on": day_of(given["enrolled_on"]),
        "prior_certificate": given["prior_certificate_no"],
        "prior_check": given["prior_check"] or "",
        "work_phone": given["employer_phone"],
        "opinions": _opinions(given, dict(known.opinions) if known else {}, left),
    }
    return silent_about(RowRequest(given["student_no"], known, values), left)


def _whole(row: ImportRow, context: ImportContext) -> RowRequest:
    """The row, and for a check that it changes the import as where that one came from."""
    row_request = _row_request(row, context.blank_of(row, _ATTRIBUTES))
    return _with_check(row_request, row, row_request.values[CHECK], context.intake_id)


def _told(row: ImportRow, context: ImportContext) -> RowRequest:
    """The row without values of its own about the check."""
    row_request = _row_request(row, context.blank_of(row, _ATTRIBUTES))
    check = "" if _unmade(row, context) else _on_record(row, CHECK)
    return _with_check(row_request, row, check, None)


def _with_check(
    row_request: RowRequest, row: ImportRow, check: str, brought_by: int | None
) -> RowRequest:
    """The request with this check; one that changes was `brought_by` somebody, None for nobody."""
    changes = check != _on_record(row, CHECK)
    source = brought_by if changes else _on_record(row, "check_brought_by_id")
    return row_request._replace(
        values={**row_request.values, CHECK: check, "check_brought_by_id": source}
    )


def _unmade(row: ImportRow, context: ImportContext) -> bool:
    """Whether the row changes what a standing check was made of."""
    if not _on_record(row, CHECK):
        return False
    row_request = _row_request(row, context.blank_of(row, _ATTRIBUTES))
    return any(row_request.values[name] != _on_record(row, name) for name in _CHECKED)


def _on_record(row: ImportRow, name: str) -> Any:
    """What stands there now; of a student of whom nothing is known, as little as an empty cell
    says.
    """
    profile = row.resolved["profile"] or Profile()
    return getattr(profile, name)


def _same_check(row: ImportRow) -> bool:
    return _checked(row.values[CHECK]) is _checked(_on_record(row, CHECK))


def _checked(value: str | None) -> PriorCheck:
    """A check that nobody made is 未查."""
    return PriorCheck(value or PriorCheck.UNCHECKED)


def _two_checks(row: ImportRow) -> str:
    given = _checked(row.values[CHECK])
    known = _checked(_on_record(row, CHECK))
    return f"前置学历核验「{given.label}」与记录「{known.label}」不一致"


def _header_of(attribute: str) -> str:
    """The header of the column that an attribute comes from."""
    if attribute == "opinions":
        return "初审意见"
    columns = {attribute: column for column, attribute in _ATTRIBUTES.items()}
    return _HEADERS[columns.get(attribute, attribute)]


def _opinions(given: dict[str, Any], old: dict[str, Any], left: frozenset[str]) -> dict[str, Any]:
    """{"初审": {"text": …, "on": "YYYY-MM-DD" or ""}, …}; of what the row says nothing, nothing
    changes.
    """
    for stage, label in OPINIONS:
        text = f"{stage}_opinion"
        on = f"{stage}_opinion_on"
        if {text, on} <= left:
            continue
        here = dict(old.get(label, {"text": "", "on": ""}))
        here |= {
            key: given[name] or "" for key, name in (("text", text), ("on", on)) if name not in left
        }
        old.pop(label, None)
        if any(here.values()):
            old[label] = here
    return old
