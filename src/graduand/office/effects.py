"""What a move brings with it, in the same transaction: certificates, parcels, hand-overs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Model, OuterRef, Subquery

from graduand.models import (
    Act,
    Candidate,
    Certificate,
    Counter,
    Handover,
    IdentityCase,
    IncomingNumber,
    Lot,
    Parcel,
    ParcelItem,
)
from graduand.models.engine import engine_of
from graduand.office import audit, finishing, listing
from graduand.queries.beside import case_of
from graduand.queries.scope import colleges
from graduand.queries.verdicts import Verdict
from graduand.rulebook.facts import Asked
from graduand.rulebook.gates import Bench
from graduand.rulebook.journey import SIDE_STEPS, Step, Track
from graduand.rulebook.numbering import level_code, registration_number
from graduand.rulebook.terms import CaseState, ChsiVerdict, Numbering, Verb


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is being done in one transaction."""

    act: Act
    step: Step
    asked: Asked
    bench: Bench
    at: datetime
    places: dict[int, int]

    @property
    def verb(self) -> Verb:
        return self.step.verb


Numbers = dict[int, str]
Effect = Callable[[Chunk, dict[int, Verdict]], Numbers]


def apply(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Do what belongs to the verb; returns the number that each file's event should carry."""
    if not done:
        return {}
    if listing.changes_who_is_live(chunk.step):
        listing.follow(list(done))
    if chunk.bench.closed_on is not None:
        finishing.take_up_again(chunk.act.batch_id, chunk.step)
    effect = _EFFECTS.get(chunk.verb)
    return effect(chunk, done) if effect is not None else {}


def _reported(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The application order that each file just got: its place in the block reserved for the act."""
    first = Lot.objects.filter(act=chunk.act).order_by("first_no").values_list("first_no", flat=True)[0]
    return {pk: str(first + chunk.places[pk]) for pk in done}


def _certify(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Numbers in (round, reported_no) order, from the book's counter row: no gap, no duplicate."""
    files = Candidate.objects.filter(id__among=list(done)).order_by("round__position", "reported_no")
    above = colleges()
    rows = [(pk, above[centre]) for pk, centre in files.values_list("id", "centre_id")]
    numbers = _given(done) if chunk.bench.policy.numbering is Numbering.IMPORTED else _minted(chunk, [pk for pk, _ in rows], done)
    degrees = _given_degrees(chunk, done)
    policy = chunk.bench.policy
    issued, at = connection.ops.adapt_datefield_value(policy.issue_date), _db_time(chunk)
    _insert(
        Certificate,
        ("candidate_id", "number", "degree_number", "book", "serial", "issue_date", "photo_sha256", "made_at",
         "held_by_id", "queryable", "void_reason"),
        [
            (pk, numbers[pk], degrees.get(pk, ""), numbers[pk][:12], int(numbers[pk][12:]), issued,
             done[pk].facts.file.approved_photo, at, college, False, "")
            for pk, college in rows
        ],
    )  # fmt: skip
    return numbers


def _insert(model: type[Model], columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Append rows in one statement: `bulk_create` would need more the more rows there are."""
    with connection.cursor() as cursor:
        engine_of().insert(cursor, model._meta.db_table, list(columns), rows)


def _db_time(chunk: Chunk) -> Any:
    return connection.ops.adapt_datetimefield_value(chunk.at)


def _minted(chunk: Chunk, pks: list[int], done: dict[int, Verdict]) -> Numbers:
    school, year = chunk.bench.policy.school, chunk.bench.policy.issue_date.year
    books: dict[str, list[int]] = defaultdict(list)
    for pk in pks:
        books[level_code(done[pk].facts.level)].append(pk)
    numbers: Numbers = {}
    # Books are taken in one order, so that two certifications never wait for each other in a ring.
    for code in sorted(books):
        first = Counter.reserve(f"book:{school.code}{school.type_digit}{year}{code}", len(books[code]))
        for offset, pk in enumerate(books[code]):
            level = done[pk].facts.level
            numbers[pk] = registration_number(school.code, school.type_digit, year, level, first + offset)
    return numbers


def _given_degrees(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The 学位证书编号 that headquarters sent along, by candidate; none where numbers are minted here."""
    if chunk.bench.policy.numbering is Numbering.MINTED:
        return {}
    sent = IncomingNumber.objects.filter(batch_id=chunk.act.batch_id, student__candidates__id__among=list(done))
    return dict(sent.values_list("student__candidates__id", "degree_number"))


def _given(done: dict[int, Verdict]) -> Numbers:
    return {pk: verdict.facts.paper.number for pk, verdict in done.items()}


def _void(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The old number is spent for ever; whatever parcel the paper lay in no longer holds it."""
    numbers = {pk: verdict.facts.paper.number for pk, verdict in done.items()}
    act = chunk.act
    Certificate.objects.filter(candidate_id__among=list(done), voided_at=None).update(
        voided_at=chunk.at, voided_by_id=act.actor_id, void_second_id=act.second_id, held_by=None,
        void_reason=(chunk.asked.note or (chunk.asked.reason.label if chunk.asked.reason else ""))[:200],
    )  # fmt: skip
    ParcelItem.objects.filter(candidate_id__among=list(done), open=True).update(open=False)
    return numbers


def _ship(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """One sealed parcel a receiving centre; the paper is nobody's until it is counted in."""
    act, columns = chunk.act, ("candidate_id", "held_by_id", "candidate__centre_id", "candidate__centre__code")
    papers = Certificate.objects.filter(candidate_id__among=list(done), voided_at=None)
    files = list(papers.values_list(*columns))
    waybills = {centre: chunk.asked.waybill(code) for _, _, centre, code in files}
    # A later chunk of the same act joins the parcels that an earlier one opened; nobody else's.
    mine = Parcel.objects.filter(sealed_at=act.confirmed_at, sealed_by=act.actor_id, receiver__in=waybills)
    parcels = {(p.sender_id, p.receiver_id): p for p in mine if (p.carrier, p.tracking) == waybills[p.receiver_id]}
    fresh = {(sender, centre) for _, sender, centre, _ in files} - parcels.keys()
    made = Parcel.objects.bulk_create(_parcel(act, sender, centre, waybills[centre]) for sender, centre in sorted(fresh))
    parcels |= {(p.sender_id, p.receiver_id): p for p in made}
    items = [(parcels[sender, centre].pk, pk, None, True) for pk, sender, centre, _ in files]
    _insert(ParcelItem, ("parcel_id", "candidate_id", "counted", "open"), items)
    papers.update(held_by=None)
    return {pk: " ".join(waybills[centre])[:40] for pk, _, centre, _ in files}


def _parcel(act: Act, sender: int, receiver: int, waybill: tuple[str, str]) -> Parcel:
    carrier, number = waybill
    return Parcel(
        sender_id=sender,
        receiver_id=receiver,
        carrier=carrier,
        tracking=number,
        sealed_at=act.confirmed_at,
        sealed_by_id=act.actor_id,
    )


def _receive(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Counted in at the centre that the file belongs to."""
    items = ParcelItem.objects.filter(candidate_id__among=list(done), open=True)
    parcels = list(items.values_list("parcel_id", flat=True).distinct())
    items.update(counted=True, open=False)
    here = Certificate.objects.filter(pk=OuterRef("pk")).values("candidate__centre_id")[:1]
    Certificate.objects.filter(candidate_id__among=list(done), voided_at=None).update(held_by_id=Subquery(here))
    Parcel.objects.filter(id__in=parcels, received_at=None).update(
        received_at=chunk.at, received_by_id=chunk.act.actor_id
    )
    return {}


def _collect(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    asked = chunk.asked
    assert asked.handover is not None
    said = (asked.handover.value, asked.tracking, asked.confirmed, _db_time(chunk), chunk.act.actor_id)
    _insert(Handover, ("candidate_id", "method", "tracking", "confirmed", "at", "by_id"), [(pk, *said) for pk in done])
    Certificate.objects.filter(candidate_id__among=list(done), voided_at=None).update(held_by=None)
    return dict.fromkeys(done, asked.handover.label)


def _recall(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Back to the college: mis-sent, unclaimed, lost and found."""
    ParcelItem.objects.filter(candidate_id__among=list(done), open=True).update(open=False)
    above, papers = colleges(), Certificate.objects.filter(voided_at=None)
    back: dict[int | None, list[int]] = defaultdict(list)
    for pk, centre in Candidate.objects.filter(id__among=list(done)).values_list("id", "centre_id"):
        back[above[centre]].append(pk)
    for college, pks in back.items():
        papers.filter(candidate_id__among=pks).update(held_by_id=college)
    return {}


def _case(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Bring the students' identity cases along (四.1); a case is a person's, whatever batch the file lies in.

    Raises IntegrityError when a case has moved since it was looked at: the chunk is then judged again.
    """
    cases, state = case_of(list(done)), CaseState(chunk.step.target.value)
    decided = state in (CaseState.CLEARED, CaseState.UPHELD)
    written = {
        "state": state.value,
        "filed_at": chunk.at if decided else None, "filed_by_id": chunk.act.actor_id if decided else None,
    }  # fmt: skip
    evidence = _evidence(done) if chunk.verb is Verb.CASE_CLEAR else {}
    alike: dict[tuple[CaseState, ChsiVerdict, str], list[int]] = defaultdict(list)
    for pk, verdict in done.items():
        case = verdict.facts.case
        assert case is not None
        note = "；".join(part for part in (evidence.get(pk, ""), chunk.asked.note) if part)
        alike[case.state, case.verdict, note].append(cases[pk][0])
    moved = sum(
        IdentityCase.objects.filter(id__among=pks, state=was.value, verdict=doubt.value).update(note=note, **written)
        for (was, doubt, note), pks in alike.items()
    )
    if moved != len(done):
        raise IntegrityError("an identity case has moved since it was judged")
    students = list(Candidate.objects.filter(id__among=list(done)).values_list("student_id", flat=True))
    audit.mark_stale(students, "办理了存疑处理")
    audit.judge_few(list(Candidate.objects.filter(student_id__among=students).values_list("id", flat=True)))
    return evidence


def _evidence(done: dict[int, Verdict]) -> Numbers:
    """The registry's newer 正常 that each filing rests on, by its 数据日期; nothing where there is none."""
    chsi = {pk: verdict.facts.chsi for pk, verdict in done.items()}
    days = {pk: known.normal_again for pk, known in chsi.items() if known is not None}
    return {pk: f"学信网 {day} 数据：{ChsiVerdict.NORMAL.label}" for pk, day in days.items() if day is not None}


def _deregister(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The registry has taken the registration back: nobody can query it, and the certificate may be voided."""
    papers = Certificate.objects.filter(candidate_id__among=list(done), voided_at=None, cancelled_on=None)
    if papers.update(cancelled_on=chunk.asked.on or chunk.bench.today, queryable=False) != len(done):
        raise IntegrityError("a certificate has changed since it was judged")
    return {pk: verdict.facts.paper.number for pk, verdict in done.items()}


_EFFECTS: dict[Verb, Effect] = {
    **dict.fromkeys((verb for verb, step in SIDE_STEPS.items() if step.track is Track.CASE), _case),
    Verb.DEREGISTER: _deregister,
    Verb.APPLY: _reported,
    Verb.CERTIFY: _certify,
    Verb.VOID: _void,
    Verb.SHIP: _ship,
    Verb.RECEIVE: _receive,
    Verb.COLLECT: _collect,
    Verb.RECALL: _recall,
}
