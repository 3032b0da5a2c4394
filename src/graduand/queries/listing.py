"""What every list shares: criteria as data, the values asked for, an order from an allow-list, a
capped count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, Q, QuerySet

from graduand.models import SelectedNumber, Selection
from graduand.queries.scope import Actor, centres_of
from graduand.rulebook.calendar import midnight
from graduand.rulebook.canon import BadText, canon_number, canon_text, searched_name

TEXT_LIMIT = 40
# Rows up to which a list is counted and can be paged through; counting on would cost more than the
# page.
COUNT_CAP = 10_000
YES_NO = {"1": True, "0": False}
UNKNOWN = "筛选条件无法识别，请从页面上选择。"
PICKED = "picked"
BATCH = "batch"


class BadFilter(ValueError):
    """A filter value that none of our pages sends; str() is a Chinese sentence."""


Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a list, and the condition that it makes.

    `options` are the values of a choice, None is free text; `offered` reads the choices that occur
    from the visible rows, `known_to` those that an actor has, which costs nothing however many rows
    there are. `check` gives the canonical form of other values and raises BadFilter. A `rare` one
    is shown in the form only while it is in use; a `beyond_centre` one only to desks that see
    several centres; `dated` is a day.
    """

    name: str
    label: str
    where: Callable[[str], Q]
    options: Options | None = None
    offered: Callable[[QuerySet[Any]], Iterable[tuple[str, str]]] | None = None
    known_to: Callable[[Actor], Iterable[tuple[str, str]]] | None = None
    check: Callable[[str], str] | None = None
    rare: bool = False
    beyond_centre: bool = False
    dated: bool = False

    def canonical(self, value: str) -> str:
        """`value` in its stored form. Raises BadFilter for a value that this criterion does not
        know.
        """
        if not value:
            return ""
        if self.options is not None and value not in {known for known, _ in self.options}:
            raise BadFilter(UNKNOWN)
        if self.check:
            return self.check(value)
        if self.options is not None:
            return value
        return plain(value)


Criteria = Mapping[str, Criterion]


