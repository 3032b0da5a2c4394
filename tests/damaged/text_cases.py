"""What goes wrong in CSV files, kind by kind."""

import random
from collections.abc import Iterator

from tests.damaged.sheets import HEADERS, Case, rows_of_data

ROWS = [list(HEADERS), *rows_of_data()]


def _text(rows: list[list[str]] = ROWS, mark: str = ",", end: str = "\r\n") -> str:
    return "".join(mark.join(row) + end for row in rows)


def _with_cell(row: int, place: int, content: str) -> list[list[str]]:
    return [
        [content if (n, m) == (row, place) else cell for m, cell in enumerate(line)]
        for n, line in enumerate(ROWS)
    ]


def _case(kind: str, what: str, text: str | bytes, rows: int | None = 7) -> Case:
    return Case(
        f"CSV: {kind}", what, "名单.csv", text if isinstance(text, bytes) else text.encode(), rows
    )


def cases() -> Iterator[Case]:
    """Every damaged text, always the same ones."""
    plain = _text()
    for code in (
        "utf-8",
        "utf-8-sig",
        "gbk",
        "gb18030",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
    ):
        yield _case("encodings", code, plain.encode(code))
    yield _case("encodings", "two in one", plain.encode() + _text([ROWS[1]]).encode("gbk"), None)
    yield _case("encodings", "latin", b"\xe9\xe8\xff" + plain.encode("gbk"))
    yield _case("encodings", "two marks", b"\xef\xbb\xbf" * 2 + plain.encode())
    yield _case("encodings", "twice encoded", plain.encode().decode("latin-1").encode())
    for mark in (",", ";", "\t", "|", "，", "；", "、", "｜", " ", "^"):
        yield _case("separators", repr(mark), _text(mark=mark))
    yield _case("separators", "told", "sep=;\r\n" + _text(mark=";"))
    yield _case("separators", "two kinds", _text(ROWS[:4]) + _text(ROWS[4:], ";"))
    for end in ("\n", "\r", "\r\n", "\r\r\n", "\n\n"):
        yield _case("ends of lines", repr(end), _text(end=end))
    for char in "\x0b\x0c\x1c\x85\u2028\0\x1a":
        yield _case(
            "ends of lines", f"U+{ord(char):04X} in a name", _text(_with_cell(2, 1, f"林{char}远"))
        )
    yield from _quotes()
    yield from _cut_texts(plain)
    yield from _rows_and_cells(plain)


def _quotes() -> Iterator[Case]:
    for row, place in ((1, 0), (1, 1), (4, 6), (7, 12), (7, 0)):
        yield _case(
            "quotes",
            f"open in row {row}, column {place}",
            _text(_with_cell(row, place, '"' + ROWS[row][place])),
        )
    yield _case("quotes", "open in the header", _text(_with_cell(0, 3, '"出生日期')))
    yield _case(
        "quotes",
        "closed three rows on",
        _text(_with_cell(2, 12, '"JK01')).replace("开放,专科,JK01\r\n", '开放,专科,"JK01"\r\n', 5),
    )
    yield _case("quotes", "in the middle", _text(_with_cell(2, 1, '林"知"远')))
    yield _case("quotes", "all doubled", _text([[f'"{cell}"' for cell in row] for row in ROWS]))
    yield _case("quotes", "other ones", _text([[f"“{cell}”" for cell in row] for row in ROWS]))


def _cut_texts(plain: str) -> Iterator[Case]:
    for share in (0.2, 0.5, 0.8):
        yield _case(
            "truncated", f"{share:.0%}", plain.encode()[: int(len(plain.encode()) * share)], None
        )
    yield _case("truncated", "nothing", b"")
    yield _case("truncated", "header only", _text(ROWS[:1]), 0)
    yield _case("truncated", "last mark", plain.rstrip())
    chance = random.Random(20230712)
    for number in range(20):
        data = bytearray(plain.encode("gbk" if number % 2 else "utf-8"))
        place = chance.randrange(len(data))
        data[place] ^= 1 << chance.randrange(8)
        yield _case("a bit of the file", f"byte {place}", bytes(data), None)


def _rows_and_cells(plain: str) -> Iterator[Case]:
    yield _case("rows", "a title", "学生名单\r\n制表：王老师,2023-07-12\r\n" + plain)
    yield _case("rows", "totals", plain + "合计,7人\r\n\r\n共7人\r\n")
    yield _case("rows", "empty ones", plain.replace("\r\n", "\r\n,,,,,,,,,,,,\r\n"))
    yield _case("rows", "the header again", _text(ROWS[:3]) + _text([ROWS[0]]) + _text(ROWS[3:]), 8)
    yield _case("rows", "short", _text([row[: 13 - n % 3] for n, row in enumerate(ROWS)]))
    yield _case("rows", "long", _text([[*row, "x"] if n else row for n, row in enumerate(ROWS)]))
    yield _case("rows", "doubled", plain + _text(ROWS[1:]), 14)
    yield _case("headers", "doubled", _text([[*ROWS[0][:-1], "学号"], *ROWS[1:]]))
    yield _case("headers", "spaced", _text([[f" {cell}　*" for cell in ROWS[0]], *ROWS[1:]]))
    yield _case("headers", "others", _text([["学籍号", *ROWS[0][1:]], *ROWS[1:]]))
    yield _case("headers", "none", _text(ROWS[1:]), None)
    yield _case(
        "cells",
        "written to stay text",
        _text([[f'"=""{row[0]}"""', *row[1:]] if n else row for n, row in enumerate(ROWS)]),
    )
    yield _case(
        "cells",
        "apostrophes",
        _text([[f"'{row[0]}", *row[1:]] if n else row for n, row in enumerate(ROWS)]),
    )
    yield _case("cells", "lost", _text(_with_cell(2, 1, "林?远")))
    yield _case("cells", "scientific", _text(_with_cell(2, 0, "2.11815E+12")))
    yield _case("cells", "a million letters", _text(_with_cell(2, 1, "林" * 1_000_000)))
