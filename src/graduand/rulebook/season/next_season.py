"""A policy for the next batch out of the last one: every day of its season moved on by so many
months and days.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from graduand.rulebook.calendar import BadDate, Term, add_months, batch_code

# What each season sets anew. The days of 院（校）长 and of the promise's pauses belong to people and to
# the year.
_DAYS = ("issue_date", "closes_at")
_TABLES = {"progression": ("admissions_close",), "degree": ("opens", "closes")}
_ROUND_DAYS = ("opens", "closes", "scores_by", "photo_deadline", "review_from", "review_to")
HALF_A_YEAR = 6


def moved(day: date, months: int, days: int) -> date:
    """`day` so many months on, at most to the end of that month, and then so many days."""
    return add_months(day, months) + timedelta(days=days)


def next_season(source: Mapping[str, Any], months: int, days: int) -> dict[str, Any]:
    """`source` (as JSON keeps it) with every day of its season moved, and 批次 and 入学学期 that go
    with it.

    The last term of entry moves by whole half-years only, and a batch is named after a January or a
    July; what goes with no other span is left out, to be typed.
    """
    found: dict[str, Any] = deepcopy(dict(source))
    _move(found, _DAYS, months, days)
    for table, names in _TABLES.items():
        _move(found.get(table, {}), names, months, days)
    for filing_round in found.get("rounds", ()):
        _move(filing_round, _ROUND_DAYS, months, days)
    _name(found)
    terms, rest = divmod(months, HALF_A_YEAR)
    last = Term.parse(str(found.pop("enrolled_through")))
    if not rest:
        found["enrolled_through"] = str(Term.from_ordinal(last.ordinal + terms))
    return found


def _name(found: dict[str, Any]) -> None:
    del found["code"]
    with suppress(BadDate):
        found["code"] = batch_code(found["issue_date"][:7].replace("-", ""))


def _move(table: dict[str, Any], names: tuple[str, ...], months: int, days: int) -> None:
    for name in names:
        if table.get(name):
            table[name] = moved(date.fromisoformat(str(table[name])), months, days).isoformat()
