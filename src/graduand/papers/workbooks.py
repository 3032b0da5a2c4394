"""Workbooks that leave the program: tables of text, in which nothing runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from graduand.rulebook.cells import safe_text
from graduand.rulebook.terms import Word

LAST_ROW = 1_048_576
A4 = 9  # as a sheet's page set-up numbers it
# A column whose width nobody gave is as wide as what stands in it, within these; so many rows are looked at.
NARROWEST, WIDEST, LOOKED_AT = 8, 60, 1_000
FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
WRITER_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


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
    `head` over it and in the file's properties: whose copy it is. Printed, all columns stand on one page.

    Nothing in it can run: every cell is a string, a runnable beginning gets a ' (X08). Ids stay text.
    Terms show their label, logical values 是/否, None an empty cell. At most 1,048,575 rows fit.
    """
    with xlsxwriter.Workbook(str(target), WRITER_OPTIONS) as book:
        page = book.add_worksheet(sheet.translate(FORBIDDEN_IN_TITLES).strip("' ")[:31] or "Sheet1")
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
        wanted = [_width(header) for header in headers]
        for place, header in enumerate(headers):
            page.write_string(0, place, safe_text(header), bold)
        _set_up(page)
        if foot:
            page.set_footer(f"&L{foot.replace('&', '&&')[:200]}&R第 &P 页，共 &N 页")
        if head:
            page.set_header(f"&C{head.replace('&', '&&')[:200]}")
            book.set_properties({"comments": head})
        _fill(page, rows, text, wanted)
        for place, width in enumerate(wanted):
            page.set_column(place, place, widths[place] if place < len(widths) else width, text)
    return target


def _fill(page: Worksheet, rows: Iterable[Sequence[object]], text: Format, wanted: list[int]) -> None:
    """The rows under the head; `wanted` grows to the widths that their first thousand ask for."""
    for line, row in enumerate(rows, start=1):
        if line >= LAST_ROW:
            raise ValueError(f"a sheet holds at most {LAST_ROW - 1} rows under its header")
        for place, content in enumerate(row):
            shown = shown_text(content)
            if not shown:
                continue
            page.write_string(line, place, safe_text(shown), text)
            if line <= LOOKED_AT and place < len(wanted):
                wanted[place] = max(wanted[place], _width(shown))


def _set_up(page: Worksheet) -> None:
    """The head stays in sight and on every printed page; a page is as wide as the table."""
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)


def _width(text: str) -> int:
    """In characters of a column; a Chinese one takes two, as it does in GB 18030."""
    return min(max(NARROWEST, len(text.encode("gb18030", "replace")) + 2), WIDEST)


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
