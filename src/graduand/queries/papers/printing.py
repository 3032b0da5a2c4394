"""What papers are printed from: who is on which roster, and everything a page shows of each, in a
constant number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from graduand.models import Batch, Candidate, Handover, ParcelItem, PhotoRow, Roster
from graduand.models.engine import Ids
from graduand.queries.certificates import issued, old_papers
from graduand.queries.certificates.issued import Issued, ValidPapers
from graduand.queries.dispatch import parcel_labels
from graduand.queries.dispatch.parcel_labels import Places
from graduand.queries.papers import archives
from graduand.queries.scope import Actor, colleges, own_units, visible
from graduand.rulebook.calendar import office_day
from graduand.rulebook.gates import Basis
from graduand.rulebook.papers.archive_content import NO_ARCHIVE, Archive
from graduand.rulebook.papers.paper_facts import Graduand, Label, ParcelFacts
from graduand.rulebook.papers.printing import PRINTED_STAGES
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import DegreeState, IdKind, Level, PhotoKind, Sex, Stage
from graduand.rulebook.terms import HandoverMethod as Method

_COLUMNS = (
    "id",
    "student_id",
    "student__number",
    "student__name",
    "student__sex",
    "student__birth",
    "student__id_kind",
    "student__id_no",
    "student__level",
    "student__plan__major_name",
    "student__plan__years",
    "student__plan__min_semesters",
    "student__entry",
    "centre_id",
    "stage",
    "degree",
    "round__name",
    "roster__number",
    "roster_no",
    "roster__frozen_at",
    "roster_class",
    "approved_photo",
)


PARCEL_COLUMNS = (
    "parcel_id",
    "parcel__label",
    "parcel__sender_id",
    "parcel__receiver_id",
    "parcel__carrier",
    "parcel__tracking",
    "parcel__sealed_at",
)


class _PaperRow(NamedTuple):
    """A row of `_COLUMNS`, in their order; without a roster its other columns say nothing."""

    pk: int
    student: int
    number: str
    name: str
    sex: str
    birth: date
    id_kind: str
    id_no: str
    level: str
    major: str
    years: str
    semesters: int
    entry: int
    centre: int
    stage: str
    degree: str
    round_name: str | None
    roster: int | None
    roster_no: int
    frozen: datetime
    in_class: str
    approved: str


class ListedPerson(NamedTuple):
    """Somebody whose papers may be printed; `roster` None: on none yet."""

    candidate: int
    centre: str
    roster: int | None
    student_no: str


def listed(
    batch: Batch,
    by: Actor,
    *,
    centre: int | None = None,
    round_name: str | None = None,
    amended: bool = False,
    students: Sequence[str] | None = None,
) -> list[ListedPerson]:
    """The people whose papers `by` may print, centre by centre in roster order; those on no roster
    come last.

    `amended`: only those whose certificate was amended and has to be printed anew. `students`: only
    these 学号.
    """
    rows = Candidate.objects.filter(
        batch=batch, stage__in=[stage.value for stage in PRINTED_STAGES]
    )
    rows = visible(by, rows)
    if centre is not None:
        rows = rows.filter(centre=centre)
    if round_name is not None:
        rows = rows.filter(round__name=round_name)
    if amended:
        rows = rows.filter(old_papers.to_print())
    if students is not None:
        rows = rows.filter(student__number__among=list(students))
    found = list(
        rows.values_list("id", "centre__code", "roster__number", "roster_no", "student__number")
    )
    found.sort(key=lambda row: (not row[2], row[2] or 0, row[3] or 0, row[4]))
    return [ListedPerson(pk, code, roster or None, number) for pk, code, roster, _, number in found]


def centres(by: Actor, centre: int | None = None) -> list[str]:
    """The codes of the centres whose papers `by` may print, or of `centre` alone."""
    units = own_units(by)
    if centre is not None:
        units = units.filter(pk=centre)
    return list(units.values_list("code", flat=True))


def graduands(
    ids: Sequence[int], basis: Basis, standing: ValidPapers | None = None
) -> list[Graduand]:
    """Everything that papers show of the candidates `ids` (at most a chunk), in their order;
    results as of the basis's day.

    `standing`: how their certificates stand, where that has been read already.
    """
    rows = {
        row[0]: row for row in Candidate.objects.filter(id__among=Ids(ids)).values_list(*_COLUMNS)
    }
    beside = _PaperTables(
        list(rows), [row[1] for row in rows.values()], basis, standing or issued.standing(ids)
    )
    return [
        as_issued(_graduand(_PaperRow(*rows[pk]), beside), beside.issued.get(pk))
        for pk in ids
        if pk in rows
    ]


class _PaperTables:
    """What stands in other tables, by candidate or by student; one query each."""

    def __init__(
        self, ids: Sequence[int], students: Sequence[int], basis: Basis, standing: ValidPapers
    ) -> None:
        self.offsets = _offsets(ids)
        self.units = parcel_labels.places()
        self.policy = basis.policy
        self.above = colleges()
        self.issued, self.old_papers = standing
        self.archives = self._archives(ids, basis)
        self.photos = _graduation_photos(students)
        self.parcels = self._parcels(ids)
        self.collected = {
            pk: (Method(method).label, office_day(at))
            for pk, method, at in Handover.objects.filter(
                candidate_id__among=Ids(ids),
                candidate__stage=Stage.COLLECTED.value,
            )
            .order_by("at", "id")
            .values_list("candidate_id", "method", "at")
        }

    def _archives(self, ids: Sequence[int], basis: Basis) -> dict[int, Archive | None]:
        """As stored with the number; by today's record for a person without one. None: nothing that
        can be trusted.
        """
        numbered = dict.fromkeys(self.issued) | archives.stored_archives(ids)
        waiting = [pk for pk in ids if pk not in numbered]
        if not waiting:
            return numbered
        return numbered | archives.on_record(waiting, archives.terms_of(basis))

    def _parcels(self, ids: Sequence[int]) -> dict[int, ParcelFacts]:
        """The last parcel of each, by candidate."""
        items = ParcelItem.objects.filter(candidate_id__among=Ids(ids)).order_by("id")
        packed = items.values_list("candidate_id", *PARCEL_COLUMNS)
        return {pk: parcel_facts(told, self.units, self.policy) for pk, *told in packed}

    def parcel(self, pk: int, centre: int, stage: Stage) -> ParcelFacts:
        """The parcel that `pk` travels or travelled in; before that the one to be sealed for its
        centre.
        """
        if pk in self.parcels and stage not in (Stage.APPROVED, Stage.CERTIFIED):
            return self.parcels[pk]
        sender = self.above.get(centre) or centre
        return ParcelFacts(parcel_labels.today(self.units, sender, centre, self.policy))


def parcel_facts(told: Sequence[Any], units: Places, policy: BatchPolicy) -> ParcelFacts:
    """The parcel of `PARCEL_COLUMNS`; its label as it was sealed, today's where none was kept."""
    key, label, sender, receiver, carrier, tracking, sealed = told
    kept = Label.from_dict(label) if label else parcel_labels.today(units, sender, receiver, policy)
    return ParcelFacts(kept, carrier, tracking, office_day(sealed), key)


