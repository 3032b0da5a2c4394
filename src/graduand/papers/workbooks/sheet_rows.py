"""The rows of a table as a workbook keeps them: what a library would do cell by cell, done column
by column.

A frame with the head, the formats and the set-up of the page is made by the library, with one row
in it that shows how cells look; that row gives way to those of the table, which are written as they
come.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from graduand.rulebook.records.cells import safe_text

LAST_ROW = 1_048_576
LONGEST = 32_767  # characters of a cell
NARROWEST = 8
SHEET = "xl/worksheets/sheet1.xml"
AT_A_TIME = 200  # rows that are packed together
REMEMBERED = 4_096  # texts of a column
# A row says how high it is where a text stands in several lines: LibreOffice and Excel open a row
# without a height as one line. A line breaks early at a word or before a closing sign.
LINE = 15.0  # points
TALLEST = 409.0
BROKEN_EARLY = 4  # characters of a column
# The sheet says nothing of its size, which is not known yet.
_SIZE = re.compile(r"<dimension [^>]*/>")
_EXAMPLES = re.compile(
    r'<row r="2"[^>]*><c r="A2" s="(\d+)".*?<c r="B2" s="(\d+)".*?</row>', re.DOTALL
)
# What the format has escapes for: its own escapes, controls, and what is no character.
_ESCAPED = re.compile("_x[0-9a-fA-F]{4}_|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def fill(
    frame: IO[bytes], target: Path, rows: Iterable[Sequence[str]], most: Sequence[int]
) -> None:
    """Write the workbook `frame` to `target` with `rows` under its first row; one in its second row
    shows both formats.

    A text wider than `most` of its column has the second format. Raises OSError, ValueError for too
    many rows.
    """
    with ZipFile(frame) as parts, ZipFile(target, "w", ZIP_DEFLATED) as book:
        for part in parts.infolist():
            content = parts.read(part)
            about = ZipInfo(part.filename, part.date_time)
            about.compress_type = ZIP_DEFLATED
            about.external_attr = part.external_attr
            with book.open(about, "w") as out:
                if part.filename == SHEET:
                    _write_sheet(out, content.decode(), rows, most)
                else:
                    out.write(content)


def _write_sheet(
    out: IO[bytes], frame: str, rows: Iterable[Sequence[str]], most: Sequence[int]
) -> None:
    examples = _EXAMPLES.search(frame)
    assert examples is not None
    out.write(_SIZE.sub("", frame[: examples.start()]).encode())
    lines = _lines(rows, most, examples.groups())
    while piece := "".join(islice(lines, AT_A_TIME)):
        out.write(piece.encode())
    out.write(frame[examples.end() :].encode())


def _lines(
    rows: Iterable[Sequence[str]], most: Sequence[int], styles: Sequence[str]
) -> Iterator[str]:
    columns: list[tuple[str, _Column]] = []
    for number, row in enumerate(rows, start=2):
        if number > LAST_ROW:
            raise ValueError(f"a sheet holds at most {LAST_ROW - 1} rows under its header")
        while len(columns) < len(row):
            place = len(columns)
            column = _Column(styles, most[place] if place < len(most) else sys.maxsize)
            columns.append((f'<c r="{_letters(place)}', column))
        cells = [
            f"{beginning}{number}{column[text]}"
            for (beginning, column), text in zip(columns, row, strict=False)
            if text
        ]
        yield f'<row r="{number}"{_height(columns, row)}>{"".join(cells)}</row>'


def _height(columns: Sequence[tuple[str, _Column]], row: Sequence[str]) -> str:
    """How high a row stands; "" for one line. Its cells are made by now."""
    lines = max(
        (
            column.lines.get(text, 1)
            for (_, column), text in zip(columns, row, strict=False)
            if column.lines
        ),
        default=1,
    )
    if lines == 1:
        return ""
    return f' ht="{min(lines * LINE, TALLEST):g}" customHeight="1"'


class _Column(dict[str, str]):
    """The end of a cell by its text, in one column: most texts of a table stand in it again and
    again.
    """

    def __init__(self, styles: Sequence[str], most: int) -> None:
        self._usual, self._wrapped = (f'" s="{style}" t="inlineStr"><is>' for style in styles)
        self._most = most
        self.lines: dict[str, int] = {}  # of the texts that stand in several

    def __missing__(self, text: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
            self.lines.clear()
        style = self._usual
        if width(text) > self._most:
            style = self._wrapped
            self.lines[text] = lines_of(text, self._most)
        self[text] = made = f"{style}{_content(text)}</is></c>"
        return made


def _letters(place: int) -> str:
    """A, B … Z, AA …: how a column is called."""
    letters = ""
    left = place + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _content(text: str) -> str:
    """A text as it stands in its cell."""
    if text.isalnum() and len(text) <= LONGEST:  # most: nothing in it that could be misread
        return f"<t>{text}</t>"
    shown = safe_text(text)[:LONGEST]
    told = (
        _ESCAPED.sub(_escape, shown).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )
    if told != told.strip():
        return f'<t xml:space="preserve">{told}</t>'
    return f"<t>{told}</t>"


def _escape(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) > 1:
        return f"_x005F{text}"
    return f"_x{ord(text):04X}_"


def width(text: str) -> int:
    """In characters of a column; a Chinese one takes two, as it does in GB 18030."""
    taken = len(text) if text.isascii() else len(text.encode("gb18030", "replace"))
    return max(NARROWEST, taken + 2)


def lines_of(text: str, most: int) -> int:
    """In how many lines a text stands in a column `most` wide, rather one too many than too few."""
    room = max(most - BROKEN_EARLY, NARROWEST)
    return sum(-(-width(part) // room) for part in text.split("\n"))
