"""证书编号 and 注册结果: what headquarters sends back, checked against the batch, the student and the
certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import F

from graduand.models import Act, Batch, Certificate, IncomingNumber, Student, User
from graduand.office.certificates.external_numbers import certify_incoming, number_incoming_degrees
from graduand.office.certificates.issuing import books
from graduand.office.records.rows import (
    Changes,
    Counts,
    ImportContext,
    ImportRow,
    RowBlock,
    SheetImporter,
    day_of,
    resolve_students,
)
from graduand.office.records.tables import RowRequest, keep, settle, silent_about, update
from graduand.office.refusal import Refused
from graduand.queries.basis import policy_of
from graduand.queries.certificates import issued
from graduand.queries.season.batches import unfinished_batches
from graduand.rulebook.certificates.numbering import check_registration
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Level, Numbering, SheetKind, Verb

from .degree_numbers import ASK, DegreeNumbers

WHOLE_FILE = 1 << 30


class Numbers(SheetImporter):
    """Registration numbers for batches that headquarters numbers; certify takes them from here."""

    kind = SheetKind.NUMBERS
    chunk = WHOLE_FILE
    by_student = owned = False

    def take(self, rows: RowBlock) -> None:
        """A certificate that is numbered during the import waits for it, or comes before it."""
        named = sorted({number for number in rows.columns["student_no"] if number})
        students = Student.objects.filter(number__among=named).values("id")
        IncomingNumber.objects.filter(student__in=students).update(number=F("number"))

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        _resolve_batches(rows, context)
        levels = _levels(rows)
        known = _known_numbers(rows)
        certified = _certified(rows)
        owners = _owners(rows)
        minted = books.minted_books({row.values["registration_no"] for row in rows} - {""})
        DegreeNumbers(rows).check(rows, context)
        for row in rows:
            batch = row.resolved["batch"]
            student = row.resolved["student"]
            number = row.values["registration_no"]
            row.resolved["known"] = known.get((batch and batch.id, student))
            _check_parts(row, levels.get(student), context)
            if owners.get(number, {student}) != {student}:
                context.refuse(
                    row.number, "电子注册号", f"电子注册号 {number} 已给了别的学生；请核对"
                )
            has = certified.get((batch and batch.id, student), number)
            if number in minted and _is_new(row, certified) and row.resolved["takes_numbers"]:
                context.refuse(row.number, "电子注册号", _minted_here(number, minted[number]))
            if has != number:
                context.refuse(
                    row.number, "电子注册号", f"该生证书已编号 {has}；要换号请先作废重办"
                )

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [
            silent_about(_number_request(row), context.blank_of(row, _NUMBERS)) for row in rows
        ]
        context.cache.setdefault("batches", set()).update(row.resolved["batch"].id for row in rows)
        return settle(
            IncomingNumber, rows, row_requests, context, absent=context.absent_of(_NUMBERS)
        )

    def following(self, context: ImportContext) -> dict[str, Any]:
        if batches := context.cache.get("batches"):
            return {"batches": sorted(batches)}
        return {}

    def follow(self, told: Mapping[str, Any], by: User | None, mark: str) -> tuple[str, ...]:
        """Importing numbers performs certify, with all its gates, on the files that are ready."""
        said = []
        for batch in Batch.objects.filter(id__in=told["batches"]).order_by("code"):
            try:
                act = certify_incoming(batch, by, f"{mark}-{batch.pk}")
            except Refused as why:
                said.append(f"批次 {batch.code}：{why}")
                continue
            said.append(f"批次 {batch.code}：{_numbered(act)}")
            degrees = number_incoming_degrees(batch, by, f"{mark}-{batch.pk}-degree")
            if degrees is not None:
                said.append(f"批次 {batch.code}：学位证书已编号 {degrees.done} 人")
        return tuple(said)


def _numbered(act: Act | None) -> str:
    """How many were numbered, and why others were not; none where no file was ready."""
    if act is None:
        return "已编号制证 0 人"
    done = f"已编号制证 {act.done} 人"
    if act.refused:
        done += _not_numbered(act)
    return done


def _not_numbered(act: Act) -> str:
    """The files that got no number, by the finding against them: more often about the roster than
    the review.
    """
    codes = sorted(act.by_code.items(), key=lambda pair: (-pair[1], pair[0]))
    why = "；".join(f"{CLAUSES[code].title} {n} 人（{CLAUSES[code].todo}）" for code, n in codes)
    return f"，{act.refused} 人尚未编号，编号已存：{why}"


_NUMBERS = {"degree_no": "degree_number"}


def _number_request(row: ImportRow) -> RowRequest:
    values = {
        "batch_id": row.resolved["batch"].id,
        "student_id": row.resolved["student"],
        "number": row.values["registration_no"],
        "degree_number": row.values["degree_no"],
    }
    return RowRequest(row.values["student_no"], row.resolved["known"], values)


def _resolve_batches(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """毕业批次, or the only unfinished batch when the file does not say: numbering goes on when a batch
    is closed.
    """
    batches = {batch.code: batch for batch in unfinished_batches()}
    policies = {
        code: policy_of(batch) for code, batch in batches.items() if batch.policy is not None
    }
    for row in rows:
        batch = _batch_of(row, batches)
        row.resolved["batch"] = batch
        row.resolved["policy"] = None
        row.resolved["takes_numbers"] = False
        if batch is None:
            context.refuse(row.number, "毕业批次", _no_batch(row))
            continue
        policy = policies.get(batch.code)
        row.resolved["policy"] = policy
        row.resolved["takes_numbers"] = (
            policy is not None and policy.numbering is Numbering.IMPORTED
        )
        if policy and not row.resolved["takes_numbers"]:
            context.refuse(
                row.number,
                "毕业批次",
                f"批次 {batch.code} 由本系统编号（numbering = minted），不接收导入的编号",
            )


def _batch_of(row: ImportRow, batches: Mapping[str, Batch]) -> Batch | None:
    code = row.values["batch_code"]
    if code:
        return batches.get(code)
    if len(batches) == 1:
        return next(iter(batches.values()))
    return None


def _no_batch(row: ImportRow) -> str:
    code = row.values["batch_code"]
    if code:
        return f"没有未办结的批次「{code}」"
    return "未办结的批次不止一个（或没有），请在「毕业批次」列写明"


def _check_parts(row: ImportRow, level: str | None, context: ImportContext) -> None:
    policy: BatchPolicy | None = row.resolved["policy"]
    number = row.values["registration_no"]
    if policy is None or level is None or not number:
        return
    school = policy.school
    year = policy.issue_date.year
    for problem in check_registration(number, school.code, school.type_digit, year, Level(level)):
        context.refuse(row.number, "电子注册号", problem)


def _is_new(row: ImportRow, certified: dict[Any, str]) -> bool:
    """Whether the student has this number neither on a certificate nor waiting for one."""
    number: str = row.values["registration_no"]
    known = row.resolved["known"]
    if known and number == known.number:
        return False
    batch = row.resolved["batch"]
    return number != certified.get((batch and batch.id, row.resolved["student"]))


def _minted_here(number: str, batch: str) -> str:
    """A number from outside in a book that is numbered here would be given twice, or leave a gap."""
    of = f"批次 {batch} " if batch else ""
    return f"电子注册号 {number} 属于{of}由本系统编号的号段（学校、办学类型、年份、层次相同），不能导入；{ASK}"


def _students(rows: Sequence[ImportRow]) -> list[int]:
    return sorted({row.resolved["student"] for row in rows} - {None})


def _levels(rows: Sequence[ImportRow]) -> dict[int, str]:
    return dict(Student.objects.filter(id__among=_students(rows)).values_list("id", "level"))


def _known_numbers(rows: Sequence[ImportRow]) -> dict[Any, IncomingNumber]:
    return {
        (n.batch_id, n.student_id): n
        for n in IncomingNumber.objects.filter(student__among=_students(rows))
    }


def _certified(rows: Sequence[ImportRow]) -> dict[Any, str]:
    valid = Certificate.objects.filter(voided_at=None, candidate__student__among=_students(rows))
    found = valid.values_list("candidate__batch_id", "candidate__student_id", "number")
    return {(batch, student): number for batch, student, number in found}


def _owners(rows: Sequence[ImportRow]) -> dict[str, set[Any]]:
    """Number -> everybody who has it or asks for it: on record, on a certificate, in this very
    file.
    """
    numbers = sorted({row.values["registration_no"] for row in rows} - {""})
    owners: dict[str, set[Any]] = {}
    waiting = IncomingNumber.objects.filter(number__among=numbers).values_list(
        "number", "student_id"
    )
    given = Certificate.objects.filter(number__among=numbers).values_list(
        "number", "candidate__student_id"
    )
    here = [(row.values["registration_no"], row.resolved["student"]) for row in rows]
    for number, student in [*waiting, *given, *here]:
        owners.setdefault(number, set()).add(student)
    return owners


class Registered(SheetImporter):
    """注册结果: the registry shows the certificate; number, name and date must be the certificate's."""

    kind = SheetKind.REGISTERED
    owned = False  # a cancellation is recorded at a desk

    def take(self, rows: RowBlock) -> None:
        """A cancellation that is recorded during the import waits for it, or comes before it."""
        named = sorted({number for number in rows.columns["registration_no"] if number})
        Certificate.objects.filter(number__among=named).update(queryable=F("queryable"))

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        resolve_students(rows, context)
        names = dict(Student.objects.filter(id__among=_students(rows)).values_list("id", "name"))
        numbers = sorted({row.values["registration_no"] for row in rows} - {""})
        found = Certificate.objects.filter(number__among=numbers).select_related("candidate")
        certificates = {certificate.number: certificate for certificate in found}
        valid = issued.graduations([one.candidate_id for one in certificates.values()])
        for row in rows:
            row.resolved["certificate"] = certificates.get(row.values["registration_no"])
            if row.resolved["student"] is not None:
                _check_registered(row, _name_of(row, names, valid), context)

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        counts = Counts()
        touched = []
        changes = []
        before = []
        for row in rows:
            old = row.resolved["certificate"]
            new = _registration(row, old)
            was = {name: getattr(old, name) for name in _REGISTRATION}
            if new == tuple(was.values()):
                counts.unchanged += 1
                continue
            touched.append(row)
            changes.append((old.id, *new))
            context.touched.add(row.resolved["student"])
            if old.queryable or old.registered_on is not None:
                counts.updated += 1
                before.append((row.values["student_no"], was))
            else:
                counts.created += 1

        def write() -> None:
            names = [*_REGISTRATION, "registration_brought_by_id"]
            update(Certificate, names, [(*change, context.intake_id) for change in changes])
            keep(context, before)

        return Changes(counts, touched, write)


