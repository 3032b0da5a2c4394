"""Rows that are put together from what is remembered say what the parser says of each."""

import random
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.rulebook.records.cells import UnusableCell
from graduand.rulebook.records.row_reader import RowReader, plain
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import match_headers, parse_row
from graduand.rulebook.terms import SheetKind

CELLS = (
    None,
    "",
    " ",
    "2117151000001",
    "2117151000002",
    "'2117151000003",
    '="00001"',
    "00001",
    "85",
    "59.5",
    "优",
    "免考",
    "百",
    "考试",
    "免修免考",
    "2021春",
    "2021秋",
    "2021-07-10",
    "是",
    "否",
    "1",
    1,
    1.0,
    2117151000001,
    85.5,
    True,
    False,
    date(2021, 7, 10),
    datetime(2021, 7, 10),
    "男",
    "张三丰",
    "居民身份证",
    "110105199003071331",
    "有",
    "无",
    "正常",
    "2006-09",
    "2009-07",
    "至今",
    "总部",
    "学习中心",
    "学生",
    "班主任",
    "C01",
    "\ufffd",
)


def expected(spec, mapping, cells):
    """What `parse_row` says of one row, with plain values."""
    parsed = parse_row(spec, mapping, cells)
    values = {
        name: value if name == "raw" else plain(value)
        for name, value in parsed.values.items()
        if name != "blank"
    }
    return values | {"blank": tuple(parsed.values["blank"])}, parsed.problems, parsed.notes


def told(reader, rows):
    """What the reader says of each row of a block, in the same shape."""
    found = reader.read(rows)
    values = [
        {name: column[place] for name, column in found.columns.items()}
        for place in range(len(rows))
    ]
    return [
        (row, found.problems.get(place, []), found.notes.get(place, []))
        for place, row in enumerate(values)
    ]


def kinds(answers):
    """Values as text, so that 1, 1.0 and True are told apart."""
    return [(repr(sorted(values.items())), problems, notes) for values, problems, notes in answers]


def reader_of(kind, without=()):
    spec = SPECS[kind]
    headers = tuple(header for header in spec.headers if header not in without)
    mapping = match_headers(spec, headers)
    return spec, mapping, RowReader(spec, mapping), len(headers)


@pytest.mark.parametrize("kind", list(SheetKind))
def test_a_row_that_is_put_together_is_the_row_that_is_parsed(kind):
    spec, mapping, reader, width = reader_of(kind, ("考试次序",))
    numbers = random.Random(5)
    few = [[numbers.choice(CELLS) for _ in range(width)] for _ in range(60)]
    rows = [
        *few,
        *few,
        *([numbers.choice(column) for column in zip(*few, strict=True)] for _ in range(600)),
    ]
    rows += [row[: numbers.randrange(len(row))] for row in rows[:60]]
    for block in (rows[:1], rows[1:300], rows[300:]):
        assert kinds(told(reader, block)) == kinds(
            [expected(spec, mapping, cells) for cells in block]
        )


@st.composite
def sheets(draw):
    """A kind of sheet without some of its columns, and blocks of rows that repeat few cells, some of them cut short."""
    kind = draw(st.sampled_from(list(SheetKind)))
    optional = [column.header for column in SPECS[kind].columns if not column.required]
    without = draw(st.sets(st.sampled_from(optional))) if optional else set()
    width = len(SPECS[kind].columns) - len(without)
    cells = [draw(st.lists(CELL, min_size=1, max_size=4)) for _ in range(width)]
    row = st.tuples(*(st.sampled_from(some) for some in cells)).map(list)
    short = st.tuples(row, st.integers(0, width)).map(lambda pair: pair[0][: pair[1]])
    return (
        kind,
        without,
        draw(st.lists(st.lists(row | short, min_size=1, max_size=12), min_size=1, max_size=4)),
    )


CELL = (
    st.sampled_from(
        [
            *CELLS,
            85.0,
            3,
            3.0,
            -1,
            -1.0,
            2021.0,
            10**17,
            1e17,
            0,
            0.0,
            time(8, 30),
            *UnusableCell,
            "0123 ",
            "８５",
            "60。5",
        ]
    )
    | st.text(max_size=4)
    | st.integers(0, 101)
    | st.floats(0, 101).map(abs)
    | st.dates()
)


@given(sheets(), st.booleans(), st.sampled_from([3, 50_000]))
def test_blocks_say_what_the_parser_says_of_each_row(sheet, raw, remembered):
    kind, without, blocks = sheet
    spec, mapping, _, _ = reader_of(kind, without)
    reader = RowReader(spec, mapping, raw=raw, remembered=remembered)
    for rows in blocks:
        wanted = [expected(spec, mapping, cells) for cells in rows]
        for values, _, _ in () if raw else wanted:
            del values["raw"]
        assert kinds(told(reader, rows)) == kinds(wanted)


@pytest.mark.parametrize("rows", [[], [[]], [[None, ""], []]])
def test_rows_without_cells_are_read(rows):
    spec, mapping, reader, _ = reader_of(SheetKind.RESULTS)
    assert told(reader, rows) == [expected(spec, mapping, cells) for cells in rows]


def test_good_rows_are_put_together_without_the_parser():
    _, _, reader, _ = reader_of(SheetKind.RESULTS)
    rest = ["", "2021春", "2021-07-10", "否", "", ""]
    rows = [[f"211715100000{n}", "00001", mark, *rest] for n in range(9) for mark in ("85", "免考")]
    read = reader.read(rows)
    assert reader.parsed == 2  # the first of each mark: its 取得方式 is settled by it
    assert read.columns["obtained_by"] == ["exam", "exemption"] * 9
    assert (reader.read(rows).columns, reader.parsed) == (read.columns, 2)


def test_what_is_remembered_of_a_column_without_repeats_has_an_end():
    spec, mapping, _, _ = reader_of(SheetKind.RESULTS)
    reader = RowReader(spec, mapping, remembered=100)
    for start in range(0, 1_000, 50):
        reader.read(
            [
                [f"{2117151000000 + n}", "00001", "85", "", "2021春", "2021-07-10"]
                for n in range(start, start + 50)
            ]
        )
        assert max(len(known.values) for known in reader._known) <= 100
