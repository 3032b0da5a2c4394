"""The form above a list: its criteria as fields, the batch that it shows, the pasted numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.phrases import counted
from graduand.queries import capped_counts
from graduand.queries.listing import BATCH, PICKED, BadFilter, Criterion, ListFilter, selection_of
from graduand.queries.scope import Actor
from graduand.queries.season.seasons import EVERY_BATCH, OPEN_BATCHES, SEVERAL
from graduand.rulebook.terms import Desk

MISSING_SHOWN = 20
# Next to a list it is enough to know that another batch has many rows.
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
    """The filter of a list with its batch, and the other batches in which it has rows."""

    asked: ListFilter
    others: tuple[OtherBatch, ...] = ()


def narrowed(visit: Visit, spec: Any, values: Any) -> Narrowed:
    """The filter of an address; without a batch it is for the newest one with rows in this very
    list.

    Only batches with something left to do are proposed, and none whose rounds have not opened. One
    query while there are several. Raises BadFilter.
    """
    asked = spec.asked(values)
    if not spec.batch:
        return Narrowed(asked)
    counts = _counts(visit, spec, asked)
    asked = asked.with_batch(asked[BATCH] or _proposed(visit, counts))
    return Narrowed(asked, _others(spec, asked, counts))


def asked_in_batch(visit: Visit, spec: Any, values: Any) -> ListFilter:
    """The filter of an address, for forms and pages that need nothing else. Raises BadFilter."""
    return narrowed(visit, spec, values).asked


def _counts(visit: Visit, spec: Any, asked: ListFilter) -> dict[str, tuple[int, bool]]:
    """How many rows each unfinished batch has; nothing while there is one batch."""
    codes = [season.code for season in visit.unfinished]
    if len(codes) < 2:
        return {}
    rows = spec.rows(visit)
    return capped_counts.counted(
        {code: rows.filter(asked.with_batch(code).where()) for code in codes}, OTHERS_CAP
    )


def _proposed(visit: Visit, counts: dict[str, tuple[int, bool]]) -> str:
    """The batch that is shown where the address names none."""
    begun = [season.code for season in visit.unfinished if season.begun(visit.today)]
    full = [code for code in begun if counts.get(code, (0, False))[0]]
    known = (*full, *begun, *(season.code for season in (*visit.unfinished, *visit.seasons)))
    return next(iter(known), "")


def _others(
    spec: Any, asked: ListFilter, counts: dict[str, tuple[int, bool]]
) -> tuple[OtherBatch, ...]:
    """The other batches that have rows; none next to a list of several batches."""
    if asked[BATCH] in SEVERAL:
        return ()
    return tuple(
        OtherBatch(
            code,
            counted(number, more=more),
            address(spec.path, asked.with_batch(code).pairs()),
        )
        for code, (number, more) in counts.items()
        if number and code != asked[BATCH]
    )


def words(actor: Actor, spec: Any, pairs: Sequence[tuple[str, str]]) -> str:
    """`申请状态 未申请、学号 / 姓名 李`: the filter of a list, without pasted numbers.

    No query, and one more where a value has a name besides its code, as a centre has.
    """
    asked = [
        (spec.criteria[name], value)
        for name, value in pairs
        if name in spec.criteria and name != PICKED
    ]
    return "、".join(
        f"{criterion.label} {_names(actor, criterion).get(value, value)}"
        for criterion, value in asked
    )


def _names(actor: Actor, criterion: Criterion) -> dict[str, str]:
    """The words of the values that a criterion can have."""
    if criterion.known_to:
        return dict(criterion.known_to(actor))
    return dict(criterion.options or ())


# -- the fields


def fields(visit: Visit, spec: Any, asked: ListFilter, every: Any) -> list[FilterField]:
    """The filter form; rare criteria appear while they are in use."""
    return list(_each_field(visit, spec, asked, every))


def _each_field(visit: Visit, spec: Any, asked: ListFilter, every: Any) -> Iterator[FilterField]:
    for criterion in spec.criteria.values():
        value = asked[criterion.name]
        if criterion.name == PICKED or (criterion.rare and not value):
            continue
        if criterion.beyond_centre and visit.actor.desk is Desk.CENTRE:
            continue
        yield _field(visit, criterion, value, every)


def _field(visit: Visit, criterion: Criterion, value: str, every: Any) -> FilterField:
    if criterion.name == BATCH:
        return FilterField(BATCH, criterion.label, value, _batches(visit, value), blank=False)
    options = _options(visit, criterion, every)
    field = FilterField(criterion.name, criterion.label, value, options)
    if criterion.dated:
        return replace(field, kind="date")
    return field


def _batches(visit: Visit, value: str) -> list[tuple[str, str]]:
    codes = [(season.code, season.code) for season in visit.seasons]
    if len(visit.unfinished) > 1 or value == OPEN_BATCHES:
        codes.append((OPEN_BATCHES, SEVERAL[OPEN_BATCHES]))
    return [*codes, (EVERY_BATCH, SEVERAL[EVERY_BATCH])]


def _options(visit: Visit, criterion: Criterion, every: Any) -> list[tuple[str, str]] | None:
    """What a field offers; None where anything may be typed."""
    if criterion.known_to:
        return list(criterion.known_to(visit.actor))
    if criterion.offered:
        return list(criterion.offered(every))
    if criterion.options is None:
        return None
    return list(criterion.options)


def pasted(visit: Visit, spec: Any, asked: ListFilter, every: Any) -> Any:
    """The pasted numbers that the list is limited to, and which of them are not on it.

    Raises BadFilter.
    """
    key = asked[PICKED]
    if not key:
        return None
    selection = selection_of(visit.actor.user_id, key, every, spec.number)
    if selection is None:
        raise BadFilter("粘贴的学号已过期，请重新粘贴。")
    rest = [pair for pair in asked.pairs() if pair[0] != PICKED]
    missing = "、".join(selection.missing[:MISSING_SHOWN])
    return {
        "size": selection.size,
        "missing": len(selection.missing),
        "some": missing,
        "without": address(spec.path, rest),
    }
