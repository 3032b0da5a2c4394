"""The sheets that can be imported: how headers are matched and a row is read.

The columns of each kind are in `columns/`; the parsers of single cells are in `cells`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from graduand.rulebook.canon import canon_header
from graduand.rulebook.records.cells import (
    CellValue,
    NotedValue,
    Parser,
    UnusableCell,
    bare,
    digits_of,
    is_empty,
    is_whole,
)
from graduand.rulebook.records.day_parsers import day, day_1904
from graduand.rulebook.terms import SheetKind

REASONS_HEADER = "错误原因"
REMINDERS_HEADER = "导入提醒"
"""The column that a returned workbook carries; it is ignored when the mended file comes back."""
BEYOND_HEADER = "多出的内容"  # what a returned row of a text file had beyond its last header

WRAPPED = ("'", "=", "＇")
ALIKE = 0.5
_TOTAL = re.compile(
    r"(本页|全部|累计|总)?(合计|总计|共计|小计|累计|总人数|总数)[:：]?.*|共\d+[人名行条].*"
)


class Problem(NamedTuple):
    """Why a row cannot be taken: the column's header ("": the whole row), a Chinese sentence."""

    column: str
    message: str


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: `name` is the key of the parsed value, `raw` keeps what was typed as evidence
    with it.

    `form` tells whoever fills it in what is accepted; `words` are all accepted values when they can
    be listed.
    """

    header: str
    name: str
    parse: Parser
    required: bool = False
    default: Any = None
    aliases: tuple[str, ...] = ()
    raw: bool = False
    form: str = ""
    words: tuple[str, ...] = ()

    @property
    def demand(self) -> str:
        """Whether it must be filled in, as a template says it."""
        if self.required:
            return "必填"
        return "选填"


Settle = Callable[[dict[str, Any]], Sequence[Problem]]


def nothing_to_settle(_values: dict[str, Any]) -> Sequence[Problem]:
    """For the kinds whose columns do not depend on each other."""
    return ()


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One kind of sheet. `key` names what identifies a row.

    `settle` completes and checks a whole row, once the values that it `needs` could be read.
    `tells` are the columns without any of which a file is of another kind; none named: all but the
    key, or the key where that is all. `note` says to whoever chooses it what it is for.
    """

    kind: SheetKind
    key: tuple[str, ...]
    columns: tuple[SheetColumn, ...]
    settle: Settle = nothing_to_settle
    needs: frozenset[str] = frozenset()
    tells: tuple[str, ...] = ()
    note: str = field(kw_only=True)

    def key_of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The key of a parsed row."""
        return tuple(values[name] for name in self.key)

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers in the order of the contract, for an empty template."""
        return tuple(column.header for column in self.columns)

    @property
    def required_headers(self) -> tuple[str, ...]:
        """The headers without which no row is read."""
        return tuple(column.header for column in self.columns if column.required)

    @property
    def telling_headers(self) -> tuple[str, ...]:
        """The headers of which a file must have one, or it says nothing that belongs here."""
        others = {column.name for column in self.columns}.difference(self.key)
        names = self.tells or others or self.key
        return tuple(column.header for column in self.columns if column.name in names)


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """Which column of the file feeds which column of the kind, found once per file.

    `errors` non-empty = no row may be read. `pairs` (as written in the file, header of the
    contract) are for the preview; `absent` are the names of optional columns that the file does not
    have.
    """

    readers: tuple[tuple[int, SheetColumn], ...]
    pairs: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]
    defaults: Mapping[str, Any]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def places(self) -> dict[str, int]:
        """Header of the contract -> index of the column in the file, for colouring what failed."""
        return {column.header: index for index, column in self.readers}


@dataclass(slots=True)
class ParsedRow:
    """The values of a row by name (`raw`: what was typed for names and ids), all its problems, and
    notes.

    `blank` among the values names the optional columns whose cell is empty.
    """

    values: dict[str, Any]
    problems: list[Problem]
    notes: list[str]


