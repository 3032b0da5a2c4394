"""From a file to rows: parsed one after the other, problems recorded, repeated keys found without keeping the keys."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graduand.gateways.sheets import Sheet
from graduand.rulebook.canon import spaced_out
from graduand.rulebook.row_reader import RowReader
from graduand.rulebook.sheets import HeaderMap, SheetSpec, total_of

from .rows import Context, Row

PARTS = 64
NAMED = 5


class Reader:
    """The rows of one sheet, as often as they are asked for; with `evidence` also what was typed for names and numbers."""

    def __init__(self, sheet: Sheet, spec: SheetSpec, mapping: HeaderMap, *, evidence: bool) -> None:
        self.sheet, self.spec, self.mapping, self.evidence = sheet, spec, mapping, evidence
        self._rows = RowReader(spec, mapping)
        self._named = any(column.name == "name" and column.raw for column in spec.columns)
        self._keyed = frozenset(column.header for column in spec.columns if column.name in spec.key)
        self._parts = [array("q") for _ in range(PARTS)]

    def rows(self, context: Context) -> Iterator[Row]:
        """Every row that is one; what is wrong with it goes into `context`.

        A row with problems is given, too, so that its other reasons are found as well; its key counts in the search
        of repeats when it could be read. A row that only sums up is none.
        """
        self._parts = [array("q") for _ in range(PARTS)]
        parts, names, keyed = self._parts, self.spec.key, self._keyed
        evidence, spaced = self.evidence, Spaced() if self._named else None
        for row in self.sheet.rows():
            if total := total_of(self.mapping, row.cells):
                context.tell(f"第 {row.number} 行「{total[:40]}」是合计，没有读取")
                continue
            parsed = self._rows.read(row.cells)
            values, problems = parsed.values, parsed.problems
            if spaced is not None:
                spaced.see(row.number, values)
            if not evidence:
                del values["raw"]
            if context.clear:
                values["blank"] = []
            if problems:
                context.problems[row.number] = problems
            for note in parsed.notes:
                context.warn(row.number, note)
            if not problems or not keyed & {problem.column for problem in problems}:
                mark = hash(tuple([values[name] for name in names]))
                parts[mark % PARTS].append(mark)
            yield Row(row.number, values)
        if spaced is not None and (sentence := spaced.sentence()):
            context.tell(sentence)

    def repeated(self) -> frozenset[int]:
        """The marks of the keys that stood in more than one of the rows last given: eight bytes a row are kept."""
        found: set[int] = set()
        for part in self._parts:
            if len(set(part)) < len(part):
                seen: set[int] = set()
                for mark in part:
                    (found if mark in seen else seen).add(mark)
        return frozenset(found)

    def repeats(self, marks: frozenset[int]) -> dict[int, list[int]]:
        """Row -> the other rows with its key, of those whose key has one of `marks`; the file is read once more."""
        rows: dict[tuple[Any, ...], list[int]] = {}
        scratch = Context.nobodys()
        for row in self.rows(scratch):
            problems = scratch.problems.pop(row.number, ())
            scratch.warnings.clear()
            key = tuple([row.values[name] for name in self.spec.key])
            if hash(key) in marks and not self._keyed & {problem.column for problem in problems}:
                rows.setdefault(key, []).append(row.number)
        return {row: [other for other in same if other != row] for same in rows.values() for row in same if len(same) > 1}

    def report(self, row: Row, repeats: Mapping[int, list[int]], context: Context) -> None:
        """Both rows are refused, each naming the other: never «the last one wins» (X11)."""
        others = repeats.get(row.number)
        if not others:
            return
        headers = [column.header for column in self.spec.columns if column.name in self.spec.key]
        what, named = "、".join(headers), "、".join(f"第 {other} 行" for other in others[:NAMED])
        more = "等" if len(others) > NAMED else ""
        message = f"{what}与{named}{more}重复；同一个{what}在一个文件里只能有一行"
        context.refuse(row.number, headers[0], message)


@dataclass(slots=True)
class Spaced:
    """Names that were typed with spaces between 汉字: how many, and the first of them as (row, typed, read)."""

    rows: int = 0
    first: tuple[int, str, str] | None = None

    def see(self, number: int, values: dict[str, Any]) -> None:
        """Look at the name of a row, where the sheet has names."""
        typed = values["raw"].get("name", "")
        if spaced_out(typed):
            self.rows += 1
            self.first = self.first or (number, typed.strip()[:20], values.get("name") or "")

    def sentence(self) -> str:
        """One for the whole sheet: files in which every short name is padded are common."""
        if self.first is None:
            return ""
        row, typed, name = self.first
        read = f"，如第 {row} 行「{typed}」按「{name}」" if name else f"，如第 {row} 行「{typed}」"
        return f"有 {self.rows} 行的姓名中间有空格，已去掉{read}读取；少数民族和外国人姓名的间隔请写「·」，请核对"
