"""Makes the workbook that goes back to its sender, in a process of its own, limited and killable.

Run as a script by `returned_workbooks`, under the limits of `limited`; it must not import the
package. A sender's file can make a writing library claim all memory, run for hours or fail in any
way, and that must end this process alone. Lines of JSON on stdin: the order, then a list for each
row. Exit code 0: the workbook stands at its place.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import openpyxl
import xlsxwriter
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.workbook.views import BookView
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook, SheetVisibleEnum

LAST_ROW = 1_048_576
RED, YELLOW = "FFC7CE", "FFEB9C"
# Widths of columns, in characters. Printed, all of them stand on one page, so none is wider than
# what is in it.
REASONS_WIDTH, REMINDERS_WIDTH = 40, 24
NARROW, WIDE, OTHERS_WIDE = 4, 20, 60
RAGGED = 3  # of a line of words so much stays empty
LINE, HIGHEST = 15.0, 409.0  # points: a line of a row, and the highest row that there can be
MARGIN = 0.3  # inches
MEASURED = 300  # rows by whose contents the widths are chosen
A4 = 9
LONGEST = 32_767  # characters of a cell
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
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
    forget_earlier(page, own_places(order))
    if not page.column_dimensions and not page.sheet_format.defaultColWidth:
        widen(page, order)
    beside = (
        new_column(page, order, order["reminders_header"], REMINDERS_WIDTH)
        if order["reminders"]
        else 0
    )
    place = new_column(page, order, order["reasons_header"], REASONS_WIDTH)
    red = PatternFill("solid", fgColor=RED)
    for number, reasons, columns, reminders in rows:
        for index in columns:
            page.cell(number, index + 1).fill = red
        if reasons:
            tell(page, number, place, reasons, red)
        if reminders:
            tell(page, number, beside, reminders, PatternFill("solid", fgColor=YELLOW))
    print_first_sheet(page, order["header_row"], max(place, beside))
    for sheet in book.worksheets:
        print_on_pages_of_one_width(sheet)
        if sheet is not page:
            show_whole_texts(sheet)
    book.active = page
    book.views = book.views or [BookView()]  # without one, nothing says which sheet is opened first
    book.save(order["target"])
    check_same_rows(order, {place - 1, beside - 1})


def widen(page: Worksheet, order: dict[str, Any]) -> None:
    """Where the sender has chosen no widths: wide enough to show what is in it, also on paper, where nobody can widen it."""
    first = order["header_row"] + 1
    rows = [
        [cell.value for cell in row]
        for row in page.iter_rows(min_row=first, max_row=first + MEASURED)
    ]
    for index, header in enumerate(order["headers"]):
        page.column_dimensions[get_column_letter(index + 1)].width = width_of(
            space_of(header), rows, index
        )


def own_places(order: dict[str, Any]) -> list[int]:
    """Where the columns of an earlier return stand, from 0."""
    return sorted(chain.from_iterable(order["earlier"].values()))


def new_column(page: Worksheet, order: dict[str, Any], header: str, width: int) -> int:
    """A column of ours with its header, where an earlier return had it or to the right of all; its place, from 1."""
    earlier = order["earlier"][header]
    place: int = earlier[0] + 1 if earlier else free_column(page, order["headers"])
    put(page, order["header_row"], place, header).font = Font(bold=True)
    page.column_dimensions[get_column_letter(place)].width = width
    return place


def tell(page: Worksheet, number: int, place: int, text: str, fill: PatternFill) -> None:
    """Write something about a row, and see to it that all of it can be read."""
    cell = put(page, number, place, text)
    cell.fill = fill
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    row = page.row_dimensions[number]
    row.hidden = False  # a filter must not hide what is to be mended
    width = page.column_dimensions[get_column_letter(place)].width
    row.height = max(row.height or LINE, height_of([(text, int(width) - RAGGED)]))


def print_on_pages_of_one_width(page: Worksheet) -> None:
    """Landscape, all columns on one page, with the lines between the cells."""
    page.page_setup.orientation, page.page_setup.paperSize = page.ORIENTATION_LANDSCAPE, A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.page_margins = PageMargins(left=MARGIN, right=MARGIN, top=0.5, bottom=0.6)
    page.print_options.gridLines = True
    properties = page.sheet_properties.pageSetUpPr or PageSetupProperties()
    properties.fitToPage = True
    page.sheet_properties.pageSetUpPr = properties


def show_whole_texts(page: Worksheet) -> None:
    """Rows of texts that go on in the next line, as high as these need where the sender has said nothing of it."""
    merged = {cell for block in page.merged_cells.ranges for cell in block.cells}
    for number, cells in enumerate(page.iter_rows(max_row=min(page.max_row, MEASURED)), start=1):
        wrapped = [
            (place, cell.value)
            for place, cell in enumerate(cells, start=1)
            if cell.alignment.wrap_text and (number, place) not in merged
        ]
        if page.row_dimensions[number].height:
            continue
        rooms = (
            int(page.column_dimensions[get_column_letter(place)].width) - RAGGED
            for place, _ in wrapped
        )
        height = height_of(zip((text for _, text in wrapped), rooms, strict=True))
        if height > LINE:
            page.row_dimensions[number].height = height


def print_first_sheet(page: Worksheet, header_row: int, last: int) -> None:
    """The header on each page; what the sender lets print is widened to our columns."""
    page.print_title_rows = page.print_title_rows or f"{header_row}:{header_row}"
    if page.print_area and "," not in page.print_area:
        left, top, right, bottom = range_boundaries(page.print_area.rpartition("!")[2])
        if left and top and right and bottom:
            page.print_area = (
                f"{get_column_letter(left)}{top}:{get_column_letter(max(right, last))}{bottom}"
            )


def check_same_headers(page: object, order: dict[str, Any]) -> None:
    """The two readers must mean the same row by the header, or the reasons would stand beside other people."""
    if not isinstance(page, Worksheet) or page.max_row < order["header_row"]:
        raise Unlike
    seen = [cell.value for cell in page[order["header_row"]]]
    asked = order["headers"]
    if ["" if text is None else str(text).strip() for text in seen[: len(asked)]] != [
        t.strip() for t in asked
    ]:
        raise Unlike


def check_same_rows(order: dict[str, Any], ours: set[int]) -> None:
    """What was saved is read once more: the rows of the sender's sheet are all there."""
    sheet = CalamineWorkbook.from_path(order["target"]).get_sheet_by_name(order["title"])
    margin = sheet.start[1] if sheet.start else 0
    filled = set()
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if any(
            value != "" and place not in ours for place, value in enumerate(values, start=margin)
        ):
            filled.add(number)
    if not filled.issuperset(order["rows"]):
        raise Unlike


