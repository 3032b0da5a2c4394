"""The parsers of cells that hold a day, a month, a term or a batch: strict, like `cell_parsers`."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from graduand.rulebook.calendar import BadDate, Term, batch_code, parse_date, parse_month
from graduand.rulebook.canon import BadText
from graduand.rulebook.records.cells import (
    CellValue,
    NotedValue,
    UnusableCell,
    flat,
    is_number,
    is_whole,
    remembered,
    text_of,
)

_MONTH = re.compile(r"\d{4}(?:[-/.]?\d{1,2}|年\d{1,2}月?)", re.ASCII)
_MAYBE_OCTOBER = re.compile(r"\d{4}\.1", re.ASCII)
# The first month in which Excel's day count is right.
_EXCEL_CALENDAR = (1900, 3)


def _day(cell: CellValue, *, epoch_1904: bool) -> date:
    if isinstance(cell, (str, UnusableCell, bool, time)) or cell is None:
        return parse_date(text_of(cell))
    if isinstance(cell, date) and (cell.year, cell.month) < _EXCEL_CALENDAR:
        # Excel counts a 1900-02-29 that never was, and shows a plain 5 in a date column as
        # 1900-01-05 (X14)
        raise BadDate(
            f"日期「{cell:%Y-%m-%d}」像是被 Excel 误当成日期的数字；请设为文本，写成 2023-07-20"
        )
    return parse_date(cell, epoch_1904=epoch_1904)


@remembered
def day(cell: CellValue) -> date:
    """A date: see rulebook.calendar.parse_date."""
    return _day(cell, epoch_1904=False)


@remembered
def day_1904(cell: CellValue) -> date:
    """A date in a workbook that counts its days from 1904."""
    return _day(cell, epoch_1904=True)


@remembered
def term(cell: CellValue) -> Term:
    """A term such as 2021春."""
    return Term.parse(flat(cell))


@remembered
def batch(cell: CellValue) -> str:
    """A batch code YYYYMM."""
    return batch_code(flat(cell))


@remembered
def month(cell: CellValue) -> Any:
    """A month as YYYY-MM; Excel turns `2015-09` into the first day of the month.

    Where it became a number, the 0 of October is lost.
    """
    if isinstance(cell, date):
        return f"{parse_month(cell):%Y-%m}"
    if is_number(cell) and not is_whole(cell):
        raise BadText(
            f"年月「{text_of(cell)}」是数字，分不清 1 月和 10 月；请把该列设为文本，写成 2015-10"
        )
    found = f"{parse_month(flat(cell)):%Y-%m}"
    if _MAYBE_OCTOBER.fullmatch(flat(cell)):
        return NotedValue(
            found, f"年月「{text_of(cell)}」读作 {found}；如果是 10 月，请写成 {found[:4]}-10"
        )
    return found


@remembered
def month_or_now(cell: CellValue) -> Any:
    """The end of a stretch of study: YYYY-MM, or 至今."""
    if isinstance(cell, str) and flat(cell) in ("至今", "今"):
        return "至今"
    return month(cell)


@remembered
def month_or_day(cell: CellValue) -> Any:
    """A day or only its month, as written: YYYY-MM-DD or YYYY-MM."""
    if isinstance(cell, str) and _MONTH.fullmatch(flat(cell)):
        return month(cell)
    return str(day(cell))
