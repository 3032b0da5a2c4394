"""The whole story of one student, in order: what happened, where the file is, what comes next and
which unit has to act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from graduand.models import (
    Candidate,
    Certificate,
    ChsiReport,
    IdentityCase,
    ParcelItem,
    PhotoRow,
    Student,
)
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from graduand.queries.photos.places import restored_pictures
from graduand.queries.records import person
from graduand.queries.season.seasons import naming_next_of
from graduand.rulebook.calendar import Term, office_day
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.gates import Basis
from graduand.rulebook.journey import STEPS
from graduand.rulebook.judging import judge
from graduand.rulebook.terms import (
    CaseState,
    ChsiVerdict,
    Desk,
    HandoverMethod,
    Level,
    PhotoKind,
    ReasonCode,
    Stage,
    Standing,
    UnitKind,
    Verb,
)
from graduand.rulebook.words import label_of

# The step that brings a file forward from where it is; COLLECTED and LAPSED have none.
FORWARD = {
    Stage.LISTED: Verb.APPLY,
    Stage.RETURNED: Verb.APPLY,
    Stage.DEFERRED: Verb.RESUME,
    Stage.APPLIED: Verb.ENDORSE,
    Stage.ENDORSED: Verb.APPROVE,
    Stage.APPROVED: Verb.CERTIFY,
    Stage.CERTIFIED: Verb.SHIP,
    Stage.SHIPPED: Verb.RECEIVE,
    Stage.RECEIVED: Verb.COLLECT,
    Stage.REJECTED: Verb.REOPEN,
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened; `at` is None for what is known by its day only."""

    day: date
    at: datetime | None
    what: str
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hurdle:
    """One reason against the next step: the clause, the shortfall in words, who can clear it and
    how.
    """

    code: str
    source: str
    sentence: str
    desk: str
    todo: str
    blocks: bool


@dataclass(frozen=True, slots=True)
class FileStory:
    """The student's file in one batch. `next` is the label of the step that brings it forward, ""
    at the end.

    `holder` is who has to act now: the unit at whose desk the next step is done.
    """

    batch: str
    stage: str
    round: str
    reported_no: int | None
    roster_no: int | None
    certificate: str
    degree: str
    next: str
    next_desk: str
    holder: str
    promise_due: date
    hurdles: tuple[Hurdle, ...]
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Who it is, what is known of the person, and the files, newest batch first."""

    student_no: str
    name: str
    centre: str
    level: str
    major: str
    entry: str
    standing: str
    chapters: tuple[Chapter, ...]
    files: tuple[FileStory, ...]


def story(number: str) -> Story | None:
    """The story of a 学号; None when nobody has it."""
    student = Student.objects.select_related("centre", "plan").filter(number=number).first()
    if student is None:
        return None
    files = Candidate.objects.filter(student=student, batch__deleted_at=None).select_related(
        "batch", "round", "roster", "centre", "centre__parent", "student"
    )
    return Story(
        student.number,
        student.name,
        student.centre.name,
        Level(student.level).label,
        student.plan.major_name,
        str(Term.from_ordinal(student.entry)),
        Standing(student.standing).label,
        tuple(_before(student)),
        tuple(_file(file) for file in files.order_by("-batch__code")),
    )


def _before(student: Student) -> list[Chapter]:
    """What is known of the person whatever the batch: photos, the registry's word, identity cases."""
    rows = list(PhotoRow.objects.filter(student=student).select_related("stored_by"))
    restored = restored_pictures(rows)
    found = [
        Chapter(
            office_day(row.stored_at),
            row.stored_at,
            f"{'恢复' if row.pk in restored else '收到'}{PhotoKind(row.kind).label}",
            row.stored_by.name,
            row.problems or ("" if row.current else "后来被更换"),
        )
        for row in rows
    ]
    found += [_reported(report) for report in ChsiReport.objects.filter(student=student)]
    for case in IdentityCase.objects.filter(student=student).select_related("filed_by"):
        found += _of_case(case)
    return _in_order(found)


def _reported(report: ChsiReport) -> Chapter:
    photos = f"录取照片{_there(report.admission_photo)}，学历照片{_there(report.credential_photo)}"
    note = f"{ChsiVerdict(report.verdict).label}；{photos}"
    if report.mismatches:
        note += f"，不一致：{report.mismatches}"
    return Chapter(report.day, None, "学信网反馈", "学信网", note)


def _of_case(case: IdentityCase) -> Iterator[Chapter]:
    """Its opening, and its filing where it was decided."""
    state = CaseState(case.state).label
    note = f"{ChsiVerdict(case.verdict).label}；{state}"
    yield Chapter(office_day(case.opened_at), case.opened_at, "身份复核立案", "", note)
    if case.filed_at is not None:
        who = ""
        if case.filed_by:
            who = case.filed_by.name
        yield Chapter(office_day(case.filed_at), case.filed_at, f"身份复核{state}", who, case.note)