def header_place(spec: SheetSpec, top: Sequence[Sequence[CellValue]]) -> int:
    """Which of the first rows of a file holds the headers: the first one, unless that knows none
    and a later one does.
    """
    known = _spellings(spec)
    matches = [len({known[h] for h in map(_header_of, row) if h in known}) for row in top]
    best = max(matches, default=0)
    if best > 1 and not any(matches[: matches.index(best)]):
        return matches.index(best)
    return 0


def _header_of(cell: CellValue) -> str:
    if not isinstance(cell, str):
        return ""
    return canon_header(cell)


def _spellings(spec: SheetSpec) -> dict[str, str]:
    return {
        canon_header(spelling): c.header
        for c in spec.columns
        for spelling in (c.header, *c.aliases)
    }


def match_headers(
    spec: SheetSpec,
    headers: Sequence[str],
    below: Sequence[CellValue] = (),
    *,
    epoch_1904: bool = False,
) -> HeaderMap:
    """Find the columns of `spec` in the first row of a file (X03, X04).

    `below` is the row under it: when that one holds the headers, the message says so.
    """
    known = {canon_header(spelling): c for c in spec.columns for spelling in (c.header, *c.aliases)}
    places: dict[str, list[int]] = {}
    unknown: list[str] = []
    for index, header in enumerate(headers):
        canon = canon_header(header)
        column = known.get(canon)
        if column is not None:
            places.setdefault(column.header, []).append(index)
        elif canon not in ("", REASONS_HEADER, REMINDERS_HEADER, BEYOND_HEADER):
            unknown.append(header.strip())
    found = [
        (places[column.header][0], column) for column in spec.columns if column.header in places
    ]
    likely = _likely(unknown, [column for column in spec.columns if column.header not in places])
    ignored = "、".join(
        header + (f"（可能是「{likely[header]}」）" if header in likely else "")
        for header in unknown
    )
    return HeaderMap(
        readers=tuple((index, _dated(column, epoch_1904=epoch_1904)) for index, column in found),
        pairs=tuple(
            (headers[index].strip(), c.header) for index, c in sorted(found, key=_by_place)
        ),
        absent=tuple(column.name for column in spec.columns if column.header not in places),
        defaults={column.name: column.default for column in spec.columns},
        errors=tuple(_header_errors(spec, places, known, below, likely)),
        warnings=(f"不认识的列已忽略：{ignored}",) if unknown else (),
    )


def _by_place(found: tuple[int, SheetColumn]) -> int:
    return found[0]


def _dated(column: SheetColumn, *, epoch_1904: bool) -> SheetColumn:
    if epoch_1904 and column.parse is day:
        return replace(column, parse=day_1904)
    return column


def _header_errors(
    spec: SheetSpec,
    places: Mapping[str, Sequence[int]],
    known: Mapping[str, SheetColumn],
    below: Sequence[CellValue],
    likely: Mapping[str, str],
) -> list[str]:
    errors = []
    missing = [header for header in spec.required_headers if header not in places]
    if missing:
        hint = ""
        matches = sum(isinstance(text, str) and canon_header(text) in known for text in below)
        if matches > len(places):
            hint = "；第二行看起来才是表头，请删去它上面的行，让表头成为第一行"
        hint += "".join(
            f"；「{text}」可能就是「{to}」，请改成「{to}」"
            for text, to in likely.items()
            if to in missing
        )
        errors.append(f"「{spec.kind.label}」表缺少必需的列：{'、'.join(missing)}{hint}")
    elif not any(header in places for header in spec.telling_headers):
        some = "、".join(spec.telling_headers)
        errors.append(
            f"「{spec.kind.label}」表缺少要导入的列，至少要有其中一列：{some}；请核对是否选错了文件"
        )
    for header, where in places.items():
        if len(where) > 1:
            letters = "、".join(column_letter(index) for index in where)
            errors.append(f"列「{header}」出现了 {len(where)} 次（{letters} 列）；请只保留一列")
    return errors