def put(page: Worksheet, row: int, column: int, content: str) -> Cell:
    """Write a text; a merged block that covers the place is taken apart."""
    cell = page.cell(row, column)
    if not isinstance(cell, Cell):  # inside a merged block only the first cell can be written
        page.unmerge_cells(
            next(str(block) for block in page.merged_cells.ranges if cell.coordinate in block)
        )
        cell = page.cell(row, column)
    assert isinstance(cell, Cell)
    cell.value = content[:LONGEST]
    return cell


def free_column(page: Worksheet, headers: list[str]) -> int:
    """The first column right of the headers that holds nothing, from 1."""
    place = (
        max((index for index, header in enumerate(headers, start=1) if header.strip()), default=0)
        + 1
    )
    taken = {
        cell.column
        for row in page.iter_rows(min_col=place)
        for cell in row
        if cell.value is not None
    }
    while place in taken:
        place += 1
    return place


def forget_earlier(page: Worksheet, places: list[int]) -> None:
    """Take off the reasons and colours of an earlier return, so that only what fails now is red."""
    if not places:
        return
    for row in page.iter_rows():
        for cell in row:
            if isinstance(cell, Cell):
                if cell.fill.fill_type == "solid" and str(cell.fill.fgColor.rgb).endswith(RED):
                    cell.fill = PatternFill()
                if cell.column - 1 in places:
                    cell.value, cell.fill = None, PatternFill()


# ---------------------------------------------------------------- written anew


class Styles:
    """The formats of one workbook, each plain and red; a long text goes on in the next line."""

    def __init__(self, book: Any) -> None:
        red, whole = {"bg_color": f"#{RED}"}, {"text_wrap": True, "valign": "top"}
        self.bold = book.add_format({"bold": True, **whole})
        self.text = {
            False: book.add_format({"num_format": "@", **whole}),
            True: book.add_format({"num_format": "@", **whole, **red}),
        }
        self.reminder = book.add_format({"num_format": "@", **whole, "bg_color": f"#{YELLOW}"})
        self.number = {
            False: book.add_format({"valign": "top"}),
            True: book.add_format({"valign": "top", **red}),
        }
        day = {"num_format": "yyyy-mm-dd", "valign": "top"}
        self.day = {False: book.add_format(day), True: book.add_format({**day, **red})}