_REGISTRATION = ("queryable", "registered_on", "cancelled_on")


def _registration(row: ImportRow, old: Certificate) -> tuple[bool, date | None, date | None]:
    """What becomes of the registration: entered anew, it is no longer cancelled."""
    queryable: bool = row.values["queryable"]
    if old.cancelled_on is not None and not queryable:
        return queryable, old.registered_on, old.cancelled_on
    return queryable, day_of(row.values["registered_on"]) or old.registered_on, None


def _name_of(row: ImportRow, names: Mapping[int, str], valid: Mapping[int, issued.Issued]) -> str:
    """As it is printed on the certificate; as it is on record where none is valid."""
    certificate = row.resolved["certificate"]
    if certificate and certificate.candidate_id in valid:
        content = valid[certificate.candidate_id].content
        if content:
            return content.name
    return names[row.resolved["student"]]


def _check_registered(row: ImportRow, name: str, context: ImportContext) -> None:
    given = row.values
    certificate = row.resolved["certificate"]
    if certificate is None or certificate.candidate.student_id != row.resolved["student"]:
        # A number with a wrong digit is somebody else's, whose name says nothing of this row.
        context.refuse(
            row.number, "证书编号", f"证书编号 {given['registration_no']} 不是该生的证书；请核对"
        )
        return
    if given["name"] and given["name"] != name:
        context.refuse(row.number, "姓名", f"姓名与证书或学籍记录「{name}」不一致；请核对注册数据")
    if certificate.voided_at is not None:
        context.refuse(row.number, "证书编号", f"证书 {certificate.number} 已作废；请核对")
    if given["graduated_on"] and given["graduated_on"] != certificate.issue_date.isoformat():
        message = (
            f"毕业日期 {given['graduated_on']} 与证书上的 {certificate.issue_date} 不一致；请核对"
        )
        context.refuse(row.number, "毕业日期", message)
    day = day_of(given["registered_on"])
    if day is not None and day < certificate.issue_date:
        context.warn(
            row.number,
            f"注册日期 {day} 早于证书上的发证日期 {certificate.issue_date}；请核对，确实提前注册的不用改",
        )
    if day is not None and day > context.today:
        context.refuse(row.number, "注册日期", f"注册日期 {day} 晚于今天 {context.today}；请核对")
    _check_anew(row, certificate, context)
    _check_withdrawn(row, certificate, context)


