"""What belongs to one graduate's file on paper: the certificate, the archive, the parcel, the
hand-over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from graduand.models import Candidate, Certificate, DegreeCertificate, Document, Event, ParcelItem
from graduand.queries.records import person
from graduand.queries.records.person import HandoverRecord
from graduand.queries.stations import GRADUATED
from graduand.rulebook.calendar import office_day
from graduand.rulebook.terms import DegreeState, PaperKind, ReasonCode, Stage, Verb


@dataclass(frozen=True, slots=True)
class VoidedPaper:
    """A spent number: the stage from which it was voided, None where that was not recorded, and
    whether it was voided because the paper is lost.
    """

    number: str
    stage: Stage | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Holdings:
    """`certificate` and `degree` are the valid certificates, None where there is none; `voided` are
    the others.

    `papers` are those of the policy's archive with the day on which each arrived, None for a
    missing one; `recorded`: whether any arrival was ever recorded in the batch, without which
    nobody can say what is missing.
    """

    certificate: Certificate | None
    voided: tuple[VoidedPaper, ...]
    papers: tuple[tuple[PaperKind, date | None], ...]
    parcel: ParcelItem | None
    handover: HandoverRecord | None
    degree: DegreeCertificate | None
    recorded: bool


def holdings_of(file: Candidate, dossier: Sequence[PaperKind]) -> Holdings | None:
    """Everything on paper of `file`; None before 准予毕业, when there is none. Four queries, and one
    more of what was voided.
    """
    if file.stage not in GRADUATED:
        return None
    rows = Certificate.objects.filter(candidate=file).select_related("held_by")
    numbered = list(rows.order_by("id"))
    valid = next((certificate for certificate in numbered if certificate.voided_at is None), None)
    arrived = dict(Document.objects.filter(candidate=file).values_list("kind", "ready_at"))
    papers = tuple(
        (kind, office_day(arrived[kind]) if kind in arrived else None) for kind in dossier
    )
    items = ParcelItem.objects.filter(candidate=file).select_related(
        "parcel__sender", "parcel__receiver"
    )
    return Holdings(
        valid,
        _voided(
            file,
            [certificate.number for certificate in numbered if certificate.voided_at is not None],
        ),
        papers,
        items.order_by("-id").first(),
        person.handed_over(file),
        _valid_degree(file),
        bool(arrived) or Document.objects.filter(candidate__batch=file.batch_id).exists(),
    )


def _voided(file: Candidate, numbers: Sequence[str]) -> tuple[VoidedPaper, ...]:
    """The voided certificates, each with how it was voided; one query, none for most files."""
    if not numbers:
        return ()
    events = Event.objects.filter(candidate=file, verb=Verb.VOID.value)
    known = {
        number: VoidedPaper(number, Stage(stage), reason == ReasonCode.LOST)
        for number, stage, reason in events.values_list("number", "from_stage", "reason")
    }
    return tuple(known.get(number, VoidedPaper(number)) for number in numbers)


def _valid_degree(file: Candidate) -> DegreeCertificate | None:
    if file.degree != DegreeState.GRANTED:
        return None
    return DegreeCertificate.objects.filter(candidate=file, voided_at=None).first()
