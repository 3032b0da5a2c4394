"""Which batches there are: those in work, and those whose work is done."""

from __future__ import annotations

from django.db.models import QuerySet

from graduand.models import Batch


def known() -> QuerySet[Batch]:
    """Every batch that has a policy and was not deleted."""
    return Batch.objects.filter(policy__isnull=False, deleted_at=None)


def unfinished_batches() -> list[Batch]:
    """The batches that still give somebody work, closed ones included, newest first; one query, policies with them."""
    return list(known().filter(finished_at=None).select_related("policy").order_by("-code"))
