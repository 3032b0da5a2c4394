"""A list as a workbook: on record before it is written, without a lock on the database while it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from graduand.models import Consent, Outgoing
from graduand.office.outgoing import exports
from graduand.office.refusal import unusable
from graduand.papers.workbooks.tables import large_workbook, table_workbook
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import office_day
from graduand.rulebook.people.account_terms import Purpose

MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class ListExport:
    """What leaves: the list by its key and title, its filter, the keys and headings of its columns;
    `whole` when it can't be limited, however long it is.
    """

    listing: str
    title: str
    asked: Sequence[tuple[str, str]]
    columns: Sequence[str]
    headers: Sequence[str]
    widths: Sequence[int] = field(default=())
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ExportCause:
    """Why a list with personal fields leaves, and who agreed where somebody had to."""

    purpose: Purpose
    consent: Consent | None = None


def begin(
    actor: Actor,
    leaving: ListExport,
    rows: int,
    cause: ExportCause | None = None,
    address: str = "",
) -> exports.ExportWriting:
    """Put on record that a workbook of so many rows is being written. Raises Refused for too many,
    and OSError.
    """
    if rows > MOST_ROWS and not leaving.whole:
        raise unusable(f"超过 {MOST_ROWS:,} 行，请用筛选缩小范围后分几次导出")
    file = exports.LeavingFile(leaving.listing, leaving.asked, leaving.columns, rows)
    if cause:
        file = replace(file, purpose=cause.purpose, consent=cause.consent)
    return exports.begin(actor, file, address)


def write(
    actor: Actor,
    leaving: ListExport,
    rows: Iterable[Sequence[str]],
    expected: int,
    cause: ExportCause | None = None,
) -> tuple[Outgoing, BinaryIO]:
    """(the record, the workbook, open and already deleted from the disk); `expected` is the number
    of `rows`.

    A failure to write it is recorded. Raises Refused, OSError.
    """
    with begin(actor, leaving, expected, cause) as writing:
        return writing.record, finish(actor, leaving, rows, writing, cause)


def deliver(
    actor: Actor, leaving: ListExport, rows: Sequence[Sequence[object]], target: Path
) -> Path:
    """The workbook of a command, on record, at `target`, which is returned. Raises OSError."""

    def write(draft: Path) -> int:
        table_workbook(draft, leaving.headers, rows, sheet=leaving.title, widths=leaving.widths)
        return len(rows)

    what = exports.LeavingFile(leaving.listing, leaving.asked, leaving.columns, len(rows))
    return exports.deliver(actor, what, target, write)


def _warning(cause: ExportCause | None, foot: str) -> str:
    """The heading of each page of personal data."""
    if not cause:
        return ""
    return f"含个人信息，用于{cause.purpose.label}，不得转发　{foot}"


def finish(
    actor: Actor,
    leaving: ListExport,
    rows: Iterable[Sequence[str]],
    writing: exports.ExportWriting,
    cause: ExportCause | None = None,
) -> BinaryIO:
    """Write the workbook of a record; the foot of each printed page says who took it out, when,
    under which number.
    """
    record = writing.record
    target = writing.folder / "list.xlsx"
    counted = _CountedRows(rows)
    foot = f"{leaving.title}　第 {record.serial} 号　{actor.unit_name} {actor.name}　{office_day(record.at)}"
    large_workbook(
        target,
        leaving.headers,
        counted,
        record.rows,
        sheet=leaving.title,
        widths=leaving.widths,
        foot=foot,
        head=_warning(cause, foot),
    )
    file = _synced(target)
    writing.written(
        counted.number, target.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
    )
    file.seek(0)
    return file


def _synced(path: Path) -> BufferedReader:
    file = path.open("rb")
    os.fsync(file.fileno())
    return file


class _CountedRows:
    """Counts the rows that pass through."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self.rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self.rows:
            self.number += 1
            yield row
