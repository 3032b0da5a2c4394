"""Sheets from outside: .xlsx and .csv as rows with their row number and the kind of each cell."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import chain, dropwhile, islice
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from graduand.gateways.records import sheet_text
from graduand.gateways.records.sheet_text import SheetRefused
from graduand.limited import NO_ROOM, command
from graduand.rulebook.canon import BadText
from graduand.rulebook.records.cells import CellValue, UnusableCell, text_of
from graduand.rulebook.records.sheets import column_letter

__all__ = [
    "DEFAULT_LIMITS",
    "Sheet",
    "SheetLimits",
    "SheetNotes",
    "SheetRefused",
    "SheetRow",
    "read_sheet",
]

CHILD = Path(__file__).with_name("sheet_child.py")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

SAVE_AS = "请在 Excel 或 WPS 里另存为「Excel 工作簿 (.xlsx)」再上传"
REFUSED_KINDS = {
    ".xls": f"这是旧版 .xls 文件；{SAVE_AS}",
    ".xlsm": f"这是带宏的 .xlsm 文件，不能导入；{SAVE_AS}",
    ".xltm": f"这是带宏的模板，不能导入；{SAVE_AS}",
    ".xlsb": f"这是二进制 .xlsb 文件，不能导入；{SAVE_AS}",
    ".et": f"这是 WPS 的 .et 文件；{SAVE_AS}",
    ".ods": f"这是 .ods 文件；{SAVE_AS}",
}
LOCKED = "工作簿有打开密码；请在「文件→信息→保护工作簿」里去掉密码后再上传"
TOO_SLOW = "读取这个工作簿用了超过 {seconds} 秒，已停止；请把内容分成几个文件，或另存为 .csv 再上传"
RAN_OUT = (
    "表格范围异常或内容过大，读取时超出内存上限，已停止。"
    "请新建一个工作簿，只把有内容的部分复制过去再上传；数据特别多时请另存为 .csv"
)
PLAIN = 2  # brackets around a line whose cells are texts and numbers
TOP = 12  # the first rows, in which the header is looked for
EMPTY = "表是空的：第一个工作表里没有任何内容"


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """The limits for one file: rows, cells, bytes unpacked; memory and seconds of the child."""

    rows: int = 1_048_576
    cells: int = 20_000_000
    unpacked: int = 3 << 30
    memory: int = 2 << 30
    seconds: int = 300


DEFAULT_LIMITS = SheetLimits()


class SheetRow(NamedTuple):
    """A row that is not empty: the number that Excel shows, and its cells from column A on."""

    number: int
    cells: Sequence[CellValue]


class CellPlace(NamedTuple):
    """A cell that shows something else than its value: Excel's row, the column's letters, its
    format.
    """

    row: int
    column: str
    format: str


@dataclass(frozen=True, slots=True)
class SheetNotes:
    """What the preview tells about a file before its rows: how it was read, and what its sender may
    not have seen.
    """

    rows: int
    encoding: str = ""
    separator: str = ""
    title: str = ""
    sheets: int = 1
    hidden_sheets: tuple[str, ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    filtered: bool = False
    merged: int = 0
    merged_cells: int = 0
    skipped_sheet: str = ""
    epoch_1904: bool = False
    disguised: tuple[CellPlace, ...] = ()
    disguised_cells: int = 0
    unseen: tuple[CellPlace, ...] = ()
    unseen_cells: int = 0

    def sentences(self) -> list[str]:
        """The notes in Chinese, the most important first (X09, X10, X20)."""
        notes = []
        if self.encoding:
            notes.append(f"文本编码 {self.encoding}，列以{self.separator}分隔")
        if self.skipped_sheet:
            notes.append(
                f"第一个工作表「{self.skipped_sheet}」是填写说明，没有读取；读取的是「{self.title}」"
            )
        elif self.sheets > 1:
            notes.append(f"工作簿有 {self.sheets} 个工作表，只读取第一个「{self.title}」")
        if self.hidden_sheets:
            notes.append(f"有隐藏的工作表：{'、'.join(self.hidden_sheets)}，未读取")
        if self.hidden_rows:
            notes.append(f"有 {self.hidden_rows} 行是隐藏的，照样读取")
        if self.hidden_columns:
            notes.append(f"{'、'.join(self.hidden_columns)} 列是隐藏的，照样读取")
        if self.filtered:
            notes.append("表里开着筛选，筛掉的行照样读取")
        if self.merged:
            notes.append(f"有 {self.merged} 处合并单元格，只有左上角那一格有内容")
        if self.epoch_1904:
            notes.append("工作簿使用 1904 日期系统，日期已按此换算")
        if self.disguised:
            formats = "、".join(dict.fromkeys(f"「{place.format}」" for place in self.disguised))
            notes.append(
                f"有 {self.disguised_cells} 格的单元格格式添上文字、百分号，或遮住数值：{formats}，"
                f"在 {_where(self.disguised)}；读取的是格里的值，不是屏幕上看到的，请逐格核对"
            )
        if self.unseen:
            notes.append(
                f"有 {self.unseen_cells} 格的字与底色相同，屏幕上看不见，照样读取：{_where(self.unseen)}；"
                "请核对，不要的请删去"
            )
        return notes


def _where(places: Sequence[CellPlace]) -> str:
    """The first places; the number of cells tells whether there are more."""
    return "、".join(f"{place.column}{place.row}" for place in places)


@dataclass(slots=True)
class Sheet:
    """An open sheet. `top` are its first rows; one of them is the header: the first one, unless
    `head` chooses another. `headers` are the header's texts as typed, `above` the rows over it,
    `below` the cells of the next row, for a better message.

    `rows()` starts from the top each time it is called; only one walk at a time. Use it as a
    context manager: the cells are in an unnamed temporary file until it is closed.
    """

    top: tuple[SheetRow, ...]
    notes: SheetNotes
    walk: Callable[[], Iterator[SheetRow]]
    holder: IO[bytes] | None = field(default=None)
    headers: tuple[str, ...] = ()
    header_row: int = 0
    above: tuple[SheetRow, ...] = ()
    below: tuple[CellValue, ...] = ()

    def head(self, place: int) -> None:
        """Take `top[place]` as the header. Raises SheetRefused for a cell that is not text."""
        header = self.top[place]
        headers = []
        for index, content in enumerate(header.cells):
            try:
                headers.append("" if content is None else text_of(content))
            except BadText as problem:
                letter = column_letter(index)
                raise SheetRefused(f"表头的 {letter} 列不能识别：{problem.message}") from problem
        if self.notes.separator:  # a comma at the end of the header of a text makes no column
            while headers and not headers[-1].strip():
                headers.pop()
        self.headers = tuple(headers)
        self.header_row = header.number
        self.above = self.top[:place]
        under = self.top[place + 1 : place + 2]
        self.below = tuple(chain.from_iterable(row.cells for row in under))

    def rows(self) -> Iterator[SheetRow]:
        """The rows under the header, top to bottom. Raises SheetRefused when a CSV breaks off
        inside a quote.
        """
        return dropwhile(lambda row: row.number <= self.header_row, self.walk())

    def skipped(self) -> list[str]:
        """The rows above the header, one sentence per row."""
        shown = (
            (row.number, " ".join(cell for cell in row.cells if isinstance(cell, str) and cell))
            for row in self.above
        )
        return [f"第 {number} 行「{text[:40]}」在表头上面，没有读取" for number, text in shown]

    def close(self) -> None:
        """Delete the temporary file."""
        if self.holder is not None:
            self.holder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def read_sheet(path: Path, name: str | None = None, limits: SheetLimits = DEFAULT_LIMITS) -> Sheet:
    """Open the first sheet of a workbook, or a CSV file.

    `name` is the file's name as the user knows it (an upload is stored under another one). Raises
    SheetRefused with a Chinese sentence: what is wrong and what to do.
    """
    suffix = Path(name or path.name).suffix.lower()
    with path.open("rb") as stream:
        magic = stream.read(8)
    _refuse_kind(path, suffix, magic)
    if suffix == ".xlsx" or (suffix not in (".csv", ".txt") and magic.startswith(b"PK")):
        return _read_workbook(path, limits)
    return _read_text(path, limits)


def _refuse_kind(path: Path, suffix: str, magic: bytes) -> None:
    if magic.startswith(OLE_MAGIC):
        if _contains(path, ENCRYPTED):
            raise SheetRefused(LOCKED)
        raise SheetRefused(REFUSED_KINDS[".xls"])
    if suffix in REFUSED_KINDS:
        raise SheetRefused(REFUSED_KINDS[suffix])
    if not magic:
        raise SheetRefused("文件是空的（0 字节）")
    zipped = magic.startswith(b"PK")
    if suffix == ".xlsx" and not zipped:
        raise SheetRefused(f"文件扩展名是 .xlsx，内容却不是 Excel 工作簿；{SAVE_AS}")
    if suffix in (".csv", ".txt") and zipped:
        raise SheetRefused(
            "文件扩展名是 .csv，内容却是工作簿或压缩包；如果是工作簿，请把扩展名改为 .xlsx 再上传"
        )
    if suffix not in (".xlsx", ".csv", ".txt", ""):
        raise SheetRefused(f"不认识的文件类型「{suffix}」；只能上传 .xlsx 或 .csv")


def _contains(path: Path, wanted: bytes) -> bool:
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            if wanted in tail + chunk:
                return True
            tail = chunk[-len(wanted) :]
    return False


def _opened(
    notes: SheetNotes, walk: Callable[[], Iterator[SheetRow]], holder: IO[bytes] | None
) -> Sheet:
    top = tuple(islice(walk(), TOP))
    if not top:
        raise SheetRefused(EMPTY)
    sheet = Sheet(top, notes, walk, holder)
    with suppress(
        SheetRefused
    ):  # a title above the header may hold any value; the caller finds the header's row
        sheet.head(0)
    return sheet


# ---------------------------------------------------------------- text


def _read_text(path: Path, limits: SheetLimits) -> Sheet:
    form = sheet_text.recognise(path, limits.rows)
    notes = SheetNotes(rows=form.lines, encoding=form.label, separator=form.separator_label)
    # The same as SheetRow._make, without calling a Python function for each row.
    return _opened(
        notes, lambda: map(partial(tuple.__new__, SheetRow), sheet_text.records(path, form)), None
    )


# ---------------------------------------------------------------- workbooks


def _read_workbook(path: Path, limits: SheetLimits) -> Sheet:
    holder: IO[bytes] = tempfile.TemporaryFile(prefix="graduand-sheet-")  # noqa: SIM115 - the Sheet closes it
    try:
        _run_child(path, limits, holder)
        holder.seek(0)
        head = json.loads(holder.readline() or b"null")
        if head is None:
            raise SheetRefused(RAN_OUT)
        if "refused" in head:
            raise SheetRefused(head["refused"])
        start = holder.tell()
        return _opened(_notes(head), lambda: _child_rows(holder, start), holder)
    except BaseException:
        holder.close()
        raise


def _run_child(path: Path, limits: SheetLimits, holder: IO[bytes]) -> None:
    """Run the child, which fills the file, without our environment: it holds secrets. Raises
    OSError for a full disk.
    """
    words = (str(path.resolve()), json.dumps(asdict(limits)))
    ended = _ended(
        command(CHILD, *words, memory=limits.memory, seconds=limits.seconds, size=limits.unpacked),
        holder,
        limits.seconds,
    )
    if ended is None:
        raise SheetRefused(TOO_SLOW.format(seconds=limits.seconds))
    if ended == NO_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if ended:
        raise SheetRefused(RAN_OUT)


def _ended(words: Sequence[str], holder: IO[bytes], seconds: int) -> int | None:
    """The exit status of the child; None when it took too long. A pipe that the child holds open
    reports its end at once, while `subprocess.run` with a time limit checks only now and then: for
    a small workbook that wait is longer than the reading.
    """
    ours, theirs = Pipe(duplex=False)
    with ours:
        with theirs:
            child = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
                words,
                stdin=subprocess.DEVNULL,
                stdout=holder,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                pass_fds=[theirs.fileno()],
            )
        with child:
            try:
                if not wait([ours], seconds):
                    return None
                return child.wait()
            finally:
                child.kill()  # no effect when the child has ended


def _notes(head: dict[str, Any]) -> SheetNotes:
    lists = {
        "hidden_sheets": tuple(head["hidden_sheets"]),
        "hidden_columns": tuple(column_letter(index) for index in head["hidden_columns"]),
    }
    places = {
        key: tuple(
            CellPlace(row, column_letter(index), text[:40]) for row, index, text in head[key]
        )
        for key in ("disguised", "unseen")
    }
    return SheetNotes(**(head | lists | places))


def _child_rows(holder: IO[bytes], start: int) -> Iterator[SheetRow]:
    holder.seek(start)
    for line in holder:
        text = line.decode()
        number, cells = json.loads(text)
        if text.count("[") > PLAIN:
            cells = [_cell(content) if isinstance(content, list) else content for content in cells]
        yield SheetRow(number, cells)


def _cell(content: list[str]) -> CellValue:
    match content:
        case ["f"]:
            return UnusableCell.FORMULA
        case ["e"]:
            return UnusableCell.ERROR
        case ["d", text] if "T" in text:
            return datetime.fromisoformat(text)
        case ["d", text]:
            return date.fromisoformat(text)
        case [_, text]:
            return text
    raise ValueError(content)
