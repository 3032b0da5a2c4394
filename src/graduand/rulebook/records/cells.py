"""One cell of a sheet: its kinds, its text, and what makes a text safe to write back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

from graduand.rulebook.canon import BadText, canon_print, shows_nothing


class UnusableCell(Enum):
    """A cell whose content is not a value that could be stored."""

    FORMULA = "公式"
    ERROR = "错误值"


CellValue: TypeAlias = str | float | bool | date | time | UnusableCell | None
"""A cell keeps its kind by its type: text, number, logical, date (or datetime), time, mark; None is empty."""


class NotedValue(NamedTuple):
    """A value that was accepted, and what a person should know about it."""

    value: Any
    note: str


Parser: TypeAlias = Callable[[CellValue], Any]

# What a returned workbook shows in place of a mark; it must not come back in as text.
STAND_INS = {f"【{mark.value}】": mark for mark in UnusableCell}

# A text that a spreadsheet would run (OWASP ASVS 1.2.10); exports put ' before it, imports take it
# off.
RUNNABLE = tuple("=+-@\t\0\r＝＋－＠")

MARK_MESSAGES = {
    UnusableCell.FORMULA: "单元格是公式，不能导入；请复制该列，用「选择性粘贴→数值」替换后重传",
    UnusableCell.ERROR: "单元格是 Excel 错误值（如 #N/A）；请改成真正的内容",
}
LOST_CHARACTERS = (
    "有无法识别的字符（显示为 �），文件编码混乱或内容已损坏；请在原始数据中重新填写这一格"
)
TURNED_INTO_DATE = "被 Excel 改成了日期；请把该列设为文本格式后重新填写"

EXACT_INTEGER = 2**53
REMEMBERED = 50_000
_TEXT_FORMULA = re.compile(r"""'?="([^"]*)"\s*""")
_PLAIN_DECIMAL = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)


def safe_text(text: str) -> str:
    """The text as it may be written into a workbook or CSV: one that would run as a formula gets a
    ' (X08).
    """
    if not text.startswith(RUNNABLE):
        return text
    return "'" + text


def bare(cell: str) -> tuple[str, str]:
    """(what was meant, what was put around it) for a cell written so as to stay text: `="0123"`,
    `'0123`.
    """
    if match := _TEXT_FORMULA.fullmatch(cell):
        return match[1], '="…"'
    if cell[:1] in ("'", "＇") and not cell[1:].startswith(RUNNABLE) and "'" not in cell[1:]:
        return cell[1:], f"开头的 {cell[0]}"
    return cell, ""


def text_of(cell: CellValue) -> str:
    """The text of a cell as it was typed; whole numbers as digits. Raises BadText for everything
    else.
    """
    if isinstance(cell, str):
        if "\ufffd" in cell:
            raise BadText(LOST_CHARACTERS)
        if cell in STAND_INS:
            raise BadText(MARK_MESSAGES[STAND_INS[cell]])
        if cell[:1] != "'" or not cell[1:].startswith(RUNNABLE):
            return cell
        return cell[1:]
    if isinstance(cell, UnusableCell):
        raise BadText(MARK_MESSAGES[cell])
    if isinstance(cell, bool):
        raise BadText("单元格是逻辑值（TRUE/FALSE）；请改成文字")
    if isinstance(cell, (date, time)):
        raise BadText(TURNED_INTO_DATE)
    if is_whole(cell):
        return digits_of(cell)
    return repr(cell)


def is_empty(cell: CellValue) -> bool:
    """Whether a cell is empty once invisible marks are dropped."""
    if not isinstance(cell, str):
        return cell is None
    return shows_nothing(cell.removeprefix("'"))


def is_number(cell: CellValue) -> bool:
    """Whether Excel holds the cell as a number."""
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def is_whole(cell: CellValue) -> bool:
    """Whether the cell is a number that is an integer and exact as such (< 2^53)."""
    return is_number(cell) and 0 <= cell < EXACT_INTEGER and cell == int(cell)  # type: ignore[operator,arg-type]


def digits_of(cell: CellValue) -> str:
    """The digits of a whole number."""
    return str(int(cell))  # type: ignore[arg-type]


def flat(cell: CellValue) -> str:
    """Text for comparing with known words: NFKC, no spaces at all."""
    return "".join(unicodedata.normalize("NFKC", canon_print(text_of(cell))).split())


def remembered(parse: Parser) -> Parser:
    """The same parser, which parses a repeated cell once: columns of results repeat few values."""
    known: dict[CellValue, Any] = {}
    unseen = object()

    def look(cell: CellValue) -> Any:
        if isinstance(cell, bool):  # True and 1.0 are one key of a dict
            return parse(cell)
        found = known.get(cell, unseen)
        if found is unseen:
            found = parse(cell)
            if len(known) < REMEMBERED:
                known[cell] = found
        return found

    return look


def exact_decimal(cell: CellValue) -> Decimal | None:
    """The number in a cell, exact as shown; None when it is not a plain number (X19)."""
    if is_number(cell):
        shown = repr(cell)
        if "n" in shown:
            return None
        return Decimal(shown)
    found = flat(cell)
    if not _PLAIN_DECIMAL.fullmatch(found):
        return None
    return Decimal(found)
