"""Whether what was issued is whole: contents behind the numbers, books without holes, degrees with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max

from graduand.models import Candidate, Certificate, Counter, DegreeCertificate
from graduand.queries import issued
from graduand.queries.issued import Issued
from graduand.queries.verdicts import chunks
from graduand.rulebook.terms import DegreeState, Stage

_BOOK = "book:"
_CERTIFIED = [stage.value for stage in (Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED)]


@dataclass(frozen=True, slots=True)
class Whole:
    """`valid` certificates looked at; numbers without any content, and numbers whose content is not what it was."""

    valid: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]


def graduations() -> Whole:
    """Every valid graduation certificate."""
    return _whole(Certificate, issued.graduations)


def degrees() -> Whole:
    """Every valid degree certificate."""
    return _whole(DegreeCertificate, issued.degrees)


def _whole(model: type[Certificate | DegreeCertificate], look: Callable[[Sequence[int]], dict[int, Issued]]) -> Whole:
    ids = list(model.objects.filter(voided_at=None).order_by("candidate_id").values_list("candidate_id", flat=True))
    missing: list[str] = []
    changed: list[str] = []
    for piece in chunks(ids):
        for one in look(piece).values():
            if one.content is None:
                (changed if one.version else missing).append(one.number)
    return Whole(len(ids), tuple(sorted(missing)), tuple(sorted(changed)))


def books_with_holes() -> list[str]:
    """Minted books that are not 1 to the last number given, each once."""
    given = dict(Counter.objects.filter(key__startswith=_BOOK).values_list("key", "value"))
    there: dict[str, tuple[int, int]] = {}
    for model in (Certificate, DegreeCertificate):
        for book, count, last in model.objects.values_list("book").annotate(Count("id"), Max("serial")):
            there[book] = (count, last)
    books = {key.removeprefix(_BOOK): value for key, value in given.items()}
    return sorted(book for book, value in books.items() if there.get(book, (0, 0)) != (value, value))


def misplaced_degree_numbers() -> list[str]:
    """Degree numbers of an earlier program that could not become degree certificates."""
    rows = Certificate.objects.filter(voided_at=None).exclude(degree_number="")
    return sorted(set(rows.values_list("degree_number", flat=True)))


def degrees_without_numbers() -> int:
    """Graduates with a certificate whose degree was granted and has no number."""
    numbered = DegreeCertificate.objects.filter(voided_at=None).values("candidate_id")
    granted = Candidate.objects.filter(degree=DegreeState.GRANTED.value, stage__in=_CERTIFIED)
    return granted.exclude(pk__in=numbered).count()
