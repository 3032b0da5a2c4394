"""Workbooks that leave the program: tables of text, and a sender's own workbook with the reasons of each row."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Protocol
from zipfile import ZipFile, is_zipfile

import openpyxl
import xlsxwriter
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from graduand.rulebook.canon import canon_header
from graduand.rulebook.cells import CellValue, Mark, is_number, safe_text
from graduand.rulebook.sheets import REASONS_HEADER, Problem, column_letter
from graduand.rulebook.terms import Word

LARGE = 20_000
"""Rows above which the returned workbook holds the failed rows only."""

HEAVY = 64 << 20
"""Bytes of XML above which a workbook is written anew instead of being edited with its styles."""

LAST_ROW = 1_048_576
RED = "FFC7CE"
REASONS_WIDTH = 60
FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
WRITER_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class _Row(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def cells(self) -> Sequence[CellValue]: ...


class OpenSheet(Protocol):
    """What is needed of an open sheet (gateways.sheets.Sheet has it)."""

    headers: tuple[str, ...]
    header_row: int

    def rows(self) -> Iterator[Any]:
        """The rows under the header, each with `number` and `cells`."""
        ...


@dataclass(frozen=True, slots=True)
class Failures:
    """Row number -> its problems, and where the columns stand (HeaderMap.places)."""

    problems: Mapping[int, Sequence[Problem]]
    places: Mapping[str, int]

    def reasons(self, number: int) -> str:
        """All the reasons of a row in one text."""
        return "；".join(dict.fromkeys(problem.message for problem in self.problems.get(number, ())))

    def columns(self, number: int) -> set[int]:
        """The indexes of the cells of a row that failed."""
        found = (self.places.get(problem.column) for problem in self.problems.get(number, ()))
        return {index for index in found if index is not None}


def errors_workbook(
    source: Path, sheet: OpenSheet, failures: Failures, target: Path, *, only_failed: bool = False
) -> Path:
    """Write the workbook that goes back to its sender; returns `target`.

    A column 错误原因 with every reason of every row, failed cells coloured. An .xlsx keeps its styles
    and sheets; a CSV, a heavy workbook, and `only_failed` (asked for above LARGE rows) are written
    anew, each cell in its own kind: a number that lost digits must not come back as text (X01).
    Mended, it can be imported again as it is.
    """
    if only_failed or not is_zipfile(source) or _weight(source) > HEAVY:
        _write_anew(sheet, failures, target, only_failed=only_failed)
    else:
        _edit(source, sheet, failures, target)
    return target


def _weight(source: Path) -> int:
    with ZipFile(source) as book:
        return sum(member.file_size for member in book.infolist())


def _reasons_places(headers: Sequence[str]) -> list[int]:
    return [index for index, header in enumerate(headers) if canon_header(header) == REASONS_HEADER]


# ---------------------------------------------------------------- the sender's own workbook


def _edit(source: Path, sheet: OpenSheet, failures: Failures, target: Path) -> None:
    # Opened here: the reader goes by a name's ending, and a kept workbook has none.
    with warnings.catch_warnings(), source.open("rb") as stream:
        warnings.simplefilter("ignore")  # what this reader cannot keep is none of our columns
        book = openpyxl.load_workbook(stream)
    page = book.worksheets[0]
    earlier = _reasons_places(sheet.headers)
    if earlier:
        _forget_earlier(page, earlier)
    place = earlier[0] + 1 if earlier else _free_column(page, sheet.headers)
    _put(page, sheet.header_row, place, REASONS_HEADER).font = Font(bold=True)
    page.column_dimensions[column_letter(place - 1)].width = REASONS_WIDTH
    red = PatternFill("solid", fgColor=RED)
    for number in failures.problems:
        for index in failures.columns(number):
            page.cell(number, index + 1).fill = red
        cell = _put(page, number, place, failures.reasons(number))
        cell.fill = red
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.row_dimensions[number].hidden = False  # a filter must not hide what is to be mended
    book.save(target)


def _put(page: Worksheet, row: int, column: int, content: str) -> Cell:
    cell = page.cell(row, column)
    if not isinstance(cell, Cell):  # inside a merged block only the first cell can be written
        page.unmerge_cells(next(str(block) for block in page.merged_cells.ranges if cell.coordinate in block))
        cell = page.cell(row, column)
    assert isinstance(cell, Cell)
    cell.value = safe_text(content)
    return cell


def _free_column(page: Worksheet, headers: Sequence[str]) -> int:
    """The first column right of the headers that holds nothing, from 1."""
    place = max((index for index, header in enumerate(headers, start=1) if header.strip()), default=0) + 1
    taken = {cell.column for row in page.iter_rows(min_col=place) for cell in row if cell.value is not None}
    while place in taken:
        place += 1
    return place


def _forget_earlier(page: Worksheet, places: Sequence[int]) -> None:
    """Take off the reasons and colours of an earlier return, so that only what fails now is red."""
    for row in page.iter_rows():
        for cell in row:
            if isinstance(cell, Cell):
                if cell.fill.fill_type == "solid" and str(cell.fill.fgColor.rgb).endswith(RED):
                    cell.fill = PatternFill()
                if cell.column - 1 in places:
                    cell.value = None


# ---------------------------------------------------------------- written anew


def _write_anew(sheet: OpenSheet, failures: Failures, target: Path, *, only_failed: bool) -> None:
    kept = [index for index in range(len(sheet.headers)) if index not in _reasons_places(sheet.headers)]
    with xlsxwriter.Workbook(str(target), WRITER_OPTIONS) as book:
        page = book.add_worksheet("退回修改")
        styles = _Styles(book)
        page.set_column(0, max(len(kept) - 1, 0), 20, styles.text[False])
        page.set_column(len(kept), len(kept), REASONS_WIDTH)
        line = 0 if only_failed else sheet.header_row - 1
        for place, index in enumerate(kept):
            page.write_string(line, place, safe_text(sheet.headers[index]), styles.bold)
        page.write_string(line, len(kept), REASONS_HEADER, styles.bold)
        page.freeze_panes(line + 1, 0)
        for row in sheet.rows():
            failed = row.number in failures.problems
            if only_failed and not failed:
                continue
            line = line + 1 if only_failed else row.number - 1
            if line >= LAST_ROW:
                break
            _write_row(page, line, row, kept, failures, styles)
            if failed:
                reasons = failures.reasons(row.number)
                told = f"（原第 {row.number} 行）{reasons}" if only_failed else reasons
                page.write_string(line, len(kept), told, styles.text[True])


class _Styles:
    """The formats of one workbook, each plain and red."""

    def __init__(self, book: Any) -> None:
        red = {"bg_color": f"#{RED}"}
        self.bold = book.add_format({"bold": True})
        self.text = {
            False: book.add_format({"num_format": "@"}),
            True: book.add_format({"num_format": "@", **red}),
        }
        self.number = {False: book.add_format({}), True: book.add_format(red)}
        self.day = {
            False: book.add_format({"num_format": "yyyy-mm-dd"}),
            True: book.add_format({"num_format": "yyyy-mm-dd", **red}),
        }


def _write_row(
    page: Any, line: int, row: _Row, kept: Sequence[int], failures: Failures, styles: _Styles
) -> None:
    red = failures.columns(row.number)
    for place, index in enumerate(kept):
        content = row.cells[index] if index < len(row.cells) else None
        failed = index in red
        if content is None or content == "":
            if failed:
                page.write_blank(line, place, None, styles.text[True])
        elif isinstance(content, bool):
            page.write_boolean(line, place, content, styles.number[failed])
        elif is_number(content):
            page.write_number(line, place, content, styles.number[failed])
        elif isinstance(content, datetime | date):
            page.write_datetime(line, place, content, styles.day[failed])
        elif isinstance(content, Mark):
            page.write_string(line, place, f"【{content.value}】", styles.text[failed])
        else:
            page.write_string(line, place, safe_text(str(content)), styles.text[failed])


# ---------------------------------------------------------------- tables


def table_workbook(
    target: Path,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    sheet: str = "Sheet1",
    widths: Sequence[int] = (),
    foot: str = "",
    head: str = "",
) -> Path:
    """Write a table of text cells and return `target`; rows are streamed. `foot` stands under each printed page,
    `head` over it and in the file's properties: whose copy it is.

    Nothing in it can run: every cell is a string, a runnable beginning gets a ' (X08). Ids stay text.
    Terms show their label, logical values 是/否, None an empty cell. At most 1,048,575 rows fit.
    """
    with xlsxwriter.Workbook(str(target), WRITER_OPTIONS) as book:
        page = book.add_worksheet(sheet.translate(FORBIDDEN_IN_TITLES).strip("' ")[:31] or "Sheet1")
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
        for place, header in enumerate(headers):
            page.set_column(place, place, widths[place] if place < len(widths) else 16, text)
            page.write_string(0, place, safe_text(header), bold)
        page.freeze_panes(1, 0)
        if foot:
            page.set_footer(f"&L{foot.replace('&', '&&')[:200]}&R第 &P 页，共 &N 页")
        if head:
            page.set_header(f"&C{head.replace('&', '&&')[:200]}")
            book.set_properties({"comments": head})
        for line, row in enumerate(rows, start=1):
            if line >= LAST_ROW:
                raise ValueError(f"a sheet holds at most {LAST_ROW - 1} rows under its header")
            for place, content in enumerate(row):
                shown = shown_text(content)
                if shown:
                    page.write_string(line, place, safe_text(shown), text)
    return target


def shown_text(content: object) -> str:
    """The text of a value in a table."""
    match content:
        case None:
            return ""
        case str() if type(content) is str:
            return content
        case bool():
            return "是" if content else "否"
        case Word():
            return content.label
        case Enum():
            return str(content.value)
        case datetime():
            return content.isoformat(" ", "seconds")
    return str(content)
