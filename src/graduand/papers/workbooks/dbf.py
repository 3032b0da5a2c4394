"""A strict dBase III writer for exchange files: text fields only, and no text is ever cut or
replaced.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

VERSION = 0x03
GBK_LANGUAGE = 0x4D
"""The language driver byte of code page 936: readers that know it need not be told the encoding."""

MAX_FIELDS = 128
MAX_RECORD = 4_000
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,9}")
_LIVE = b" "
_END_OF_FIELDS = b"\r"
_END_OF_FILE = b"\x1a"
_HEADER = struct.Struct("<4BIHH17xB2x")
_FIELD = struct.Struct("<11sc4xB15x")
_FIRST_YEAR = 1900


class DbfColumn(NamedTuple):
    """A field: a name of at most ten capital letters and digits, its width in bytes (1–254)."""

    name: str
    width: int


class DbfRefused(ValueError):
    """A text that the file can't hold unchanged; str() is a sentence in Chinese."""


def write_dbf(
    target: Path,
    columns: Sequence[DbfColumn],
    rows: Iterable[Sequence[str]],
    day: date,
    *,
    encoding: str = "cp936",
) -> int:
    """Write `rows` as a dBase III file of C fields and return their number; dates are texts like
    20230720.

    `day` is the date of the last change that the header carries; the bytes depend on the arguments
    alone. The file appears whole or not at all, readable by its owner only. Raises DbfRefused for a
    text that is wider than its field, that `encoding` (cp936 or gb18030) lacks, that would read
    back otherwise, and for impossible columns.
    """
    check_columns(columns)
    draft = target.with_name(target.name + ".part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_header(columns, 0, day))
            count = _write_rows(stream, columns, rows, encoding)
            stream.write(_END_OF_FILE)
            stream.seek(0)
            stream.write(_header(columns, count, day))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return count


def check_columns(columns: Sequence[DbfColumn]) -> None:
    """Check the columns. Raises DbfRefused for columns that no file can have."""
    if not 1 <= len(columns) <= MAX_FIELDS:
        raise DbfRefused(f"DBF 文件要有 1–{MAX_FIELDS} 个字段，现有 {len(columns)} 个")
    for column in columns:
        if _NAME.fullmatch(column.name) is None:
            raise DbfRefused(
                f"字段名 {column.name!r} 应以大写字母开头，由不超过 10 个大写字母、数字组成"
            )
        if not 1 <= column.width <= 254:
            raise DbfRefused(f"字段 {column.name} 的宽度 {column.width} 应在 1–254 字节之间")
    if len({column.name for column in columns}) < len(columns):
        raise DbfRefused("字段名有重复")
    if _record_size(columns) > MAX_RECORD:
        raise DbfRefused(f"一条记录有 {_record_size(columns)} 字节，DBF 最多 {MAX_RECORD} 字节")


def _record_size(columns: Sequence[DbfColumn]) -> int:
    """The bytes of a record, which begins with its deletion mark."""
    return 1 + sum(column.width for column in columns)


def _header(columns: Sequence[DbfColumn], count: int, day: date) -> bytes:
    size = _HEADER.size + _FIELD.size * len(columns) + len(_END_OF_FIELDS)
    first = _HEADER.pack(
        VERSION,
        (day.year - _FIRST_YEAR) % 256,
        day.month,
        day.day,
        count,
        size,
        _record_size(columns),
        GBK_LANGUAGE,
    )
    described = (_FIELD.pack(column.name.encode("ascii"), b"C", column.width) for column in columns)
    return first + b"".join(described) + _END_OF_FIELDS


def _write_rows(
    stream: BinaryIO, columns: Sequence[DbfColumn], rows: Iterable[Sequence[str]], encoding: str
) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise DbfRefused(f"第 {count} 条记录有 {len(row)} 项，应有 {len(columns)} 项")
        cells = [
            _cell(column, text, count, encoding) for column, text in zip(columns, row, strict=True)
        ]
        stream.write(_LIVE + b"".join(cells))
    return count


def _cell(column: DbfColumn, text: str, number: int, encoding: str) -> bytes:
    """The text padded to the field's width; a refusal names the field, not the text."""
    where = f"第 {number} 条记录的 {column.name}"
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError as problem:
        lacking = problem.object[problem.start]
        raise DbfRefused(
            f"{where} 含有 {encoding} 没有的字符「{lacking}」（U+{ord(lacking):04X}）"
        ) from problem
    if len(data) > column.width:
        raise DbfRefused(f"{where} 有 {len(data)} 字节，超过 {column.width} 字节")
    if text.endswith(" ") or min(data, default=0x20) < 0x20:
        raise DbfRefused(f"{where} 含有末尾空格或控制字符，读回时会走样")
    return data.ljust(column.width)
