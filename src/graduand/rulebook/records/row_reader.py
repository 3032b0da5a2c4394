"""Rows of one file, read a block at a time: a cell that was read before is not parsed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any

from graduand.rulebook.calendar import Term
from graduand.rulebook.records.cells import REMEMBERED, CellValue
from graduand.rulebook.records.sheets import (
    HeaderMap,
    ParsedRow,
    Problem,
    SheetColumn,
    SheetSpec,
    parse_row,
    read_cell,
)
from graduand.rulebook.words import Word

# Cells of these kinds may be equal and mean different things (1, 1.0, yes), so they are not
# remembered together.
_NUMBERS = frozenset({int, float, bool})


def plain(value: Any) -> Any:
    """A value as it is kept and compared: days as ISO text, decimals as text, terms as ordinals,
    words as stored.
    """
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


@dataclass(slots=True)
class ParsedRows:
    """Values by column, a list as long as there are rows; problems and notes by the place of their
    row.

    `blank` is a column of the names whose cell is empty, `raw`, where it is wanted, one of what was
    typed.
    """

    columns: dict[str, list[Any]]
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)


class _ReadCells:
    """The cells of one column that were read without a problem or a note: what they say, and which
    of them are empty.
    """

    __slots__ = ("blank", "column", "default", "index", "numbers", "values")

    def __init__(self, index: int, column: SheetColumn, default: Any) -> None:
        self.index = index
        self.column = column
        self.default = default
        self.values: dict[CellValue, Any] = {}
        self.blank: set[CellValue] = set()
        self.numbers: frozenset[type] = frozenset()

    def cells(self, rows: Sequence[Sequence[CellValue]], width: int) -> list[CellValue]:
        """The cells of this column; `width` is that of the narrowest row."""
        index = self.index
        if index < width:
            return list(map(itemgetter(index), rows))
        return [row[index] if index < len(row) else None for row in rows]

    def learn(self, cells: Sequence[CellValue], *, typed: bool) -> set[CellValue]:
        """Remember what new cells say; returns those that cannot be remembered, whose rows are
        parsed.

        `typed`: what was typed is stored together with the value, so of these columns only texts
        are remembered.
        """
        every = set(cells)
        numbers = _NUMBERS.intersection(map(type, cells))
        if numbers and numbers != self.numbers:
            self.forget()
            self.numbers = numbers
        odd: set[CellValue] = set()
        if len(numbers) > 1:
            odd = {cell for cell in every if cell.__class__ in _NUMBERS}
        for cell in every - self.values.keys() - odd:
            read = read_cell(self.column, cell)
            if read.problem or read.notes:
                odd.add(cell)
                continue
            self.values[cell] = self.default if read.blank else plain(read.value)
            if read.blank:
                self.blank.add(cell)
        if typed and self.column.raw:
            odd |= {cell for cell in every if cell.__class__ is not str and cell not in self.blank}
        return odd

    def forget(self) -> None:
        """Begin anew: a column in which few values are repeated does not fill the memory."""
        self.values.clear()
        self.blank.clear()


class _Blanks(dict[tuple[bool, ...], tuple[str, ...]]):
    """Which of the columns are empty -> their names; a sheet has few such patterns."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, empty: tuple[bool, ...]) -> tuple[str, ...]:
        found = self[empty] = tuple(
            name for name, is_empty in zip(self._names, empty, strict=True) if is_empty
        )
        return found


