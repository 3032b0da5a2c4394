"""Whether what was issued is whole: contents behind the numbers, books without holes, degrees with
their numbers.
"""

from __future__ import annotations

from collections import Counter as Tallied
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, Q, QuerySet

from graduand.models import Candidate, Certificate, Counter, DegreeCertificate, IncomingNumber
from graduand.queries.certificates import issued
from graduand.queries.certificates.issued import Issued
from graduand.queries.papers import archives
from graduand.queries.verdicts import chunks
from graduand.rulebook.certificates.numbering import SERIAL_DIGITS
from graduand.rulebook.terms import GRADUATED_STAGES, DegreeState

_BOOK = "book:"
_CERTIFIED = [stage.value for stage in GRADUATED_STAGES]


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """How many `valid` certificates were checked; numbers without any content, and numbers whose
    content does not match its hash.
    """

    valid: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]


def graduations() -> IntegrityCheck:
    """Every valid graduation certificate."""
    return _whole(Certificate, issued.graduations)


def degrees() -> IntegrityCheck:
    """Every valid degree certificate."""
    return _whole(DegreeCertificate, issued.degrees)


def _whole(
    model: type[Certificate | DegreeCertificate], look: Callable[[Sequence[int]], dict[int, Issued]]
) -> IntegrityCheck:
    ids = list(
        model.objects.filter(voided_at=None)
        .order_by("candidate_id")
        .values_list("candidate_id", flat=True)
    )
    missing: list[str] = []
    changed: list[str] = []
    for piece in chunks(ids):
        for one in look(piece).values():
            if one.content is None:
                (changed if one.version else missing).append(one.number)
    return IntegrityCheck(len(ids), tuple(sorted(missing)), tuple(sorted(changed)))


def check_archives() -> IntegrityCheck:
    """The archive of every valid graduation certificate."""
    valid = Certificate.objects.filter(voided_at=None).order_by("candidate_id")
    numbers = dict(valid.values_list("candidate_id", "number"))
    missing: list[str] = []
    changed: list[str] = []
    for piece in chunks(list(numbers)):
        found = archives.stored_archives(piece)
        missing += [numbers[pk] for pk in piece if pk not in found]
        changed += [numbers[pk] for pk, archive in found.items() if archive is None]
    return IntegrityCheck(len(numbers), tuple(sorted(missing)), tuple(sorted(changed)))


def books_with_holes() -> list[str]:
    """Books numbered here that are not exactly 1 to the last number given, each once.

    A number that headquarters sent into such a book, as an earlier program allowed, is no gap: it
    is passed over while it waits for its certificate, and may lie beyond the last number given
    here.
    """
    begun = Counter.objects.filter(key__startswith=_BOOK, value__gt=0).values_list("key", "value")
    given = {key.removeprefix(_BOOK): value for key, value in begun}
    if not given:
        return []
    there = Tallied[str]()
    strange = set[str]()
    for model, column in ((Certificate, "number"), (DegreeCertificate, "degree_number")):
        sent = IncomingNumber.objects.exclude(**{column: ""})
        here = model.objects.filter(
            _any(Q(book=book, serial__lte=last) for book, last in given.items())
        )
        there.update(dict(here.values_list("book").annotate(Count("id"))))
        beyond = model.objects.filter(
            _any(Q(book=book, serial__gt=last) for book, last in given.items())
        )
        strange.update(
            beyond.exclude(number__in=sent.values(column)).values_list("book", flat=True)
        )
        waiting = _within(given, sent, column).exclude(
            **{f"{column}__in": model.objects.values("number")}
        )
        there.update(number[:-SERIAL_DIGITS] for number in waiting.values_list(column, flat=True))
    return sorted(strange | {book for book, last in given.items() if there[book] != last})


def _within(
    given: dict[str, int], sent: QuerySet[IncomingNumber], column: str
) -> QuerySet[IncomingNumber]:
    """Those of the numbers sent in that are no higher than the last one given in their book."""
    ranges = (
        (f"{book}{1:0{SERIAL_DIGITS}}", f"{book}{last:0{SERIAL_DIGITS}}")
        for book, last in given.items()
    )
    return sent.filter(_any(Q(**{f"{column}__range": bounds}) for bounds in ranges))


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions)


def misplaced_degree_numbers() -> list[str]:
    """Degree numbers of an earlier program that could not become degree certificates."""
    rows = Certificate.objects.filter(voided_at=None).exclude(degree_number="")
    return sorted(set(rows.values_list("degree_number", flat=True)))


def degrees_without_numbers() -> int:
    """Graduates with a certificate whose degree was granted and has no number."""
    numbered = DegreeCertificate.objects.filter(voided_at=None).values("candidate_id")
    granted = Candidate.objects.filter(degree=DegreeState.GRANTED.value, stage__in=_CERTIFIED)
    return granted.exclude(pk__in=numbered).count()
