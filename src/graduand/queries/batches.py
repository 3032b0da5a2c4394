"""Which batches there are: those in work, and those whose work is done; whom each does not list."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from graduand.models import Batch, Candidate
from graduand.rulebook.terms import GRADUATED_STAGES, LIVE_STAGES


@dataclass(frozen=True, slots=True)
class NotListed:
    """People whom a batch does not list: with a live file (FILE-LIVE), or a certificate (GRADUATED), in another one."""

    live: int
    graduated: int

    @property
    def total(self) -> int:
        return self.live + self.graduated

    def __str__(self) -> str:
        if not self.total:
            return ""
        reasons = [(self.graduated, "已有毕业证书"), (self.live, "他批次有在办档案")]
        return f"另有 {self.total} 人未列入（{'，'.join(f'{why} {n} 人' for n, why in reasons if n)}）"


def known() -> QuerySet[Batch]:
    """Every batch that has a policy and was not deleted."""
    return Batch.objects.filter(policy__isnull=False, deleted_at=None)


def unfinished_batches() -> list[Batch]:
    """The batches that still give somebody work, closed ones included, newest first; one query, policies with them."""
    return list(known().filter(finished_at=None).select_related("policy").order_by("-code"))


def not_listed(batch: Batch | None) -> NotListed:
    """Whom `batch` does not list (None: a batch that is not loaded yet); one query.

    A person counts who has a live file in another batch and here none, or one that is set aside.
    """
    files = Candidate.objects.filter(stage__in=[stage.value for stage in LIVE_STAGES])
    if batch is not None:
        here = Candidate.objects.filter(student=OuterRef("student"), batch=batch)
        files = files.exclude(batch=batch)
        # A closed batch lists nobody any more: only who was set aside there counts.
        files = files.filter(Exists(here.filter(aside=True)) if batch.closed_at else ~Exists(here.filter(aside=False)))
    graduated = Q(stage__in=[stage.value for stage in GRADUATED_STAGES])
    sums = files.aggregate(live=Count("id", filter=~graduated), graduated=Count("id", filter=graduated))
    return NotListed(**sums)
