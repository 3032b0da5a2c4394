"""CSV files as every program writes them: the encoding, separator and row numbers are found, not asked for."""

import subprocess
import sys

import pytest

from graduand.gateways.records import sheet_text
from graduand.gateways.records.sheets import SheetRefused, SheetRow, read_sheet
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import match_headers, parse_row
from graduand.rulebook.terms import SheetKind


def refusal(path):
    with pytest.raises(SheetRefused) as caught, read_sheet(path) as sheet:
        list(sheet.rows())
    return caught.value.message


def read(path):
    with read_sheet(path) as sheet:
        return sheet, list(sheet.rows())


TABLE = "学号,姓名\n1,王涵\n2,𬭩䶮\n"


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8（带 BOM）"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
def test_X09_the_encoding_is_detected_and_told(tmp_path, encoding, label):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE.encode(encoding))
    sheet, rows = read(path)
    assert (sheet.headers, rows) == (
        ("学号", "姓名"),
        [SheetRow(2, ["1", "王涵"]), SheetRow(3, ["2", "𬭩䶮"])],
    )
    assert sheet.notes.sentences() == [f"文本编码 {label}，列以逗号分隔"]


def test_X09_a_gbk_file_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("学号,姓名\r\n1,王涵\r\n".encode("gbk"))
    assert read(path)[1] == [SheetRow(2, ["1", "王涵"])]


def test_X09_an_undecodable_byte_refuses_its_row_alone(tmp_path):
    path = tmp_path / "a.csv"
    for encoding, bad in (("utf-8", "王涵".encode("gbk")), ("gb18030", b"\xcd\xf5\xff")):
        path.write_bytes(
            "学号,姓名\n1,李四\n2,".encode(encoding) + bad + "\n3,赵六\n".encode(encoding)
        )
        sheet, rows = read(path)
        assert (sheet.headers, rows[0], rows[2]) == (
            ("学号", "姓名"),
            SheetRow(2, ["1", "李四"]),
            SheetRow(4, ["3", "赵六"]),
        )
        assert "\ufffd" in rows[1].cells[1]
        spec = SPECS[SheetKind.REGISTERED]
        problems = parse_row(spec, match_headers(spec, sheet.headers), rows[1].cells).problems
        assert [problem.column for problem in problems] == ["姓名"]
        assert problems[0].message.startswith("有无法识别的字符")


@pytest.mark.parametrize(("separator", "word"), [(",", "逗号"), (";", "分号"), ("\t", "制表符")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_X10_separators_quotes_and_line_ends(tmp_path, separator, word, end):
    path = tmp_path / "a.csv"
    lines = [["学号", "单位"], ["1", '"甲，乙"'], ["2", f'"a{separator}b ""c"""']]
    path.write_bytes(end.join(separator.join(line) for line in lines).encode())
    sheet, rows = read(path)
    assert sheet.headers == ("学号", "单位")
    assert rows == [SheetRow(2, ["1", "甲，乙"]), SheetRow(3, ["2", f'a{separator}b "c"'])]
    assert sheet.notes.separator == word


def test_X10_a_told_separator_empty_lines_and_breaks_inside_cells_keep_the_numbers_of_excel(
    tmp_path,
):
    path = tmp_path / "a.csv"
    path.write_text('sep=|\n学号|地址\n\n1|"北京\n海淀"\n2|上海\n', encoding="utf-8")
    assert read(path)[1] == [SheetRow(3, ["1", "北京\n海淀"]), SheetRow(4, ["2", "上海"])]


def test_X10_an_open_quote_is_told_with_its_place(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('学号,姓名\n1,"王涵\n' + "2,李四\n" * 40_000, encoding="utf-8")
    assert refusal(path).startswith("第 2 行有一个引号没有配对")


ROW = "2117151000001,王涵,女,1990-03-07,汉族\n"


@pytest.mark.parametrize(
    "text",
    [
        "学号,姓名,性别,出生日期,民族\n" + ROW + '2,"李四,女,1990-03-07,汉族\n' + ROW,
        "学号,姓名,性别,出生日期,民族\n"
        + ROW
        + '2,"李四,女,1990-03-07,汉族\n'
        + ROW
        + '4,"赵六",女,1990-03-07,汉族\n',
        "学号,姓名,性别,出生日期,民族\n" + ROW + '2,李四,女,1990-03-07,"汉族\n' + ROW.strip(),
    ],
)
def test_a_quote_that_swallows_the_next_student_is_told_by_the_row_where_it_opened(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert refusal(path).startswith("第 3 行有一个引号没有配对，它后面的行被并成了一格")


def test_a_text_of_several_lines_in_quotes_is_one_cell(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        '学号,奖惩,备注,家庭住址\n1,"一等奖，2021\n二等奖，2022",,"北京,海淀\n某路"\n2,无,,\n',
        encoding="utf-8",
    )
    assert [row.cells[1] for row in read(path)[1]] == ["一等奖，2021\n二等奖，2022", "无"]


def test_columns_are_found_under_a_title_and_between_bars(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("学生信息表\n\n学号|姓名|性别\n1|王涵|女\n", encoding="utf-8")
    sheet, _ = read(path)
    assert (sheet.notes.separator, sheet.top[1]) == (
        "竖线「|」",
        SheetRow(3, ["学号", "姓名", "性别"]),
    )


@pytest.mark.parametrize(
    ("mark", "name"), [("，", "全角逗号「，」"), ("；", "全角分号「；」"), ("、", "顿号「、」")]
)
def test_separators_that_are_none_are_named(tmp_path, mark, name):
    path = tmp_path / "a.csv"
    path.write_text(
        mark.join(["学号", "姓名", "性别"]) + "\n" + mark.join(["1", "王涵", "女"]) + "\n",
        encoding="utf-8",
    )
    assert (
        refusal(path)
        == f"各列之间用的是{name}，不能可靠地分列；请改用英文逗号「,」，或用 Excel 另存为 .xlsx 再上传"
    )


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet_text, "LONGEST_LINE", 1000)
    path = tmp_path / "a.csv"
    path.write_text("x" * 2000)
    assert refusal(path).startswith("文件里有一行超过 16 MB")


def test_X15_three_hundred_thousand_rows_stream_with_bounded_memory(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("学号,课程代码,成绩,学期,发布日期\n")
        out.writelines(
            f"{2117151000000 + n},00815,{n % 101},2021秋,2022-01-20\n" for n in range(300_000)
        )
    probe = (
        "import resource, sys; from pathlib import Path; from graduand.gateways.records.sheets import read_sheet\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "count = sum(1 for _ in read_sheet(Path(sys.argv[1])).rows())\n"
        "print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, str(path)], capture_output=True, check=True, text=True
    )
    count, grown = map(int, done.stdout.split())
    assert count == 300_000
    assert grown < 20_000  # kilobytes
