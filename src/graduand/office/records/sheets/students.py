"""学生: personal data sealed as they arrive; who a 学号 is never changes by an import (X12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Length

from graduand.models import Candidate, PlanRow, Student, Unit, User, key_ring
from graduand.office.certificates.issuing import fixed_terms
from graduand.office.records import file_centres
from graduand.office.records.rows import Changes, ImportContext, ImportRow, SheetImporter, day_of
from graduand.office.records.tables import RowRequest, as_json, changed, settle, silent_about
from graduand.office.season import listing
from graduand.queries.records import record_differences
from graduand.rulebook.identity.id_documents import id_problems, problems_mask
from graduand.rulebook.terms import (
    LIVE_STAGES,
    DegreeState,
    Desk,
    IdKind,
    Level,
    Sex,
    SheetKind,
    Stage,
    UnitKind,
    Verb,
)

_FIRST = "不能用导入更改，请核对学号是否填错；确有错误的，"
CORRECTION = f"{_FIRST}请把证明材料书面报总部，本系统暂时不能更正"
# Headquarters is not told to report to headquarters: what it can do is keep a wrong name off a
# certificate.
AT_HEADQUARTERS = f"{_FIRST}本系统暂时不能更正：请留存证明材料，更正以前不要为该生编号制证"
WHO = (
    ("name", "姓名"),
    ("sex", "性别"),
    ("birth", "出生日期"),
    ("id_kind", "证件类型"),
    ("id_hash", "证件号"),
)
# attribute <- column of the sheet, where the names differ
_ATTRIBUTES = {"entry_term": "entry", "phone": "mobile"}


# A length of 学号 is unusual where at most one in this many has it; what is usual is known from this
# many.
RARE = 10
ENOUGH = 10
# How many of a person's other 学号 are named.
SHOWN = 3
# RETURNED is left out, since a returned file's application is made anew.
_FILED = [stage.value for stage in LIVE_STAGES if stage is not Stage.RETURNED]


class OfStudents(SheetImporter):
    """What is on record of students; whatever of it changes, issued certificates stay as they are."""

    def student_of(self, row: ImportRow) -> int | None:
        student: Student | None = row.resolved["student"]
        if student is None:
            return None
        return student.pk

    def alter(
        self, context: ImportContext, row_requests: Sequence[RowRequest], absent: frozenset[str]
    ) -> None:
        """Note the students whose record changes: they are judged again."""
        altered = [w.known.pk for w in row_requests if w.known is not None and changed(w, absent)]
        context.touched.update(altered)
        if (
            not context.intake_id
        ):  # before anything is written, so that who looks first reads it, too
            changes = {
                w.known.pk: _written(w, absent)
                for w in row_requests
                if w.known is not None and changed(w, absent)
            }
            found = record_differences.after_students(changes, context.actor)
            context.cache.setdefault("issued", Counter()).update(found)

    def remarks(self, context: ImportContext) -> tuple[str, ...]:
        return fixed_terms.import_words(**context.cache.get("issued", {"valid": 0, "differing": 0}))


def _written(row_request: RowRequest, absent: frozenset[str]) -> dict[str, Any]:
    """What a row writes: of the columns in `absent` it says nothing."""
    return {name: value for name, value in row_request.values.items() if name not in absent}


class Students(OfStudents):
    """Students as the college or headquarters sends them; every open batch lists them at once."""

    kind = SheetKind.STUDENTS
    evidence = judged = True

    def check(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        self._resolve(rows, context)
        for row in rows:
            _measure(row)
            _check_references(row, context)
            _check_identity(row, context)
        _check_same_person(rows, context)
        _check_length(rows, context)
        _check_level(rows, context)

    def _resolve(self, rows: Sequence[ImportRow], context: ImportContext) -> None:
        numbers = _values(rows, "student_no")
        students = {s.number: s for s in Student.objects.filter(number__among=numbers)}
        plans = {p.code: p for p in PlanRow.objects.filter(code__among=_values(rows, "plan_code"))}
        centres = {u.code: u for u in Unit.objects.filter(code__among=_values(rows, "centre_code"))}
        for row in rows:
            given = row.values
            row.resolved["student"] = students.get(given["student_no"])
            row.resolved["plan"] = plans.get(given["plan_code"])
            row.resolved["centre"] = centres.get(given["centre_code"])

    def compare(self, rows: Sequence[ImportRow], context: ImportContext) -> Changes:
        row_requests = [
            silent_about(_row_request(row), context.blank_of(row, _ATTRIBUTES)) for row in rows
        ]
        # The value that was typed first stays as evidence
        absent = context.absent_of(_ATTRIBUTES) | {"raw"}
        self.alter(context, row_requests, absent)
        moved = context.cache.setdefault("moved", set())
        moved.update(
            w.known.pk
            for w in row_requests
            if w.known and w.known.centre_id != w.values["centre_id"]
        )
        context.cache.setdefault("new", []).extend(w.key for w in row_requests if w.known is None)
        return settle(Student, rows, row_requests, context, absent=absent)

    def finish(self, context: ImportContext) -> None:
        """Files not yet on a frozen roster follow their students, in closed batches too; new
        students are listed.
        """
        if moved := context.cache.get("moved", ()):
            file_centres.follow(moved)
        numbers = sorted(context.cache.get("new", ()))
        new = list(Student.objects.filter(number__among=numbers).values_list("id", flat=True))
        listing.list_newcomers(new if context.piecewise else None)
        context.touched.update(new)

    def following(self, context: ImportContext) -> dict[str, Any]:
        if context.piecewise and context.cache.get("new"):
            return {"newcomers": len(context.cache["new"])}
        return {}

    def follow(self, told: Mapping[str, Any], by: User | None, mark: str) -> tuple[str, ...]:
        """A last check that no student was left out of the lists."""
        with transaction.atomic():
            listing.list_newcomers()
        return ()


def _values(rows: Sequence[ImportRow], name: str) -> list[str]:
    return sorted({row.values[name] for row in rows} - {None, ""})


def _measure(row: ImportRow) -> None:
    """What the checks of the 证件 say, and its keyed hash: computed once, while the number is at
    hand.
    """
    given = row.values
    number = given["id_number"] or ""
    row.resolved["birth"] = birth = day_of(given["birth_date"])
    row.resolved["id_hash"] = key_ring().digest(number)
    row.resolved["problems"] = ()
    if given["id_kind"]:
        sex = Sex(given["sex"]) if given["sex"] else None
        row.resolved["problems"] = id_problems(IdKind(given["id_kind"]), number, birth, sex)


def _check_references(row: ImportRow, context: ImportContext) -> None:
    given = row.values
    plan = row.resolved["plan"]
    centre = row.resolved["centre"]
    if plan is None:
        message = f"没有代码为「{given['plan_code']}」的专业规则；请先导入专业规则表"
        context.refuse(row.number, "专业规则代码", message)
    elif given["level"] and plan.level != given["level"]:
        levels = f"学历层次是{Level(given['level']).label}，专业规则是{Level(plan.level).label}"
        context.warn(row.number, f"{levels}；请核对")
    if centre is None or (context.centres is not None and centre.id not in context.centres):
        message = f"没有代码为「{given['centre_code']}」的学习中心，或不在您的管理范围内；请核对，或先导入单位表"
        context.refuse(row.number, "学习中心代码", message)
    elif centre.kind != UnitKind.CENTRE:
        context.refuse(
            row.number, "学习中心代码", f"「{centre.name}」不是学习中心，学生只能放在学习中心"
        )
    if given["goes_on"] and given["level"] and given["level"] != Level.JUNIOR:
        context.warn(row.number, "续读本科只用于专科学生，这里不起作用")


def _check_identity(row: ImportRow, context: ImportContext) -> None:
    if row.values["exam_no"] and row.values["exam_no"] == row.values["id_number"]:
        context.refuse(
            row.number,
            "考生号",
            "考生号一栏填的是证件号；证件号请只填在「证件号」一栏，没有考生号的留空",
        )
    for problem in row.resolved["problems"]:
        context.warn(row.number, problem.label)
    known = row.resolved["student"]
    if known is None:
        return
    if context.centres is not None and known.centre_id not in context.centres:
        context.refuse(row.number, "学号", "这个学号不在您的管理范围内；请核对学号")
        return
    here = row.values | {"birth": row.resolved["birth"], "id_hash": row.resolved["id_hash"]}
    for attribute, header in WHO:
        if here[attribute] and getattr(known, attribute) != here[attribute]:
            context.refuse(
                row.number,
                header,
                f"学号 {known.number} 已有记录，{header}与记录不一致，{_correction(context)}",
            )


def _correction(context: ImportContext) -> str:
    """What whoever imports can do about a person whose record is wrong."""
    if context.actor is None or context.actor.desk is Desk.HQ:
        return AT_HEADQUARTERS
    return CORRECTION


def _check_same_person(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """One person, two 学号: legal across levels (专科, then 本科), a warning within one (X13)."""
    hashes = sorted({row.resolved["id_hash"] for row in rows} - {""})
    found = Student.objects.filter(id_hash__among=hashes).values_list("id_hash", "level", "number")
    seen: dict[tuple[str, str], str] = context.cache.setdefault("persons", {})
    holders: dict[tuple[str, str], set[str]] = {}
    for row in rows:  # of earlier rows one 学号 per person is remembered
        person = row.resolved["id_hash"], row.values["level"]
        if person in seen:
            holders.setdefault(person, set()).add(seen[person])
        elif person[0]:
            seen[person] = row.values["student_no"]
    for id_hash, level, number in [
        *found,
        *((row.resolved["id_hash"], row.values["level"], row.values["student_no"]) for row in rows),
    ]:
        holders.setdefault((id_hash, level), set()).add(number)
    # One document's number may be in every row of a file, so the named 学号 are sorted once.
    shared = {
        person: sorted(numbers - {None})[: SHOWN + 1]
        for person, numbers in holders.items()
        if person[0] and len(numbers) > 1
    }
    for row in rows:
        same = shared.get((row.resolved["id_hash"], row.values["level"]), ())
        others = [number for number in same if number != row.values["student_no"]]
        if others:
            known = "、".join(others[:SHOWN])
            context.warn(row.number, f"同一证件号在同一层次还有学号 {known}，请核对是否重复录入")


def _check_length(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """A new 学号 of another length than nearly all others of its centre has a digit too few or too
    many, as a rule.
    """
    new = [
        row
        for row in rows
        if row.resolved["student"] is None and row.resolved["centre"] and row.values["student_no"]
    ]
    centres = sorted({row.resolved["centre"].pk for row in new})
    known = (
        Student.objects.filter(centre__among=centres).annotate(length=Length("number")).order_by()
    )
    lengths: dict[int, Counter[int]] = {pk: Counter() for pk in centres}
    for centre, length, count in known.values_list("centre_id", "length").annotate(
        students=Count("id")
    ):
        lengths[centre][length] += count
    for row in new:
        lengths[row.resolved["centre"].pk][len(row.values["student_no"])] += 1
    for row in new:
        number = row.values["student_no"]
        found = lengths[row.resolved["centre"].pk]
        usual, times = found.most_common(1)[0]
        if times >= ENOUGH and found[len(number)] * RARE < times:
            centre = row.resolved["centre"].name
            context.warn(
                row.number,
                f"学号 {number} 有 {len(number)} 位，{centre}的学号一般是 {usual} 位；请核对",
            )


def _check_level(rows: Sequence[ImportRow], context: ImportContext) -> None:
    """The level decides the book, the certificate and the degree of a file: it does not change
    under a file that was filed, nor under a degree that was granted. A returned file keeps its
    degree, and no later step asks by which level that was granted.
    """
    changed = {row.resolved["student"].pk: row for row in rows if _other_level(row)}
    if not changed:
        return
    granted = Q(degree=DegreeState.GRANTED.value)
    files = Candidate.objects.filter(
        granted | Q(stage__in=_FILED), student__among=sorted(changed)
    ).order_by("id")
    columns = ("student_id", "batch__code", "student__number", "stage")
    for pk, code, number, stage in files.values_list(*columns):
        why = "已授予学位"
        first = f"由总部改为「{Verb.DEGREE_DECLINE.label}」"
        if stage in _FILED:
            why = "已申请毕业"
            first = "撤回或退回申请"
        message = f"学号 {number} 在批次 {code} {why}，学历层次不能用导入更改；确需更改请先{first}"
        context.refuse(changed[pk].number, "学历层次", message)


def _other_level(row: ImportRow) -> bool:
    known = row.resolved["student"]
    level = row.values["level"]
    return known is not None and bool(level) and known.level != level


def _row_request(row: ImportRow) -> RowRequest:
    given = row.values
    found = row.resolved
    same = (
        "name",
        "sex",
        "nation",
        "id_kind",
        "politics",
        "standing",
        "category",
        "level",
        "class_name",
        "class_code",
        "email",
        "goes_on",
        "exam_no",
        "branch",
    )
    values: dict[str, Any] = {name: given[name] for name in same}
    values |= {
        "number": given["student_no"],
        "birth": found["birth"],
        "id_no": given["id_number"],
        "id_hash": found["id_hash"],
        "id_problems": problems_mask(found["problems"]),
        "entry": given["entry_term"],
        "centre_id": found["centre"].id,
        "plan_id": found["plan"].id,
        "mobile": given["phone"],
        "raw": as_json(given["raw"]),
    }
    return RowRequest(given["student_no"], found["student"], values)
