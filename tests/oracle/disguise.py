"""Plain values dressed up in every accepted spelling: spaces, full-width digits, terms, dates, numbers."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import Any

TERM_HEADERS = ("入学年度学期", "学期")
DATE_HEADERS = ("出生日期", "发布日期", "数据日期")
NUMBER_HEADERS = (
    "学分",
    "最低学分",
    "最低总学分",
    "最低总部考试学分",
    "最短学期数",
    "最长年限",
    "成绩",
    "免修免考比例上限",
)
CODE_HEADERS = ("学号", "证件号", "课程代码", "学习中心代码", "考试次序", *NUMBER_HEADERS)

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPACES = (" ", "  ", "\u3000", "\u00a0", "\t")

Cell = str | int | float | date | datetime | None


def term_spellings(term: str) -> tuple[str, ...]:
    """`2021春` in the five accepted ways."""
    year, season = term[:4], term[4:]
    return (
        term,
        f"{year}{season}季",
        f"{year}年{season}季",
        f"{year}{'03' if season == '春' else '09'}",
    )


def date_spellings(day: str) -> tuple[str, ...]:
    """`2023-07-02` in the accepted texts; the slashed one without leading zeros."""
    value = date.fromisoformat(day)
    return (day, day.replace("-", ""), f"{value.year}/{value.month}/{value.day}")


def as_number(text: str) -> Cell:
    """A number cell where the text is one."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def dressed_text(header: str, text: str, chance: random.Random) -> str:
    """Full-width digits in some cells, spaces around some."""
    if header in (*CODE_HEADERS, *TERM_HEADERS, *DATE_HEADERS) and chance.random() < 0.03:
        text = text.translate(FULL_WIDTH)
    if header == "证件号" and chance.random() < 0.3:
        text = text.replace("X", "x")
    if chance.random() < 0.03:
        text = chance.choice(SPACES) + text + chance.choice(("", *SPACES))
    return text


def dressed(header: str, value: str, chance: random.Random, *, workbook: bool) -> Cell:
    """The cell to write for a plain value."""
    if value == "":
        return None if workbook else ""
    if header in TERM_HEADERS:
        value = chance.choice(term_spellings(value))
    if header in DATE_HEADERS:
        if workbook and chance.random() < 0.5:
            day = date.fromisoformat(value)
            return chance.choice((day, datetime(day.year, day.month, day.day)))
        value = chance.choice(date_spellings(value))
    if workbook and header in NUMBER_HEADERS and chance.random() < 0.5:
        return as_number(value)
    if workbook and header == "学号" and chance.random() < 0.002 and not value.startswith("0"):
        return int(value)
    return dressed_text(header, value, chance)


def dressed_header(header: str, chance: random.Random) -> str:
    """Header cells may have spaces around them, too."""
    return f"{chance.choice(SPACES)}{header} " if chance.random() < 0.1 else header


def dressed_table(
    rows: list[dict[str, str]], headers: list[str], seed: str, *, workbook: bool
) -> list[list[Any]]:
    """Header line and all rows, columns in shuffled order."""
    chance = random.Random(seed)
    order = chance.sample(headers, len(headers))

    def line(row: dict[str, str]) -> list[Any]:
        return [dressed(header, row.get(header, ""), chance, workbook=workbook) for header in order]

    return [[dressed_header(header, chance) for header in order], *map(line, rows)]
