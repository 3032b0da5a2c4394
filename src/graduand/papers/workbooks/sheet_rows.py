"""The rows of a table inside a workbook, written column by column because a library that writes
cell by cell is slow.

The library makes a frame with the head, the formats and the page set-up, and with one example row
that shows how cells look; the rows of the table then replace the example row.
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
LONGEST = 32_767  # the most characters of a cell
NARROWEST = 8
SHEET = "xl/worksheets/sheet1.xml"
AT_A_TIME = 200  # rows that are compressed together
REMEMBERED = 4_096  # texts of a column that are remembered
# A row with wrapped text states its height: LibreOffice and Excel open a row without a height as
# one line. A line breaks early at a word or before a closing sign.
LINE = 15.0  # points
TALLEST = 409.0
BROKEN_EARLY = 4  # characters by which a line may break early
# The element that states the size of the sheet, which is not known yet.
_SIZE = re.compile(r"<dimension [^>]*/>")
_EXAMPLES = re.compile(
    r'<row r="2"[^>]*><c r="A2" s="(\d+)".*?<c r="B2" s="(\d+)".*?</row>', re.DOTALL
)
# Texts that the format escapes: its own escapes, control characters, and code points that are no
# characters.
_ESCAPED = re.compile("_x[0-9a-fA-F]{4}_|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def fill(
    frame: IO[bytes], target: Path, rows: Iterable[Sequence[str]], most: Sequence[int]
) -> None:
    """Write the workbook `frame` to `target` with `rows` under its first row; the frame's second
    row shows both formats.

    A text wider than the `most` of its column gets the second format. Raises OSError, ValueError
    for too many rows.
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
    """The height of a row; "" for one line. Its cells have been made before."""
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
    """The end of a cell's XML by its text, in one column, remembered because most texts of a table
    are repeated.
    """

    def __init__(self, styles: Sequence[str], most: int) -> None:
        self._usual, self._wrapped = (f'" s="{style}" t="inlineStr"><is>' for style in styles)
        self._most = most
        self.lines: dict[str, int] = {}  # the number of lines of each text that wraps

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
    """The letters of a column: A, B … Z, AA …."""
    letters = ""
    left = place + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _content(text: str) -> str:
    """The XML of a text inside its cell."""
    if text.isalnum() and len(text) <= LONGEST:  # most texts: no character has to be escaped
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
    """The width of a text in characters of a column; a Chinese character counts as two, as in GB
    18030.
    """
    taken = len(text) if text.isascii() else len(text.encode("gb18030", "replace"))
    return max(NARROWEST, taken + 2)


def lines_of(text: str, most: int) -> int:
    """How many lines a text takes in a column `most` wide, rather one too many than too few."""
    room = max(most - BROKEN_EARLY, NARROWEST)
    return sum(-(-width(part) // room) for part in text.split("\n"))