def write_anew(order: dict[str, Any], rows: Iterator[list[Any]]) -> None:
    """The same headers in their order, every row in its place (or the failed ones alone), the other sheets as text."""
    earlier = own_places(order)
    kept = [index for index in range(len(order["headers"])) if index not in earlier]
    first = list(islice(rows, MEASURED))
    samples = [cells for _, cells, *_ in first]
    widths = [
        width_of(-(-space_of(order["headers"][index]) // 2), samples, index) for index in kept
    ]
    with xlsxwriter.Workbook(order["target"], OPTIONS | {"tmpdir": order["drafts"]}) as book:
        page = book.add_worksheet("退回修改")
        styles = Styles(book)
        for place, width in enumerate(widths):
            page.set_column(place, place, width, styles.text[False])
        for number, content in order["above"]:
            page.write_string(number - 1, 0, content[:LONGEST])
        line = 0 if order["only_failed"] else order["header_row"] - 1
        raise_row(page, line, widths, [safe(order["headers"][index]) for index in kept])
        write_headers(page, order, kept, line, styles)
        for number, cells, reasons, columns, reminders in chain(first, rows):
            line = line + 1 if order["only_failed"] else number - 1
            if line >= LAST_ROW:
                break
            told = [cells[index] if index < len(cells) else None for index in kept]
            for place, index in enumerate(kept):
                write_cell(page, line, place, told[place], index in columns, styles)
            raise_row(page, line, widths, told, reminders, reasons)
            if reminders:
                page.write_string(line, len(kept), reminders[:LONGEST], styles.reminder)
            if reasons:
                page.write_string(
                    line, len(kept) + order["reminders"], reasons[:LONGEST], styles.text[True]
                )
        if order["others"]:
            write_other_sheets(book, order, styles)


def write_headers(
    page: Any, order: dict[str, Any], kept: list[int], line: int, styles: Styles
) -> None:
    """The sender's headers and ours, on screen and on each printed page, of which all columns have one."""
    for place, index in enumerate(kept):
        page.write_string(line, place, safe(order["headers"][index]), styles.bold)
    ours = [(order["reminders_header"], REMINDERS_WIDTH)] if order["reminders"] else []
    for place, (header, width) in enumerate(
        [*ours, (order["reasons_header"], REASONS_WIDTH)], start=len(kept)
    ):
        page.set_column(place, place, width)
        page.write_string(line, place, header, styles.bold)
    page.freeze_panes(line + 1, 0)
    page.repeat_rows(line)
    fit_to_pages(page)


def fit_to_pages(page: Any) -> None:
    """Landscape, all columns on one page, with the lines between the cells."""
    page.set_paper(A4)
    page.set_landscape()
    page.set_margins(left=MARGIN, right=MARGIN, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.hide_gridlines(0)  # on paper, too
    page.set_footer("&C第 &P 页，共 &N 页")


def width_of(header: int, rows: list[list[Any]], index: int, most: int = WIDE) -> int:
    """How wide a column is to be: as its contents and as its header needs, within limits."""
    widths = [space_of(cells[index]) for cells in rows if index < len(cells)]
    return min(max(NARROW, header, *widths) + 1, most)


def raise_row(
    page: Any,
    line: int,
    widths: list[int],
    cells: list[Any],
    reminders: str = "",
    reasons: str = "",
) -> None:
    """Make a row as high as its texts need, where one line is not enough; LibreOffice does not by itself."""
    rooms = [width - 1 for width in widths]
    ours = ((reminders, REMINDERS_WIDTH - RAGGED), (reasons, REASONS_WIDTH - RAGGED))
    height = height_of(chain(zip(cells, rooms, strict=True), ours))
    if height > LINE:
        page.set_row(line, height)


def height_of(texts: Iterable[tuple[Any, int]]) -> float:
    """How high a row is to be with these texts, each with the characters that a line of it takes."""
    lines = (
        -(-space_of(text) // max(room, 1))
        for text, room in texts
        if isinstance(text, str) and 2 * len(text) > room
    )
    return min(max(lines, default=1) * LINE, HIGHEST)


def space_of(content: Any) -> int:
    """In characters; a Chinese one takes the room of two."""
    if content is None:
        return 0
    text = content[1] if isinstance(content, list) else str(content)
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def write_cell(
    page: Any, line: int, place: int, content: Any, failed: bool, styles: Styles
) -> None:
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
    for about in source.sheets_metadata:
        title = about.name
        if title == order["title"]:
            continue
        page = book.add_worksheet(free_title(book, title))
        if about.visible is not SheetVisibleEnum.Visible:
            page.hide()
        try:
            sheet = source.get_sheet_by_name(title)
        except Exception:  # noqa: BLE001 - a chart, a broken part: whatever it is, the first sheet must go back
            page.write_string(0, 0, UNREADABLE_SHEET)
            continue
        write_texts(page, sheet.iter_rows(), sheet.start[1] if sheet.start else 0, styles)


def write_texts(page: Any, rows: Iterator[list[Any]], margin: int, styles: Styles) -> None:
    """A sheet as text, from column `margin` on: every text can be read, and printed it stands on pages of one width."""
    fit_to_pages(page)
    first = list(islice(rows, MEASURED))
    texts = [["" if value == "" else shown(value) for value in values] for values in first]
    columns = max(map(len, texts), default=0)
    widths = [width_of(0, texts, index, OTHERS_WIDE) for index in range(columns)]
    for place, width in enumerate(widths, start=margin):
        page.set_column(place, place, width)
    for line, values in enumerate(chain(first, rows)):
        cells = ["" if value == "" else safe(shown(value)) for value in values]
        raise_row(page, line, widths, (cells + [""] * columns)[:columns])
        for place, text in enumerate(cells, start=margin):
            if text:
                page.write_string(line, place, text[:LONGEST], styles.text[False])


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
