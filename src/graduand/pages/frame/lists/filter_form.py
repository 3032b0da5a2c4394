"""The form above a list: its criteria as fields, the batch that it shows, the pasted numbers that it is narrowed to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.queries.listing import BATCH, PICKED, BadFilter, Criterion, ListFilter, selection_of
from graduand.queries.scope import Actor
from graduand.queries.season.seasons import EVERY_BATCH, OPEN_BATCHES, SEVERAL
from graduand.queries.waiting import counted
from graduand.rulebook.terms import Desk

MISSING_SHOWN = 20
# Beside a list it is enough to know that another batch has many.
OTHERS_CAP = 999


@dataclass(frozen=True, slots=True)
class FilterField:
    """One field of the filter form; without options it is free text, `kind` its input type.

    `blank` offers 全部; 毕业批次 has its own word for that.
    """

    name: str
    label: str
    value: str
    options: list[tuple[str, str]] | None = None
    kind: str = "search"
    blank: bool = True


@dataclass(frozen=True, slots=True)
class OtherBatch:
    """Rows of the same list in another unfinished batch."""

    code: str
    count: str
    url: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is asked for with its batch settled, and where else the same question has rows."""

    asked: ListFilter
    others: tuple[OtherBatch, ...] = ()


def narrowed(visit: Visit, spec: Any, values: Any) -> Narrowed:
    """The question of an address; without a batch it is the newest one with rows in this very list.

    Only batches with something left to do are proposed, and none whose rounds have not opened. One
    query while several stand side by side. Raises BadFilter.
    """
    asked = spec.asked(values)
    if not spec.batch:
        return Narrowed(asked)
    codes = [season.code for season in visit.unfinished]
    counts = _counts(visit, spec, asked, codes) if len(codes) > 1 else {}
    shown = asked[BATCH] or _proposed(visit, counts)
    asked = asked.with_batch(shown)
    others = () if shown in SEVERAL else _others(spec, asked, counts)
    return Narrowed(asked, others)


def asked_in_batch(visit: Visit, spec: Any, values: Any) -> ListFilter:
    """The same for forms and pages that only need the question. Raises BadFilter."""
    return narrowed(visit, spec, values).asked


def _counts(
    visit: Visit, spec: Any, asked: ListFilter, codes: list[str]
) -> dict[str, tuple[int, bool]]:
    rows = spec.rows(visit)
    return counted(
        {code: rows.filter(asked.with_batch(code).where()) for code in codes}, OTHERS_CAP
    )


def _proposed(visit: Visit, counts: dict[str, tuple[int, bool]]) -> str:
    begun = [season.code for season in visit.unfinished if season.begun(visit.today)]
    full = [code for code in begun if counts.get(code, (0, False))[0]]
    known = (*full, *begun, *(season.code for season in (*visit.unfinished, *visit.seasons)))
    return next(iter(known), "")


def _others(
    spec: Any, asked: ListFilter, counts: dict[str, tuple[int, bool]]
) -> tuple[OtherBatch, ...]:
    found = []
    for code, (number, more) in counts.items():
        if number and code != asked[BATCH]:
            url = address(spec.path, asked.with_batch(code).pairs())
            found.append(OtherBatch(code, f"{number:,}{'+' if more else ''}", url))
    return tuple(found)


def words(actor: Actor, spec: Any, pairs: Sequence[tuple[str, str]]) -> str:
    """`申请状态 未申请、学号 / 姓名 李`: what a list is asked for; pasted numbers are said
    elsewhere.

    No query, and one more where it is asked for something that has a name beside its code, as a
    centre has.
    """
    asked = [
        (spec.criteria[name], value)
        for name, value in pairs
        if name in spec.criteria and name != PICKED
    ]
    named = [
        (one.label, value, one.known_to(actor) if one.known_to else one.options)
        for one, value in asked
    ]
    return "、".join(
        f"{label} {dict(options or ()).get(value, value)}" for label, value, options in named
    )


# -- the fields


def fields(visit: Visit, spec: Any, asked: ListFilter, every: Any) -> list[FilterField]:
    """The filter form: what is rare appears where it is in use."""
    return list(_each_field(visit, spec, asked, every))


def _each_field(visit: Visit, spec: Any, asked: ListFilter, every: Any) -> Iterator[FilterField]:
    for one in spec.criteria.values():
        value = asked[one.name]
        if one.name == PICKED or (one.rare and not value):
            continue
        if one.beyond_centre and visit.actor.desk is Desk.CENTRE:
            continue
        if one.name == BATCH:
            yield FilterField(one.name, one.label, value, _batches(visit, value), blank=False)
            continue
        options = _options(visit, one, every)
        yield FilterField(one.name, one.label, value, options, "date" if one.dated else "search")


def _batches(visit: Visit, value: str) -> list[tuple[str, str]]:
    codes = [(season.code, season.code) for season in visit.seasons]
    if len(visit.unfinished) > 1 or value == OPEN_BATCHES:
        codes.append((OPEN_BATCHES, "全部未办结批次"))
    return [*codes, (EVERY_BATCH, "全部批次")]


def _options(visit: Visit, one: Criterion, every: Any) -> list[tuple[str, str]] | None:
    if one.known_to:
        return list(one.known_to(visit.actor))
    if one.offered:
        return list(one.offered(every))
    return None if one.options is None else list(one.options)


def pasted(visit: Visit, spec: Any, asked: ListFilter, every: Any) -> Any:
    """The pasted numbers that the list is narrowed to, and which of them it does not hold. Raises BadFilter."""
    key = asked[PICKED]
    if not key:
        return None
    kept = selection_of(visit.actor.user_id, key, every, spec.number)
    if kept is None:
        raise BadFilter("粘贴的学号已过期，请重新粘贴。")
    rest = [pair for pair in asked.pairs() if pair[0] != PICKED]
    missing = "、".join(kept.missing[:MISSING_SHOWN])
    return {
        "size": kept.size,
        "missing": len(kept.missing),
        "some": missing,
        "without": address(spec.path, rest),
    }
