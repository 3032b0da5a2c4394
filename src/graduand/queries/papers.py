"""What papers are printed of: who is on which roster, and everything a page shows of each, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from graduand.models import (
    Batch,
    Candidate,
    Handover,
    ParcelItem,
    PhotoRow,
    Profile,
    Result,
    Roster,
    Schooling,
    Unit,
)
from graduand.models.engine import Ids
from graduand.queries import issued
from graduand.queries.issued import Issued
from graduand.queries.scope import Actor, colleges, visible
from graduand.rulebook import paper_facts
from graduand.rulebook.academics import counted
from graduand.rulebook.calendar import office_day, parse_month
from graduand.rulebook.canon import BadText
from graduand.rulebook.paper_facts import NO_PROFILE, Graduand, Opinion, Parcel, Place, Taken
from graduand.rulebook.printing import PRINTED_STAGES
from graduand.rulebook.registration_form import Schooling as Line
from graduand.rulebook.terms import DegreeState, IdKind, Level, ObtainedBy, PhotoKind, PriorCheck, Sex, Stage
from graduand.rulebook.terms import Handover as Method

_COLUMNS = (
    "id", "student_id", "student__number", "student__name", "student__sex", "student__birth", "student__nation",
    "student__id_kind", "student__id_no", "student__politics", "student__category", "student__level",
    "student__plan__code", "student__plan__major_name", "student__plan__years", "student__plan__min_semesters",
    "student__entry", "centre_id", "student__class_name", "student__mobile", "student__email", "stage", "degree",
    "round__name", "roster__number", "roster_no", "roster__frozen_at", "roster_class", "approved_photo",
)  # fmt: skip
_PROFILE = (
    "enrolled_on", "prior_level", "prior_school", "prior_graduated", "prior_certificate", "prior_check", "home_address",
    "employer", "work_phone", "home_phone", "internship", "thesis_title", "awards", "occupation",
)  # fmt: skip


class Listed(NamedTuple):
    """Somebody whose papers may be printed; `roster` None: on none yet."""

    candidate: int
    centre: str
    roster: int | None


def listed(batch: Batch, by: Actor, *, centre: int | None = None, round_name: str | None = None) -> list[Listed]:
    """Whose papers `by` may print, centre by centre in roster order; who is on no roster comes last."""
    rows = Candidate.objects.filter(batch=batch, stage__in=[stage.value for stage in PRINTED_STAGES])
    rows = visible(by, rows)
    if centre is not None:
        rows = rows.filter(centre=centre)
    if round_name is not None:
        rows = rows.filter(round__name=round_name)
    found = list(rows.values_list("id", "centre__code", "roster__number", "roster_no", "student__number"))
    found.sort(key=lambda row: (not row[2], row[2] or 0, row[3] or 0, row[4]))
    return [Listed(pk, code, roster or None) for pk, code, roster, _, _ in found]


def graduands(ids: Sequence[int], day: date) -> list[Graduand]:
    """Everything that papers show of the candidates `ids` (at most a chunk), in their order; results as of `day`."""
    rows = {row[0]: row for row in Candidate.objects.filter(id__among=Ids(ids)).values_list(*_COLUMNS)}
    students = [row[1] for row in rows.values()]
    beside = _Beside(list(rows), students, day)
    return [_as_issued(_graduand(rows[pk], beside), beside.issued.get(pk)) for pk in ids if pk in rows]


class _Beside:
    """What stands in other tables, by candidate or by student; one query each."""

    def __init__(self, ids: Sequence[int], students: Sequence[int], day: date) -> None:
        self.offsets = _offsets(ids)
        self.units = {
            pk: Place(*texts) for pk, *texts in Unit.objects.values_list("id", "code", "name", "address", "contact", "phone")
        }
        self.above = colleges()
        self.issued = issued.graduations(ids)
        self.photos = _photos(students)
        self.profiles = _profiles(students)
        self.histories = _histories(students)
        self.taken, self.passes = results_of(students, day)
        self.parcels = self._parcels(ids)
        self.collected = {
            pk: (Method(method).label, office_day(at))
            for pk, method, at in Handover.objects.filter(candidate_id__among=Ids(ids)).order_by("at", "id")
            .values_list("candidate_id", "method", "at")
        }  # fmt: skip

    def _parcels(self, ids: Sequence[int]) -> dict[int, Parcel]:
        """The last parcel of each, by candidate."""
        rows = ParcelItem.objects.filter(candidate_id__among=Ids(ids)).order_by("id").values_list(
            "candidate_id", "parcel_id", "parcel__sender_id", "parcel__receiver_id", "parcel__carrier", "parcel__tracking",
            "parcel__sealed_at",
        )  # fmt: skip
        return {
            pk: Parcel(self.units[sender], self.units[receiver], carrier, tracking, office_day(sealed), key)
            for pk, key, sender, receiver, carrier, tracking, sealed in rows
        }

    def parcel(self, pk: int, centre: int, stage: Stage) -> Parcel:
        """The parcel that `pk` travels or travelled in; before that the one to be sealed for its centre."""
        known = None if stage in (Stage.APPROVED, Stage.CERTIFIED) else self.parcels.get(pk)
        college = self.above.get(centre)
        sender = self.units[college if college is not None else centre]
        return known or Parcel(sender, self.units[centre])


def _offsets(ids: Sequence[int]) -> dict[int, int]:
    """Roster number -> people on the rosters before it: places are counted through the rosters of the batch."""
    batches = Candidate.objects.filter(id__among=Ids(ids[:1])).values("batch_id")
    found, before = {}, 0
    for number, size in Roster.objects.filter(batch_id__in=batches).order_by("number").values_list("number", "size"):
        found[number] = before
        before += size
    return found


def _photos(students: Sequence[int]) -> dict[tuple[int, str], str]:
    rows = PhotoRow.objects.filter(student_id__among=Ids(students), current=True)
    return {(pk, kind): sha for pk, kind, sha in rows.values_list("student_id", "kind", "sha256")}


def _profiles(students: Sequence[int]) -> dict[int, paper_facts.Profile]:
    found = {}
    rows = Profile.objects.filter(student_id__among=Ids(students)).values_list("student_id", "opinions", *_PROFILE)
    for pk, opinions, *values in rows:
        told: dict[str, Any] = dict(zip(_PROFILE, values, strict=True))
        if told["prior_check"]:
            told["prior_check"] = PriorCheck(told["prior_check"]).label
        said = {name: Opinion(one.get("text", ""), one.get("on", "")) for name, one in opinions.items()}
        found[pk] = paper_facts.Profile(**told, opinions=said)
    return found


def _histories(students: Sequence[int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    rows = Schooling.objects.filter(student_id__among=Ids(students)).order_by("student_id", "start")
    for pk, start, end, place in rows.values_list("student_id", "start", "end", "place"):
        found.setdefault(pk, []).append(Line(parse_month(start), _end(end), place))
    return found


def _end(text: str) -> date | None:
    """None while it lasts (至今)."""
    try:
        return parse_month(text)
    except BadText:
        return None


def results_of(students: Sequence[int], day: date) -> tuple[dict[int, list[Taken]], dict[int, str]]:
    """The results that count on `day` (released by then, and not void), and their joined pass keys; one query."""
    found: dict[int, list[Taken]] = {}
    keys: dict[int, list[tuple[str, date]]] = {}
    rows = Result.objects.filter(student_id__among=Ids(students), released__lte=day, void=False).order_by(
        "student_id", "course", "term", "attempt"
    )
    columns = ("student_id", "course", "mark", "obtained", "term", "pass_key", "attempt")
    for pk, course, mark, way, term, key, attempt in rows.values_list(*columns):
        one = Taken(course, mark, ObtainedBy(way), term, bool(key), reviewed=key.startswith("r"), attempt=attempt)
        found.setdefault(pk, []).append(one)
        keys.setdefault(pk, []).append((key, day))
    return found, {pk: counted(pairs, day) for pk, pairs in keys.items()}


def _graduand(row: tuple[Any, ...], beside: _Beside) -> Graduand:
    (pk, student, number, name, sex, birth, nation, id_kind, id_no, politics, category, level, plan, major, years, semesters,
     entry, centre, class_name, mobile, email, stage, degree, round_name, roster, roster_no, frozen, in_class,
     approved) = row  # fmt: skip
    collected = beside.collected.get(pk, ("", None)) if stage == Stage.COLLECTED.value else ("", None)
    current = beside.photos.get((student, PhotoKind.GRADUATION.value), "")
    return Graduand(
        pk, number, name, Sex(sex), birth, nation, IdKind(id_kind), id_no, politics, category, Level(level), plan, major,
        years, semesters, entry, beside.units[centre], _class_of(roster, in_class, class_name), mobile, email,
        Stage(stage), DegreeState(degree),
        round_name=round_name or "", roster=roster or 0,
        place=beside.offsets[roster] + roster_no if roster else 0, frozen_on=office_day(frozen) if roster else None,
        photo=approved or current,
        admission_photo=beside.photos.get((student, PhotoKind.ADMISSION.value), ""),
        profile=beside.profiles.get(student, NO_PROFILE), history=tuple(beside.histories.get(student, ())),
        taken=tuple(beside.taken.get(student, ())), passes=beside.passes.get(student, ""),
        parcel=beside.parcel(pk, centre, Stage(stage)), collected_by=collected[0], collected_on=collected[1],
    )  # fmt: skip


def _class_of(roster: int | None, in_class: str | None, class_name: str) -> str:
    """The class that a frozen roster was ordered by, else that of the record."""
    return in_class if roster and in_class is not None else class_name


def _as_issued(person: Graduand, certificate: Issued | None) -> Graduand:
    """The person as the certificate has it, whatever the record says since."""
    if certificate is None:
        return person
    content = certificate.content
    if content is None:
        return replace(person, number=certificate.number, unreadable=True)
    return replace(
        person, number=certificate.number, content=content, name=content.name, sex=content.sex, birth=content.birth,
        id_kind=content.id_kind, id_no=content.id_no, level=content.level, major_name=content.major_name,
        years=content.years, min_semesters=content.min_semesters, entry=content.entry, photo=content.photo,
    )  # fmt: skip
