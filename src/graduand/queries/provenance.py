"""Who brought the facts that a decision rests on: which import, by whom, when, from which file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from graduand.models import Candidate, ChsiReport, Grant, Intake, PhotoRow, Result
from graduand.queries import stations
from graduand.queries.scope import Actor

PROGRAM = "系统"


@dataclass(frozen=True, slots=True)
class Source:
    """One import: `who` with the unit, `record` its number where the reader may open it, `own` that he brought it."""

    who: str
    at: datetime
    file: str
    record: int | None
    own: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """The facts of one student, each with the import that wrote it last (None: older than this record)."""

    report: ChsiReport | None
    registry: Source | None
    results: Source | None
    reviewed: frozenset[str]
    review: Source | None
    standing: Source | None
    photos: dict[str, Source]


def of(actor: Actor, file: Candidate, photos: Iterable[PhotoRow], practice: frozenset[str], day: date) -> Brought:
    """What is known of `file`, for `actor` on `day`; `practice` are the courses whose marks are reviewed (复核).

    Five queries, `photos` apart.
    """
    report = ChsiReport.objects.filter(student=file.student_id, day__lte=day).order_by("-day").first()
    marks = Result.objects.filter(student=file.student_id, released__lte=day, void=False)
    rows = list(marks.values_list("course", "reviewed", "brought_by_id"))
    passed = [(course, intake) for course, reviewed, intake in rows if reviewed and course in practice]
    pictures = {row.kind: row for row in photos}
    newest = max((intake for *_, intake in rows if intake), default=None)
    last_review = max((intake for _, intake in passed if intake), default=None)
    uploads = {kind: row.judged.upload.intake_id for kind, row in pictures.items() if row.judged is not None}
    base = file.student.brought_by_id
    told = report.brought_by_id if report is not None else None
    asked = {pk for pk in (newest, last_review, base, told, *uploads.values()) if pk}
    known = _sources(actor, asked, [row.stored_by_id for row in pictures.values()])
    return Brought(
        report, known.get(told), known.get(newest),
        frozenset(course for course, _ in passed), known.get(last_review), known.get(base),
        {kind: known.photo(row, uploads.get(kind)) for kind, row in pictures.items()},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """Imports by number, and the units of people, as one reader may know them."""

    actor: Actor
    intakes: dict[int, Intake]
    open_to_reader: frozenset[int]
    units: dict[int, str]

    def get(self, number: int | None) -> Source | None:
        """The source that an import is."""
        intake = self.intakes.get(number or 0)
        if intake is None:
            return None
        who = self._person(intake.by_id, intake.by.name) if intake.by is not None else PROGRAM
        return Source(who, intake.at, intake.name, self._record(intake.pk), intake.by_id == self.actor.user_id)

    def photo(self, row: PhotoRow, number: int | None) -> Source:
        """A picture says itself who stored it and when, by an upload or by an exchange that two agreed to."""
        name = row.judged.upload.name if row.judged is not None else ""
        who, own = self._person(row.stored_by_id, row.stored_by.name), row.stored_by_id == self.actor.user_id
        return Source(who, row.stored_at, name, self._record(number), own)

    def _person(self, user: int | None, name: str) -> str:
        return f"{self.units[user]} {name}" if user in self.units else name

    def _record(self, number: int | None) -> int | None:
        return number if number in self.open_to_reader else None


def _sources(actor: Actor, asked: set[int], people: Iterable[int]) -> _Known:
    intakes = {row.pk: row for row in Intake.objects.filter(pk__in=asked).select_related("by")}
    readable = frozenset(stations.intakes(actor).filter(pk__in=asked).values_list("pk", flat=True))
    users = {*people, *(row.by_id for row in intakes.values() if row.by_id)}
    held = Grant.objects.filter(user__in=users, user__system=False).order_by("-id")
    return _Known(actor, intakes, readable, dict(held.values_list("user_id", "unit__name")))
