"""Who is numbered and goes to the national registry, and what their certificates say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from graduand.models import Batch, Candidate, Certificate
from graduand.models.engine import Ids
from graduand.queries.certificates import issued
from graduand.queries.certificates.issued import Issued
from graduand.queries.facts import gathering
from graduand.rulebook.gates import Basis
from graduand.rulebook.registry.exchange import Hold, exchange_holds


class HeldBackPerson(NamedTuple):
    """A person in the list of those held back; nothing that is sealed."""

    student_no: str
    name: str
    centre: str
    number: str


def numbered(batch: Batch, round_name: str | None = None) -> list[int]:
    """The candidates of `batch` (of one round) with a valid certificate, in roster order, then by
    number.
    """
    rows = _valid().filter(candidate__batch=batch)
    if round_name is not None:
        rows = rows.filter(candidate__round__name=round_name)
    ordered = rows.order_by("candidate__roster__number", "candidate__roster_no", "number")
    return list(ordered.values_list("candidate_id", flat=True))


def cancelled(batch: Batch, students: Collection[str]) -> dict[str, int]:
    """学号 -> candidate of `students` whose valid certificate in `batch` has no registration any
    more.
    """
    rows = _valid().filter(
        candidate__batch=batch, cancelled_on__isnull=False, candidate__number__among=list(students)
    )
    return dict(rows.values_list("candidate__number", "candidate_id"))


def _valid() -> QuerySet[Certificate]:
    """The stages in which a file has a valid certificate: from certify to whatever end; void takes
    it back.
    """
    return Certificate.objects.filter(voided_at=None)


def holds(ids: Sequence[int], basis: Basis, *, again: bool = False) -> dict[int, tuple[Hold, ...]]:
    """What keeps each candidate of `ids` (at most a chunk) out of the file today; () for nothing.
    `again`: of a file of cancelled registrations.
    """
    found = gathering.gather(ids, basis.policy, basis.today, papers=True)
    return {pk: exchange_holds(known, basis, again=again) for pk, known in found.items()}


def contents(ids: Sequence[int]) -> dict[int, Issued]:
    """The certificates of the candidates `ids` (at most a chunk), in their order, as they were
    issued.
    """
    found = issued.graduations(ids)
    return {pk: found[pk] for pk in ids if pk in found}


def people(ids: Sequence[int]) -> dict[int, HeldBackPerson]:
    """Who the candidates `ids` are, in their order; two queries."""
    columns = ("id", "student__number", "student__name", "centre__code", "centre__name")
    rows = Candidate.objects.filter(id__among=Ids(ids)).values_list(*columns)
    numbers = dict(
        _valid().filter(candidate_id__among=Ids(ids)).values_list("candidate_id", "number")
    )
    found = {
        pk: HeldBackPerson(number, name, f"{code} {unit}", numbers.get(pk, ""))
        for pk, number, name, code, unit in rows
    }
    return {pk: found[pk] for pk in ids if pk in found}
