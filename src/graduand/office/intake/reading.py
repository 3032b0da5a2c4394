"""From a file to the stage: headers matched, rows parsed, problems recorded, repeated keys found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graduand.gateways.sheets import Sheet
from graduand.rulebook.canon import spaced_out
from graduand.rulebook.sheets import HeaderMap, SheetSpec, parse_row, total_of

from .rows import Context
from .staging import SEPARATOR, Stage

Progress = Callable[[int, int], None]


def names_of(spec: SheetSpec) -> tuple[str, ...]:
    """The names of a staged row's values, in order."""
    return (*(column.name for column in spec.columns), "raw", "blank")


def fill(stage: Stage, sheet: Sheet, spec: SheetSpec, mapping: HeaderMap, context: Context, chunk: int,
         progress: Progress) -> int:  # fmt: skip
    """Parse every row into the stage, `chunk` rows at a time; returns how many rows there are.

    A row with problems is staged too, so that its other reasons are found as well; its key counts for the
    search of repeats when it could be read. A row that only sums up is none.
    """
    names = names_of(spec)
    keyed = frozenset(column.header for column in spec.columns if column.name in spec.key)
    rows: list[tuple[int, list[Any]]] = []
    keys: list[tuple[str, int]] = []
    count, spaced = 0, Spaced()
    for row in sheet.rows():
        if total := total_of(mapping, row.cells):
            context.tell(f"第 {row.number} 行「{total[:40]}」是合计，没有读取")
            continue
        parsed = parse_row(spec, mapping, row.cells)
        values, number = parsed.values, row.number
        if context.clear:
            values["blank"] = []
        if parsed.problems:
            context.problems[number] = list(parsed.problems)
        spaced.see(number, values)
        for note in parsed.notes:
            context.warn(number, note)
        rows.append((number, [values[name] for name in names]))
        if not parsed.problems or not keyed & {problem.column for problem in parsed.problems}:
            keys.append((SEPARATOR.join([str(values[name]) for name in spec.key]), number))
        count += 1
        if count % chunk == 0:
            stage.add(rows, keys)
            rows, keys = [], []
            progress(count, sheet.notes.rows)
    if rows:
        stage.add(rows, keys)
    _report_repeats(stage, spec, context)
    if sentence := spaced.sentence():
        context.tell(sentence)
    return count


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


def _report_repeats(stage: Stage, spec: SheetSpec, context: Context) -> None:
    """Both rows are refused, each naming the other: never «the last one wins» (X11)."""
    headers = [column.header for column in spec.columns if column.name in spec.key]
    what = "、".join(headers)
    for repeat in stage.repeats():
        others = "、".join(f"第 {row} 行" for row in repeat.others[:5]) + (
            "等" if len(repeat.others) > 5 else ""
        )
        context.refuse(repeat.row, headers[0], f"{what}与{others}重复；同一个{what}在一个文件里只能有一行")
