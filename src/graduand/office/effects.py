"""What a move brings with it, in the same transaction: certificates, parcels, hand-overs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from graduand.models import (
    Act,
    Candidate,
    Certificate,
    ChsiReport,
    Handover,
    IdentityCase,
    Parcel,
    ParcelItem,
    PhotoRow,
)
from graduand.models.engine import Ids, engine_of
from graduand.office.audit import auditing
from graduand.office.certificates.issuing import amending, degrees, numbering, revoking
from graduand.office.certificates.issuing.rows import db_time, insert
from graduand.office.chunk import Chunk, Effect, Numbers
from graduand.office.dispatch import parcels
from graduand.office.records import file_centres
from graduand.office.season import listing
from graduand.office.season.ending import finishing
from graduand.queries.dispatch import parcel_labels
from graduand.queries.facts import registry
from graduand.queries.scope import colleges
from graduand.queries.season import returning_files
from graduand.queries.verdicts import Verdict
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.papers.paper_facts import Label
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import CaseState, ChsiVerdict, PhotoKind, Verb
from graduand.rulebook.terms import HandoverMethod as Method


def prepare(chunk: Chunk) -> None:
    """Lock what the judgement depends on besides the file, and what is put on paper, before it is
    read.
    """
    if chunk.verb in _SAYS_THE_RECORD:
        numbering.hold_record(chunk)
    if chunk.verb in _SAYS_THE_RECORD or chunk.verb is Verb.DEGREE_GRANT:
        auditing.hold_marks(chunk.places)


def apply(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Do what belongs to the verb; returns the number that each file's event should carry."""
    if not done:
        return {}
    if listing.changes_who_is_live(chunk.step):
        listing.follow(list(done))
    if chunk.basis.closed_on is not None:
        finishing.take_up_again(chunk.act, chunk.step, done)
    effect = _EFFECTS.get(chunk.verb)
    if effect is None:
        return {}
    return effect(chunk, done)


