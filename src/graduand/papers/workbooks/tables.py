"""Workbooks that leave the program: tables of text, in which nothing runs."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from graduand.limited import command
from graduand.papers.workbooks import sheet_rows
from graduand.rulebook.records.cells import safe_text
from graduand.rulebook.words import Word

A4 = 9  # as a sheet's page set-up numbers it
# A column is as wide as what stands in it, within these; so many rows are looked at. What is longer
# stands in lines below each other, so that all columns fit a printed page and can be read there. A
# width that is given is the most that a column takes: of one that is nearly empty the page is
# spared it.
WIDEST = 40
LOOKED_AT = 1_000
FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
# From so many rows on a workbook is made in a process of its own, so that whoever asks for pages
# does not wait for it.
LARGE = 2_000
CHILD = Path(__file__).with_name("table_child.py")
CHILD_MEMORY = 1 << 30
CHILD_SECONDS = 600
CHILD_BYTES = 1 << 30
SENT_TOGETHER = 500  # rows: each sending may wake the child, and put us aside
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
    """Write a table of text cells and return `target`; rows are streamed. `foot` stands under each
    printed page, `head` over it and in the file's properties: whose copy it is. Printed, all
    columns stand on one page.

    Nothing in it can run: every cell is a string, a runnable beginning gets a ' (X08). Ids stay
    text. Terms show their label, logical values 是/否, None an empty cell. At most 1,048,575 rows
    fit. Raises OSError.
    """
    lines = ([shown_text(content) for content in row] for row in rows)
    frame, every, most = _framed(headers, lines, sheet, widths, foot, head)
    sheet_rows.fill(frame, target, every, most)
    return target


def _framed(
    headers: Sequence[str],
    lines: Iterable[Sequence[str]],
    sheet: str = "Sheet1",
    widths: Sequence[int] = (),
    foot: str = "",
    head: str = "",
) -> tuple[BytesIO, Iterator[Sequence[str]], list[int]]:
    """(the workbook without its rows, as wide as the first of them ask for, all of them, the most
    that each column takes). Raises OSError.
    """
    waiting = iter(lines)
    first = list(islice(waiting, LOOKED_AT))
    most = [widths[place] if place < len(widths) else WIDEST for place in range(len(headers))]
    wanted = [min(column) for column in zip(_wanted(headers, first), most, strict=True)]
    title = sheet.translate(FORBIDDEN_IN_TITLES).strip("' ")[:31] or "Sheet1"
    return _frame(title, headers, wanted, foot, head), chain(first, waiting), most


def _wanted(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column would have to be for its head and these rows."""
    wanted = [sheet_rows.width(header) for header in headers]
    for row in rows:
        for place, shown in enumerate(row[: len(wanted)]):
            wanted[place] = max(wanted[place], sheet_rows.width(shown))
    return wanted


def _frame(
    title: str, headers: Sequence[str], wanted: Sequence[int], foot: str, head: str
) -> BytesIO:
    """The workbook without its rows; in their place one with a cell of either format. Raises
    OSError.
    """
    made = BytesIO()
    book = xlsxwriter.Workbook(made, WRITER_OPTIONS)
    page = book.add_worksheet(title)
    text = book.add_format({"num_format": "@", "valign": "top"})
    lines = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    bold = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
    for place, (header, width) in enumerate(zip(headers, wanted, strict=True)):
        page.write_string(0, place, safe_text(header), bold)
        page.set_column(place, place, width, text)
    for place, style in enumerate((text, lines)):
        page.write_string(1, place, "x", style)
    _set_up(page)
    if foot:
        page.set_footer(f"&L{foot.replace('&', '&&')[:200]}&R第 &P 页，共 &N 页")
    if head:
        page.set_header(f"&C{head.replace('&', '&&')[:200]}")
        book.set_properties({"comments": head})
    _close(book)
    made.seek(0)
    return made


def _close(book: xlsxwriter.Workbook) -> None:
    """Write the file. Raises OSError where the library has an error of its own."""
    try:
        book.close()
    except FileCreateError as problem:
        cause = problem.args[0]
        if isinstance(cause, OSError):
            raise cause from problem
        raise OSError(errno.EIO, str(cause)) from problem


def large_workbook(
    target: Path, headers: Sequence[str], rows: Iterable[Sequence[str]], expected: int, **looks: Any
) -> Path:
    """As `table_workbook`, for about `expected` rows of text: many are written by a process of its
    own. Raises OSError.
    """
    if expected < LARGE:
        return table_workbook(target, headers, rows, **looks)
    words = command(CHILD, memory=CHILD_MEMORY, seconds=CHILD_SECONDS, size=CHILD_BYTES)
    child = subprocess.Popen(  # noqa: S603  # the words are ours, what is written goes through the pipe
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={}
    )
    assert child.stdin is not None
    try:
        with child.stdin as pipe:
            frame, every, most = _framed(headers, rows, **looks)
            framed = b64encode(frame.getbuffer()).decode()
            _send(pipe, {"target": str(target), "frame": framed, "most": most}, every)
        code = child.wait()
    except BrokenPipeError:  # it has ended before us, and says why
        code = child.wait()
    finally:
        child.kill()
        child.wait()
    if code:
        if code in errno.errorcode:
            raise OSError(code, os.strerror(code), str(target))
        raise ChildProcessError(code)
    return target


def _send(pipe: IO[bytes], order: dict[str, Any], rows: Iterator[Sequence[str]]) -> None:
    pipe.write(_told(order))
    while piece := list(islice(rows, SENT_TOGETHER)):
        pipe.write(_told(piece))


def _told(what: object) -> bytes:
    """A line of JSON: made of many rows at once it takes a third of the time."""
    return f"{json.dumps(what, ensure_ascii=False)}\n".encode()


def _set_up(page: Worksheet) -> None:
    """The head stays in sight and on every printed page; a page is as wide as the table."""
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)


def shown_text(content: object) -> str:
    """The text of a value in a table."""
    match content:
        case None:
            return ""
        case str() if type(content) is str:
            return content
        case bool():
            if content:
                return "是"
            return "否"
        case Word():
            return content.label
        case Enum():
            return str(content.value)
        case datetime():
            return content.isoformat(" ", "seconds")
    return str(content)
