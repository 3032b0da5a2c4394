"""The DBF file, read back byte by byte by a reader of the tests' own and, where it is installed, by GDAL."""

import json
import stat
import subprocess
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graduand.papers.workbooks.dbf import DbfColumn, DbfRefused, write_dbf
from tests.machine import needs
from tests.papers import xbase

DAY = date(2023, 7, 20)
COLUMNS = [DbfColumn("KSH", 18), DbfColumn("XM", 40), DbfColumn("CSRQ", 8), DbfColumn("BZ", 40)]
ROWS = [
    ["2021101400001", "买买提·吐尔逊", "19900307", ""],
    ["2021101400002", "欧阳玥" + "珺" * 17, "19891231", "=1+1"],
]


def written(tmp_path, columns, rows, **options):
    path = tmp_path / "out.dbf"
    assert write_dbf(path, columns, rows, DAY, **options) == len(rows)
    return path


def test_every_byte_is_what_the_format_says(tmp_path):
    table = xbase.read(written(tmp_path, COLUMNS, ROWS))
    assert (table.version, table.language, table.changed) == (0x03, 0x4D, DAY)
    assert table.fields == [("KSH", "C", 18), ("XM", "C", 40), ("CSRQ", "C", 8), ("BZ", "C", 40)]
    assert table.rows == ROWS


def test_a_small_file_byte_for_byte(tmp_path):
    path = written(tmp_path, [DbfColumn("XM", 6)], [["王·五"]])
    head = bytes.fromhex("03 7b 07 14 01000000 4100 0700") + bytes(17) + b"\x4d\0\0"
    field = b"XM" + bytes(9) + b"C" + bytes(4) + b"\x06" + bytes(15)
    assert (
        path.read_bytes() == head + field + b"\r" + b" " + bytes.fromhex("cdf5 a1a4 cee5") + b"\x1a"
    )


def test_the_middle_dot_is_a1a4(tmp_path):
    path = written(tmp_path, [DbfColumn("XM", 40)], [["买买提·吐尔逊"]])
    assert path.read_bytes().count(b"\xa1\xa4") == 1


def test_an_empty_table_has_its_fields(tmp_path):
    assert xbase.read(written(tmp_path, COLUMNS, [])).rows == []


def test_the_same_rows_make_the_same_bytes(tmp_path):
    first = written(tmp_path, COLUMNS, ROWS).read_bytes()
    assert written(tmp_path, COLUMNS, ROWS).read_bytes() == first


def test_the_file_is_its_owners_alone(tmp_path):
    assert stat.S_IMODE(written(tmp_path, COLUMNS, ROWS).stat().st_mode) == 0o600


def test_gb18030_holds_what_gbk_lacks(tmp_path):
    path = written(tmp_path, [DbfColumn("XM", 12)], [["张𬍛䶮"]], encoding="gb18030")
    assert xbase.read(path, "gb18030").rows == [["张𬍛䶮"]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("汉" * 20 + "x", "第 1 条记录的 XM 有 41 字节，超过 40 字节"),
        ("x" * 41, "第 1 条记录的 XM 有 41 字节，超过 40 字节"),
        ("张䶮", "第 1 条记录的 XM 含有 cp936 没有的字符「䶮」（U+4DAE）"),
        ("李𬍛", "第 1 条记录的 XM 含有 cp936 没有的字符「𬍛」（U+2C35B）"),
        ("王・五", "第 1 条记录的 XM 含有 cp936 没有的字符「・」（U+30FB）"),
        ("王五 ", "第 1 条记录的 XM 含有末尾空格或控制字符，读回时会走样"),
        ("王\n五", "第 1 条记录的 XM 含有末尾空格或控制字符，读回时会走样"),
        ("王\x1a五", "第 1 条记录的 XM 含有末尾空格或控制字符，读回时会走样"),
    ],
)
def test_what_would_not_read_back_is_refused_and_leaves_nothing(tmp_path, text, sentence):
    with pytest.raises(DbfRefused) as problem:
        write_dbf(tmp_path / "out.dbf", [DbfColumn("XM", 40)], [[text]], DAY)
    assert str(problem.value) == sentence
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_survives_a_refusal(tmp_path):
    before = written(tmp_path, COLUMNS, ROWS).read_bytes()
    with pytest.raises(DbfRefused):
        write_dbf(tmp_path / "out.dbf", COLUMNS, [*ROWS, ["1", "2"]], DAY)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.dbf", before)]


@pytest.mark.parametrize(
    "columns",
    [
        [],
        [DbfColumn("XM", 0)],
        [DbfColumn("XM", 255)],
        [DbfColumn("xm", 4)],
        [DbfColumn("姓名", 4)],
        [DbfColumn("ABCDEFGHIJK", 4)],
        [DbfColumn("XM", 4), DbfColumn("XM", 5)],
        [DbfColumn(f"F{n}", 254) for n in range(16)],
        [DbfColumn(f"F{n}", 1) for n in range(129)],
    ],
)
def test_impossible_columns_are_refused(tmp_path, columns):
    with pytest.raises(DbfRefused):
        write_dbf(tmp_path / "out.dbf", columns, [], DAY)


def in_gbk(char):
    return char >= " " and bool(char.encode("gbk", "ignore"))


GBK = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]).filter(in_gbk)


@given(st.lists(st.text(GBK, max_size=30).map(str.rstrip), max_size=5))
def test_whatever_fits_reads_back(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("dbf") / "out.dbf"
    write_dbf(path, [DbfColumn("XM", 60)], [[text] for text in texts], DAY)
    assert [row[0] for row in xbase.read(path).rows] == texts


def test_gdal_reads_the_same(tmp_path):
    path = written(tmp_path, COLUMNS, ROWS)
    made = subprocess.run(
        [needs.tool("ogr2ogr"), "-f", "GeoJSON", "/vsistdout/", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = [feature["properties"] for feature in json.loads(made.stdout)["features"]]
    names = [column.name for column in COLUMNS]
    assert [[row[name] or "" for name in names] for row in found] == ROWS
