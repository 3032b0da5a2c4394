"""Rows of one file, read one after the other: a cell that was read before is not parsed again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from graduand.rulebook.calendar import Term
from graduand.rulebook.cells import REMEMBERED, CellValue
from graduand.rulebook.sheets import Column, HeaderMap, ParsedRow, SheetSpec, parse_row
from graduand.rulebook.terms import Word

# What a remembered cell gives when it is empty, and what a look-up gives for a cell that is new.
_BLANK, _NEW = object(), object()
# The kinds of cells that are told apart by what they hold: a logical cell is equal to a number.
_LASTING = frozenset({str, type(None), int, float, date, datetime})


def plain(value: Any) -> Any:
    """A value as it is kept and compared: days as ISO text, decimals as text, terms as ordinals, words as stored."""
    if value is None or type(value) in (str, bool, int):
        return value
    if isinstance(value, Word):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Term):
        return value.ordinal
    raise TypeError(f"{type(value).__name__} is no value of a sheet")


class RowReader:
    """What `parse_row` finds, with plain values.

    Columns of large files repeat few values. A row of which each text was seen before, and raised no problem and no
    note, is put together from what is remembered; any other goes through `parse_row`. `parsed` counts the latter.
    """

    def __init__(self, spec: SheetSpec, mapping: HeaderMap) -> None:
        self._spec, self._mapping = spec, mapping
        self._defaults = {name: plain(value) for name, value in mapping.defaults.items()}
        self._columns: list[tuple[int, str, bool, dict[CellValue, Any]]] = [
            (index, column.name, column.raw, {}) for index, column in mapping.readers
        ]
        self._needs = sorted(spec.needs)
        self._settled: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.parsed = 0

    def read(self, cells: Sequence[CellValue]) -> ParsedRow:
        """One row."""
        values, blank, raw, width = dict(self._defaults), [], {}, len(cells)
        for index, name, keeps, known in self._columns:
            cell = cells[index] if index < width else None
            found = known.get(cell, _NEW) if cell.__class__ in _LASTING else _NEW
            if found is _BLANK:
                blank.append(name)
                continue
            if found is _NEW or (keeps and cell.__class__ is not str):
                return self._parse(cells)
            values[name] = found
            if keeps:
                raw[name] = cell
        if self._needs:
            settled = self._settled.get(tuple([values[name] for name in self._needs]))
            if settled is None:
                return self._parse(cells)
            values.update(settled)
        values["raw"], values["blank"] = raw, blank
        return ParsedRow(values, [], [])

    def _parse(self, cells: Sequence[CellValue]) -> ParsedRow:
        self.parsed += 1
        parsed = parse_row(self._spec, self._mapping, cells)
        values = parsed.values
        raw, blank = values.pop("raw"), values.pop("blank")
        parsed.values = {name: plain(value) for name, value in values.items()} | {"raw": raw, "blank": blank}
        if not parsed.problems and not parsed.notes:
            self._remember(cells, parsed.values)
        return parsed

    def _remember(self, cells: Sequence[CellValue], values: dict[str, Any]) -> None:
        """A column whose value depends on others is remembered by its own text all the same: `settle` says the rest."""
        before = dict(self._defaults)
        for (index, name, _, known), (_, column) in zip(self._columns, self._mapping.readers, strict=True):
            cell = cells[index] if index < len(cells) else None
            empty = name in values["blank"]
            if not empty:
                before[name] = _alone(column, cell) if name in self._spec.needs else values[name]
            if cell.__class__ in _LASTING and len(known) < REMEMBERED:
                known[cell] = _BLANK if empty else before[name]
        if self._needs and len(self._settled) < REMEMBERED:
            key = tuple([before[name] for name in self._needs])
            self._settled[key] = {name: values[name] for name in self._needs}


def _alone(column: Column, cell: CellValue) -> Any:
    """The value of a cell that raised no note, before the row was settled."""
    return plain(column.parse(cell))
