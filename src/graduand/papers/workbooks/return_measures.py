"""What both ways of giving a workbook back share: colours, widths and heights, safe texts.

It stands beside the child process that writes them and, like it, knows nothing of the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

LAST_ROW = 1_048_576
RED = "FFC7CE"
YELLOW = "FFEB9C"
# Widths of columns, in characters. Printed, all of them stand on one page, so none is wider than
# what is in it.
REASONS_WIDTH = 40
REMINDERS_WIDTH = 24
NARROW = 4
WIDE = 20
OTHERS_WIDE = 60
RAGGED = 3  # of a line of words so much stays empty
LINE = 15.0  # points: a line of a row
HIGHEST = 409.0  # points: the highest row that there can be
MARGIN = 0.3  # inches
MEASURED = 300  # rows by whose contents the widths are chosen
A4 = 9
LONGEST = 32_767  # characters of a cell


def width_of(header: int, rows: list[list[Any]], index: int, most: int = WIDE) -> int:
    """How wide a column is to be: as its contents and as its header needs, within limits."""
    widths = [space_of(cells[index]) for cells in rows if index < len(cells)]
    return min(max(NARROW, header, *widths) + 1, most)


def own_places(order: dict[str, Any]) -> list[int]:
    """Where the columns of an earlier return stand, from 0."""
    return sorted(chain.from_iterable(order["earlier"].values()))


def safe(text: str) -> str:
    """A runnable beginning gets a ' (X08)."""
    if not text.startswith(tuple("=+-@\t\0\r＝＋－＠")):
        return text
    return "'" + text


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


def left_margin(sheet: Any) -> int:
    """How many columns of a sheet are empty before the first one that holds anything."""
    if not sheet.start:
        return 0
    return int(sheet.start[1])