def _there(state: bool | None) -> str:
    if state is None:
        return "未知"
    if state:
        return "有"
    return "无"


def _in_order(chapters: list[Chapter]) -> list[Chapter]:
    """By day; what has no time of day comes first on its day."""
    return sorted(chapters, key=_when)


def _when(chapter: Chapter) -> tuple[date, bool, float]:
    if chapter.at is None:
        return chapter.day, False, 0.0
    return chapter.day, True, chapter.at.timestamp()


def next_desk(stage: Stage) -> Desk | None:
    """The desk that takes the next step of a file at `stage`; None where nothing is left to do."""
    verb = FORWARD.get(stage)
    if verb is None:
        return None
    return STEPS[verb].desk_at(stage)


def _file(file: Candidate) -> FileStory:
    basis = basis_of(file.batch)
    stage = Stage(file.stage)
    verb = FORWARD.get(stage)
    desk = next_desk(stage)
    number = (
        Certificate.objects.filter(candidate=file, voided_at=None)
        .values_list("number", flat=True)
        .first()
    )
    return FileStory(
        file.batch.code,
        stage.label,
        file.round_name,
        file.reported_no,
        file.roster_no,
        number or "",
        file.get_degree_display(),
        label_of(verb),
        label_of(desk),
        holder(file, desk),
        basis.policy.promise_due,
        tuple(_hurdles(file, verb, desk, basis)),
        tuple(_chapters(file)),
    )


def holder(file: Candidate, desk: Desk | None) -> str:
    """The unit at whose desk the file lies."""
    if desk is Desk.CENTRE:
        return file.centre.name
    if desk is Desk.COLLEGE:
        unit = file.centre.parent
        while unit is not None and unit.kind == UnitKind.CENTRE:
            unit = unit.parent
        if not unit:
            return ""
        return unit.name
    return label_of(desk)


def _hurdles(file: Candidate, verb: Verb | None, desk: Desk | None, basis: Basis) -> list[Hurdle]:
    """What stands against the next step today, as if every question of its form were answered."""
    if verb is None or desk is None:
        return []
    facts = gather([file.pk], basis.policy, basis.today, papers=True)[file.pk]
    filing_round = basis.open_round() or basis.open_round(early=facts.goes_on)
    typed = "-"
    if verb is Verb.COLLECT:  # in person it names nobody else and no parcel
        typed = ""
    asked = ActDetails(
        actor=0,
        desk=desk,
        round_name=filing_round.name if filing_round and verb is Verb.APPLY else None,
        second=-1,
        second_ok=True,
        reason=ReasonCode.OTHER,
        note=typed,
        statement=True,
        same_checked=True,
        carrier=typed,
        tracking=typed,
        handover=HandoverMethod.IN_PERSON,
        confirmed=True,
    )
    naming = naming_next_of(basis.policy.code)
    return [_hurdle(finding, naming) for finding in judge(STEPS[verb], facts, basis, asked)]


def _hurdle(finding: Finding, naming: Callable[[str], str]) -> Hurdle:
    clause = finding.clause
    return Hurdle(
        finding.item,
        clause.source,
        naming(finding.sentence),
        finding.desk.label,
        naming(finding.todo),
        finding.blocks,
    )


def _chapters(file: Candidate) -> list[Chapter]:
    """The steps of one file, and what travelled with it."""
    found = [
        Chapter(
            office_day(done.at),
            done.at,
            f"{done.verb}：{done.start} → {done.end}",
            f"{done.desk.label} {done.who}",
            done.note,
        )
        for done in person.history(file, cases=False)
    ]
    if file.roster is not None and file.roster.number:
        moment = file.roster.frozen_at
        note = f"第 {file.roster.number} 号花名册，第 {file.roster_no} 名"
        found.append(Chapter(office_day(moment), moment, "列入花名册", Desk.HQ.label, note))
    for item in ParcelItem.objects.filter(candidate=file, counted=False).select_related("parcel"):
        moment = item.parcel.received_at or item.parcel.sealed_at
        note = f"{item.parcel.carrier} {item.parcel.tracking}"
        found.append(
            Chapter(office_day(moment), moment, "包裹清点缺少此证书", Desk.CENTRE.label, note)
        )
    registered = Certificate.objects.filter(candidate=file, registered_on__isnull=False)
    found += [_registered(paper) for paper in registered]
    return _in_order(found)


def _registered(paper: Certificate) -> Chapter:
    assert paper.registered_on is not None
    title = "学历注册"
    if paper.queryable:
        title = "学历注册可查询"
    return Chapter(paper.registered_on, None, title, "学信网", paper.number)


def as_plain(story: Story) -> dict[str, Any]:
    """The story as JSON keeps it: days and moments in ISO form."""

    def plain(value: Any) -> Any:
        if hasattr(value, "__dataclass_fields__"):
            return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        if not isinstance(value, date):
            return value
        return value.isoformat()

    found: dict[str, Any] = plain(story)
    return found
