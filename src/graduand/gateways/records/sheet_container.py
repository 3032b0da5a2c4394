"""The container of a workbook: its parts, reasons to refuse it, and the sheets that it lists.

This file lies in the folder of the child process that opens workbooks and, like it, knows nothing
of the program.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import ZipFile

if TYPE_CHECKING:
    from .sheet_looks import WITH_DTD, WorkbookRefused, parse_xml
else:
    # The child process has put this folder on its path.
    from sheet_looks import WITH_DTD, WorkbookRefused, parse_xml

CHUNK = 1 << 20
OVERLAP = 256  # longer than any literal searched for, so that none is missed where two chunks meet
MEMBERS = 10_000
DECLARATIONS = tuple(
    text.encode(code)
    for text in ("<!DOCTYPE", "<!ENTITY")
    for code in ("utf-8", "utf-16-le", "utf-16-be")
)
NOT_A_WORKBOOK = "文件打不开，可能已损坏或不是真正的 .xlsx；请用 Excel 打开后另存为「Excel 工作簿 (.xlsx)」再上传"
WITH_MACROS = "工作簿带有宏，不能导入；请另存为不带宏的「Excel 工作簿 (.xlsx)」再上传"
WITH_LINKS = "工作簿链接了别的文件；请在 Excel 的「数据→编辑链接」里断开链接，保存后再上传"
TOO_LONG_UNPACKED = "工作簿解压后超过上限，已拒绝；请把内容分成几个文件上传"


@dataclass
class Book:
    """The worksheets of a workbook in order: (title, state, name of the part), and its epoch for
    dates.
    """

    sheets: list[tuple[str, str, str]] = field(default_factory=list)
    epoch_1904: bool = False
    styles: str = ""


class Parts:
    """The parts of a workbook under the names of the format: some writers put a backslash between
    folders, or spell a part's name in other capitals than the references to it.
    """

    def __init__(self, book: ZipFile) -> None:
        self.book = book
        self.members = {
            self.plain(name): name for name in book.namelist() if not name.endswith(("/", "\\"))
        }

    @staticmethod
    def plain(name: str) -> str:
        """A part's name in the form in which it is looked up."""
        return name.replace("\\", "/").lstrip("/").lower()

    def __contains__(self, name: str) -> bool:
        return self.plain(name) in self.members

    def raw(self, name: str) -> Iterator[bytes]:
        """The chunks of a part. Raises KeyError where the part is missing."""
        with self.book.open(self.members[self.plain(name)]) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def read(self, name: str) -> Iterator[bytes]:
        """The chunks of a part that is read; any encoding but UTF-8 is refused, so that searching
        for bytes is reliable.
        """
        first = True
        for chunk in self.raw(name):
            if first and (chunk[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in chunk[:4]):
                raise WorkbookRefused(NOT_A_WORKBOOK)
            first = False
            yield chunk


def refuse_declarations(parts: Parts, name: str) -> None:
    """Refuse a DTD in any part and in any encoding: Excel writes some parts in UTF-16 (X06)."""
    for _, window in windows(parts.raw(name)):
        if any(literal in window for literal in DECLARATIONS):
            raise WorkbookRefused(WITH_DTD)


def windows(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Chunks that overlap a little, each with its offset."""
    start = 0
    tail = b""
    for chunk in chunks:
        window = tail + chunk
        yield start, window
        tail = window[-OVERLAP:]
        start += len(window) - len(tail)


def check_container(parts: Parts, unpacked: int) -> None:
    """Check the central directory: sizes, macros, links, repeated names."""
    members = [member for member in parts.book.infolist() if not member.is_dir()]
    names = [parts.plain(member.filename) for member in members]
    if len(members) > MEMBERS or sum(member.file_size for member in members) > unpacked:
        raise WorkbookRefused(TOO_LONG_UNPACKED)
    if (
        len(set(names)) != len(names)
        or "_rels/.rels" not in parts
        or "[Content_Types].xml" not in parts
    ):
        raise WorkbookRefused(NOT_A_WORKBOOK)
    types = b"".join(parts.read("[Content_Types].xml"))
    if any(name.endswith("vbaproject.bin") for name in names) or b"macroEnabled" in types:
        raise WorkbookRefused(WITH_MACROS)
    if any(name.startswith("xl/externallinks/") for name in names):
        raise WorkbookRefused(WITH_LINKS)


def relations(parts: Parts, of: str, kind: str) -> dict[str, str]:
    """Relationship id -> name of the part, for one kind of relationship of the part `of`."""
    folder = posixpath.dirname(of)
    found: dict[str, str] = {}

    def element(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith(kind):
            target = posixpath.normpath(
                posixpath.join("/", folder, attributes.get("Target", "").replace("\\", "/"))
            )
            found[attributes.get("Id", "")] = target.lstrip("/")

    parse_xml(
        parts.read(posixpath.join(folder, "_rels", posixpath.basename(of) + ".rels")), element
    )
    return found


def read_book(parts: Parts) -> Book:
    """The sheets in order and the epoch. Raises KeyError when a reference leads to no part."""
    names = list(relations(parts, "", "/officeDocument").values())
    if len(names) != 1:
        raise WorkbookRefused(NOT_A_WORKBOOK)
    found = Book()
    listed: list[tuple[str, str, str]] = []

    def element(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((text for key, text in attributes.items() if key.endswith(":id")), "")
            listed.append(
                (attributes.get("name", ""), attributes.get("state", "visible"), relation)
            )
        elif name == "workbookPr":
            found.epoch_1904 = attributes.get("date1904") in ("1", "true")

    parse_xml(parts.read(names[0]), element)
    targets = relations(parts, names[0], "/worksheet")
    found.styles = next(iter(relations(parts, names[0], "/styles").values()), "")
    found.sheets = [(title, state, targets[key]) for title, state, key in listed if key in targets]
    return found