def criteria(*each: Criterion) -> Criteria:
    """The criteria of a list by name, in the order of the form; a pasted list of numbers comes with
    `numbers`.
    """
    return {criterion.name: criterion for criterion in each}


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The values that a list is filtered by: (name, value) in the order of its criteria;
    `asked["stage"]` is "" when it is not filtered by that.
    """

    criteria: Criteria = field(repr=False, compare=False)
    answers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, known: Criteria, values: Mapping[str, str]) -> ListFilter:
        """From an address: unknown names are ignored, unknown values raise BadFilter."""
        kept = (
            (name, one.canonical((values.get(name) or "").strip())) for name, one in known.items()
        )
        return cls(known, tuple((name, value) for name, value in kept if value))

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.answers if key == name), "")

    def with_batch(self, code: str) -> ListFilter:
        """The same values for another batch; 毕业批次 comes first in every form that has it."""
        rest = self.besides_batch()
        if code:
            rest = [(BATCH, code), *rest]
        return ListFilter(self.criteria, tuple(rest))

    def besides_batch(self) -> list[tuple[str, str]]:
        """The values other than the batch."""
        return [pair for pair in self.answers if pair[0] != BATCH]

    def pairs(self) -> list[tuple[str, str]]:
        """The values in a fixed order: for addresses, hidden fields and the signed token."""
        return list(self.answers)

    def where(self) -> Q:
        """The condition: the same for a list, its count, and the card that opens it."""
        found = Q()
        for name, value in self.answers:
            found &= self.criteria[name].where(value)
        return found


def plain(value: str, most: int = TEXT_LIMIT) -> str:
    """Free text in canonical form. Raises BadFilter when it is too long or cannot be stored."""
    try:
        text = canon_text(value)
    except BadText as problem:
        raise BadFilter(problem.message) from problem
    if len(text) > most:
        raise BadFilter(f"查询内容太长，最多 {most} 个字。")
    return text


# ---- criteria that many lists have


def searched(number: str, name: str = "", label: str = "学号 / 姓名") -> Criterion:
    """The beginning of a number, or of a name."""

    def where(value: str) -> Q:
        if name:
            return begins([number], name, value)
        return Q(**{f"{number}__begins": value})

    return Criterion("q", label, where)


def begins(numbers: Sequence[str], name: str, value: str) -> Q:
    """The beginning of one of the `numbers` (paths), or of the name (a path), spelt as they are
    stored.

    Letters alone may begin either: a foreigner's name, or the number of a passport.
    """
    compact = canon_number(value)
    found = Q()
    if compact.isascii() and compact.isalnum():
        for path in numbers:
            found |= Q(**{f"{path}__begins": compact})
    if not found or not any(char.isdigit() for char in compact):
        found |= Q(**{f"{name}__begins": searched_name(value)})
    return found


def pasted(number: str) -> Criterion:
    """A kept list of numbers; the address carries its key."""

    def where(key: str) -> Q:
        return Q(
            **{f"{number}__in": SelectedNumber.objects.filter(selection__key=key).values("number")}
        )

    return Criterion(PICKED, "粘贴的学号", where, rare=True)


def chosen(
    name: str, label: str, path: str, options: Iterable[tuple[str, str]], **more: Any
) -> Criterion:
    """A choice of stored words."""
    return Criterion(name, label, lambda value: Q(**{path: value}), tuple(options), **more)


def yes_no(
    name: str, label: str, where: Callable[[bool], Q], yes: str = "是", no: str = "否", **more: Any
) -> Criterion:
    """A choice between yes and no; `where` gets whether yes is wanted."""
    return Criterion(
        name, label, lambda value: where(YES_NO[value]), (("1", yes), ("0", no)), **more
    )


def negated_unless(wanted: bool, condition: Q | Exists) -> Q:
    """The condition of a choice between yes and no: `condition` where `wanted`, else its opposite."""
    if wanted:
        return Q(condition)
    return ~Q(condition)


def at_centre(path: str = "centre") -> Criterion:
    """The learning centre, by its code; for desks that see several."""
    code = f"{path}__code"

    return Criterion(
        "centre",
        "学习中心",
        lambda value: Q(**{code: value}),
        known_to=centres_of,
        beyond_centre=True,
    )


def before(name: str, label: str, path: str, **more: Any) -> Criterion:
    """A moment that lies before a day (not included), Beijing time."""
    return Criterion(
        name,
        label,
        lambda value: Q(**{f"{path}__lt": midnight(_day(value))}),
        check=checked_day,
        dated=True,
        **more,
    )


def since(name: str, label: str, path: str, **more: Any) -> Criterion:
    """A moment on a day or after it, Beijing time."""
    return Criterion(
        name,
        label,
        lambda value: Q(**{f"{path}__gte": midnight(_day(value))}),
        check=checked_day,
        dated=True,
        **more,
    )


def until(name: str, label: str, path: str, **more: Any) -> Criterion:
    """A moment on a day (included) or before it, Beijing time."""
    return Criterion(
        name,
        label,
        lambda value: Q(**{f"{path}__lt": midnight(_day(value) + timedelta(days=1))}),
        check=checked_day,
        dated=True,
        **more,
    )


def _day(value: str) -> date:
    return date.fromisoformat(value)


def checked_day(value: str) -> str:
    """A day from an address in ISO form. Raises BadFilter."""
    try:
        day = _day(value)
    except ValueError:
        raise BadFilter("日期无法识别，请按 年-月-日 填写。") from None
    if not 1900 <= day.year < 2200:
        raise BadFilter("日期不在合理的范围内，请重新填写。")
    return day.isoformat()


# ---- order, count, selections


def in_order(
    rows: QuerySet[Any], paths: Sequence[str], *, backwards: bool = False
) -> QuerySet[Any]:
    """`rows` by `paths`; equal ones by id, so that pages never overlap."""
    every = [*paths, "id"]
    if backwards:
        every = [opposite_order(path) for path in every]
    return rows.order_by(*every)


def opposite_order(path: str) -> str:
    """The opposite direction of one path of an order."""
    if path.startswith("-"):
        return path.removeprefix("-")
    return f"-{path}"


def capped_count(rows: QuerySet[Any], cap: int = COUNT_CAP) -> tuple[int, bool]:
    """(how many, whether there are more than that): a page does not wait for a long count that it
    does not need.
    """
    found = rows.order_by()[: cap + 1].count()
    return min(found, cap), found > cap


@dataclass(frozen=True, slots=True)
class PastedNumbers:
    """A stored list of pasted numbers as the filtered list shows it: how many, and which of them
    are not visible.
    """

    key: str
    size: int
    missing: tuple[str, ...]


def selection_of(owner: int, key: str, rows: QuerySet[Any], number: str) -> PastedNumbers | None:
    """The selection `key` of `owner` against `rows`; None when it is somebody else's or gone. Two
    queries.
    """
    kept = Selection.objects.filter(owner=owner, key=key).first()
    if kept is None:
        return None
    every = SelectedNumber.objects.filter(selection=kept)
    missing = every.exclude(number__in=rows.order_by().values(number)).order_by("id")
    return PastedNumbers(key, kept.size, tuple(missing.values_list("number", flat=True)))
