"""Who brought the facts that a decision rests on: which import, by whom, when, from which file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from graduand.models import Candidate, ChsiReport, Grant, Intake, PhotoRow, Profile, Result
from graduand.queries import stations
from graduand.queries.basis import plan_of
from graduand.queries.facts import declarations
from graduand.queries.facts.declarations import CentreDeclaration
from graduand.queries.records import mark_changes
from graduand.queries.records.mark_changes import EarlierMark, Sitting
from graduand.queries.scope import Actor
from graduand.rulebook.audit.academics import is_reviewed
from graduand.rulebook.facts import Course
from graduand.rulebook.gates import Basis
from graduand.rulebook.papers.transcript import CountedResult
from graduand.rulebook.registry.registry_report import NOTHING, Differences, carried_on, speaks_of
from graduand.rulebook.terms import ObtainedBy

PROGRAM = "系统"
# In which way a fact came: in a sheet, as a picture that was uploaded or that two people exchanged,
# by a centre's declaration.
IMPORTED = "导入"
UPLOADED = "上传"
STORED = "存入"
DECLARED = "声明"


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Where a fact comes from: `who` with the unit, `person` without, `record` the number of the
    import where the reader may open it, `own`: the reader brought it, `how`: in which way.
    """

    who: str
    person: str
    at: datetime
    file: str
    record: int | None
    own: bool
    how: str = IMPORTED


@dataclass(frozen=True, slots=True)
class Sources:
    """The facts of one student, each with the import that wrote it last (None: older than this
    record).

    `changed` is what stood in a mark before imports changed it; `voided` are the marks that one has
    taken back.
    """

    report: ChsiReport | None
    mismatches: str
    compared: ImportSource | None
    registry: ImportSource | None
    results: ImportSource | None
    hq_results: ImportSource | None
    reviewed: frozenset[str]
    review: ImportSource | None
    standing: ImportSource | None
    photos: dict[str, ImportSource]
    marks: dict[Sitting, ImportSource]
    changed: dict[Sitting, tuple[EarlierMark, ...]] = field(default_factory=dict)
    voided: tuple[CountedResult, ...] = ()
    declared: ImportSource | None = None
    prior_check: str = ""
    check: ImportSource | None = None
    confirmation: ImportSource | None = None


def sources(actor: Actor, file: Candidate, photos: Iterable[PhotoRow], basis: Basis) -> Sources:
    """What is known of `file`, for `actor` on the day of `basis`.

    Seven queries, `photos` apart, and one more where the policy asks for the 前置学历.
    """
    reports = list(
        ChsiReport.objects.filter(student=file.student_id, day__lte=basis.today).order_by("day")
    )
    report = reports[-1] if reports else None
    mismatches, compared = _compared(reports)
    marks = _marks(file, basis)
    profile = _profile(file) if "QUALIF" in basis.policy.extra_gates else None
    pictures = {row.kind: row for row in photos}
    uploads = _uploads(pictures)
    base = file.student.brought_by_id
    confirmed = file.student.confirmation_brought_by_id
    told = report.brought_by_id if report is not None else None
    checked = profile.check_brought_by_id if profile is not None else None
    deciding = (marks.newest, marks.hq, marks.review, base, confirmed, told, compared, checked)
    asked = {pk for pk in (*deciding, *uploads.values(), *marks.each.values()) if pk}
    known = _sources(actor, asked, [row.stored_by_id for row in pictures.values()])
    return Sources(
        report,
        mismatches,
        known.get(compared),
        known.get(told),
        known.get(marks.newest),
        known.get(marks.hq),
        marks.reviewed,
        known.get(marks.review),
        known.get(base),
        {kind: known.photo(row, uploads.get(kind)) for kind, row in pictures.items()},
        _known_of_each(marks.each, known),
        marks.changed,
        marks.voided,
        known.declaration(declarations.declaration_of(file)),
        profile.prior_check if profile is not None else "",
        known.get(checked),
        known.get(confirmed),
    )


def _uploads(pictures: Mapping[str, PhotoRow]) -> dict[str, int | None]:
    """The import that brought each picture, by its kind."""
    return {
        kind: row.judged.upload.intake_id
        for kind, row in pictures.items()
        if row.judged is not None
    }


def _known_of_each(
    each: Mapping[Sitting, int | None], known: _ReadableImports
) -> dict[Sitting, ImportSource]:
    """The import of each mark, as far as it is known."""
    sources = {sitting: known.get(intake) for sitting, intake in each.items()}
    return {sitting: source for sitting, source in sources.items() if source is not None}


def _compared(reports: Sequence[ChsiReport]) -> tuple[str, int | None]:
    """(what differs, the import of the newest of `reports` that mentions it); one report per day,
    the newest last.
    """
    differs = NOTHING
    for report in reports:
        differs = carried_on(differs, Differences(report.mismatches, report.differs), report.silent)
    teller = next((one for one in reversed(reports) if speaks_of(differs, one.silent)), None)
    return differs.mismatches, teller.brought_by_id if teller is not None else None


def _profile(file: Candidate) -> Profile | None:
    return Profile.objects.filter(student=file.student_id).first()


