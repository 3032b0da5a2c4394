"""Who gets no certificate though nothing was missing that only the student could have done (四, last
line; 七.3).

Each line names what prevented it, the desk that could have cleared it, and until when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from graduand.models import Batch, Candidate, Event, PhotoRow, Refusal, Unit
from graduand.models.engine import CodePoint, Ids
from graduand.queries.basis import basis_of
from graduand.queries.filing.candidates import stored
from graduand.queries.judging import judged
from graduand.queries.scope import colleges
from graduand.rulebook.clauses import MASK_BITS, Finding
from graduand.rulebook.gates import Basis
from graduand.rulebook.identity.person_gates import late_for
from graduand.rulebook.journey import STEPS
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import LIVE_STAGES, Desk, PhotoKind, RoundKind, Stage, Verb

# The step that was not done, by where the file stands; 暂缓毕业 is the student's own wish and no
# loss.
_NEXT = {
    Stage.LISTED: Verb.APPLY,
    Stage.RETURNED: Verb.APPLY,
    Stage.APPLIED: Verb.ENDORSE,
    Stage.ENDORSED: Verb.APPROVE,
    Stage.APPROVED: Verb.CERTIFY,
}
_ENDED = (Stage.REJECTED, Stage.LAPSED)
_PHOTO = frozenset({"PHOTO-PLATFORM", "PHOTO-SPEC", "PHOTO-LATE"})


@dataclass(frozen=True, slots=True)
class Loss:
    """One reason of one person. `lost`: the day until which it could be cleared is over; `unit`
    holds that desk.
    """

    centre_code: str
    centre: str
    student_no: str
    name: str
    stage: str
    code: str
    reason: str
    source: str
    desk: str
    unit: str
    until: date
    lost: bool
    todo: str


class _File(NamedTuple):
    pk: int
    centre_id: int
    centre_code: str
    centre: str
    number: str
    name: str
    stage: str
    explanation: str
    unmet: str
    photo_since: date | None


class _Reason(NamedTuple):
    code: str
    text: str
    source: str
    desk: Desk
    todo: str


_COLUMNS = (
    "id",
    "centre_id",
    "centre__code",
    "centre__name",
    "student__number",
    "student__name",
    "stage",
    "explanation",
    "judgement__unmet",
    "photo_since",
)


def losses(batch: Batch, people: QuerySet[Candidate]) -> list[Loss]:
    """The losses of `people` of `batch`, by 单位代码 and 学号; nine queries whatever their number.

    Reads the stored judgements, and leaves out who is being judged again: audit first.
    """
    basis = basis_of(batch)
    files = [file for file in _files(batch, people) if _only_desks(file)]
    ends = _ends(files)
    refused = _last_refusals(files)
    above = _college_names()
    return [
        _loss(file, reason, _until(file, reason.code, ends.get(file.pk), basis), above, basis)
        for file in files
        for reason in _reasons(
            file, ends.get(file.pk), _told(file, ends.get(file.pk), refused, basis)
        )
    ]


def _files(batch: Batch, people: QuerySet[Candidate]) -> Iterator[_File]:
    """The judged files of the batch that have no certificate, by 单位代码 and 学号; one query."""
    stages = [stage.value for stage in (*_NEXT, *_ENDED)]
    # An ended file is no loss either when the person is served in another batch.
    elsewhere = Candidate.objects.filter(
        student=OuterRef("student"), stage__in=[stage.value for stage in LIVE_STAGES]
    )
    pictures = PhotoRow.objects.filter(
        student=OuterRef("student"), kind=PhotoKind.GRADUATION.value, current=True
    )
    rows = people.filter(
        judged(Q(judgement__isnull=False)), batch=batch, aside=False, stage__in=stages
    )
    rows = rows.filter(~Exists(elsewhere.exclude(batch=batch)))
    rows = rows.annotate(photo_since=Subquery(pictures.values("since")[:1]))
    rows = rows.order_by(CodePoint("centre__code"), CodePoint("student__number"))
    return map(_File._make, rows.values_list(*_COLUMNS))


def _loss(
    file: _File, reason: _Reason, until: date, above: Mapping[int, str], basis: Basis
) -> Loss:
    """One reason of one file; `above` names the college of each centre."""
    owners = {Desk.CENTRE: file.centre, Desk.COLLEGE: above.get(file.centre_id, "")}
    over = until < basis.today or basis.closed_on is not None or Stage(file.stage) in _ENDED
    return Loss(
        file.centre_code,
        file.centre,
        file.number,
        file.name,
        Stage(file.stage).label,
        reason.code,
        reason.text,
        reason.source,
        reason.desk.label,
        owners.get(reason.desk, reason.desk.label),
        until,
        over,
        reason.todo,
    )


def _college_names() -> dict[int, str]:
    """Centre -> the name of the college above it; two queries."""
    names = dict(Unit.objects.values_list("id", "name"))
    return {pk: names[college] if college else "" for pk, college in colleges().items()}


def _blocking(unmet: str) -> list[Finding]:
    return [finding for finding in stored(unmet) if finding.blocks]


def _only_desks(file: _File) -> bool:
    """Whoever lacks credits, or came too early, lost nothing by anybody's neglect."""
    return all(finding.desk is not Desk.STUDENT for finding in _blocking(file.unmet))


