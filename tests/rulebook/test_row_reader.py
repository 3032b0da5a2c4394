"""Rows that are put together from what is remembered say what the parser says of each."""

import random
from datetime import date, datetime

import pytest

from graduand.rulebook.row_reader import RowReader, plain
from graduand.rulebook.sheet_columns import SPECS
from graduand.rulebook.sheets import match_headers, parse_row
from graduand.rulebook.terms import SheetKind

CELLS = (
    None, "", " ", "2117151000001", "2117151000002", "'2117151000003", '="00001"', "00001", "85", "59.5", "优", "免考", "百",
    "考试", "免修免考", "2021春", "2021秋", "2021-07-10", "是", "否", "1", 1, 1.0, 2117151000001, 85.5, True, False,
    date(2021, 7, 10), datetime(2021, 7, 10), "男", "张三丰", "居民身份证", "110105199003071331", "有", "无", "正常", "2006-09",
    "2009-07", "至今", "总部", "学习中心", "学生", "班主任", "C01", "\ufffd",
)  # fmt: skip


def expected(spec, mapping, cells):
    """What `parse_row` says of one row, with plain values."""
    parsed = parse_row(spec, mapping, cells)
    kept = {name: parsed.values[name] for name in ("raw", "blank")}
    values = {name: plain(value) for name, value in parsed.values.items() if name not in kept}
    return values | kept, parsed.problems, parsed.notes


@pytest.mark.parametrize("kind", list(SheetKind))
def test_a_row_that_is_remembered_is_the_row_that_is_parsed(kind):
    spec, numbers = SPECS[kind], random.Random(5)
    headers = spec.headers if kind is not SheetKind.RESULTS else tuple(h for h in spec.headers if h != "考试次序")
    mapping = match_headers(spec, headers)
    reader = RowReader(spec, mapping)
    few = [[numbers.choice(CELLS) for _ in headers] for _ in range(60)]
    rows = [*few, *few, *([numbers.choice(column) for column in zip(*few, strict=True)] for _ in range(600))]
    for cells in (*rows, *(row[: numbers.randrange(len(row))] for row in rows[:60])):
        read = reader.read(cells)
        assert (read.values, read.problems, read.notes) == expected(spec, mapping, cells), cells


def test_good_rows_are_put_together_without_the_parser():
    spec = SPECS[SheetKind.RESULTS]
    mapping = match_headers(spec, spec.headers)
    reader = RowReader(spec, mapping)
    rest = ["", "2021春", "2021-07-10", "否", "", ""]
    rows = [[f"211715100000{n}", "00001", mark, *rest] for n in (1, 2) for mark in ("85", "免考")]
    for cells in rows:
        reader.read(cells)
    before = reader.parsed
    again = [reader.read(cells).values for cells in rows]
    assert (reader.parsed, [row["obtained_by"] for row in again]) == (before, ["exam", "exemption"] * 2)