def _likely(unknown: Sequence[str], absent: Sequence[SheetColumn]) -> dict[str, str]:
    """Header of the file -> the missing column that it is most like; each column is named once."""
    pairs = sorted(
        (
            (
                max(_alike(header, spelling) for spelling in (column.header, *column.aliases)),
                header,
                column.header,
            )
            for header in unknown
            for column in absent
        ),
        reverse=True,
    )
    found: dict[str, str] = {}
    for alike, header, meant in pairs:
        if alike >= ALIKE and header not in found and meant not in found.values():
            found[header] = meant
    return found


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, canon_header(one), canon_header(other)).ratio()


def totals_of(mapping: HeaderMap, rows: Sequence[Sequence[CellValue]]) -> dict[int, str]:
    """Place -> text of the rows that only sum up the ones above them."""
    first = [row[0] if row else None for row in rows]
    # Nearly every row begins with a number.
    odd = {cell for cell in set(first) if not (isinstance(cell, str) and cell[:1].isdigit())}
    if not odd:
        return {}
    found = (
        (place, total_of(mapping, rows[place])) for place, cell in enumerate(first) if cell in odd
    )
    return {place: text for place, text in found if text}


def total_of(mapping: HeaderMap, row: Sequence[CellValue]) -> str:
    """The text of a row that only sums up the ones above it (`合计 30人`); "" for a row of data."""
    first = next((cell for cell in row if cell not in (None, "")), None)
    if (
        not isinstance(first, str)
        or first[0].isdigit()
        or not _TOTAL.fullmatch("".join(first.split()))
    ):
        return ""
    filled = [cell for cell in row if cell not in (None, "")]
    empty = any(
        column.required and (index >= len(row) or row[index] in (None, ""))
        for index, column in mapping.readers
    )
    if not empty:
        return ""
    return " ".join(cell if isinstance(cell, str) else _shown(cell) for cell in filled)


def column_letter(index: int) -> str:
    """The letters of a column as Excel shows them; 0 = A."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


class ReadCell(NamedTuple):
    """What one cell says: its value, unless it is `blank` or has a `problem`; notes; `raw`: what
    was typed.
    """

    value: Any = None
    blank: bool = False
    problem: str = ""
    notes: tuple[str, ...] = ()
    raw: str = ""


def read_cell(column: SheetColumn, given: CellValue) -> ReadCell:
    """Read one cell of a column."""
    content = given
    notes: tuple[str, ...] = ()
    if isinstance(content, str) and content.startswith(WRAPPED):
        content, around = bare(content)
        if around:
            notes = (f"{column.header}带有 {around}，已去掉",)
    if is_empty(content):
        problem = ""
        if column.required:
            problem = f"{column.header}不能为空"
        return ReadCell(blank=True, problem=problem, notes=notes)
    raw = given if isinstance(given, str) else _shown(given)
    try:
        value = column.parse(content)
    except ValueError as problem:
        return ReadCell(problem=str(problem), notes=notes, raw=raw)
    if isinstance(value, NotedValue):
        return ReadCell(value.value, notes=(*notes, value.note), raw=raw)
    return ReadCell(value, notes=notes, raw=raw)


def parse_row(spec: SheetSpec, mapping: HeaderMap, row: Sequence[CellValue]) -> ParsedRow:
    """Read one row: every reason of every cell, not the first one only."""
    values = dict(mapping.defaults)
    raw: dict[str, str] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    failed: set[str] = set()
    blank: list[str] = []
    width = len(row)
    for index, column in mapping.readers:
        cell = read_cell(column, row[index] if index < width else None)
        notes += cell.notes
        if column.raw and not cell.blank:
            raw[column.name] = cell.raw
        if cell.problem:
            problems.append(Problem(column.header, cell.problem))
            failed.add(column.name)
        elif cell.blank:
            blank.append(column.name)
        else:
            values[column.name] = cell.value
    if not failed & spec.needs:
        problems.extend(spec.settle(values))
    values["raw"] = raw
    values["blank"] = blank
    return ParsedRow(values, problems, notes)


def _shown(content: CellValue) -> str:
    if isinstance(content, UnusableCell):
        return f"【{content.value}】"
    if is_whole(content):
        return digits_of(content)
    return str(content)
