"""Makes the workbook that goes back to its sender, in a process of its own, limited and killable.

Run as a script by `returned_workbooks`, under the limits of `limited`; it must not import the package. A sender's file
can make a writing library claim all memory, run for hours or fail in any way, and that must end this process alone.
Lines of JSON on stdin: the order, then a list for each row. Exit code 0: the workbook stands at its place.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import openpyxl
import xlsxwriter
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook.views import BookView
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

LAST_ROW = 1_048_576
RED = "FFC7CE"
REASONS_WIDTH = 60
LONGEST = 32_767  # characters of a cell
OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
UNREADABLE_SHEET = "这个工作表没有能读出来的内容，请见您的原文件"


class Unlike(Exception):
    """The sender's file cannot be edited without losing or mistaking something: it is to be written anew."""


# ---------------------------------------------------------------- the sender's own workbook


def edit(order: dict[str, Any], rows: Iterator[list[Any]]) -> None:
    """Put the reasons into the sender's workbook. Raises whatever its reader raises, and Unlike."""
    with warnings.catch_warnings(), Path(order["source"]).open("rb") as stream:
        warnings.simplefilter("ignore")  # what this reader cannot keep is none of our columns
        book = openpyxl.load_workbook(stream)
    page = book[order["title"]]
    check_same_headers(page, order)
    earlier = order["earlier"]
    if earlier:
        forget_earlier(page, earlier)
    place = earlier[0] + 1 if earlier else free_column(page, order["headers"])
    put(page, order["header_row"], place, order["reasons_header"]).font = Font(bold=True)
    page.column_dimensions[get_column_letter(place)].width = REASONS_WIDTH
    red = PatternFill("solid", fgColor=RED)
    for number, reasons, columns in rows:
        for index in columns:
            page.cell(number, index + 1).fill = red
        cell = put(page, number, place, reasons)
        cell.fill = red
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.row_dimensions[number].hidden = False  # a filter must not hide what is to be mended
    book.active = page
    book.views = book.views or [BookView()]  # without one, nothing says which sheet is opened first
    book.save(order["target"])
    check_same_rows(order, place - 1)


def check_same_headers(page: object, order: dict[str, Any]) -> None:
    """The two readers must mean the same row by the header, or the reasons would stand beside other people."""
    if not isinstance(page, Worksheet) or page.max_row < order["header_row"]:
        raise Unlike
    seen = [cell.value for cell in page[order["header_row"]]]
    asked = order["headers"]
    if ["" if text is None else str(text).strip() for text in seen[: len(asked)]] != [t.strip() for t in asked]:
        raise Unlike


def check_same_rows(order: dict[str, Any], reasons: int) -> None:
    """What was saved is read once more: the rows of the sender's sheet are all there."""
    sheet = CalamineWorkbook.from_path(order["target"]).get_sheet_by_name(order["title"])
    margin = sheet.start[1] if sheet.start else 0
    filled = set()
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if any(value != "" and place != reasons for place, value in enumerate(values, start=margin)):
            filled.add(number)
    if not filled.issuperset(order["rows"]):
        raise Unlike


def put(page: Worksheet, row: int, column: int, content: str) -> Cell:
    """Write a text; a merged block that covers the place is taken apart."""
    cell = page.cell(row, column)
    if not isinstance(cell, Cell):  # inside a merged block only the first cell can be written
        page.unmerge_cells(next(str(block) for block in page.merged_cells.ranges if cell.coordinate in block))
        cell = page.cell(row, column)
    assert isinstance(cell, Cell)
    cell.value = content[:LONGEST]
    return cell


def free_column(page: Worksheet, headers: list[str]) -> int:
    """The first column right of the headers that holds nothing, from 1."""
    place = max((index for index, header in enumerate(headers, start=1) if header.strip()), default=0) + 1
    taken = {cell.column for row in page.iter_rows(min_col=place) for cell in row if cell.value is not None}
    while place in taken:
        place += 1
    return place


def forget_earlier(page: Worksheet, places: list[int]) -> None:
    """Take off the reasons and colours of an earlier return, so that only what fails now is red."""
    for row in page.iter_rows():
        for cell in row:
            if isinstance(cell, Cell):
                if cell.fill.fill_type == "solid" and str(cell.fill.fgColor.rgb).endswith(RED):
                    cell.fill = PatternFill()
                if cell.column - 1 in places:
                    cell.value = None