def _check_anew(row: ImportRow, certificate: Certificate, context: ImportContext) -> None:
    """A cancelled registration is entered anew by a later day: a file from before proves nothing.

    Nor does the file that registered it, on the very day on which it was cancelled.
    """
    cancelled = certificate.cancelled_on
    day = day_of(row.values["registered_on"])
    if cancelled is None or not row.values["queryable"]:
        return
    if day is not None and day >= cancelled and day != certificate.registered_on:
        return
    message = (
        f"该证书的注册已于 {cancelled} 注销；重新注册的，请填写注销以后的注册日期，"
        f"注销当天又注册的，由两人办理「{Verb.REREGISTER.label}」"
    )
    context.refuse(row.number, "注册日期", message)


def _check_withdrawn(row: ImportRow, certificate: Certificate, context: ImportContext) -> None:
    """What was registered stays so until its cancellation is recorded, also while nobody finds it."""
    day = certificate.registered_on or day_of(row.values["registered_on"])
    if row.values["queryable"] or not certificate.queryable or day is not None:
        return
    message = (
        "该证书此前已读回为可查询，没有注册日期；现在查询不到的，请填写注册日期，"
        f"学信网已注销的、从未注册而误导入的，由两人办理「{Verb.DEREGISTER.label}」并写明情况"
    )
    context.refuse(row.number, "可查询", message)
