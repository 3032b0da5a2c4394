"""How many wait on several lists at once: one question, each count capped."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import IntegerField, QuerySet, Subquery

from graduand.models import User


class CappedCount(Subquery):
    """How many rows a query has, counted no further than its limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0  # the count of an empty queryset, which sends no query


Rows = Callable[[], Mapping[str, QuerySet[Any]]]
_QUESTIONS: OrderedDict[Hashable, tuple[str, tuple[Any, ...]]] = OrderedDict()
MOST_QUESTIONS = 512


# Placeholder in the cached SQL for the time of the query, which is another one each time.
THE_MOMENT = datetime.fromtimestamp(0.000001, UTC)


def waiting(
    who: Hashable, rows: Rows, names: Sequence[str], cap: int, moment: datetime = THE_MOMENT
) -> dict[str, tuple[int, bool]]:
    """(how many, whether there are more than `cap`) of each query that `rows` gives; one query.

    A query that depends on the time contains THE_MOMENT, which is replaced by `moment`. Every page
    asks this, and building the SQL costs more than running it: the SQL is cached for `who`, which
    must hold everything that the queries depend on. The answer is always fresh.
    """
    if not names:
        return {}
    key = (connection.vendor, who, tuple(names), cap)
    if key not in _QUESTIONS:
        _QUESTIONS[key] = _question(rows(), names, cap)
        while len(_QUESTIONS) > MOST_QUESTIONS:
            _QUESTIONS.popitem(last=False)
    sql, asked = _QUESTIONS[key]
    stored = connection.ops.adapt_datetimefield_value
    params = [stored(moment) if value == stored(THE_MOMENT) else value for value in asked]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchone()
    return {name: (min(n, cap), n > cap) for name, n in zip(names, found, strict=True)}


def counted(rows: Mapping[str, QuerySet[Any]], cap: int) -> dict[str, tuple[int, bool]]:
    """The capped counts of queries that are not asked again and again; one query."""
    names = list(rows)
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(*_question(rows, names, cap))
        found = cursor.fetchone()
    return {name: (min(n, cap), n > cap) for name, n in zip(names, found, strict=True)}


def _question(
    rows: Mapping[str, QuerySet[Any]], names: Sequence[str], cap: int
) -> tuple[str, tuple[Any, ...]]:
    each = {
        f"n_{place}": CappedCount(rows[name].order_by().values("pk")[: cap + 1])
        for place, name in enumerate(names)
    }
    # Selected from any table with a row in it; the accounts always have one.
    return User.objects.values_list(*each.values())[:1].query.sql_with_params()
