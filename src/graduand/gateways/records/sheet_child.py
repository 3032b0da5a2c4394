"""The child process that opens a workbook from outside under limits, and prints its content line by
line.

It is started by path, by `limited`, and knows nothing of the program: a 4.8 KB workbook can make a
reader claim all memory and abort (X05), and that must end this process alone. Lines of JSON on
stdout: either `{"refused": sentence}`, or first a description of the sheet, then `[row number,
[cells]]`.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

if TYPE_CHECKING:
    from .sheet_container import (
        NOT_A_WORKBOOK,
        Book,
        Parts,
        check_container,
        read_book,
        refuse_declarations,
        windows,
    )
    from .sheet_looks import (
        REFERENCE,
        WITH_DTD,
        MisleadingCells,
        WorkbookRefused,
        column_number,
        looks_of,
        parse_xml,
        read_styles,
        row_number,
    )
else:
    # The child is started by path and isolated, so this folder is not on its path by itself.
    sys.path.append(str(Path(__file__).parent))
    from sheet_container import (
        NOT_A_WORKBOOK,
        Parts,
        check_container,
        read_book,
        refuse_declarations,
        windows,
    )
    from sheet_looks import (
        REFERENCE,
        WITH_DTD,
        MisleadingCells,
        WorkbookRefused,
        column_number,
        looks_of,
        parse_xml,
        read_styles,
        row_number,
    )

LAST_COLUMN = 16_384

# Only a sheet that contains one of these is parsed a second time, element by element; a large clean
# file is not.
WORTH_PARSING = (
    b"<f>",
    b"<f ",
    b"<f/",
    b"<f\n",
    b"<f\r",
    b"<f\t",
    b't="e"',
    b"t='e'",
    b'hidden="1"',
    b'hidden="true"',
    b"hidden='1'",
    b"hidden='true'",
    b' ht="0',
    b" ht='0",
    b' width="0',
    b" width='0",
)
_DIMENSION = re.compile(
    rb"<dimension[^>]*\sref=[\"'](?:[A-Z]{1,3}\d{1,7}:)?([A-Z]{1,3})(\d{1,7})[\"']"
)
_PREFIXED = re.compile(rb"<\w+:worksheet[\s>]")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"'](\d{1,9})[\"']")
# The other sheets of our own templates: a sender who fills in a template needs no notice of them.
_TEMPLATES = frozenset({("填写说明", "visible"), ("选项", "hidden")})
_INSTRUCTIONS = re.compile("说明|须知|指南|目录|封面|示例|样例")
_NOTHING = re.compile(r"0(\.0*)?")  # a row or a column of height or width 0 is hidden, too
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

TOO_LARGE = (
    "表格范围异常：工作表写着 {rows} 行 × {columns} 列，超过上限。"
    "请新建一个工作簿，只把有内容的部分复制过去，再保存上传"
)
ROW_TWICE = "工作表里第 {row} 行的行号重复或倒序，行会互相覆盖；请用 Excel 打开后另存为「Excel 工作簿 (.xlsx)」再上传"
# RuntimeError: an encrypted member, or an unknown compression; ValueError: a number that is not one
UNREADABLE = (
    BadZipFile,
    CalamineError,
    expat.ExpatError,
    zlib.error,
    EOFError,
    KeyError,
    RuntimeError,
    ValueError,
)
HIDDEN_FIRST = "第一个工作表「{title}」是隐藏的；请取消隐藏，或把要导入的表移到最前面"


@dataclass
class Findings:
    """What the XML of the sheet says beyond the values: places as (row, column), rows from 1 and
    columns from 0.
    """

    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)
    looks: MisleadingCells = field(default_factory=MisleadingCells)
    hidden_rows: int = 0
    hidden_columns: list[int] = field(default_factory=list)
    filtered: bool = False


def check_extent(rows: int, columns: int, limits: dict[str, int]) -> None:
    """Refuse a sheet whose empty cells would fill the memory (X05)."""
    if rows > limits["rows"] or rows * columns > limits["cells"]:
        raise WorkbookRefused(TOO_LARGE.format(rows=rows, columns=columns))


def scan_sheet(parts: Parts, name: str, limits: dict[str, int]) -> Findings:
    """Read the sheet's bytes once: its extent, declarations, and whether it has to be parsed
    exactly.
    """
    exact = filtered = False
    first = True
    place = row = -1
    for start, window in windows(parts.read(name)):
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise WorkbookRefused(WITH_DTD)
        if first:
            exact = _PREFIXED.search(window) is not None
            if found := _DIMENSION.search(window):
                check_extent(int(found[2]), column_number(found[1].decode()) + 1, limits)
            first = False
        for found in _ROW.finditer(window):
            if start + found.start() > place:
                place = start + found.start()
                row = in_order(row, int(found[1]))
        check_extent(row, 1, limits)
        exact = exact or any(literal in window for literal in WORTH_PARSING)
        filtered = filtered or b"<autoFilter" in window
    findings = Findings()
    if exact:
        findings = parse_sheet(parts, name, limits)
    findings.filtered = findings.filtered or filtered
    return findings


def in_order(last: int, row: int) -> int:
    """The number of the next row. Raises for a number that is repeated or out of order: two rows
    would be read as one, and one of them be lost.
    """
    if row <= last:
        raise WorkbookRefused(ROW_TWICE.format(row=row))
    return row


def _unseen(attributes: dict[str, str], size: str) -> bool:
    """Whether a row or column is hidden, or has no height or width."""
    return attributes.get("hidden") in ("1", "true") or bool(
        _NOTHING.fullmatch(attributes.get(size, ""))
    )


def parse_sheet(parts: Parts, name: str, limits: dict[str, int]) -> Findings:
    """Parse the sheet element by element: the places of formulas and error values, and of hidden
    rows and columns.
    """
    found = Findings()
    # Rows count from 1, columns from 0; a writer may leave out either reference.
    place = [0, -1]

    def element(name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place[1] += 1
            if reference := REFERENCE.fullmatch(attributes.get("r", "")):
                place[1] = column_number(reference[1])
            if attributes.get("t") == "e":
                found.errors.add((place[0], place[1]))
        elif name == "f":
            found.formulas.update(formula_places(attributes, (place[0], place[1]), limits["cells"]))
        elif name == "row":
            place[:] = [row_number(attributes, place[0]), -1]
            found.hidden_rows += _unseen(attributes, "ht")
        elif name == "col" and _unseen(attributes, "width"):
            last = min(int(attributes.get("max", "0")), LAST_COLUMN)
            found.hidden_columns.extend(range(int(attributes.get("min", "1")) - 1, last))
        elif name == "autoFilter":
            found.filtered = True

    parse_xml(parts.read(name), element)
    return found


def formula_places(
    attributes: dict[str, str], place: tuple[int, int], cap: int
) -> set[tuple[int, int]]:
    """The cells that a formula fills: its own cell, or the whole block of an array formula."""
    ends = [REFERENCE.fullmatch(end) for end in attributes.get("ref", "").split(":")]
    if attributes.get("t") not in ("array", "dataTable") or len(ends) != 2 or not all(ends):
        return {place}
    (left, top), (right, bottom) = ((column_number(end[1]), int(end[2])) for end in ends if end)
    if (bottom - top + 1) * (right - left + 1) > cap // 10:
        raise WorkbookRefused(TOO_LARGE.format(rows=bottom - top + 1, columns=right - left + 1))
    return {
        (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
    } | {place}


def as_json(value: object) -> list[str]:
    """A cell for JSON: dates as ["d", ISO]; times of day and durations as text, since no column
    expects them.
    """
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, (time, timedelta)):
        return ["t", str(value)]
    raise TypeError(type(value))


_encode = json.JSONEncoder(default=as_json, ensure_ascii=False, separators=(",", ":")).encode


def write_line(out: IO[bytes], content: object) -> None:
    """One JSON value on a line."""
    out.write(_encode(content).encode() + b"\n")


def unescaped(text: str) -> str:
    """Undo Excel's escapes: `_x77E5_` is shown as 知; an unpaired surrogate becomes U+FFFD."""
    if "_x" not in text:
        return text
    decoded = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def left_margin(sheet: Any) -> int:
    """How many columns are empty before the first one that holds anything."""
    if sheet.start is None:
        return 0
    return int(sheet.start[1])


