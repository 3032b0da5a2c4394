"""How many wait on several lists at once: one question, each count capped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

from graduand.models import User


class CappedCount(Subquery):
    """How many rows a query has, counted no further than its limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def waiting(user: int, rows: Mapping[str, QuerySet[Any]], cap: int) -> dict[str, tuple[int, bool]]:
    """(how many, whether there are more than `cap`) of each query in `rows`; one query, asked on behalf of `user`."""
    if not rows:
        return {}
    each = {f"n_{key}": CappedCount(one.order_by().values("pk")[: cap + 1]) for key, one in rows.items()}
    found = User.objects.filter(pk=user).values(**each)[0]
    return {key: (min(found[f"n_{key}"], cap), found[f"n_{key}"] > cap) for key in rows}
