"""A sender's workbook written from scratch: the same headers, every row in its place, faults in
red.

This file lies in the folder of the child process that writes workbooks and, like it, knows nothing
of the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import xlsxwriter
from python_calamine import CalamineWorkbook, SheetVisibleEnum

if TYPE_CHECKING:
    from .return_measures import (
        A4,
        LAST_ROW,
        LINE,
        LONGEST,
        MARGIN,
        MEASURED,
        OTHERS_WIDE,
        RAGGED,
        REASONS_WIDTH,
        RED,
        REMINDERS_WIDTH,
        YELLOW,
        height_of,
        left_margin,
        own_places,
        safe,
        space_of,
        width_of,
    )
else:
    # The child process has put this folder on its path.
    from return_measures import (
        A4,
        LAST_ROW,
        LINE,
        LONGEST,
        MARGIN,
        MEASURED,
        OTHERS_WIDE,
        RAGGED,
        REASONS_WIDTH,
        RED,
        REMINDERS_WIDTH,
        YELLOW,
        height_of,
        left_margin,
        own_places,
        safe,
        space_of,
        width_of,
    )

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

UNREADABLE_SHEET = "这个工作表没有能读出来的内容，请见您的原文件"


class ReturnStyles:
    """The formats of one workbook, each plain and red; a long text wraps."""

    def __init__(self, book: Any) -> None:
        red = {"bg_color": f"#{RED}"}
        whole = {"text_wrap": True, "valign": "top"}
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
    """Write the same headers in their order, every row in its place (or the failed ones alone), and
    the other sheets as text.
    """
    earlier = own_places(order)
    kept = [index for index in range(len(order["headers"])) if index not in earlier]
    first = list(islice(rows, MEASURED))
    samples = [cells for _, cells, *_ in first]
    widths = [
        width_of(-(-space_of(order["headers"][index]) // 2), samples, index) for index in kept
    ]
    with xlsxwriter.Workbook(order["target"], OPTIONS | {"tmpdir": order["drafts"]}) as book:
        page = book.add_worksheet("退回修改")
        styles = ReturnStyles(book)
        for place, width in enumerate(widths):
            page.set_column(place, place, width, styles.text[False])
        for number, content in order["above"]:
            page.write_string(number - 1, 0, content[:LONGEST])
        line = order["header_row"] - 1
        if order["only_failed"]:
            line = 0
        raise_row(page, line, widths, [safe(order["headers"][index]) for index in kept])
        write_headers(page, order, kept, line, styles)
        for number, cells, reasons, columns, reminders in chain(first, rows):
            line = line + 1 if order["only_failed"] else number - 1
            if line >= LAST_ROW:
                break
            told = [cells[index] if index < len(cells) else None for index in kept]
            for place, index in enumerate(kept):
                write_cell(page, line, place, told[place], index in columns, styles)
            write_beyond(page, line, order, cells, len(kept), styles)
            raise_row(page, line, widths, told, reminders, reasons)
            write_sentences(page, line, len(kept), (reminders, reasons), styles, order["reminders"])
        if order["others"]:
            write_other_sheets(book, order, styles)


def write_sentences(
    page: Any,
    line: int,
    place: int,
    sentences: tuple[str, str],
    styles: ReturnStyles,
    is_reminded: bool,
) -> None:
    """Reminders and reasons of a row in our columns from `place` on; the first is only there where
    the sheet has reminders.
    """
    reminders, reasons = sentences
    if reminders:
        page.write_string(line, place, reminders[:LONGEST], styles.reminder)
    if reasons:
        page.write_string(line, place + is_reminded, reasons[:LONGEST], styles.text[True])


def write_beyond(
    page: Any, line: int, order: dict[str, Any], cells: list[Any], kept: int, styles: ReturnStyles
) -> None:
    """What a row of a text file has beyond its last header, in a column of its own right of the
    others that are ours.
    """
    if not order["beyond"]:
        return
    texts = [text for text in cells[len(order["headers"]) :] if text]
    write_cell(page, line, kept + 1 + order["reminders"], ",".join(texts), False, styles)


def write_headers(
    page: Any, order: dict[str, Any], kept: list[int], line: int, styles: ReturnStyles
) -> None:
    """Write the sender's headers and ours, repeated on each printed page; all columns fit on one
    page.
    """
    for place, index in enumerate(kept):
        page.write_string(line, place, safe(order["headers"][index]), styles.bold)
    ours = [(order["reasons_header"], REASONS_WIDTH)]
    if order["reminders"]:
        ours.insert(0, (order["reminders_header"], REMINDERS_WIDTH))
    if order["beyond"]:
        ours.append((order["beyond_header"], REMINDERS_WIDTH))
    for place, (header, width) in enumerate(ours, start=len(kept)):
        page.set_column(place, place, width)
        page.write_string(line, place, header, styles.bold)
    page.freeze_panes(line + 1, 0)
    page.repeat_rows(line)
    fit_to_pages(page)


def raise_row(
    page: Any,
    line: int,
    widths: list[int],
    cells: list[Any],
    reminders: str = "",
    reasons: str = "",
) -> None:
    """Make a row as high as its texts need where one line is not enough; LibreOffice does not do
    so.
    """
    rooms = [width - 1 for width in widths]
    ours = ((reminders, REMINDERS_WIDTH - RAGGED), (reasons, REASONS_WIDTH - RAGGED))
    height = height_of(chain(zip(cells, rooms, strict=True), ours))
    if height > LINE:
        page.set_row(line, height)


def write_cell(
    page: Any, line: int, place: int, content: Any, failed: bool, styles: ReturnStyles
) -> None:
    """Write a cell in its own kind: a number that lost digits must not return as text (X01)."""
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


def write_other_sheets(book: Any, order: dict[str, Any], styles: ReturnStyles) -> None:
    """Write the other sheets of the sender's workbook as text under the same titles."""
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
        write_texts(page, sheet.iter_rows(), left_margin(sheet), styles)


def write_texts(page: Any, rows: Iterator[list[Any]], margin: int, styles: ReturnStyles) -> None:
    """A sheet as text, from column `margin` on: every text is shown in full, and in print all
    columns fit on one page.
    """
    fit_to_pages(page)
    first = list(islice(rows, MEASURED))
    texts = [[shown(value) for value in values] for values in first]
    columns = max(map(len, texts), default=0)
    widths = [width_of(0, texts, index, OTHERS_WIDE) for index in range(columns)]
    for place, width in enumerate(widths, start=margin):
        page.set_column(place, place, width)
    for line, values in enumerate(chain(first, rows)):
        cells = [safe(shown(value)) for value in values]
        raise_row(page, line, widths, (cells + [""] * columns)[:columns])
        for place, text in enumerate(cells, start=margin):
            if text:
                page.write_string(line, place, text[:LONGEST], styles.text[False])


def free_title(book: Any, title: str) -> str:
    """A title that is allowed and that this workbook does not have yet."""
    plain = re.sub(r"[][:*?/\\]", " ", title).strip("' ")[:28] or "Sheet"
    taken = {page.name.lower() for page in book.worksheets()}
    number = 1
    found = plain
    while found.lower() in taken or found.lower() == "history":
        number += 1
        found = f"{plain}{number}"
    return found


def shown(value: object) -> str:
    """The text of a cell of another sheet."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def fit_to_pages(page: Any) -> None:
    """Landscape, all columns on one page, with grid lines."""
    page.set_paper(A4)
    page.set_landscape()
    page.set_margins(left=MARGIN, right=MARGIN, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.hide_gridlines(0)  # grid lines in print, too
    page.set_footer("&C第 &P 页，共 &N 页")
