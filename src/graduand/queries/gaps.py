"""查缺补漏 (notice 七.3): who of a batch is not through, by what is missing, and who of them nobody has explained."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from graduand.models import Batch, Candidate
from graduand.rulebook.terms import Stage

NOT_FILED = (Stage.LISTED.value, Stage.RETURNED.value, Stage.DEFERRED.value)
IN_MOTION = (Stage.APPLIED.value, Stage.ENDORSED.value)
# What the closing checklist asks for an explanation of.
GAPS = {"motion": "在办未结", "unfiled": "满足条件未申请"}
# What the next desk still has to do; the batch may be closed meanwhile.
OPEN = {"approved": ("待编号制证", Stage.APPROVED), "certified": ("待寄出", Stage.CERTIFIED),
        "shipped": ("寄送途中", Stage.SHIPPED), "received": ("待签领", Stage.RECEIVED)}  # fmt: skip
_WHO = {
    "motion": Q(stage__in=IN_MOTION),
    "unfiled": Q(stage__in=NOT_FILED, judgement__fit=True),
}


def left(batch: Batch, gap: str) -> QuerySet[Candidate]:
    """Who stands in that gap without an explanation."""
    return _listed(batch).filter(_WHO[gap], explanation="")


def _listed(batch: Batch) -> QuerySet[Candidate]:
    """Who is worked on in this batch: nobody explains a file that is set aside."""
    return Candidate.objects.filter(batch=batch, aside=False)


def counts(batch: Batch) -> dict[str, int]:
    """Gap -> people without an explanation; one query."""
    sums = {name: Count("id", filter=who & Q(explanation="")) for name, who in _WHO.items()}
    found: dict[str, int] = _listed(batch).aggregate(**sums)
    return found


def by_centre(batch: Batch) -> list[tuple[int, str, str, int, int]]:
    """(centre, code, name, in motion, fit but not filed) of each centre with anybody unexplained; one query."""
    sums = {name: Count("id", filter=who & Q(explanation="")) for name, who in _WHO.items()}
    rows = _listed(batch).order_by().values("centre", "centre__code", "centre__name").annotate(**sums)
    found = rows.order_by("centre__code").values_list("centre", "centre__code", "centre__name", *_WHO)
    return [row for row in found if any(row[3:])]


def explained(batch: Batch) -> list[tuple[str, int]]:
    """(explanation, people), most first; one query."""
    rows = _listed(batch).exclude(explanation="").order_by()
    found = rows.values("explanation").annotate(n=Count("id")).order_by("-n", "explanation")
    return list(found.values_list("explanation", "n")[:50])


def carried(batch: Batch) -> tuple[int, int]:
    """(people who lapsed from this batch, of whom a later open batch lists); two queries."""
    gone = Candidate.objects.filter(batch=batch, stage=Stage.LAPSED.value)
    later = Candidate.objects.filter(batch__code__gt=batch.code, batch__closed_at=None).values("student")
    return gone.count(), gone.filter(student__in=later).count()
