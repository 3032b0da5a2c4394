"""One file as a page shows it: who it is, what was earned module by module, what was done in order."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from graduand.models import Candidate, Certificate, Event, Judgement, LetStandEnd, Statement
from graduand.models import Handover as Given
from graduand.models.engine import Ids
from graduand.queries.audit import editions
from graduand.queries.facts import declarations
from graduand.queries.filing.candidates import stored
from graduand.queries.identity.case_files import CASE_VERBS
from graduand.queries.papers.archives import results_of
from graduand.rulebook.certificate_terms import Grounds
from graduand.rulebook.clauses import Finding, against_degree
from graduand.rulebook.facts import Plan
from graduand.rulebook.gates import reasoned
from graduand.rulebook.journey import step_of
from graduand.rulebook.papers.transcript import CountedResult, ModuleMarks, marksheet
from graduand.rulebook.terms import AWAITED_STAGES, Desk, HandoverMethod, Stage, Verb

# The stages of a file for which a new certificate is being made, or is on its way.
ANEW = frozenset(AWAITED_STAGES)
NOT_UNDER_WAY = frozenset(
    {Stage.LISTED.value, Stage.DEFERRED.value, Stage.REJECTED.value, Stage.LAPSED.value}
)


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event of the history. `told` is what the student may read of it: the reason, for a step
    that asks for one; `reason` is its code.
    """

    verb: str
    start: str
    end: str
    at: datetime
    who: str
    desk: Desk
    note: str
    scan: Statement | None = None
    step: Verb | None = None
    told: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """How the certificate was handed over: `said` is what was recorded about the person who fetched
    it, `by` who gave it out.
    """

    method: HandoverMethod
    at: datetime
    by: str
    said: str
    carrier: str
    tracking: str

    @property
    def waybill(self) -> str:
        """`顺丰 SF123`; "" for what was not mailed."""
        return " ".join(part for part in (self.carrier, self.tracking) if part)


def handed_over(file: Candidate) -> HandoverRecord | None:
    """The hand-over of a collected certificate; None before it. One query."""
    if file.stage != Stage.COLLECTED:
        return None
    note = (
        Event.objects.filter(candidate=file, verb=Verb.COLLECT.value)
        .order_by("-id")
        .values("note")[:1]
    )
    given = (
        Given.objects.filter(candidate=file)
        .select_related("by")
        .annotate(said=Subquery(note))
        .order_by("-id")
        .first()
    )
    if given is None:
        return None
    return HandoverRecord(
        HandoverMethod(given.method),
        given.at,
        given.by.name,
        given.said or "",
        given.carrier,
        given.tracking,
    )


def file_with_details(people: QuerySet[Candidate], pk: int) -> Candidate | None:
    """The file `pk` of `people` with everything beside it; one query."""
    beside = ("student", "student__plan", "centre", "round", "judgement", "batch")
    return people.select_related(*beside).annotate(edition=editions.of_file()).filter(pk=pk).first()


def own_files(people: QuerySet[Candidate], over: Container[str] = ()) -> list[Candidate]:
    """A student's own files, the one that the page is about first.

    That is the one that is under way or has come to its certificate; else that of the oldest batch
    that still takes applications: `over` are the codes of those that take none.
    """
    beside = ("student", "student__plan", "centre", "round", "judgement", "batch")
    rows = people.filter(batch__deleted_at=None, batch__policy__isnull=False).select_related(
        *beside
    )
    rows = rows.annotate(edition=editions.of_file())
    return sorted(
        rows,
        key=lambda file: (file.stage in NOT_UNDER_WAY, file.batch.code in over, file.batch.code),
    )


@dataclass(frozen=True, slots=True)
class VoidedCertificate:
    """A voided certificate: of which batch, why, and where the paper was."""

    batch: str
    number: str
    at: datetime
    why: str
    in_hand: bool


