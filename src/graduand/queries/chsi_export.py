"""Who is numbered and goes to the national registry, and their data in plain text: the only place that opens ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from graduand.models import Batch, Candidate, Certificate
from graduand.models.engine import Ids
from graduand.queries import facts
from graduand.rulebook.exchange import Graduate, Hold, kept_out
from graduand.rulebook.gates import Bench
from graduand.rulebook.terms import Level, Sex

_COLUMNS = (
    "candidate_id", "candidate__student__number", "candidate__student__exam_no", "candidate__student__name",
    "candidate__student__sex", "candidate__student__birth", "candidate__student__id_no",
    "candidate__student__plan__major_code", "candidate__student__plan__major_name", "candidate__student__plan__years",
    "candidate__student__plan__min_semesters", "candidate__student__level", "candidate__student__entry",
    "issue_date", "number",
)  # fmt: skip


class Person(NamedTuple):
    """Who somebody is, for the list of those held back; nothing that is sealed."""

    student_no: str
    name: str
    centre: str
    number: str


def numbered(batch: Batch, round_name: str | None = None) -> list[int]:
    """The candidates of `batch` (of one round) with a valid certificate, in roster order, then by number."""
    rows = _valid().filter(candidate__batch=batch)
    if round_name is not None:
        rows = rows.filter(candidate__round__name=round_name)
    ordered = rows.order_by("candidate__roster__number", "candidate__roster_no", "number")
    return list(ordered.values_list("candidate_id", flat=True))


def _valid() -> QuerySet[Certificate]:
    """A file has one exactly from certify to whatever end: void takes it back."""
    return Certificate.objects.filter(voided_at=None)


def holds(ids: Sequence[int], bench: Bench) -> dict[int, tuple[Hold, ...]]:
    """What keeps each candidate of `ids` (at most a chunk) out of the file today; () for nothing."""
    found = facts.gather(ids, bench.policy, bench.today)
    return {pk: kept_out(known, bench) for pk, known in found.items()}


def graduates(ids: Sequence[int]) -> dict[int, Graduate]:
    """The plain data of the candidates `ids` (at most a chunk), in their order; one query, ids are opened."""
    rows = _valid().filter(candidate_id__among=Ids(ids)).values_list(*_COLUMNS)
    found = {
        pk: Graduate(number, exam, name, Sex(sex), birth, id_no, major, major_name, years, semesters, Level(level), entry,
                     issued, certificate)
        for pk, number, exam, name, sex, birth, id_no, major, major_name, years, semesters, level, entry, issued,
        certificate in rows
    }  # fmt: skip
    return {pk: found[pk] for pk in ids if pk in found}


def people(ids: Sequence[int]) -> dict[int, Person]:
    """Who the candidates `ids` are, in their order; two queries."""
    columns = ("id", "student__number", "student__name", "centre__code", "centre__name")
    rows = Candidate.objects.filter(id__among=Ids(ids)).values_list(*columns)
    numbers = dict(_valid().filter(candidate_id__among=Ids(ids)).values_list("candidate_id", "number"))
    found = {pk: Person(number, name, f"{code} {unit}", numbers.get(pk, "")) for pk, number, name, code, unit in rows}
    return {pk: found[pk] for pk in ids if pk in found}