# ---------------------------------------------------------------- written anew


class Styles:
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


def write_anew(order: dict[str, Any], rows: Iterator[list[Any]]) -> None:
    """The same headers in their order, every row in its place (or the failed ones alone), the other sheets as text."""
    kept = [index for index in range(len(order["headers"])) if index not in order["earlier"]]
    with xlsxwriter.Workbook(order["target"], OPTIONS | {"tmpdir": order["drafts"]}) as book:
        page = book.add_worksheet("退回修改")
        styles = Styles(book)
        page.set_column(0, max(len(kept) - 1, 0), 20, styles.text[False])
        page.set_column(len(kept), len(kept), REASONS_WIDTH)
        for number, content in order["above"]:
            page.write_string(number - 1, 0, content[:LONGEST])
        line = 0 if order["only_failed"] else order["header_row"] - 1
        for place, index in enumerate(kept):
            page.write_string(line, place, safe(order["headers"][index]), styles.bold)
        page.write_string(line, len(kept), order["reasons_header"], styles.bold)
        page.freeze_panes(line + 1, 0)
        for number, cells, reasons, columns in rows:
            line = line + 1 if order["only_failed"] else number - 1
            if line >= LAST_ROW:
                break
            for place, index in enumerate(kept):
                write_cell(page, line, place, cells[index] if index < len(cells) else None, index in columns, styles)
            if reasons:
                page.write_string(line, len(kept), reasons[:LONGEST], styles.text[True])
        if order["others"]:
            write_other_sheets(book, order, styles)


def write_cell(page: Any, line: int, place: int, content: Any, failed: bool, styles: Styles) -> None:
    """One cell in its own kind: a number that lost digits must not come back as text (X01)."""
    if content is None or content == "":
        if failed:
            page.write_blank(line, place, None, styles.text[True])
    elif isinstance(content, bool):
        page.write_boolean(line, place, content, styles.number[failed])
    elif isinstance(content, (int, float)):
        page.write_number(line, place, content, styles.number[failed])
    elif isinstance(content, list):
        page.write_datetime(line, place, datetime.fromisoformat(content[1]), styles.day[failed])
    else:
        page.write_string(line, place, content[:LONGEST], styles.text[failed])


def write_other_sheets(book: Any, order: dict[str, Any], styles: Styles) -> None:
    """Whatever else the sender's workbook holds, as text under the same titles."""
    source = CalamineWorkbook.from_path(order["source"])
    for title in source.sheet_names:
        if title == order["title"]:
            continue
        page = book.add_worksheet(free_title(book, title))
        try:
            sheet = source.get_sheet_by_name(title)
        except Exception:  # noqa: BLE001 - a chart, a broken part: whatever it is, the first sheet must go back
            page.write_string(0, 0, UNREADABLE_SHEET)
            continue
        margin = sheet.start[1] if sheet.start else 0
        for line, values in enumerate(sheet.iter_rows()):
            for place, value in enumerate(values, start=margin):
                if value != "":
                    page.write_string(line, place, safe(shown(value))[:LONGEST], styles.text[False])


def free_title(book: Any, title: str) -> str:
    """A title that this workbook can have and has not."""
    plain = re.sub(r"[][:*?/\\]", " ", title).strip("' ")[:28] or "Sheet"
    taken = {page.name.lower() for page in book.worksheets()}
    number, found = 1, plain
    while found.lower() in taken or found.lower() == "history":
        number += 1
        found = f"{plain}{number}"
    return found


def shown(value: object) -> str:
    """A cell of another sheet as text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def safe(text: str) -> str:
    """A runnable beginning gets a ' (X08)."""
    return "'" + text if text.startswith(tuple("=+-@\t\0\r＝＋－＠")) else text


def main(stream: IO[bytes]) -> None:
    """Read the order and do it."""
    order = json.loads(stream.readline())
    rows = (json.loads(line) for line in stream)
    if order["edit"]:
        edit(order, rows)
    else:
        write_anew(order, rows)


if __name__ == "__main__":
    main(sys.stdin.buffer)
