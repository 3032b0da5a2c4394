"""Reads dBase III files byte by byte, as an independent proof of what was written."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Table:
    """The whole file: `fields` are (name, kind, width), `rows` the texts without their padding."""

    version: int
    language: int
    changed: date
    fields: list[tuple[str, str, int]]
    rows: list[list[str]]


def read(path: Path, encoding: str = "cp936") -> Table:
    """Everything in the file; fails when a byte is left over, missing, or not what the format says."""
    data = path.read_bytes()
    count = int.from_bytes(data[4:8], "little")
    head = int.from_bytes(data[8:10], "little")
    size = int.from_bytes(data[10:12], "little")
    assert data[head - 1] == 0x0D, "the fields end with CR"
    fields = [_field(data[at : at + 32]) for at in range(32, head - 1, 32)]
    assert size == 1 + sum(width for _, _, width in fields)
    assert len(data) == head + count * size + 1
    assert data[-1] == 0x1A, "the file ends with SUB"
    rows = [_row(data[head + n * size :][:size], fields, encoding) for n in range(count)]
    return Table(data[0], data[29], date(1900 + data[1], data[2], data[3]), fields, rows)


def _field(entry: bytes) -> tuple[str, str, int]:
    assert len(entry) == 32
    assert entry[17] == 0, "text has no decimals"
    return entry[:11].rstrip(b"\0").decode("ascii"), chr(entry[11]), entry[16]


def _row(record: bytes, fields: list[tuple[str, str, int]], encoding: str) -> list[str]:
    assert record[:1] == b" ", "not deleted"
    texts, at = [], 1
    for _, _, width in fields:
        texts.append(record[at : at + width].decode(encoding).rstrip(" "))
        at += width
    return texts
