"""学位证书编号 on the 证书编号 sheet: only for granted degrees, of the right form, each number once."""

from __future__ import annotations

from collections.abc import Sequence

from graduand.models import Candidate, DegreeCertificate, IncomingNumber
from graduand.office.certificates.issuing import books
from graduand.office.records.rows import ImportContext, ImportRow
from graduand.queries.certificates import issued
from graduand.rulebook.certificates.numbering import check_degree
from graduand.rulebook.terms import DegreeState, Level

COLUMN = "学位证书编号"
# What to do about a number of a book that is numbered here.
ASK = "请与总部核对编号，或把本批次的「证书编号」改为本系统编号"


class DegreeNumbers:
    """What is known of the degrees of everybody on one sheet; a constant number of queries."""

    def __init__(self, rows: Sequence[ImportRow]) -> None:
        students = sorted({row.resolved["student"] for row in rows} - {None})
        files = Candidate.objects.filter(student__among=students).values_list(
            "batch_id", "student_id", "id", "degree", "student__level"
        )
        self.files = {
            (batch, student): (pk, DegreeState(degree), Level(level))
            for batch, student, pk, degree, level in files
        }
        granted = [pk for pk, degree, _ in self.files.values() if degree is DegreeState.GRANTED]
        self.days = issued.granted_on(granted)
        self.given = issued.degree_numbers(granted)
        self.sent = issued.degree_numbers_sent(granted)
        self.owners = _owners(rows)
        self.spent = set(
            DegreeCertificate.objects.filter(number__among=sorted(self.owners))
            .exclude(voided_at=None)
            .values_list("number", flat=True)
        )
        self.minted = books.minted_degrees(self.owners)
        self.told = any(row.values["degree_no"] for row in rows)

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        """Refuse row by row."""
        for row in rows:
            batch = row.resolved["batch"]
            student = row.resolved["student"]
            file = self.files.get((batch and batch.id, student))
            if row.resolved["policy"] is None or student is None:
                continue
            if row.values["degree_no"]:
                for problem in self._problems(row, file):
                    context.refuse(row.number, COLUMN, problem)
            elif (
                file
                and file[1] is DegreeState.GRANTED
                and file[0] not in self.given
                and file[0] not in self.sent
            ):
                self._lacking(row, context)

    def _lacking(self, row: ImportRow, context: ImportContext) -> None:
        """Granted, and no number for it: refused where the sheet has degree numbers, else somebody
        should know.
        """
        if self.told:
            context.refuse(row.number, COLUMN, "该生已授予学位，请填写学位证书编号")
        else:
            context.warn(row.number, "该生已授予学位，本表没有学位证书编号，请随后补发")

    def _problems(self, row: ImportRow, file: tuple[int, DegreeState, Level] | None) -> list[str]:
        number = row.values["degree_no"]
        policy = row.resolved["policy"]
        pk, degree, level = file or (0, DegreeState.NONE, None)
        if level is Level.JUNIOR:
            return [f"{level.label}不授予学位，不能有学位证书编号"]
        if degree is not DegreeState.GRANTED:
            return [f"该生尚未授予学位（现为「{degree.label}」），不能编学位证书编号"]
        year = self.days.get(pk, policy.issue_date).year
        found = check_degree(number, policy.school.code, year)
        if self.owners.get(number, {row.resolved["student"]}) != {row.resolved["student"]}:
            found.append(f"学位证书编号 {number} 已给了别的学生；请核对")
        if number in self.minted and number not in (self.given.get(pk), self.sent.get(pk)):
            found.append(
                f"学位证书编号 {number} 属于由本系统编号的号段（单位、年份相同），不能导入；{ASK}"
            )
        if number in self.spent:
            found.append(f"学位证书编号 {number} 已作废，不能再用")
        elif self.given.get(pk, number) != number:
            found.append(f"该生学位证书已编号 {self.given[pk]}；请核对")
        return found


def _owners(rows: Sequence[ImportRow]) -> dict[str, set[int]]:
    """Number -> everybody who has it or asks for it: sent, on a certificate, in this very file."""
    numbers = sorted({row.values["degree_no"] for row in rows} - {""})
    owners: dict[str, set[int]] = {}
    waiting = IncomingNumber.objects.filter(degree_number__among=numbers).values_list(
        "degree_number", "student_id"
    )
    given = DegreeCertificate.objects.filter(number__among=numbers).values_list(
        "number", "candidate__student_id"
    )
    here = [
        (row.values["degree_no"], row.resolved["student"])
        for row in rows
        if row.values["degree_no"]
    ]
    for number, student in [*waiting, *given, *here]:
        owners.setdefault(number, set()).add(student)
    return owners
