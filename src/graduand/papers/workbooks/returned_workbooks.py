"""A sender's own workbook with the reasons of each row; it is always made in a limited process."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from math import isfinite
from pathlib import Path
from typing import IO, Any, Protocol
from zipfile import BadZipFile, ZipFile

from graduand.limited import NO_ROOM, command
from graduand.rulebook.canon import canon_header
from graduand.rulebook.records.cells import CellValue, UnusableCell, safe_text
from graduand.rulebook.records.sheets import (
    BEYOND_HEADER,
    REASONS_HEADER,
    REMINDERS_HEADER,
    Problem,
)

CHILD = Path(__file__).with_name("return_child.py")

LARGE = 20_000
"""Rows above which the returned workbook holds the failed rows only."""

HEAVY = 32 << 20
"""Bytes of XML above which a workbook is written anew instead of being edited with its styles."""

WIDE_MERGER = 100_000
"""Merged cells above which a workbook is written anew: the editing library makes an object for each of them."""


@dataclass(frozen=True, slots=True)
class RewriteLimits:
    """What the process may use: bytes of address space, seconds of work, bytes of a file."""

    memory: int = 1 << 30
    seconds: int = 10
    bytes: int = 1 << 30


EDITING = RewriteLimits()
WRITING = RewriteLimits(seconds=120)


class NotReturned(Exception):
    """No workbook could be made of the sender's file; str() is a sentence for the sender."""


NOT_RETURNED = (
    "带错误原因的工作簿没有做成（文件的内容过大或已损坏）；请按页面上列出的行号在原文件里修改"
)


