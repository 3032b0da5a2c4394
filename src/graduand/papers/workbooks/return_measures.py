"""Measures that both ways of returning a workbook share: colours, widths and heights, safe texts.

This file lies in the folder of the child process that writes workbooks and, like it, knows nothing
of the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

LAST_ROW = 1_048_576
RED = "FFC7CE"
YELLOW = "FFEB9C"
# Widths of columns, in characters. In print all columns fit on one page, so none is wider than its
# contents need.
REASONS_WIDTH = 40
REMINDERS_WIDTH = 24
NARROW = 4
WIDE = 20
OTHERS_WIDE = 60
RAGGED = 3  # characters at the end of a line that stay empty because a word does not fit
LINE = 15.0  # points: the height of a line
HIGHEST = 409.0  # points: the greatest height of a row
MARGIN = 0.3  # inches
MEASURED = 300  # the widths are chosen by the contents of this many rows
A4 = 9
LONGEST = 32_767  # the most characters of a cell


def width_of(header: int, rows: list[list[Any]], index: int, most: int = WIDE) -> int:
    """The width of a column: what its contents and its header need, within limits."""
    widths = [space_of(cells[index]) for cells in rows if index < len(cells)]
    return min(max(NARROW, header, *widths) + 1, most)


def own_places(order: dict[str, Any]) -> list[int]:
    """The places of an earlier return's columns, from 0."""
    return sorted(chain.from_iterable(order["earlier"].values()))


def safe(text: str) -> str:
    """A text with ' in front where a spreadsheet would run it (X08)."""
    if not text.startswith(tuple("=+-@\t\0\r＝＋－＠")):
        return text
    return "'" + text


def height_of(texts: Iterable[tuple[Any, int]]) -> float:
    """The height of a row with these texts, each given with the characters that fit on one of its
    lines.
    """
    lines = (
        -(-space_of(text) // max(room, 1))
        for text, room in texts
        if isinstance(text, str) and 2 * len(text) > room
    )
    return min(max(lines, default=1) * LINE, HIGHEST)


def space_of(content: Any) -> int:
    """The width of a text in characters; a Chinese character counts as two."""
    if content is None:
        return 0
    text = content[1] if isinstance(content, list) else str(content)
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def left_margin(sheet: Any) -> int:
    """How many columns of a sheet are empty before the first one that is not."""
    if not sheet.start:
        return 0
    return int(sheet.start[1])
