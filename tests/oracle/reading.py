"""Reads the written sheets back into plain rows, in the simplest way: the check that the dressing-up lost nothing."""

from __future__ import annotations

import csv
import unicodedata
from datetime import date, datetime
from pathlib import Path

from openpyxl import load_workbook

from tests.oracle.disguise import CODE_HEADERS, DATE_HEADERS, NUMBER_HEADERS, TERM_HEADERS
from tests.oracle.judging import Row


def plain_term(text: str) -> str:
    """Any accepted spelling -> `2021春`."""
    season = {"03": "春", "09": "秋"}.get(text[4:]) or ("春" if "春" in text else "秋")
    return text[:4] + season


def plain_date(value: object) -> str:
    """Any accepted spelling -> `2023-07-02`."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if "/" in text:
        year, month, day = map(int, text.split("/"))
        return date(year, month, day).isoformat()
    return text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:]}"


def plain(header: str, value: object) -> str:
    """One cell as the judge reads it."""
    if value is None or value == "":
        return ""
    if header in DATE_HEADERS:
        return plain_date(value)
    text = str(value).strip()
    if header in (*CODE_HEADERS, *TERM_HEADERS):
        text = unicodedata.normalize("NFKC", text).strip()
    if header in NUMBER_HEADERS and text.endswith(".0"):
        text = text[:-2]
    if header == "证件号":
        text = text.replace("x", "X")
    return plain_term(text) if header in TERM_HEADERS else text


def lines_of(path: Path) -> list[list[object]]:
    """All lines of a sheet; the encoding is tried in the order of strictness."""
    if path.suffix == ".xlsx":
        sheet = load_workbook(path).worksheets[0]
        return [list(line) for line in sheet.iter_rows(values_only=True)]
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    return [list(line) for line in csv.reader(text.splitlines())]


def read_sheet(path: Path) -> list[Row]:
    """Rows by header."""
    first, *rest = lines_of(path)
    headers = [str(header).strip() for header in first]
    return [
        {header: plain(header, cell) for header, cell in zip(headers, line, strict=True)}
        for line in rest
    ]