def write_rows(out: IO[bytes], sheet: Any, findings: Findings) -> None:
    """The rows that are not empty, with the number that Excel shows."""
    marks: dict[int, list[tuple[int, str]]] = {}
    for places, code in ((findings.errors, "e"), (findings.formulas, "f")):
        for row, column in places:
            marks.setdefault(row, []).append((column, code))
    margin = [""] * left_margin(sheet)
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells: list[Any] = margin + [
            unescaped(value) if isinstance(value, str) else value for value in values
        ]
        for column, code in marks.get(number, ()):
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = [code]
        if cells.count("") != len(cells):
            write_line(out, [number, cells])


def data_sheet(sheets: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    """The sheet to read: the first one; where that only holds instructions, the first visible sheet
    without them.
    """
    visible = [
        sheet for sheet in sheets if sheet[1] == "visible" and not _INSTRUCTIONS.search(sheet[0])
    ]
    first = sheets[0]
    if first[1] == "visible" and _INSTRUCTIONS.search(first[0]) and visible:
        return visible[0]
    return first


def merged_cells(blocks: Any) -> int:
    """How many cells all merged blocks cover together."""
    return sum((bottom - top + 1) * (right - left + 1) for (top, left), (bottom, right) in blocks)


def read(path: str, limits: dict[str, int], out: IO[bytes]) -> None:
    """Check the container and the XML, then open the workbook with the reader."""
    with ZipFile(path) as book:
        parts = Parts(book)
        check_container(parts, limits["unpacked"])
        listed = read_book(parts)
        if not listed.sheets:
            raise WorkbookRefused(NOT_A_WORKBOOK)
        title, state, name = data_sheet(listed.sheets)
        if state != "visible":
            raise WorkbookRefused(HIDDEN_FIRST.format(title=title))
        # All parts are checked, since the returned workbook is made by another reader
        for other in parts.members:
            if other != parts.plain(name) and other.endswith((".xml", ".rels", ".vml")):
                refuse_declarations(parts, other)
        findings = scan_sheet(parts, name, limits)
        if listed.styles in parts:
            findings.looks = looks_of(
                read_styles(parts.read(listed.styles)), lambda: parts.read(name)
            )
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name(title)
    write_line(out, listed_in(listed, title) | found_in(sheet, findings))
    write_rows(out, sheet, findings)


def listed_in(book: Book, title: str) -> dict[str, Any]:
    """The description of a workbook's sheets; the one called `title` is read."""
    foreign = [sheet for sheet in book.sheets if sheet[:2] not in _TEMPLATES]
    skipped = book.sheets[0][0]
    if skipped == title:
        skipped = ""
    return {
        "title": title,
        "sheets": len(foreign),
        "skipped_sheet": skipped,
        "hidden_sheets": [name for name, state, _ in foreign if state != "visible"],
        "epoch_1904": book.epoch_1904,
    }


def found_in(sheet: Any, findings: Findings) -> dict[str, Any]:
    """The description of the sheet that is read."""
    blocks = sheet.merged_cell_ranges or ()
    rows = 0
    if sheet.end:
        rows = sheet.end[0] + 1
    return {
        "hidden_rows": findings.hidden_rows,
        "hidden_columns": sorted(set(findings.hidden_columns))[:100],
        "filtered": findings.filtered,
        **asdict(findings.looks),
        "merged": len(blocks),
        "merged_cells": merged_cells(blocks),
        "rows": rows,
    }


def main(path: str, limits: dict[str, int]) -> None:
    """Print the content of the file, or the sentence that refuses it."""
    out = sys.stdout.buffer
    try:
        read(path, limits, out)
    except WorkbookRefused as refusal:
        write_line(out, {"refused": str(refusal)})
    except UNREADABLE:
        write_line(out, {"refused": NOT_A_WORKBOOK})
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