class _ReturnedRow(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def cells(self) -> Sequence[CellValue]: ...


class _Notes(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def merged_cells(self) -> int: ...


class OpenSheet(Protocol):
    """The parts of an open sheet that are needed here (gateways.records.sheets.Sheet has them)."""

    headers: tuple[str, ...]
    header_row: int

    @property
    def notes(self) -> _Notes:
        """The sheet's title ("" for text), and how many cells its merged blocks cover."""
        ...

    @property
    def above(self) -> Sequence[_ReturnedRow]:
        """The rows over the header, which the import skips."""
        ...

    def rows(self) -> Iterator[Any]:
        """The rows under the header, each with `number` and `cells`."""
        ...


@dataclass(frozen=True, slots=True)
class Failures:
    """The faults by row: row number -> its problems, the positions of the columns
    (HeaderMap.places), and row number -> its reminders. A row that has only reminders is imported
    as it is.
    """

    problems: Mapping[int, Sequence[Problem]]
    places: Mapping[str, int]
    reminders: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def reasons(self, number: int) -> str:
        """All the reasons of a row in one text."""
        return "；".join(
            dict.fromkeys(problem.message for problem in self.problems.get(number, ()))
        )

    def reminder(self, number: int) -> str:
        """All the reminders of a row in one text."""
        return "；".join(dict.fromkeys(self.reminders.get(number, ())))

    def columns(self, number: int) -> list[int]:
        """The indexes of the cells of a row that failed."""
        found = (self.places.get(problem.column) for problem in self.problems.get(number, ()))
        return sorted({index for index in found if index is not None})


def errors_workbook(
    source: Path,
    sheet: OpenSheet,
    failures: Failures,
    target: Path,
    *,
    only_failed: bool = False,
    drafts: Path | None = None,
    editing: RewriteLimits = EDITING,
    writing: RewriteLimits = WRITING,
) -> Path:
    """Write the workbook that goes back to its sender; returns `target`. Raises NotReturned, and
    OSError for a full disk: that is no fault of what was sent.

    A column 错误原因 has every reason of every row, and failed cells are coloured; reminders, which are
    no errors, have a column 导入提醒 before it. In print all columns fit on one page. An .xlsx keeps
    its styles and sheets where the editing library can open it without loss. Everything else is
    written anew, each cell in its own kind, the other sheets as text: a CSV, a heavy workbook, one
    that the library cannot open or takes too long for, and `only_failed` (used above LARGE rows).
    Once corrected, it can be imported again as it is. It is made in a folder of its own in
    `drafts`.
    """
    order = _order(source, sheet, target, only_failed=only_failed) | {
        "drafts": drafts and str(drafts)
    }
    order["reminders"] = bool(failures.reminders)
    if order["others"] and _editable(source, sheet):
        asked = order | {"edit": True, "rows": _filled(sheet)}
        if _made(asked, _failed_rows(failures), editing):
            return target
    tries = [False]  # whether the other sheets are written, too
    if order["others"]:
        tries = [True, False]
    for others in tries:
        asked = order | {"others": others}
        if _made(asked, _rows(sheet, failures, only_failed=only_failed), writing):
            return target
    raise NotReturned(NOT_RETURNED)


def _order(source: Path, sheet: OpenSheet, target: Path, *, only_failed: bool) -> dict[str, Any]:
    above: list[tuple[int, str]] = []
    if not only_failed:
        above = [(row.number, _words(row.cells)) for row in sheet.above]
    return {
        "edit": False,
        "source": str(source.resolve()),
        "target": str(target.absolute()),
        "title": sheet.notes.title,
        "headers": list(sheet.headers),
        "header_row": sheet.header_row,
        "above": above,
        "earlier": {
            ours: [place for place, text in enumerate(sheet.headers) if canon_header(text) == ours]
            for ours in (REMINDERS_HEADER, REASONS_HEADER)
        },
        "reasons_header": REASONS_HEADER,
        "reminders_header": REMINDERS_HEADER,
        "beyond_header": BEYOND_HEADER,
        "beyond": sheet.notes.title == "" and _some_beyond(sheet),
        "only_failed": only_failed,
        "others": sheet.notes.title != "" and not only_failed,
    }


def _some_beyond(sheet: OpenSheet) -> bool:
    """Whether a row of a text file says anything beyond its last header."""
    width = len(sheet.headers)
    return any(any(row.cells[width:]) for row in sheet.rows())


def _editable(source: Path, sheet: OpenSheet) -> bool:
    try:
        with ZipFile(source) as book:
            weight = sum(member.file_size for member in book.infolist())
    except BadZipFile:
        return False
    return weight <= HEAVY and sheet.notes.merged_cells <= WIDE_MERGER


def _filled(sheet: OpenSheet) -> list[int]:
    """The rows that hold more than formulas; the saved file must still have them."""
    return [
        row.number
        for row in sheet.rows()
        if any(not isinstance(cell, UnusableCell) and cell not in (None, "") for cell in row.cells)
    ]


def _failed_rows(failures: Failures) -> Iterator[list[Any]]:
    for number in sorted({*failures.problems, *failures.reminders}):
        yield [number, *_notes_of(failures, number, failures.reasons(number))]


def _notes_of(failures: Failures, number: int, reasons: str) -> list[Any]:
    """The reasons of a row, its failed cells, its reminders."""
    return [safe_text(reasons), failures.columns(number), safe_text(failures.reminder(number))]


def _rows(sheet: OpenSheet, failures: Failures, *, only_failed: bool) -> Iterator[list[Any]]:
    for row in sheet.rows():
        failed = row.number in failures.problems
        if only_failed and not failed:
            continue
        text = ""
        if failed:
            text = failures.reasons(row.number)
        if failed and only_failed:
            text = f"（原第 {row.number} 行）{text}"
        yield [row.number, list(map(_plain, row.cells)), *_notes_of(failures, row.number, text)]


def _plain(cell: CellValue) -> Any:
    """A cell in the form that the process takes: days as ["d", ISO], marks in words, and text that
    cannot run.
    """
    if isinstance(cell, UnusableCell):
        return f"【{cell.value}】"
    if isinstance(cell, date):
        return ["d", cell.isoformat()]
    if isinstance(cell, time):
        return str(cell)
    if isinstance(cell, float) and not isfinite(cell):
        return str(cell)
    if not isinstance(cell, str):
        return cell
    return safe_text(cell)


def _words(cells: Iterable[CellValue]) -> str:
    shown = (_plain(cell) for cell in cells if cell not in (None, ""))
    return " ".join(content[1] if isinstance(content, list) else str(content) for content in shown)


def _made(order: dict[str, Any], rows: Iterable[list[Any]], limits: RewriteLimits) -> bool:
    """Have the process make the workbook in a folder of its own; False when it failed, was killed
    or took too long.
    """
    with (
        tempfile.TemporaryDirectory(prefix="return-", dir=order["drafts"]) as folder,
        Path(folder, "rows").open("w+b") as stream,
    ):
        made = Path(folder, "back.xlsx")
        stream.write(_line(order | {"target": str(made), "drafts": folder}))
        stream.writelines(map(_line, rows))
        stream.seek(0)
        if not _run(stream, limits) or not made.is_file():
            return False
        shutil.move(made, order["target"])
    return True


def _line(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _run(stream: IO[bytes], limits: RewriteLimits) -> bool:
    """Run the child without our environment, which holds secrets. Raises OSError (a full disk)."""
    child = command(CHILD, memory=limits.memory, seconds=limits.seconds, size=limits.bytes)
    try:
        ended = subprocess.run(  # noqa: S603 - a fixed program, no shell
            child,
            stdin=stream,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            timeout=2 * limits.seconds + 10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    if ended.returncode == NO_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return ended.returncode == 0
