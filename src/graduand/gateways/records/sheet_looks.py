"""The looks of a workbook's cells where they show something else than their value: formats that add
words or hide a value, unseen text.

This file lies in the folder of the child process that opens workbooks and, like it, knows nothing
of the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.parsers import expat

WITH_DTD = "工作簿里有不允许的 XML 声明（DTD），不是 Excel 正常保存的文件；请用 Excel 打开后另存为 .xlsx 再上传"
REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# How many places of each kind are reported.
MOST_TOLD = 10
# Two colours whose channels differ by less than this cannot be told apart on a screen.
NEAR = 17
BLACK = "000000"
WHITE = "FFFFFF"
_INDEXED = {"0": BLACK, "1": WHITE, "8": BLACK, "9": WHITE, "64": BLACK, "65": WHITE}
_THEME = {"0": WHITE, "1": BLACK}
_BUILT_IN = {"9": "0%", "10": "0.00%"}
# The sections of `styles.xml` that have elements with the same names.
_SECTIONS = frozenset(
    {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}
)
_TEXT_CELLS = ("s", "str", "inlineStr")
# One token of a format: a quoted literal, an escaped one, a filler, a bracket, the end of a
# section, anything else.
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*].|(\[[^\]]*\])|(;)|(.)', re.DOTALL)


class WorkbookRefused(Exception):
    """The workbook is refused; the argument is the sentence for its sender."""


def parse_xml(chunks: Iterator[bytes], on_element: Any) -> None:
    """Feed XML to `on_element(local name, attributes)`; a document type declaration is refused."""
    parser = expat.ParserCreate()

    def refuse(*_declaration: object) -> None:
        raise WorkbookRefused(WITH_DTD)

    def start(name: str, attributes: dict[str, str]) -> None:
        on_element(name.rpartition(":")[2], attributes)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def row_number(attributes: dict[str, str], last: int) -> int:
    """The number of a row, from 1; a row without a number follows `last`."""
    number = attributes.get("r", "")
    if number.isdecimal() and len(number) < 8:
        return int(number)
    return last + 1


def column_number(letters: str) -> int:
    """The number of a column; 0 for A."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


class FormatSection(NamedTuple):
    """One section of a number format: the words that it adds, the rest of it, whether it has a
    condition.
    """

    words: str
    plain: str
    conditional: bool


def sections(code: str) -> list[FormatSection]:
    """The sections of a format."""
    found = []
    words = ""
    plain = ""
    conditional = False
    for quoted, escaped, bracket, ends, other in _TOKEN.findall(code):
        if ends:
            found.append(FormatSection(words, plain, conditional))
            words = ""
            plain = ""
            conditional = False
        words += quoted + escaped
        plain += other
        conditional = conditional or bracket[1:2] in ("<", ">", "=")
    return [*found, FormatSection(words, plain, conditional)]


def disguises(code: str, *, text: bool) -> bool:
    """Whether a cell of that format shows something else than its value: added words, a percentage,
    or nothing.
    """
    parts = sections(code)
    if text:
        used = parts[3:4] or [part for part in parts if "@" in part.plain]
        return any(_adds(part) or "@" not in part.plain for part in used)
    numbers = [part for part in parts[:3] if "@" not in part.plain]
    used = numbers[:1]
    if any(part.conditional for part in numbers):
        used = numbers
    return any(
        _adds(part) or "%" in part.plain or not _shows_number(part)
        for part in used
        if not _is_date(part)
    )


def _adds(part: FormatSection) -> bool:
    return re.search(r"[\w\-－−]", part.words) is not None


def _shows_number(part: FormatSection) -> bool:
    return any(sign in part.plain for sign in "0#?") or "general" in part.plain.lower()


def _is_date(part: FormatSection) -> bool:
    return (
        "general" not in part.plain.lower() and re.search("[ymdhs]", part.plain.lower()) is not None
    )


@dataclass
class CellStyles:
    """The styles of a workbook's cells: a cell names a style by number, a style is (format, colour
    of the text, background).
    """

    formats: dict[str, str] = field(default_factory=lambda: dict(_BUILT_IN))
    fonts: list[str] = field(default_factory=list)
    grounds: list[str] = field(default_factory=list)
    cells: list[tuple[str, int, int]] = field(default_factory=list)

    def format_of(self, style: int) -> str:
        """The format's own text; "" for a built-in one."""
        if style < len(self.cells):
            return self.formats.get(self.cells[style][0], "")
        return ""

    def unseen(self, style: int) -> bool:
        """Whether text and background have the same colour."""
        if style >= len(self.cells):
            return False
        code, font, ground = self.cells[style]
        colour = _at(self.fonts, font, BLACK)
        if "[white]" in self.formats.get(code, "").lower():
            colour = WHITE
        return _alike(colour, _at(self.grounds, ground, WHITE))


