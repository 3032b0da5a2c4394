"""Makes the workbook that goes back to its sender, in a process of its own, limited and killable.

Run as a script by `returned_workbooks`, under the limits of `limited`; it must not import the
package. A sender's file can make a writing library claim all memory, run for hours or fail in any
way, and that must end this process alone. Lines of JSON on stdin: the order, then a list for each
row. Exit code 0: the workbook is written.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if not TYPE_CHECKING:
    # The editing library loads numpy, where it is installed, to recognise its numbers: none come to
    # us, and loading it takes as long as a small workbook.
    sys.modules["numpy"] = None

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.workbook.views import BookView
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook
from xlsxwriter.exceptions import FileCreateError

if TYPE_CHECKING:
    from .return_anew import write_anew
    from .return_measures import (
        A4,
        LINE,
        LONGEST,
        MARGIN,
        MEASURED,
        RAGGED,
        REASONS_WIDTH,
        RED,
        REMINDERS_WIDTH,
        YELLOW,
        height_of,
        left_margin,
        own_places,
        space_of,
        width_of,
    )
else:
    # The child is started by path and isolated, so this folder is not on its path by itself.
    sys.path.append(str(Path(__file__).parent))
    from return_anew import write_anew
    from return_measures import (
        A4,
        LINE,
        LONGEST,
        MARGIN,
        MEASURED,
        RAGGED,
        REASONS_WIDTH,
        RED,
        REMINDERS_WIDTH,
        YELLOW,
        height_of,
        left_margin,
        own_places,
        space_of,
        width_of,
    )


class Unlike(Exception):
    """The sender's file can't be edited without loss or mistake, and is to be written anew."""


# ---------------------------------------------------------------- the sender's own workbook


def edit(order: dict[str, Any], rows: Iterator[list[Any]]) -> None:
    """Put the reasons into the sender's workbook. Raises Unlike, and any error of the reader."""
    with warnings.catch_warnings(), Path(order["source"]).open("rb") as stream:
        # The reader warns of features that it drops; none is in our columns
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(stream)
    page = book[order["title"]]
    check_same_headers(page, order)
    forget_earlier(page, own_places(order))
    if not page.column_dimensions and not page.sheet_format.defaultColWidth:
        widen(page, order)
    beside = 0
    if order["reminders"]:
        beside = new_column(page, order, order["reminders_header"], REMINDERS_WIDTH)
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
    print_every_sheet(book, page)
    book.active = page
    # Without a view nothing says which sheet is opened first
    book.views = book.views or [BookView()]
    book.save(order["target"])
    check_same_rows(order, {place - 1, beside - 1})


def widen(page: Worksheet, order: dict[str, Any]) -> None:
    """Where the sender has chosen no widths, make columns wide enough to show their contents, also
    on paper, where nobody can widen them.
    """
    first = order["header_row"] + 1
    rows = [
        [cell.value for cell in row]
        for row in page.iter_rows(min_row=first, max_row=first + MEASURED)
    ]
    for index, header in enumerate(order["headers"]):
        page.column_dimensions[get_column_letter(index + 1)].width = width_of(
            space_of(header), rows, index
        )


def new_column(page: Worksheet, order: dict[str, Any], header: str, width: int) -> int:
    """Add one of our columns with its header, where an earlier return had it or to the right of all
    others; returns its place, from 1.
    """
    earlier = order["earlier"][header]
    place: int = earlier[0] + 1 if earlier else free_column(page, order["headers"])
    put(page, order["header_row"], place, header).font = Font(bold=True)
    page.column_dimensions[get_column_letter(place)].width = width
    return place


def tell(page: Worksheet, number: int, place: int, text: str, fill: PatternFill) -> None:
    """Write a text about a row, and make sure that all of it can be read."""
    cell = put(page, number, place, text)
    cell.fill = fill
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    row = page.row_dimensions[number]
    row.hidden = False  # a filter must not hide a row that has to be corrected
    width = page.column_dimensions[get_column_letter(place)].width
    row.height = max(row.height or LINE, height_of([(text, int(width) - RAGGED)]))


