"""旧证: certificates whose paper says what was amended, as lists ask for them, and where one of them is to go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q

from graduand.models import Candidate, Certificate
from graduand.models.engine import Ids
from graduand.queries.listing import Criterion
from graduand.rulebook.calendar import office_day
from graduand.rulebook.certificate_terms import OLD_PAPER_OUT, PaperState

# Whatever is to be done about it.
OLD = "old"
OPTIONS = ((OLD, "更正后旧证未更换"), *PaperState.choices())
_OUT = tuple(stage.value for stage in OLD_PAPER_OUT)


def of_certificates() -> Criterion:
    """The criterion on a list of certificates."""
    return Criterion("paper", "纸质证书", lambda value: _asked(value, Q(old_paper_since__isnull=False), "candidate__"),
                     OPTIONS, rare=True)  # fmt: skip


def of_files() -> Criterion:
    """The same on a list of files, of the valid certificate of each."""
    valid = Certificate.objects.filter(candidate=OuterRef("pk"), voided_at=None)
    old = Q(Exists(valid.filter(old_paper_since__isnull=False)))
    return Criterion("paper", "纸质证书", lambda value: _asked(value, old, ""), OPTIONS, rare=True)


def _asked(value: str, old: Q, path: str) -> Q:
    if value == OLD:
        return old
    if value == PaperState.CURRENT:
        return ~old
    out = Q(**{f"{path}stage__in": _OUT})
    return old & out if value == PaperState.BACK else old & ~out


def count(files: Sequence[int]) -> int:
    """Of how many of the candidates `files` the paper is an old one; one query."""
    return Candidate.objects.filter(of_files().where(OLD), id__among=Ids(files)).count()


def since(file: Candidate) -> date | None:
    """The day since when the paper of a file's certificate is an old one; one query, none before it has a certificate."""
    if file.certified_at is None:
        return None
    rows = Certificate.objects.filter(candidate=file, voided_at=None, old_paper_since__isnull=False)
    moment = rows.values_list("old_paper_since", flat=True).first()
    return office_day(moment) if moment else None
