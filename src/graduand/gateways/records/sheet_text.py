"""CSV from outside: its encoding, its separator, and its records with the row number that Excel
shows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
LONGEST_LINE = 16 << 20
SEPARATORS = {",": "逗号", ";": "分号", "\t": "制表符", "|": "竖线「|」"}
# Texts contain these characters themselves, so a file that uses them as separators cannot be split
# reliably.
WIDE = {"，": "全角逗号「，」", "；": "全角分号「；」", "｜": "全角竖线「｜」", "、": "顿号「、」"}
# Columns of the table below which a line inside a cell counts as a swallowed row only with all of a
# row's separators
NARROW = 6
LOOKED_AT = 20  # lines: a title or two may stand above the header
END = "\x00end of the file\x00"
MARKS_OF_ORDER = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8（带 BOM）"),
    (b"\xff\xfe\0\0", "utf-32", "UTF-32"),
    (b"\0\0\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_TOLD_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class SheetRefused(Exception):
    """The file is refused; `message` says in Chinese what is wrong and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a CSV file is written. `lines` is an upper bound of its rows; `is_declared`: it opens
    with `sep=;`.
    """

    encoding: str
    label: str
    separator: str
    lines: int
    is_declared: bool = False

    @property
    def separator_label(self) -> str:
        """The separator in words."""
        return SEPARATORS.get(self.separator, f"「{self.separator}」")


def recognise(path: Path, most_rows: int) -> TextForm:
    """Read the file once to find its encoding, then its first line to find the separator (X09,
    X10).
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
        stream.seek(0)
        encoding, label = _wide_encoding(head)
        lines, in_utf8, not_in_utf8 = _count_lines(stream)
    if not encoding:
        # 汉字 in GB18030 are hardly ever valid UTF-8, while UTF-8 is often valid GB18030: UTF-8 is
        # tried first
        encoding = "gb18030"
        if not_in_utf8 == 0 or in_utf8 > not_in_utf8:
            encoding = "utf-8"
        label = encoding.upper()
    if lines > most_rows:
        raise SheetRefused(f"文件约有 {lines} 行，超过上限 {most_rows} 行；请分成几个文件上传")
    with _open_text(path, encoding) as text:
        top = _first_lines(text)
    if top and (match := _TOLD_SEPARATOR.fullmatch(top[0])):
        return TextForm(encoding, label, match[1], lines, is_declared=True)
    separator = max(SEPARATORS, key=lambda mark: _fields(top, mark))
    if _fields(top, separator) == 1:
        _refuse_wide(top)
    return TextForm(encoding, label, separator, lines)


def _wide_encoding(head: bytes) -> tuple[str, str]:
    """(encoding, its name) of a file that begins with a byte order mark, or whose zero bytes show
    UTF-16; else ("", "").
    """
    marked = next((mark for mark in MARKS_OF_ORDER if head.startswith(mark[0])), None)
    if marked:
        return marked[1:]
    if b"\0" not in head:
        return "", ""
    # UTF-16 without its mark: the zero bytes of ASCII characters are all first or all second
    if head[::2].count(0) > head[1::2].count(0):
        return "utf-16-be", "UTF-16"
    return "utf-16-le", "UTF-16"


def _first_lines(text: IO[str]) -> list[str]:
    return list(islice(iter(lambda: text.readline(1 << 16), ""), LOOKED_AT))


def _refuse_wide(top: Sequence[str]) -> None:
    for mark, name in WIDE.items():
        if any(line.count(mark) > 1 for line in top):
            raise SheetRefused(
                f"各列之间用的是{name}，不能可靠地分列；请改用英文逗号「,」，或用 Excel 另存为 .xlsx 再上传"
            )


def _open_text(path: Path, encoding: str) -> IO[str]:
    # undecodable bytes become U+FFFD, which every cell parser refuses: reported, never guessed
    return path.open(encoding=encoding, errors="replace", newline=None)


def _fields(top: Sequence[str], separator: str) -> int:
    """The largest number of columns among the first lines."""
    return max((len(next(csv.reader([line], delimiter=separator), [])) for line in top), default=0)


def _count_lines(stream: IO[bytes]) -> tuple[int, int, int]:
    """The number of lines, of lines that are UTF-8 with characters beyond ASCII, and of lines that
    are not UTF-8.
    """
    lines = good = bad = 0
    tail = b""
    while chunk := stream.read(CHUNK):
        *whole, tail = (tail + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if len(tail) > LONGEST_LINE:
            raise SheetRefused(
                "文件里有一行超过 16 MB，不是正常的 CSV；请用 Excel 打开后另存为 .xlsx 再上传"
            )
        lines += len(whole)
        good, bad = _sorted_lines(whole, good, bad)
    good, bad = _sorted_lines([tail], good, bad)
    return lines + bool(tail), good, bad


def _sorted_lines(lines: list[bytes], good: int, bad: int) -> tuple[int, int]:
    try:
        b"\n".join(lines).decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:  # nearly always
        return good + len(lines) - sum(map(bytes.isascii, lines)), bad
    for line in lines:
        if not line.isascii():
            try:
                line.decode("utf-8")
                good += 1
            except UnicodeDecodeError:
                bad += 1
    return good, bad


def records(path: Path, form: TextForm) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of every record that is not empty; empty lines are counted, as Excel
    does. Raises SheetRefused for a quote that is never closed, naming the row in which it was
    opened, since it swallows the rows after it.
    """
    number = lines = width = 0
    with _open_text(path, form.encoding) as text:
        if form.is_declared:
            text.readline()
        reader = csv.reader(chain(text, (END,)), delimiter=form.separator)
        try:
            for number, cells in enumerate(reader, start=1):
                if len(cells) == 1 and cells[0] == END:
                    return
                if not width and len(cells) > 1:
                    width = len(cells)
                line = reader.line_num
                if line - lines > 1 and any(
                    _swallows(cell, form.separator, width) for cell in cells
                ):
                    raise _unclosed(number)
                lines = line
                if any(cells):
                    yield number, cells
        except csv.Error:
            raise _unclosed(number + 1) from None


def _swallows(cell: str, separator: str, width: int) -> bool:
    """Whether a cell contains whole rows: one of its lines has as many columns as a row, or it
    reaches to the end of the file.
    """
    most = width - 1
    if width >= NARROW:
        most //= 2
    return END in cell or (
        most > 0 and any(line.count(separator) >= most for line in cell.split("\n")[1:])
    )


def _unclosed(row: int) -> SheetRefused:
    return SheetRefused(
        f"第 {row} 行有一个引号没有配对，它后面的行被并成了一格，无法分列；请在这一行补上或删去引号，或另存为 .xlsx 再上传"
    )
