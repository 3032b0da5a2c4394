"""注册已注销: valid certificates whose registration was cancelled, until they are voided or registered
again.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from graduand.models import Certificate
from graduand.queries.listing import Criterion, negated_unless, yes_no

NAME = "cancelled"


def of_certificates() -> Criterion:
    """The criterion on a list of certificates."""
    return yes_no(
        NAME, "注册已注销", lambda yes: Q(cancelled_on__isnull=not yes), "已注销", "没有", rare=True
    )


def of_files() -> Criterion:
    """The criterion on a list of files, about the valid certificate of each."""
    return yes_no(NAME, "注册已注销", _of_file, "已注销", "没有", rare=True)


def waiting() -> Q:
    """Files whose certificate has to be voided or registered again, read from the index of those
    few.
    """
    return Q(pk__in=_taken_back().values("candidate"))


def _taken_back() -> QuerySet[Certificate]:
    return Certificate.objects.filter(voided_at__isnull=True, cancelled_on__isnull=False)


def _of_file(yes: bool) -> Q:
    taken_back = _taken_back().filter(candidate=OuterRef("pk"))
    return negated_unless(yes, Exists(taken_back))