def _reported(_chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The application order that each file just got, as it was written: whoever moved away since
    the pick has none.
    """
    orders = Candidate.objects.filter(id__among=list(done)).values_list("id", "reported_no")
    return {pk: str(order) for pk, order in orders}


def _approved(_chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Checks that the picture that was judged is still the current one: whoever gives a student
    another one holds the file, and we hold these files by now (Z19). Raises IntegrityError
    otherwise: the chunk is then judged again.
    """
    pictures = PhotoRow.objects.filter(
        student=OuterRef("student"), kind=PhotoKind.GRADUATION.value, current=True
    )
    now = Coalesce(Subquery(pictures.values("sha256")[:1]), Value(""))
    files = Candidate.objects.filter(id__among=Ids(done))
    if files.exclude(approved_photo=now).exists():
        raise IntegrityError("a picture has changed since it was judged")
    return {}


def _ship(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """One sealed parcel for each receiving centre; the paper is held by no unit until it is counted
    in.
    """
    act = chunk.act
    columns = ("candidate_id", "held_by_id", "candidate__centre_id", "candidate__centre__code")
    papers = Certificate.objects.filter(candidate_id__among=list(done), voided_at=None)
    files = list(papers.values_list(*columns))
    waybills = {centre: chunk.asked.waybill(code) for _, _, centre, code in files}
    # A later chunk of the same act joins the parcels that an earlier one opened; but no other
    # act's, and none that was counted in or taken back meanwhile. The parcels' rows are locked
    # until we commit.
    mine = Parcel.objects.filter(
        sealed_at=act.confirmed_at,
        sealed_by=act.actor_id,
        receiver__in=waybills,
        received_at=None,
        open=True,
    )
    engine_of().hold(mine, "open")
    sealed = {
        (p.sender_id, p.receiver_id): p for p in mine if p.tracking == waybills[p.receiver_id][1]
    }
    fresh = {(sender, centre) for _, sender, centre, _ in files} - sealed.keys()
    places = parcel_labels.places()
    policy = chunk.basis.policy
    made = Parcel.objects.bulk_create(
        _parcel(act, parcel_labels.today(places, *way, policy), way, waybills[way[1]])
        for way in sorted(fresh)
    )
    sealed |= {(p.sender_id, p.receiver_id): p for p in made}
    items = [(sealed[sender, centre].pk, pk, None, True) for pk, sender, centre, _ in files]
    insert(ParcelItem, ("parcel_id", "candidate_id", "counted", "open"), items)
    papers.update(held_by=None)
    return {pk: " ".join(waybills[centre])[:40] for pk, _, centre, _ in files}


def _parcel(act: Act, label: Label, way: tuple[int, int], waybill: tuple[str, str]) -> Parcel:
    """Seal the parcel: what its list says of places, papers and who answers stays as it is today."""
    sender, receiver = way
    carrier, number = waybill
    return Parcel(
        sender_id=sender,
        receiver_id=receiver,
        carrier=carrier,
        tracking=number,
        sealed_at=act.confirmed_at,
        sealed_by_id=act.actor_id,
        label=asdict(label),
        labelled_at=act.confirmed_at,
    )


def _receive(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Counted in at the centre that the file belongs to."""
    opened = parcels.take_out(done, counted=True)
    here = Certificate.objects.filter(pk=OuterRef("pk")).values("candidate__centre_id")[:1]
    Certificate.objects.filter(candidate_id__among=list(done), voided_at=None).update(
        held_by_id=Subquery(here)
    )
    Parcel.objects.filter(id__in=opened, received_at=None).update(
        received_at=chunk.at, received_by_id=chunk.act.actor_id
    )
    return {}


def _collect(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    asked = chunk.asked
    assert asked.handover is not None
    answers = (
        asked.handover.value,
        asked.carrier[:40],
        asked.tracking[:60],
        asked.confirmed,
        db_time(chunk.at),
        chunk.act.actor_id,
    )
    columns = ("candidate_id", "method", "carrier", "tracking", "confirmed", "at", "by_id")
    insert(Handover, columns, [(pk, *answers) for pk in done])
    Certificate.objects.filter(candidate_id__among=list(done), voided_at=None).update(held_by=None)
    return dict.fromkeys(done, asked.handover.label)


def _uncollect(_chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The hand-over was recorded by mistake: the paper is at the centre, and nothing about it is
    confirmed.

    The record stays where it is, and does not count while the file is not handed over.
    """
    here = Certificate.objects.filter(pk=OuterRef("pk")).values("candidate__centre_id")[:1]
    Certificate.objects.filter(candidate_id__among=list(done), voided_at=None).update(
        held_by_id=Subquery(here)
    )
    given = Handover.objects.filter(candidate_id__among=list(done)).order_by("id")
    return {pk: Method(method).label for pk, method in given.values_list("candidate_id", "method")}


def _recall(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Back to the college: mis-sent, unclaimed, lost and found, or an outdated paper that has to be
    replaced.
    """
    parcels.take_out(done)
    above = colleges()
    papers = Certificate.objects.filter(voided_at=None)
    back: dict[int | None, list[int]] = defaultdict(list)
    for pk, centre in Candidate.objects.filter(id__among=list(done)).values_list("id", "centre_id"):
        back[above[centre]].append(pk)
    for college, pks in back.items():
        papers.filter(candidate_id__among=pks).update(held_by_id=college)
    return {}


def _case(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Move the students' identity cases along (四.1); a case is a person's, whatever batch the file
    is in.

    Raises IntegrityError when a case has moved since it was judged: the chunk is then judged again.
    """
    evidence: Numbers = {}
    if chunk.verb is Verb.CASE_CLEAR:
        evidence = _evidence(done)
    if _move_cases(chunk, done, evidence) != len(done):
        raise IntegrityError("an identity case has moved since it was judged")
    if chunk.verb is Verb.CASE_CLEAR:
        _same_registry(chunk, done)
    students = list(
        Candidate.objects.filter(id__among=list(done)).values_list("student_id", flat=True)
    )
    auditing.mark_stale(students, "办理了存疑处理")
    auditing.judge_few(
        list(Candidate.objects.filter(student_id__among=students).values_list("id", flat=True))
    )
    return evidence


def _move_cases(chunk: Chunk, done: dict[int, Verdict], evidence: Numbers) -> int:
    """Move each case, if it still is as it was judged, to where the step leads; returns how many
    were.
    """
    state = CaseState(chunk.step.target.value)
    written: dict[str, Any] = {
        "state": state.value,
        "version": F("version") + 1,
        "rested_on": None,
        "filed_at": None,
        "filed_by_id": None,
    }
    if state is CaseState.CLEARED:
        written["rested_on"] = _newest_row(chunk.basis.today)
    if state is CaseState.UPHELD:
        written["rested_on"] = _newest_row(chunk.basis.today, normal=True)
    if state in (CaseState.CLEARED, CaseState.UPHELD):
        written |= {"filed_at": chunk.at, "filed_by_id": chunk.act.actor_id}
    alike: dict[tuple[CaseState, ChsiVerdict, int, str], list[int]] = defaultdict(list)
    for pk, verdict in done.items():
        case = verdict.facts.case
        assert case is not None
        note = "；".join(part for part in (evidence.get(pk, ""), chunk.asked.note) if part)
        alike[case.state, case.verdict, case.version, note].append(case.number)
    return sum(
        IdentityCase.objects.filter(
            id__among=pks, state=was.value, verdict=doubt.value, version=version
        ).update(note=note, **written)
        for (was, doubt, version, note), pks in alike.items()
    )


def _same_registry(chunk: Chunk, done: dict[int, Verdict]) -> None:
    """Checks that the registry's newest report is still the one that a filing was judged by: one
    person files alone by a newer 正常, which a doubt that came meanwhile takes away.

    An import of reports holds the cases of the students in its file, and we hold these by now.
    Raises IntegrityError otherwise: the chunk is then judged again.
    """
    whose = dict(Candidate.objects.filter(id__among=list(done)).values_list("id", "student_id"))
    reports, _ = registry.chsi_of(Ids(sorted(whose.values())), chunk.basis.today, {})
    for pk, verdict in done.items():
        judged = verdict.facts.chsi
        now = reports.get(whose[pk])
        if (judged and (judged.day, judged.verdict)) != (now and (now.day, now.verdict)):
            raise IntegrityError("the registry has said something newer since it was judged")


def _newest_row(today: date, *, normal: bool = False) -> Subquery:
    """The 数据日期 of all reports of the registry on the person so far: a row dated ahead does not
    count yet. With `normal` NULL where the newest row is a doubt.
    """
    rows = ChsiReport.objects.filter(student=OuterRef("student_id"), day__lte=today).order_by(
        "-day"
    )
    if normal:
        normal_day = Case(When(verdict=ChsiVerdict.NORMAL.value, then=F("day")))
        return Subquery(rows.values_list(normal_day)[:1])
    return Subquery(rows.values("day")[:1])


def _evidence(done: dict[int, Verdict]) -> Numbers:
    """The registry's newer 正常 that each filing rests on, by its 数据日期; nothing where there is none."""
    chsi = {pk: verdict.facts.chsi for pk, verdict in done.items()}
    days = {pk: known.normal_again for pk, known in chsi.items() if known is not None}
    return {
        pk: f"学信网 {day} 数据：{ChsiVerdict.NORMAL.label}"
        for pk, day in days.items()
        if day is not None
    }


def _sent_back(_chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """A file that is on no frozen roster any more is at its student's centre: it follows a student
    who changed centre meanwhile.
    """
    file_centres.settle(Candidate.objects.filter(id__among=list(done)))
    return {}


def _relist(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """People with a live file elsewhere meanwhile are set aside at once; the others are judged."""
    files = Candidate.objects.filter(id__among=list(done))
    listing.settle(files)
    why = "重新开放了批次"
    if chunk.asked.undone:
        why = "关闭没有完成，批次恢复办理"
    auditing.mark_stale(list(files.values_list("student_id", flat=True)), why)
    return {}


# The content of a certificate is taken from the student's record and plan at that moment.
_SAYS_THE_RECORD = frozenset({Verb.CERTIFY, Verb.DEGREE_CERTIFY, Verb.AMEND})
_EFFECTS: dict[Verb, Effect] = {
    **dict.fromkeys(returning_files.VERBS, _relist),
    Verb.SEND_BACK: _sent_back,
    **dict.fromkeys((verb for verb, step in SIDE_STEPS.items() if step.track is Track.CASE), _case),
    Verb.DEREGISTER: revoking.deregister,
    Verb.REREGISTER: revoking.reregister,
    Verb.AMEND: amending.amend,
    Verb.DEGREE_GRANT: degrees.granted,
    Verb.DEGREE_CERTIFY: degrees.certify,
    Verb.DEGREE_REPLACE: degrees.replaced,
    Verb.DEGREE_DECLINE: degrees.decline,
    Verb.APPLY: _reported,
    Verb.APPROVE: _approved,
    Verb.CERTIFY: numbering.certify,
    Verb.VOID: revoking.void,
    Verb.SHIP: _ship,
    Verb.RECEIVE: _receive,
    Verb.COLLECT: _collect,
    Verb.UNCOLLECT: _uncollect,
    Verb.RECALL: _recall,
}