class RowReader:
    """What `parse_row` finds in each row, with plain values, column by column.

    Columns of large files repeat few values. A row is put together from what its cells were found
    to say; one with a cell that raises a problem or a note goes through `parse_row`. `parsed`
    counts those. `raw`: what was typed for names and ids is wanted, too. `remembered` is how many
    cells of a column are remembered at most, in addition to those of one block.
    """

    def __init__(
        self, spec: SheetSpec, mapping: HeaderMap, *, raw: bool = True, remembered: int = REMEMBERED
    ) -> None:
        self._spec = spec
        self._mapping = mapping
        self._raw = raw
        self._most = remembered
        self._defaults = {name: plain(value) for name, value in mapping.defaults.items()}
        self._known = [
            _ReadCells(index, column, self._defaults[column.name])
            for index, column in mapping.readers
        ]
        self._needs = sorted(spec.needs)
        # The results of `settle`, by the values that it was given.
        self._settled: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.parsed = 0

    def read(self, rows: Sequence[Sequence[CellValue]]) -> ParsedRows:
        """The rows of one block."""
        self._make_room(len(rows))
        width = min(map(len, rows), default=0)
        cells = [known.cells(rows, width) for known in self._known]
        chosen: set[int] = set()
        for known, column in zip(self._known, cells, strict=True):
            if odd := known.learn(column, typed=self._raw):
                chosen |= {place for place, cell in enumerate(column) if cell in odd}
        parsed = {place: self._parse(rows[place]) for place in sorted(chosen)}
        keys: list[tuple[Any, ...]] = []
        if self._needs:
            keys = self._settle(rows, self._before(cells, len(rows)), parsed)
        found = ParsedRows(self._put_together(cells, keys, len(rows)))
        for place, row in sorted(parsed.items()):
            for name, value in row.values.items():
                found.columns[name][place] = value
            if row.problems:
                found.problems[place] = row.problems
            if row.notes:
                found.notes[place] = row.notes
        return found

    def _make_room(self, rows: int) -> None:
        for known in self._known:
            if len(known.values) + rows > self._most:
                known.forget()
        if len(self._settled) + rows > self._most:
            self._settled.clear()

    def _settle(
        self,
        rows: Sequence[Sequence[CellValue]],
        keys: list[tuple[Any, ...]],
        parsed: dict[int, ParsedRow],
    ) -> list[tuple[Any, ...]]:
        """Parse the first row of each new key, and whatever remains unsettled after that; returns
        `keys`.
        """
        new = set(keys) - self._settled.keys()
        if not new:
            return keys
        for place, key in enumerate(keys):
            if key in new and key not in self._settled and place not in parsed:
                row = parsed[place] = self._parse(rows[place])
                if not row.problems:
                    self._settled[key] = tuple([row.values[name] for name in self._needs])
        return keys

    def _before(self, cells: Sequence[Sequence[CellValue]], rows: int) -> list[tuple[Any, ...]]:
        """The values that `settle` needs, as their own cells give them."""
        given = {
            known.column.name: map(known.values.get, column)
            for known, column in zip(self._known, cells, strict=True)
            if known.column.name in self._spec.needs
        }
        columns = [given.get(name) or repeat(self._defaults[name], rows) for name in self._needs]
        return list(zip(*columns, strict=True))

    def _put_together(
        self, cells: Sequence[Sequence[CellValue]], keys: Sequence[tuple[Any, ...]], rows: int
    ) -> dict[str, list[Any]]:
        """The columns from what is remembered; a row that was parsed is put in afterwards."""
        columns = {name: [value] * rows for name, value in self._defaults.items()}
        empty: dict[str, list[bool]] = {}
        for known, column in zip(self._known, cells, strict=True):
            columns[known.column.name] = list(map(known.values.get, column))
            if known.blank:
                empty[known.column.name] = list(map(known.blank.__contains__, column))
        if keys:
            settled = [self._settled.get(key, key) for key in keys]
            columns |= {
                name: list(map(itemgetter(place), settled))
                for place, name in enumerate(self._needs)
            }
        columns["blank"] = [()] * rows
        if empty:
            blanks = _Blanks(list(empty))
            columns["blank"] = list(map(blanks.__getitem__, zip(*empty.values(), strict=True)))
        if self._raw:
            columns["raw"] = self._typed(cells, columns["blank"])
        return columns

    def _typed(
        self, cells: Sequence[Sequence[CellValue]], blank: Sequence[tuple[str, ...]]
    ) -> list[dict[str, Any]]:
        kept = [
            (known.column.name, column)
            for known, column in zip(self._known, cells, strict=True)
            if known.column.raw
        ]
        names = [name for name, _ in kept]
        rows = zip(*(column for _, column in kept), strict=True) if kept else ((),) * len(blank)
        return [
            {name: cell for name, cell in zip(names, row, strict=True) if name not in empty}
            for row, empty in zip(rows, blank, strict=True)
        ]

    def _parse(self, cells: Sequence[CellValue]) -> ParsedRow:
        self.parsed += 1
        parsed = parse_row(self._spec, self._mapping, cells)
        values = parsed.values
        raw = values.pop("raw")
        blank = tuple(values.pop("blank"))
        parsed.values = {name: plain(value) for name, value in values.items()} | {"blank": blank}
        if self._raw:
            parsed.values["raw"] = raw
        return parsed