def _told(
    file: _File, end: Event | None, refused: Mapping[int, tuple[Finding, ...]], basis: Basis
) -> Sequence[Finding]:
    """What stood against the application beside the judgement: the last refusal, a photo too late
    for every round of the batch.
    """
    if refused.get(file.pk):
        return refused[file.pk]
    if _stage_before(file, end) not in (Stage.LISTED, Stage.RETURNED) or file.photo_since is None:
        return ()
    normal = basis.policy.rounds_of(RoundKind.NORMAL)
    # Of the rounds that were not over when it came; of the last one where all were.
    rounds = [
        filing_round for filing_round in normal if file.photo_since <= filing_round.closes
    ] or normal[-1:]
    late = [
        found
        for filing_round in rounds
        if (found := late_for(filing_round, file.photo_since, basis))
    ]
    if len(late) < len(rounds):
        return ()
    return late[-1:]


def _reasons(file: _File, end: Event | None, refused: Sequence[Finding]) -> Iterator[_Reason]:
    """What prevented the certificate: the findings, else what the last attempt was refused for,
    else that nobody did the next step.
    """
    findings = _blocking(file.unmet) or list(refused)
    if end is not None and end.verb == Verb.REJECT:
        text = f"审核不通过：{'，'.join(part for part in (end.reason_label, end.note) if part)}"
        yield _Reason(Verb.REJECT.value, text, "四", Desk(end.desk), "有异议的由总部申诉重审")
    elif findings:
        for finding in findings:
            clause = finding.clause
            yield _Reason(finding.code, finding.sentence, clause.source, finding.desk, finding.todo)
    else:
        stage = _stage_before(file, end)
        verb = _NEXT.get(stage, Verb.APPLY)
        desk = STEPS[verb].desk_at(stage) or STEPS[verb].desk
        why = ""
        if file.explanation:
            why = f"（{file.explanation}）"
        yield _Reason(
            verb.value,
            f"条件已满足，尚未「{verb.label}」{why}",
            "七.3",
            desk,
            f"{desk.label}查缺补漏，及时办理",
        )


def _until(file: _File, code: str, end: Event | None, basis: Basis) -> date:
    """The last day on which clearing `code` still brings a certificate in this batch.

    What is not applied for needs a round that is open, and for photos one whose deadline they meet.
    """
    policy = basis.policy
    stage = _stage_before(file, end)
    if stage not in (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED):
        return policy.closes_at
    normal = policy.rounds_of(RoundKind.NORMAL)
    return max((_last_day(filing_round, code) for filing_round in normal), default=policy.closes_at)


def _last_day(filing_round: RoundPolicy, code: str) -> date:
    """The last day of a round for clearing `code`; a photo also has to meet the photo deadline."""
    if code in _PHOTO and filing_round.photo_deadline:
        return min(filing_round.closes, filing_round.photo_deadline)
    return filing_round.closes


def _stage_before(file: _File, end: Event | None) -> Stage:
    """Where the file stood before it ended; where it stands, if it did not."""
    if end is None:
        return Stage(file.stage)
    return Stage(end.from_stage)


def _ends(files: Iterable[_File]) -> dict[int, Event]:
    """The event that ended a file that was rejected or lapsed."""
    ids = [file.pk for file in files if Stage(file.stage) in _ENDED]
    rows = Event.objects.filter(
        candidate_id__among=Ids(ids), verb__in=[Verb.REJECT.value, Verb.LAPSE.value]
    )
    return {event.candidate_id: event for event in rows.order_by("id")}


def _last_refusals(files: Iterable[_File]) -> Mapping[int, tuple[Finding, ...]]:
    """What the newest act that refused an unfiled file said of the person: a late photo; a closed
    window is nobody's.
    """
    ids = [file.pk for file in files if file.stage in (Stage.LISTED, Stage.RETURNED)]
    rows = Refusal.objects.filter(
        candidate_id__among=Ids(ids), raced=False, act__verb=Verb.APPLY.value
    ).order_by("id")
    newest = dict(rows.values_list("candidate_id", "findings"))
    return {
        pk: tuple(f for f in _blocking(text) if f.code in MASK_BITS) for pk, text in newest.items()
    }
