"""What the national registry said of each student, and the identity cases that it opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from graduand.models import ChsiReport, IdentityCase
from graduand.models.engine import AsStored, Ids
from graduand.queries.facts.quick_columns import BOOL, day_of, day_text
from graduand.rulebook.calendar import office_day_or_none
from graduand.rulebook.facts import Case, Chsi
from graduand.rulebook.registry.registry_report import Differences, carried_on
from graduand.rulebook.terms import CaseState, ChsiVerdict

# Words are looked up once, not once per row: the enums' own look-up costs as much as a rule.
_VERDICT = {word.value: word for word in ChsiVerdict}
_REPORT = (
    "student_id",
    day_text("day"),
    AsStored("admission_photo"),
    AsStored("credential_photo"),
    "verdict",
    "mismatches",
    "differs",
    "silent",
)


_CASE = (
    "student_id",
    "state",
    "verdict",
    "opened_at",
    "id",
    "version",
    "rested_on",
    "filed_at",
)


def cases_of(students: Ids) -> dict[int, list[Case]]:
    """The identity cases of each student who has any, in the order in which they were opened; one
    query.
    """
    found: dict[int, list[Case]] = {}
    rows = IdentityCase.objects.filter(student_id__among=students).order_by("opened_at", "id")
    for pk, state, verdict, opened_at, number, version, rested_on, filed_at in rows.values_list(
        *_CASE
    ):
        stands_at = CaseState(state)
        known = rested_on
        if stands_at is CaseState.CLEARED:
            known = _rested_on(rested_on, office_day_or_none(filed_at))
        case = Case(
            stands_at,
            _VERDICT[verdict],
            opened_at,
            number=number,
            version=version,
            rested_on=known,
        )
        found.setdefault(pk, []).append(case)
    return found


def _rested_on(row: date | None, filed: date | None) -> date | None:
    """A case that was filed before this was stored, or with no row at all, rests on what the
    registry had reported by that day; and nothing rests on a row dated ahead.
    """
    if row and filed:
        return min(row, filed)
    return row or filed


def relevant_case(cases: list[Case] | None) -> Case | None:
    """The case that holds (the database allows one per student), else the newest one."""
    if cases is None:
        return None
    return next((case for case in cases if case.state.holds), cases[-1])


def chsi_of(
    students: Ids, day: date, cases: Mapping[int, list[Case]]
) -> tuple[dict[int, Chsi], dict[int, date]]:
    """The newest registry row of each student with 数据日期 ≤ `day`, and whether a filing covers its
    verdict.

    Second, the next 数据日期 to come of those who have one. What a file does not mention, photos or a
    column that is compared, is as it was last known. One query.
    """
    found: dict[int, Chsi] = {}
    since: dict[int, date] = {}
    coming: dict[int, date] = {}
    reports = ChsiReport.objects.filter(student_id__among=students).order_by("student_id", "day")
    for pk, text, *said in reports.values_list(*_REPORT):
        when = day_of(text)
        if when > day:
            coming.setdefault(pk, when)
            continue
        report = _carried(found.get(pk), when, said)
        if report.verdict is ChsiVerdict.NORMAL:
            since.pop(pk, None)
        else:
            first = since.setdefault(pk, when)
            covered = any(case.covers(report.verdict, first) for case in cases.get(pk, ()))
            report = report._replace(cleared=covered)
        found[pk] = report
    return found, coming


def _carried(before: Chsi | None, when: date, said: list[Any]) -> Chsi:
    """One report, with what it is silent about as it was known before; covered by no filing."""
    has_admission, has_credential, word, mismatches, differs, silent = said
    admission = BOOL[has_admission]
    credential = BOOL[has_credential]
    doubt_day = None
    if before is not None:
        if admission is None:
            admission = before.admission_photo
        if credential is None:
            credential = before.credential_photo
        doubt_day = before.doubt_day
        if before.mismatches:
            was = Differences(before.mismatches, before.differs)
            mismatches, differs = carried_on(was, Differences(mismatches, differs), silent)
    verdict = _VERDICT[word]
    if verdict is not ChsiVerdict.NORMAL:
        doubt_day = when
    return Chsi(when, admission, credential, verdict, False, mismatches, doubt_day, differs)