def _offsets(ids: Sequence[int]) -> dict[int, int]:
    """Roster number -> people on the rosters before it: places are counted through the rosters of
    the batch.
    """
    batches = Candidate.objects.filter(id__among=Ids(ids[:1])).values("batch_id")
    found = {}
    before = 0
    for number, size in (
        Roster.objects.filter(batch_id__in=batches).order_by("number").values_list("number", "size")
    ):
        found[number] = before
        before += size
    return found


def _graduation_photos(students: Sequence[int]) -> dict[int, str]:
    rows = PhotoRow.objects.filter(
        student_id__among=Ids(students), kind=PhotoKind.GRADUATION.value, current=True
    )
    return dict(rows.values_list("student_id", "sha256"))


def _graduand(row: _PaperRow, beside: _PaperTables) -> Graduand:
    """The person of a row, with what was looked up for it."""
    stage = Stage(row.stage)
    collected_by = ""
    collected_on = None
    if stage is Stage.COLLECTED:
        collected_by, collected_on = beside.collected.get(row.pk, ("", None))
    archive = beside.archives[row.pk]
    place = beside.units[row.centre]
    return Graduand(
        row.pk,
        row.number,
        row.name,
        Sex(row.sex),
        row.birth,
        IdKind(row.id_kind),
        row.id_no,
        Level(row.level),
        row.major,
        row.years,
        row.semesters,
        row.entry,
        replace(place, name=archive.centre) if archive else place,
        _class_of(row.roster, row.in_class, archive or NO_ARCHIVE),
        stage,
        DegreeState(row.degree),
        archive or NO_ARCHIVE,
        round_name=row.round_name or "",
        roster=row.roster or 0,
        place=beside.offsets[row.roster] + row.roster_no if row.roster else 0,
        frozen_on=office_day(row.frozen) if row.roster else None,
        photo=row.approved or beside.photos.get(row.student, ""),
        parcel=beside.parcel(row.pk, row.centre, stage),
        collected_by=collected_by,
        collected_on=collected_on,
        unreadable=archive is None,
        old_since=beside.old_papers.get(row.pk),
    )


def _class_of(roster: int | None, in_class: str | None, archive: Archive) -> str:
    """The class that a frozen roster was ordered by, else that of the archive."""
    if roster and in_class is not None:
        return in_class
    return archive.class_name


def as_issued(person: Graduand, certificate: Issued | None) -> Graduand:
    """The person as the certificate has it, whatever the record says since."""
    if certificate is None:
        return person
    content = certificate.content
    if content is None:
        return replace(person, number=certificate.number, unreadable=True)
    return replace(
        person,
        number=certificate.number,
        content=content,
        name=content.name,
        sex=content.sex,
        birth=content.birth,
        id_kind=content.id_kind,
        id_no=content.id_no,
        level=content.level,
        major_name=content.major_name,
        years=content.years,
        min_semesters=content.min_semesters,
        entry=content.entry,
        photo=content.photo,
    )