def voided(files: Collection[int]) -> VoidedCertificate | None:
    """The last voided certificate of a student's `files`, until the student has the next one; one
    query, or none.

    The batch does not matter: where the voided file was sent back or carried over, the student is
    in the next batch.
    """
    if not files:
        return None
    next_one = Candidate.objects.filter(
        student=OuterRef("candidate__student"), stage=Stage.COLLECTED.value
    )
    events = Event.objects.filter(~Exists(next_one), candidate__in=files, verb=Verb.VOID.value)
    event = events.select_related("candidate__batch").order_by("-id").first()
    if event is None:
        return None
    collected = event.from_stage == Stage.COLLECTED
    code = event.candidate.batch.code
    return VoidedCertificate(code, event.number, event.at, event.reason_words, collected)


def judgement(candidate: Candidate) -> tuple[Judgement | None, tuple[Finding, ...]]:
    """The stored judgement and its findings, without what was declared since; (None, ()) before
    any.
    """
    row: Judgement | None = getattr(candidate, "judgement", None)
    if row is None:
        return None, ()
    return row, declarations.outstanding(stored(row.unmet), candidate)


def marks(
    candidate: Candidate, plan: Plan, day: date, voided: Iterable[CountedResult] = ()
) -> tuple[list[ModuleMarks], list[CountedResult]]:
    """Module by module the results that count on `day`, with those that were `voided`, and what
    counts for nothing; one query.
    """
    taken, passes = results_of(Ids([candidate.student_id]), day)
    return marksheet(
        plan, taken.get(candidate.student_id, []), passes.get(candidate.student_id, ""), voided
    )


def history(candidate: Candidate, *, cases: bool = True) -> list[HistoryEvent]:
    """Every event of the file, oldest first, and the steps of the person's identity cases, in whose
    file they stand.

    Without `cases` those that stand in this file alone. One query, and one more where statements
    were signed, or anything was let stand: the end of that is the program's.
    """
    signed = Statement.objects.filter(act=OuterRef("act"), candidate=OuterRef("candidate")).values(
        "id"
    )
    told = Q(candidate=candidate)
    if cases:
        files = Candidate.objects.filter(student=candidate.student_id).values("id")
        told |= Q(verb__in=CASE_VERBS, candidate__in=files)
    rows = Event.objects.filter(told)
    rows = rows.select_related("actor", "second", "act", "candidate__batch").order_by("at", "id")
    events = list(rows.annotate(statement=Subquery(signed)))
    ids = [event.statement for event in events if event.statement]
    statements = Statement.objects.in_bulk(ids)
    told_of = [
        _told_in(candidate, event, done(event, statements.get(event.statement))) for event in events
    ]
    if not any(event.verb == Verb.CONFIRM_ISSUE for event in events):
        return told_of
    ends = [_ended(end) for end in candidate.let_stand_ends.order_by("id")]
    return sorted([*told_of, *ends], key=lambda one: one.at)


def steps_of(files: Collection[int]) -> dict[int, list[HistoryEvent]]:
    """What was done in each of `files`, oldest first, without the person's identity cases; one
    query, none of no file.
    """
    found: dict[int, list[HistoryEvent]] = {pk: [] for pk in files}
    if files:
        rows = Event.objects.filter(candidate__in=files).exclude(verb__in=CASE_VERBS)
        for event in rows.select_related("actor", "second", "act").order_by("at", "id"):
            found[event.candidate_id].append(done(event))
    return found


def _ended(end: LetStandEnd) -> HistoryEvent:
    """The event that what two people confirmed no longer holds, as the judging found it."""
    after = Grounds.LOST.label
    why = "原先核实后维持的事项已有变化，维持不再有效，由总部重新核实"
    if end.gone:
        after = "没有不符合的事项"
        why = "原先核实后维持的事项已经消除，维持到此为止"
    return HistoryEvent(
        "核实后维持结束",
        Grounds.CONFIRMED.label,
        after,
        end.at,
        "程序重新审核时自动登记",
        Desk.HQ,
        why,
    )


