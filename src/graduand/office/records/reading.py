"""From a file to rows: parsed a block at a time, problems recorded, repeated keys found without
keeping the keys.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import Any, Self

from graduand.gateways.records.sheets import Sheet, SheetRow
from graduand.rulebook.canon import canon_header, spaced_out
from graduand.rulebook.records.cells import (
    CellValue,
    UnusableCell,
    digits_of,
    is_empty,
    is_whole,
)
from graduand.rulebook.records.row_reader import RowReader
from graduand.rulebook.records.sheets import (
    BEYOND_HEADER,
    HeaderMap,
    Problem,
    SheetSpec,
    totals_of,
)
from graduand.rulebook.words import name_some

from .rows import CHUNK, ImportContext, ImportRow, RowBlock

Cells = Sequence[CellValue]
PARTS = 64
NAMED = 5
# How many columns without a header are examined.
BESIDE = 50
LONGER = (
    "这一行的内容比表头多（「{}」），各列可能错位；文字里有逗号的，请在原文件里给这一格加引号"
    f"（在退回的工作簿里：把「{BEYOND_HEADER}」并回原来的格，再清空它），另有一列的请补上表头"
)
STILL_BEYOND = f"「{BEYOND_HEADER}」一列里还有「{{}}」；请核对这一行的各格，把它并回原来的格，再清空「{BEYOND_HEADER}」"


class Reader:
    """The rows of one sheet, as often as they are asked for; with `evidence` also what was typed
    for names and numbers.
    """

    def __init__(
        self, sheet: Sheet, spec: SheetSpec, mapping: HeaderMap, *, evidence: bool
    ) -> None:
        self.sheet = sheet
        self.spec = spec
        self.mapping = mapping
        self.evidence = evidence
        self._named = any(column.name == "name" and column.raw for column in spec.columns)
        self._rows = RowReader(spec, mapping, raw=evidence or self._named)
        self._keyed = frozenset(column.header for column in spec.columns if column.name in spec.key)
        self._parts = [array("q") for _ in range(PARTS)]

    def blocks(self, context: ImportContext, size: int) -> Iterator[RowBlock]:
        """Every row that is one, about `size` at a time; what is wrong with it goes into `context`.

        A row with problems is given, too, so that its other reasons are found as well; its key
        counts in the search of repeats when it could be read. A row that only sums up is none.
        """
        parts = self._parts = [array("q") for _ in range(PARTS)]
        spaced = SpacedNames()
        unnamed = UnnamedCells.under(self.sheet.headers)
        beyond = [
            at for at, text in enumerate(self.sheet.headers) if canon_header(text) == BEYOND_HEADER
        ]
        rows = self.sheet.rows()
        while data := self._data(rows, context, size):
            unnamed.see(*data)
            block = self._read(*data, context)
            if self.sheet.notes.separator:
                self._refuse_longer(*data, context)
            if beyond:
                _refuse_still_beyond(*data, beyond, context)
            if self._named:
                spaced.see(block)
            if not self.evidence:
                block.columns.pop("raw", None)
            if context.clear:
                block.columns["blank"] = [()] * len(block)
            for mark in map(hash, self._keys(block, context)[1]):
                parts[mark % PARTS].append(mark)
            yield block
        for sentence in filter(None, (unnamed.sentence(), spaced.sentence())):
            context.tell(sentence)

    def _data(
        self, rows: Iterator[SheetRow], context: ImportContext, size: int
    ) -> tuple[list[int], list[Cells]] | None:
        """The numbers and the cells of the next `size` rows of data; None when there are no more."""
        numbers: list[int] = []
        cells: list[Cells] = []
        while len(numbers) < size and (some := list(islice(rows, size - len(numbers)))):
            places, found = zip(*some, strict=True)
            totals = totals_of(self.mapping, found)
            for place, total in totals.items():
                context.tell(f"第 {places[place]} 行「{total[:40]}」是合计，没有读取")
            if not totals:
                numbers += places
                cells += found
                continue
            data = [place not in totals for place in range(len(some))]
            numbers += compress(places, data)
            cells += compress(found, data)
        if not numbers:
            return None
        return numbers, cells

    def _read(self, numbers: list[int], cells: Sequence[Cells], context: ImportContext) -> RowBlock:
        parsed = self._rows.read(cells)
        context.problems |= {
            numbers[place]: problems for place, problems in parsed.problems.items()
        }
        for place, notes in parsed.notes.items():
            for note in notes:
                context.warn(numbers[place], note)
        return RowBlock(numbers, parsed.columns)

    def _refuse_longer(
        self, numbers: Sequence[int], rows: Sequence[Cells], context: ImportContext
    ) -> None:
        """In a text file a comma without quotes moves all that follows it by a column: a row with
        more in it than the header has columns can't be stored faithfully.
        """
        width = len(self.sheet.headers)
        if max(map(len, rows)) <= width:
            return
        for number, row in zip(numbers, rows, strict=True):
            if len(row) > width and (more := first_that_says_something(row[width:])) is not None:
                context.refuse(number, "", LONGER.format(shown(more)))

    def _keys(
        self, block: RowBlock, context: ImportContext
    ) -> tuple[list[int], list[tuple[Any, ...]]]:
        """The rows of which the key could be read, and the keys."""
        keys = list(zip(*(block.columns[name] for name in self.spec.key), strict=True))
        failed = {
            row
            for row in context.problems.keys() & set(block.numbers)
            if self._keyless(context.problems[row])
        }
        if not failed:
            return block.numbers, keys
        chosen = [row not in failed for row in block.numbers]
        return list(compress(block.numbers, chosen)), list(compress(keys, chosen))

    def _keyless(self, problems: Sequence[Problem]) -> bool:
        return any(problem.column in self._keyed for problem in problems)

    def repeated(self) -> frozenset[int]:
        """The marks of the keys that stood in more than one of the rows last given: eight bytes a
        row are kept.
        """
        found: set[int] = set()
        for part in self._parts:
            if len(set(part)) < len(part):
                found |= _repeated_in(part)
        return frozenset(found)

    def repeats(self, marks: frozenset[int]) -> dict[int, list[int]]:
        """Row -> all rows with its key, itself among them, of those whose key has one of `marks`;
        the file is read once more. The rows of one key share one list.
        """
        rows: dict[tuple[Any, ...], list[int]] = {}
        scratch = ImportContext.nobodys()
        for block in self.blocks(scratch, CHUNK):
            for row, key in zip(*self._keys(block, scratch), strict=True):
                if hash(key) in marks:
                    rows.setdefault(key, []).append(row)
            scratch.problems.clear()
            scratch.warnings.clear()
        return {row: same for same in rows.values() if len(same) > 1 for row in same}

    def report(
        self, row: ImportRow, repeats: Mapping[int, list[int]], context: ImportContext
    ) -> None:
        """Both rows are refused, each naming the other: never «the last one wins» (X11)."""
        same = repeats.get(row.number)
        if not same:
            return
        headers = [column.header for column in self.spec.columns if column.name in self.spec.key]
        what = "、".join(headers)
        others = [f"第 {other} 行" for other in same[: NAMED + 1] if other != row.number]
        named = name_some(others, NAMED, len(same) - 1)
        message = f"{what}与{named}重复；同一个{what}在一个文件里只能有一行"
        context.refuse(row.number, headers[0], message)


def _refuse_still_beyond(
    numbers: Sequence[int], rows: Sequence[Cells], places: Sequence[int], context: ImportContext
) -> None:
    """A returned row that still has in our column what it had too much was not mended."""
    for number, row in zip(numbers, rows, strict=True):
        more = first_that_says_something([row[at] for at in places if at < len(row)])
        if more is not None:
            context.refuse(number, BEYOND_HEADER, STILL_BEYOND.format(shown(more)))


def _repeated_in(marks: Iterable[int]) -> set[int]:
    seen: set[int] = set()
    repeated: set[int] = set()
    for mark in marks:
        if mark in seen:
            repeated.add(mark)
        seen.add(mark)
    return repeated


@dataclass(slots=True)
class UnnamedCells:
    """Cells that stand under no header, and are not read: in how many rows, and the first of them as
    (row, cell).
    """

    width: int
    places: tuple[int, ...]
    rows: int = 0
    first: tuple[int, CellValue] | None = None

    @classmethod
    def under(cls, headers: Sequence[str]) -> Self:
        """Of a sheet with these headers."""
        places = (at for at, text in enumerate(headers) if not text.strip())
        return cls(len(headers), tuple(islice(places, BESIDE)))

    def see(self, numbers: Sequence[int], rows: Sequence[Cells]) -> None:
        """Look at the rows of a block."""
        if not self.places and max(map(len, rows)) <= self.width:
            return
        for number, row in zip(numbers, rows, strict=True):
            beside = [row[at] for at in self.places if at < len(row)]
            beside += row[self.width : self.width + BESIDE]
            found = first_that_says_something(beside)
            if found is not None:
                self.rows += 1
                self.first = self.first or (number, found)

    def sentence(self) -> str:
        """One for the whole sheet."""
        if self.first is None:
            return ""
        row, cell = self.first
        return (
            f"有 {self.rows} 行在没有表头的列里有内容（如第 {row} 行「{shown(cell)}」），没有读取；"
            "要导入的请补上表头"
        )


def first_that_says_something(cells: Sequence[CellValue]) -> CellValue | None:
    """The first cell that is neither empty nor unusable, if there is one."""
    usable = (cell for cell in cells if not isinstance(cell, UnusableCell) and not is_empty(cell))
    return next(usable, None)


def shown(cell: CellValue) -> str:
    """The beginning of a cell, to be recognised by."""
    text = digits_of(cell) if is_whole(cell) else str(cell).strip()
    return text[:20]


@dataclass(slots=True)
class SpacedNames:
    """Names that were typed with spaces between 汉字: how many, and the first of them as (row, typed,
    read).
    """

    rows: int = 0
    first: tuple[int, str, str] | None = None

    def see(self, block: RowBlock) -> None:
        """Look at the names of a block, where the sheet has names."""
        for number, raw, name in zip(
            block.numbers, block.columns["raw"], block.columns["name"], strict=True
        ):
            typed = raw.get("name", "")
            if spaced_out(typed):
                self.rows += 1
                self.first = self.first or (number, typed.strip()[:20], name or "")

    def sentence(self) -> str:
        """One for the whole sheet: files in which every short name is padded are common."""
        if self.first is None:
            return ""
        row, typed, name = self.first
        read = f"，如第 {row} 行「{typed}」"
        if name:
            read += f"按「{name}」"
        return f"有 {self.rows} 行的姓名中间有空格，已去掉{read}读取；少数民族和外国人姓名的间隔请写「·」，请核对"