def print_every_sheet(book: Workbook, ours: Worksheet) -> None:
    """Print each sheet with all columns on one page; rows of `ours` have their heights already."""
    for sheet in book.worksheets:
        print_on_pages_of_one_width(sheet)
        if sheet is not ours:
            show_whole_texts(sheet)


def print_on_pages_of_one_width(page: Worksheet) -> None:
    """Landscape, all columns on one page, with grid lines."""
    page.page_setup.orientation = page.ORIENTATION_LANDSCAPE
    page.page_setup.paperSize = A4
    page.page_setup.fitToWidth = 1
    page.page_setup.fitToHeight = 0
    page.page_margins = PageMargins(left=MARGIN, right=MARGIN, top=0.5, bottom=0.6)
    page.print_options.gridLines = True
    properties = page.sheet_properties.pageSetUpPr or PageSetupProperties()
    properties.fitToPage = True
    page.sheet_properties.pageSetUpPr = properties


def show_whole_texts(page: Worksheet) -> None:
    """Make rows with wrapped texts as high as these need, where the sender has chosen no height."""
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
    """Repeat the header on each page, and extend the sender's print area to our columns."""
    page.print_title_rows = page.print_title_rows or f"{header_row}:{header_row}"
    if page.print_area and "," not in page.print_area:
        left, top, right, bottom = range_boundaries(page.print_area.rpartition("!")[2])
        if left and top and right and bottom:
            page.print_area = (
                f"{get_column_letter(left)}{top}:{get_column_letter(max(right, last))}{bottom}"
            )


def check_same_headers(page: object, order: dict[str, Any]) -> None:
    """Check that both readers see the same header: otherwise the reasons would stand next to other
    people's rows.
    """
    if not isinstance(page, Worksheet) or page.max_row < order["header_row"]:
        raise Unlike
    seen = [cell.value for cell in page[order["header_row"]]]
    asked = order["headers"]
    if ["" if text is None else str(text).strip() for text in seen[: len(asked)]] != [
        t.strip() for t in asked
    ]:
        raise Unlike


def check_same_rows(order: dict[str, Any], ours: set[int]) -> None:
    """Read the saved file once more: all rows of the sender's sheet must be there."""
    sheet = CalamineWorkbook.from_path(order["target"]).get_sheet_by_name(order["title"])
    margin = left_margin(sheet)
    filled = set()
    for number, values in enumerate(sheet.iter_rows(), start=1):
        if any(
            value != "" and place not in ours for place, value in enumerate(values, start=margin)
        ):
            filled.add(number)
    if not filled.issuperset(order["rows"]):
        raise Unlike


def put(page: Worksheet, row: int, column: int, content: str) -> Cell:
    """Write a text; a merged block that covers the place is split."""
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
    """The first empty column to the right of the headers, from 1."""
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
    """Remove the reasons and colours of an earlier return, so that only present faults are red."""
    if not places:
        return
    for row in page.iter_rows():
        for cell in row:
            if isinstance(cell, Cell):
                if cell.fill.fill_type == "solid" and str(cell.fill.fgColor.rgb).endswith(RED):
                    cell.fill = PatternFill()
                if cell.column - 1 in places:
                    cell.value = None
                    cell.fill = PatternFill()


def main(stream: IO[bytes]) -> None:
    """Carry out the order. Raises OSError for a full disk, whichever library meets it."""
    order = json.loads(stream.readline())
    rows = (json.loads(line) for line in stream)
    # The editing library writes each sheet, with all its data about people, into a temporary file.
    tempfile.tempdir = order["drafts"]
    if order["edit"]:
        edit(order, rows)
        return
    try:
        write_anew(order, rows)
    except FileCreateError as problem:  # the library wraps the system's error
        raise problem.args[0] from problem


if __name__ == "__main__":
    main(sys.stdin.buffer)
