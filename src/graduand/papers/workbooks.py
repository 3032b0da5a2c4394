"""Workbooks that leave the program: tables of text, in which nothing runs."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from graduand.limited import command
from graduand.rulebook.cells import safe_text
from graduand.rulebook.terms import Word

LAST_ROW = 1_048_576
A4 = 9  # as a sheet's page set-up numbers it
# A column is as wide as what stands in it, within these; so many rows are looked at.
# What is longer stands in lines below each other, so that all columns fit a printed page and can be read there. A width
# that is given is the most that a column takes: of one that is nearly empty the page is spared it.
NARROWEST, WIDEST, LOOKED_AT = 8, 40, 1_000
FORBIDDEN_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
# From so many rows on a workbook is made in a process of its own, so that whoever asks for pages does not wait for it.
LARGE = 2_000
CHILD = Path(__file__).with_name("table_child.py")
CHILD_MEMORY, CHILD_SECONDS, CHILD_BYTES = 1 << 30, 600, 1 << 30
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
    Terms show their label, logical values 是/否, None an empty cell. At most 1,048,575 rows fit. Raises OSError.
    """
    with _opened(target) as book:
        page = book.add_worksheet(sheet.translate(FORBIDDEN_IN_TITLES).strip("' ")[:31] or "Sheet1")
        text = book.add_format({"num_format": "@", "valign": "top"})
        lines = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        bold = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
        most = [widths[place] if place < len(widths) else WIDEST for place in range(len(headers))]
        wanted = [_width(header) for header in headers]
        for place, header in enumerate(headers):
            page.write_string(0, place, safe_text(header), bold)
        _set_up(page)
        if foot:
            page.set_footer(f"&L{foot.replace('&', '&&')[:200]}&R第 &P 页，共 &N 页")
        if head:
            page.set_header(f"&C{head.replace('&', '&&')[:200]}")
            book.set_properties({"comments": head})
        _fill(page, rows, (text, lines), most, wanted)
        for place, width in enumerate(wanted):
            page.set_column(place, place, min(width, most[place]), text)
    return target


@contextmanager
def _opened(target: Path) -> Iterator[xlsxwriter.Workbook]:
    """The workbook at `target`, closed at the end."""
    book = xlsxwriter.Workbook(str(target), WRITER_OPTIONS)
    try:
        yield book
    except BaseException:
        with suppress(FileCreateError):
            book.close()  # its drafts go
        raise
    try:
        book.close()
    except FileCreateError as problem:
        cause = problem.args[0]
        raise cause if isinstance(cause, OSError) else OSError(errno.EIO, str(cause), str(target)) from problem


def large_workbook(
    target: Path, headers: Sequence[str], rows: Iterable[Sequence[str]], expected: int, **looks: Any
) -> Path:
    """As `table_workbook`, for about `expected` rows of text: many are written by a process of its own. Raises OSError."""
    if expected < LARGE:
        return table_workbook(target, headers, rows, **looks)
    words = command(CHILD, memory=CHILD_MEMORY, seconds=CHILD_SECONDS, size=CHILD_BYTES)
    child = subprocess.Popen(  # noqa: S603  # the words are ours, what is written goes through the pipe
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={}, text=True, encoding="utf-8"
    )
    assert child.stdin is not None
    try:
        with child.stdin as pipe:
            _send(pipe, {"target": str(target), "headers": list(headers), "looks": looks}, rows)
        code = child.wait()
    except BrokenPipeError:  # it has ended before us, and says why
        code = child.wait()
    finally:
        child.kill()
        child.wait()
    if code:
        raise OSError(code, os.strerror(code), str(target)) if code in errno.errorcode else ChildProcessError(code)
    return target


def _send(pipe: IO[str], order: dict[str, Any], rows: Iterable[Sequence[str]]) -> None:
    pipe.write(json.dumps(order, ensure_ascii=False) + "\n")
    for row in rows:
        pipe.write(json.dumps(row, ensure_ascii=False) + "\n")


def _fill(
    page: Worksheet, rows: Iterable[Sequence[object]], formats: tuple[Format, Format], most: Sequence[int], wanted: list[int]
) -> None:
    """The rows under the head; `wanted` grows to the widths that their first thousand ask for.

    What is wider than its column may be (`most`) is written in the second of the `formats`, line under line.
    """
    for line, row in enumerate(rows, start=1):
        if line >= LAST_ROW:
            raise ValueError(f"a sheet holds at most {LAST_ROW - 1} rows under its header")
        for place, content in enumerate(row):
            shown = shown_text(content)
            if not shown:
                continue
            if place >= len(most):
                page.write_string(line, place, safe_text(shown), formats[0])
                continue
            width = _width(shown)
            page.write_string(line, place, safe_text(shown), formats[width > most[place]])
            if line <= LOOKED_AT:
                wanted[place] = max(wanted[place], width)


def _set_up(page: Worksheet) -> None:
    """The head stays in sight and on every printed page; a page is as wide as the table."""
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)


def _width(text: str) -> int:
    """In characters of a column; a Chinese one takes two, as it does in GB 18030."""
    return max(NARROWEST, len(text.encode("gb18030", "replace")) + 2)


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
