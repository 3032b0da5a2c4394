"""Workbooks that leave the program: tables of text in which no formula can run."""

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

A4 = 9  # its number in a sheet's page set-up
# A column is as wide as its contents, up to this width; LOOKED_AT rows are examined. A longer text
# wraps, so that all columns fit a printed page and can be read there. A width that the caller gives
# is an upper limit, so that a nearly empty column takes no room.
WIDEST = 40
LOOKED_AT = 1_000
FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
# A workbook with at least this many rows is made in a process of its own, so that pages do not wait
# for it.
LARGE = 2_000
CHILD = Path(__file__).with_name("table_child.py")
CHILD_MEMORY = 1 << 30
CHILD_SECONDS = 600
CHILD_BYTES = 1 << 30
SENT_TOGETHER = 500  # rows: each sending may wake the child and suspend this process
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
    """Write a table of text cells and return `target`; rows are streamed. `foot` is printed under
    each page, `head` over it; both say whose copy it is, `head` also in the file's properties. In
    print all columns fit on one page.

    Nothing in it can run: every cell is a string, and ' is put before a text that a spreadsheet
    would run (X08). Ids stay text. Terms show their label, logical values 是/否, None an empty
    cell. At most 1,048,575 rows fit. Raises OSError.
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
    """(the workbook without its rows, as wide as its first rows need, all rows, the most that each
    column takes). Raises OSError.
    """
    waiting = iter(lines)
    first = list(islice(waiting, LOOKED_AT))
    most = [widths[place] if place < len(widths) else WIDEST for place in range(len(headers))]
    wanted = [min(column) for column in zip(_wanted(headers, first), most, strict=True)]
    title = sheet.translate(FORBIDDEN_IN_TITLES).strip("' ")[:31] or "Sheet1"
    return _frame(title, headers, wanted, foot, head), chain(first, waiting), most


def _wanted(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The width that each column would need for its head and these rows."""
    wanted = [sheet_rows.width(header) for header in headers]
    for row in rows:
        for place, shown in enumerate(row[: len(wanted)]):
            wanted[place] = max(wanted[place], sheet_rows.width(shown))
    return wanted


def _frame(
    title: str, headers: Sequence[str], wanted: Sequence[int], foot: str, head: str
) -> BytesIO:
    """The workbook without its rows; an example row shows both formats. Raises OSError."""
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
    """Write the file. Raises OSError in place of the library's own error."""
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
    """As `table_workbook`, for about `expected` rows of text: many rows are written by a process of
    its own. Raises OSError.
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
    except BrokenPipeError:  # the child has ended early, and its exit code says why
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
    """Rows as a line of JSON: encoding many rows at once takes a third of the time."""
    return f"{json.dumps(what, ensure_ascii=False)}\n".encode()


def _set_up(page: Worksheet) -> None:
    """The head stays in sight and is printed on every page; a page is as wide as the table."""
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