@dataclass(frozen=True, slots=True)
class _Marks:
    """The imports of the marks that decide, each the newest, and of `each` mark with what it was
    before; `reviewed` are the practice courses that are passed.
    """

    newest: int | None
    hq: int | None
    review: int | None
    reviewed: frozenset[str]
    each: dict[Sitting, int | None]
    changed: dict[Sitting, tuple[EarlierMark, ...]]
    voided: tuple[CountedResult, ...]


class _ResultRow(NamedTuple):
    """A result with its course of the plan (None: outside it), whether it counts today or was
    voided, what it was before.
    """

    sitting: Sitting
    taken: CountedResult
    key: str
    intake: int | None
    course: Course | None
    counts: bool
    void: bool
    before: tuple[EarlierMark, ...]

    @property
    def earns(self) -> bool:
        return self.counts and bool(self.key)

    @property
    def decides(self) -> bool:
        """Whether the sums would differ without its import: it earns credits, or has earned some."""
        return self.earns or any(was.passed for was in self.before)


def _marks(file: Candidate, basis: Basis) -> _Marks:
    """What earns credits today or has lost them; where nothing does, the marks that earn none."""
    rows = _results(file, basis)
    known = [row for row in rows if row.course is not None]
    deciding = [row for row in known if row.decides] or [row for row in known if row.counts]
    practice = [row for row in known if row.course is not None and row.course.practice]
    reviewed = [row for row in practice if row.counts and is_reviewed(row.key)]
    looked_at = [
        row for row in practice if row in reviewed or any(was.reviewed for was in row.before)
    ]
    newest = _newest(row.intake for row in deciding)
    return _Marks(
        newest,
        _newest(row.intake for row in deciding if row.course is not None and row.course.hq_exam)
        or newest,
        _newest(row.intake for row in looked_at),
        frozenset(row.sitting[0] for row in reviewed),
        {row.sitting: row.intake for row in rows if row.counts or row.void},
        {row.sitting: row.before for row in rows if row.before},
        tuple(row.taken for row in rows if row.void),
    )


_RESULT = (
    "course",
    "term",
    "attempt",
    "pass_key",
    "brought_by_id",
    "void",
    "released",
    "mark",
    "obtained",
)


def _results(file: Candidate, basis: Basis) -> list[_ResultRow]:
    """Every result of the student: a voided one, or one that is not released yet, counts for
    nothing; two queries.
    """
    found = list(Result.objects.filter(student=file.student_id).values_list(*_RESULT))
    courses = {course.code: course for course in plan_of(file, basis).courses}
    before = mark_changes.changes_of(
        file.student.number, [(code, term, attempt) for code, term, attempt, *_ in found]
    )
    return [
        _ResultRow(
            (code, term, attempt),
            CountedResult(code, mark, ObtainedBy(obtained), term, bool(key), attempt=attempt),
            key,
            intake,
            courses.get(code),
            not void and released <= basis.today,
            void,
            before.get((code, term, attempt), ()),
        )
        for code, term, attempt, key, intake, void, released, mark, obtained in found
    ]


def _newest(intakes: Iterable[int | None]) -> int | None:
    return max((intake for intake in intakes if intake), default=None)


@dataclass(frozen=True, slots=True)
class _ReadableImports:
    """Imports by number, and the units of people, as one reader may know them."""

    actor: Actor
    intakes: dict[int, Intake]
    open_to_reader: frozenset[int]
    units: dict[int, str]

    def get(self, number: int | None) -> ImportSource | None:
        """The source that an import is."""
        intake = self.intakes.get(number or 0)
        if intake is None:
            return None
        name = PROGRAM
        if intake.by is not None:
            name = intake.by.name
        who = self._person(intake.by_id, name)
        own = intake.by_id == self.actor.user_id
        return ImportSource(who, name, intake.at, intake.name, self._record(intake.pk), own)

    def photo(self, row: PhotoRow, number: int | None) -> ImportSource:
        """The source of a picture: its own row says who stored it and when, by an upload or by an
        exchange that two people agreed to.
        """
        who = self._person(row.stored_by_id, row.stored_by.name)
        own = row.stored_by_id == self.actor.user_id
        record = self._record(number)
        name = ""
        how = STORED
        if row.judged is not None:
            name = row.judged.upload.name
            how = UPLOADED
        return ImportSource(who, row.stored_by.name, row.stored_at, name, record, own, how)

    def declaration(self, said: CentreDeclaration | None) -> ImportSource | None:
        """The source of a centre's declaration, which comes from no file."""
        if said is None:
            return None
        who = f"{said.centre} {said.name}"
        own = said.user == self.actor.user_id
        return ImportSource(who, said.name, said.at, "申请时声明", None, own, DECLARED)

    def _person(self, user: int | None, name: str) -> str:
        if user not in self.units:
            return name
        return f"{self.units[user]} {name}"

    def _record(self, number: int | None) -> int | None:
        if number in self.open_to_reader:
            return number
        return None


def _sources(actor: Actor, asked: set[int], people: Iterable[int]) -> _ReadableImports:
    intakes = {row.pk: row for row in Intake.objects.filter(pk__in=asked).select_related("by")}
    readable = frozenset(stations.intakes(actor).filter(pk__in=asked).values_list("pk", flat=True))
    users = {*people, *(row.by_id for row in intakes.values() if row.by_id)}
    held = Grant.objects.filter(user__in=users, user__system=False).order_by("-id")
    return _ReadableImports(
        actor, intakes, readable, dict(held.values_list("user_id", "unit__name"))
    )