def _told_in(file: Candidate, event: Event, told: HistoryEvent) -> HistoryEvent:
    """Marks a step that was recorded in the person's file of another batch."""
    if event.candidate_id == file.pk:
        return told
    where = f"记在 {event.candidate.batch.code} 批次的档案里"
    return replace(told, note="；".join(part for part in (told.note, where) if part))


_NUMBERS = {
    Verb.APPLY: "上报顺序",
    Verb.CERTIFY: "证书编号",
    Verb.VOID: "原证书编号",
    Verb.DEREGISTER: "注销注册的证书",
    Verb.UNCOLLECT: "原登记的领取方式",
    Verb.REREGISTER: "恢复注册的证书",
    Verb.CASE_CLEAR: "凭",
    Verb.DEGREE_CERTIFY: "学位证书编号",
    Verb.DEGREE_REPLACE: "重制的学位证书",
    Verb.DEGREE_DECLINE: "作废的学位证书",
}


def number_words(event: Event) -> str:
    """The number that the step brought, with what it is."""
    if event.verb == Verb.AMEND:
        return _amended(event)
    what = _NUMBERS.get(Verb(event.verb))
    if what and event.number:
        return f"{what} {event.number}"
    return event.number


def _amended(event: Event) -> str:
    """Which certificate was amended, and what two people saw of the change; the event's hashes are
    for comparing.
    """
    shown = event.act.asked.get("changes") or ()
    changes = "、".join(
        f"{label} {before or '无'} 改为 {after or '无'}" for label, before, after in shown
    )
    number = f"更正的证书 {event.number.partition(' ')[0]}"
    if not changes:
        return number
    return f"{number}：{changes}"


def cancelled(file: Candidate) -> date | None:
    """The day on which the registration of the valid certificate was cancelled; one query, none
    before it has a number.
    """
    if file.certified_at is None:
        return None
    valid = Certificate.objects.filter(candidate=file, voided_at=None)
    return valid.values_list("cancelled_on", flat=True).first()


def is_queryable(file: Candidate) -> bool:
    """The registry answers for the file's certificate; one query."""
    return Certificate.objects.filter(candidate=file, voided_at=None, queryable=True).exists()


def degree_dropped(event: Event) -> str:
    """Why an application went without the degree that was asked for; "" when it did not."""
    reasons = [found.sentence for found in against_degree(stored(event.findings))]
    if not reasons:
        return ""
    return f"未申请学位：{'；'.join(reasons)}"


def what_stands(event: Event) -> str:
    """What headquarters confirmed by this step, finding by finding; "" for other steps."""
    if event.verb != Verb.CONFIRM_ISSUE:
        return ""
    sentences = "；".join(finding.sentence for finding in stored(event.findings))
    if not sentences:
        return ""
    return f"维持的事项：{sentences}"


def _where(statement: Statement | None) -> str:
    """Where a signed paper lies; a scan is handed out itself."""
    if not statement or not statement.place:
        return ""
    return f"纸质声明 {statement.signed_on} 签字，存于{statement.place}"


def _who_did(event: Event) -> str:
    """The people of an event, by which way they came, and for which desk they acted."""
    who = event.people
    if event.act.door:
        who += f"（{event.act.door}）"
    if event.acted_for:
        who += f"（代{Desk(event.desk).label}办理）"
    return who


def done(event: Event, statement: Statement | None = None) -> HistoryEvent:
    """An event in words; one that was read with its actor and its second person."""
    note = event.reason_words
    desk = Desk(event.desk)
    verb = Verb(event.verb)
    place = step_of(verb).track.value
    beside = number_words(event), degree_dropped(event), what_stands(event)
    return HistoryEvent(
        verb.label,
        place(event.from_stage).label,
        place(event.to_stage).label,
        event.at,
        _who_did(event),
        desk,
        "；".join(part for part in (note, *beside, _where(statement)) if part),
        statement if statement and statement.file else None,
        verb,
        note if reasoned in step_of(verb).gates else "",
        event.reason,
    )