def _at(colours: Sequence[str], number: int, usual: str) -> str:
    """The colour with that number; `usual` where a style names a colour that does not exist."""
    if number < len(colours):
        return colours[number]
    return usual


def _alike(one: str, other: str) -> bool:
    if len(one) != 6 or len(other) != 6:
        return one == other != ""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (0, 2, 4))
    return all(abs(here - there) < NEAR for here, there in pairs)


def _number(text: str) -> int:
    """The number in an attribute; 0, the default style, for text that is not a number."""
    if text.isdecimal() and len(text) < 8:
        return int(text)
    return 0


def _colour(attributes: dict[str, str]) -> str:
    """Six hexadecimal digits, or another name of the colour; "" where the colour is not known."""
    if re.fullmatch("[0-9A-Fa-f]{6,8}", attributes.get("rgb", "")):
        return attributes["rgb"][-6:].upper()
    if "theme" in attributes:
        tint = attributes.get("tint", "0")
        name = f"theme {attributes['theme']} {tint}"
        if tint.strip("0."):
            return name
        return _THEME.get(attributes["theme"], name)
    return _INDEXED.get(attributes.get("indexed", "64"), f"indexed {attributes.get('indexed')}")


def read_styles(chunks: Iterator[bytes]) -> CellStyles:
    """Read the part `styles.xml`; its conditional formats and named styles are ignored."""
    found = CellStyles()
    section = [""]

    def element(name: str, attributes: dict[str, str]) -> None:
        if name in _SECTIONS:
            section[0] = name
        elif section[0] == "numFmts" and name == "numFmt":
            found.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif section[0] == "fonts" and name == "font":
            found.fonts.append(BLACK)
        elif section[0] == "fonts" and name == "color" and found.fonts:
            found.fonts[-1] = _colour(attributes)
        elif section[0] == "fills" and name == "fill":
            found.grounds.append(WHITE)
        elif section[0] == "fills" and found.grounds:
            found.grounds[-1] = _ground(found.grounds[-1], name, attributes)
        elif section[0] == "cellXfs" and name == "xf":
            font = _number(attributes.get("fontId", "0"))
            ground = _number(attributes.get("fillId", "0"))
            found.cells.append((attributes.get("numFmtId", "0"), font, ground))

    parse_xml(chunks, element)
    return found


def _ground(so_far: str, name: str, attributes: dict[str, str]) -> str:
    """The colour of a fill. Without a pattern it is the sheet's white; a pattern or a gradient is
    "", which no text equals.
    """
    if name == "gradientFill" or (
        name == "patternFill" and attributes.get("patternType", "none") not in ("none", "solid")
    ):
        return ""
    if name != "fgColor" or not so_far:
        return so_far
    return _colour(attributes)


@dataclass
class MisleadingCells:
    """Cells that show something else than their value: how many, and the first of them as [row,
    column from 0, format].
    """

    disguised: list[list[Any]] = field(default_factory=list)
    disguised_cells: int = 0
    unseen: list[list[Any]] = field(default_factory=list)
    unseen_cells: int = 0


def _telling(styles: CellStyles) -> tuple[dict[bool, set[int]], set[int]]:
    """The styles that disguise a number, or (True) a text; and the styles that hide their cell."""
    numbers = range(len(styles.cells))
    formatted = [number for number in numbers if styles.format_of(number)]
    words = {
        text: {n for n in formatted if disguises(styles.format_of(n), text=text)}
        for text in (False, True)
    }
    return words, {number for number in numbers if styles.unseen(number)}


def looks_of(styles: CellStyles, chunks: Callable[[], Iterator[bytes]]) -> MisleadingCells:
    """The cells that are not empty and show something else than their value. The sheet is walked
    only where a style can cause that.
    """
    words, unseen = _telling(styles)
    found = MisleadingCells()
    cell = [0, -1, 0, False]  # row, column, style, whether the cell's value is text

    def element(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            cell[:] = [row_number(attributes, cell[0]), -1, 0, False]
        elif name == "c":
            column = cell[1] + 1
            if place := REFERENCE.fullmatch(attributes.get("r", "")):
                column = column_number(place[1])
            style = _number(attributes.get("s", "0"))
            cell[1:] = [column, style, attributes.get("t") in _TEXT_CELLS]
        elif name in ("v", "is"):
            if cell[2] in words[bool(cell[3])]:
                found.disguised_cells += 1
                found.disguised.append([cell[0], cell[1], styles.format_of(cell[2])])
            if cell[2] in unseen:
                found.unseen_cells += 1
                found.unseen.append([cell[0], cell[1], ""])
            del found.disguised[MOST_TOLD:], found.unseen[MOST_TOLD:]

    if unseen or any(words.values()):
        parse_xml(chunks(), element)
    return found
