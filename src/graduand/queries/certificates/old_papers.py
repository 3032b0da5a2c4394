"""旧证: certificates and degree certificates whose paper lacks what was amended, as lists ask for
them, and where such a paper has to go. Both travel together, so a file has one such paper or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from graduand.models import Candidate, Certificate, DegreeCertificate
from graduand.models.engine import Ids
from graduand.queries.listing import Criterion
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT, PaperState, old_papers_words

# Any outdated paper, whatever has to be done about it.
OLD = "old"
OPTIONS = ((OLD, "更正后旧证未更换"), *PaperState.choices())
_OUT = tuple(stage.value for stage in OLD_PAPER_OUT)


class OldPaper(NamedTuple):
    """Which papers of a file are outdated, in words, and since when; `certificate`: the graduation
    certificate is one of them.
    """

    what: str
    since: date
    certificate: bool


def of_certificates() -> Criterion:
    """The criterion on a list of certificates."""
    return Criterion(
        "paper", "纸质证书", lambda value: _asked(value, left(), "candidate__"), OPTIONS, rare=True
    )


def of_files() -> Criterion:
    """The criterion on a list of files, about the valid certificate of each."""
    old = Q(Exists(_certificates("pk"))) | Q(Exists(_degrees("pk")))
    return Criterion("paper", "纸质证书", lambda value: _asked(value, old, ""), OPTIONS, rare=True)


def left() -> Q:
    """Certificates with something to replace: their own paper, or that of the degree certificate."""
    return Q(old_paper_since__isnull=False) | Q(Exists(_degrees("candidate")))


def to_print() -> Q:
    """Files whose certificate has to be printed anew, its outdated paper not being sent out."""
    return Q(Exists(_certificates("pk"))) & ~Q(stage__in=_OUT)


def degree_since() -> Subquery:
    """Since when the paper of the degree certificate that travels with a row's certificate is
    outdated.
    """
    return Subquery(_degrees("candidate").values("old_paper_since")[:1])


def _certificates(candidate: str) -> QuerySet[Certificate]:
    return Certificate.objects.filter(
        candidate=OuterRef(candidate), voided_at=None, old_paper_since__isnull=False
    )


def _degrees(candidate: str) -> QuerySet[DegreeCertificate]:
    return DegreeCertificate.objects.filter(
        candidate=OuterRef(candidate), voided_at=None, old_paper_since__isnull=False
    )


def _asked(value: str, old: Q, path: str) -> Q:
    if value == OLD:
        return old
    if value == PaperState.CURRENT:
        return ~old
    out = Q(**{f"{path}stage__in": _OUT})
    if value == PaperState.BACK:
        return old & out
    return old & ~out


def count(files: Sequence[int]) -> int:
    """How many of the candidates `files` have an outdated paper; one query."""
    return Candidate.objects.filter(of_files().where(OLD), id__among=Ids(files)).count()


def of_file(file: Candidate) -> OldPaper | None:
    """Which papers of a file are outdated; one query, none before it has a certificate."""
    if file.certified_at is None:
        return None
    valid = Certificate.objects.filter(candidate=file, voided_at=None).annotate(
        degree_old=degree_since()
    )
    certificate, degree = valid.values_list("old_paper_since", "degree_old").first() or (None, None)
    moments = [moment for moment in (certificate, degree) if moment is not None]
    if not moments:
        return None
    what = old_papers_words(certificate=certificate is not None, degree=degree is not None)
    return OldPaper(what, office_day(max(moments)), certificate is not None)
