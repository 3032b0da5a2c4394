"""Workbooks that leave: nothing in them runs, and what went back to its sender can come in again mended."""

import cProfile
import re
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font, PatternFill

from graduand.gateways.records.sheets import SheetRow, read_sheet
from graduand.papers.workbooks import sheet_rows
from graduand.papers.workbooks.return_measures import RED
from graduand.papers.workbooks.returned_workbooks import Failures, errors_workbook
from graduand.papers.workbooks.tables import (
    WRITER_OPTIONS,
    large_workbook,
    shown_text,
    table_workbook,
)
from graduand.rulebook.records.cells import UnusableCell, safe_text
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import Problem, match_headers, parse_row
from graduand.rulebook.terms import Level, SheetKind

SPEC = SPECS[SheetKind.REGISTERED]
HEADERS = ["学号", "姓名", "证书编号", "毕业日期", "可查询"]
GOOD = ["2117151000001", "王涵", "511611202306000001", "2023-07-20", "是"]
NUMBER = "证书编号被 Excel 改成数字，末位已丢失；请设为文本后重新填写"


def judged(path):
    """Read and parse a file as an import does: (headers map, values by row, failures)."""
    with read_sheet(path) as sheet:
        mapping = match_headers(SPEC, sheet.headers, sheet.below)
        parsed = {row.number: parse_row(SPEC, mapping, row.cells) for row in sheet.rows()}
    problems = {number: row.problems for number, row in parsed.items() if row.problems}
    return mapping, parsed, Failures(problems, mapping.places)


def returned(source, target, *, only_failed=False):
    _, _, failures = judged(source)
    with read_sheet(source) as sheet:
        assert errors_workbook(source, sheet, failures, target, only_failed=only_failed) == target
    return openpyxl.load_workbook(target)


def is_red(cell):
    return cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb.endswith(RED)


@pytest.fixture
def source(tmp_path):
    """A workbook with styles, a second sheet, two bad rows (one hidden) and a good one."""
    path = tmp_path / "注册.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    page.append(["学号", "姓名", "证书编号*", "毕业日期", "可查询"])
    page.append(GOOD)
    page.append(["2117151000002", "无", 511611202306000002, "2023-07-20", "是"])
    page.append(["2117151000003", "李四", "511611202306000003", "2023-07-20", ""])
    page["B2"].font = Font(bold=True, color="0000FF")
    page["A2"].fill = PatternFill("solid", fgColor="FFFF00")
    page.column_dimensions["B"].width = 33
    page.row_dimensions[4].hidden = True
    book.create_sheet("备注")["A1"] = "手写的说明"
    book.save(path)
    return path


def test_the_senders_own_workbook_comes_back_with_every_reason(source, tmp_path):
    book = returned(source, tmp_path / "退回.xlsx")
    page = book.worksheets[0]
    assert [cell.value for cell in page["F"]] == [
        "错误原因",
        None,
        f"「无」不是姓名，请填写真实姓名；{NUMBER}",
        "可查询不能为空",
    ]
    red = {cell.coordinate for row in page.iter_rows() for cell in row if is_red(cell)}
    assert red == {"B3", "C3", "F3", "E4", "F4"}
    assert (
        page["B2"].font.bold,
        page["A2"].fill.fgColor.rgb,
        page.column_dimensions["B"].width,
    ) == (
        True,
        "00FFFF00",
        33,
    )
    assert book["备注"]["A1"].value == "手写的说明"
    assert page.row_dimensions[4].hidden is False


def test_a_mended_workbook_is_taken_and_a_second_return_shows_only_what_fails_now(source, tmp_path):
    book = returned(source, tmp_path / "1.xlsx")
    page = book.worksheets[0]
    page["B3"], page["C3"] = "张三", "511611202306000002"
    book.save(tmp_path / "2.xlsx")
    mapping, parsed, failures = judged(tmp_path / "2.xlsx")
    assert mapping.warnings == ()
    assert failures.problems == {4: [Problem("可查询", "可查询不能为空")]}
    assert parsed[3].values["registration_no"] == "511611202306000002"
    again = returned(tmp_path / "2.xlsx", tmp_path / "3.xlsx").worksheets[0]
    assert [cell.value for cell in again[1]] == [
        "学号",
        "姓名",
        "证书编号*",
        "毕业日期",
        "可查询",
        "错误原因",
    ]
    assert [cell.value for cell in again["F"]] == ["错误原因", None, None, "可查询不能为空"]
    assert {cell.coordinate for row in again.iter_rows() for cell in row if is_red(cell)} == {
        "E4",
        "F4",
    }
    again["E4"] = "是"
    again.parent.save(tmp_path / "4.xlsx")
    assert judged(tmp_path / "4.xlsx")[2].problems == {}


def test_the_reasons_never_cover_what_stands_beside_the_table_or_in_a_merged_block(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(HEADERS)
    book.active.append(["2117151000001", "", *GOOD[2:]])
    book.active["F9"] = "小计"
    book.active.merge_cells("F1:H1")
    book.save(path)
    page = returned(path, tmp_path / "b.xlsx").worksheets[0]
    assert (page["F9"].value, page["G1"].value, page["G2"].value) == (
        "小计",
        "错误原因",
        "姓名不能为空",
    )


def test_X08_a_runnable_text_in_the_senders_workbook_stays_text(tmp_path):
    path = table_workbook(tmp_path / "a.xlsx", HEADERS, [["2117151000001", "", *GOOD[2:]]])
    book = openpyxl.load_workbook(path)
    book.active["G2"] = "=1+1"
    book.active["G2"].data_type = "s"
    book.save(path)
    page = returned(path, tmp_path / "b.xlsx").worksheets[0]
    assert (page["G2"].value, page["G2"].data_type, page["F2"].value) == (
        "=1+1",
        "s",
        "姓名不能为空",
    )


def test_X01_X07_written_anew_a_lost_number_stays_a_number_and_a_formula_is_not_a_text(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADERS)
        page.write_row(1, 0, GOOD)
        page.write_row(2, 0, ["2117151000002", "王二", 511611202306000002])
        page.write_datetime(2, 3, date(2023, 7, 20), book.add_format({"num_format": "yyyy-mm-dd"}))
        page.write_formula(2, 4, '="是"', None, "是")
    page = returned(path, tmp_path / "b.xlsx", only_failed=True).worksheets[0]
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        [*HEADERS, "错误原因"],
        [
            "2117151000002",
            "王二",
            511611202306000000,
            page["D2"].value,
            "【公式】",
            page["F2"].value,
        ],
    ]
    assert page["D2"].value.date() == date(2023, 7, 20)
    assert page["F2"].value.startswith(f"（原第 3 行）{NUMBER}；单元格是公式")
    assert {cell.coordinate for cell in page[2] if is_red(cell)} == {"C2", "E2", "F2"}
    messages = [problem.message for problem in judged(tmp_path / "b.xlsx")[2].problems[2]]
    assert messages[0] == NUMBER
    assert messages[1].startswith("单元格是公式")


def test_a_csv_comes_back_as_a_workbook_of_text_with_the_same_row_numbers(tmp_path):
    path = tmp_path / "a.csv"
    lines = [
        HEADERS,
        GOOD,
        [],
        ["2117151000002", "=cmd|x", *GOOD[2:]],
        ["2117151000003", "", *GOOD[2:]],
    ]
    path.write_bytes("\n".join(",".join(line) for line in lines).encode("gb18030"))
    page = returned(path, tmp_path / "b.xlsx").worksheets[0]
    assert [cell.value for cell in page[2]] == [*GOOD, None]
    assert {
        cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None
    } == {"s"}
    assert page["B4"].value == "'=cmd|x"  # X08
    assert page["F5"].value == "姓名不能为空"
    _, parsed, _ = judged(tmp_path / "b.xlsx")
    assert parsed == judged(path)[1] | {4: parsed[4]}
    assert parsed[2].values["student_no"] == "2117151000001"


def test_X16_every_failed_row_of_a_long_file_comes_back(tmp_path):
    path = tmp_path / "a.csv"
    rows = [[str(2117151000000 + n), "王涵" if n % 2 else "", *GOOD[2:]] for n in range(3000)]
    path.write_text("\n".join(",".join(row) for row in [HEADERS, *rows]), encoding="utf-8")
    page = returned(path, tmp_path / "b.xlsx", only_failed=True).worksheets[0]
    assert page.max_row == 1501
    assert page["F1501"].value == "（原第 3000 行）姓名不能为空"


# ---------------------------------------------------------------- tables


def test_X08_nothing_in_a_table_runs_and_ids_stay_text(tmp_path):
    starts = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "http://x.cn",
        "110105199003071234",
    ]
    path = table_workbook(tmp_path / "t.xlsx", ["证件号"], [[text] for text in starts])
    cells = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    shown = [cell.value.replace("_x000D_", "\r") for cell in cells]
    assert shown == [("'" if text[0] in "=+-@\t\r＝＋－＠" else "") + text for text in starts]


def test_nothing_is_cut_on_the_screen_or_on_paper(tmp_path):
    """A number of 18 digits stands whole in its column, and all columns on one page under the head."""
    rows = [("2117151000001", "王涵", "511611202306000001", "字" * 100), ("2117151000002",)]
    path = table_workbook(
        tmp_path / "t.xlsx", ("学号", "姓名", "证书编号", "说明", "备注"), rows, widths=[30]
    )
    page = openpyxl.load_workbook(path).worksheets[0]
    assert [round(page.column_dimensions[letter].width) for letter in "ABCDE"] == [16, 9, 21, 41, 9]
    assert [bool(page[cell].alignment.wrap_text) for cell in ("A2", "C2", "D2")] == [
        False,
        False,
        True,
    ]
    # Neither LibreOffice nor Excel opens a row of several lines higher than one by itself.
    assert [page.row_dimensions[row].height for row in (2, 3)] == [6 * sheet_rows.LINE, None]
    setup = (
        page.page_setup.orientation,
        page.page_setup.paperSize,
        page.page_setup.fitToHeight,
        page.print_title_rows,
    )
    assert (page.sheet_properties.pageSetUpPr.fitToPage, *setup) == (
        True,
        "landscape",
        9,
        0,
        "$1:$1",
    )


def test_a_table_is_read_back_as_it_was_written(tmp_path):
    rows = [
        ["2117151000001", "王涵", Level.TOP_UP, Decimal("59.5"), date(2023, 7, 20), True, None],
        ["𬭩䶮", *[""] * 6],
    ]
    path = table_workbook(
        tmp_path / "t.xlsx", list("甲乙丙丁戊己庚"), rows, sheet="名单[1]/2", widths=[30]
    )
    with read_sheet(path) as sheet:
        assert sheet.headers == tuple("甲乙丙丁戊己庚")
        assert sheet.notes.title == "名单 1  2"
        assert [row.number for row in sheet.rows()] == [2, 3]
        assert next(sheet.rows()) == SheetRow(
            2, ["2117151000001", "王涵", "专升本", "59.5", "2023-07-20", "是", ""]
        )


def test_what_a_table_shows():
    assert [shown_text(value) for value in (None, False, UnusableCell.ERROR, 5, "x")] == [
        "",
        "否",
        "错误值",
        "5",
        "x",
    ]


def cells_of(path) -> str:
    """The cells under the head as they stand in the file, without the numbers of their formats."""
    with zipfile.ZipFile(path) as parts:
        text = parts.read("xl/worksheets/sheet1.xml").decode()
    rows = re.findall(r'<row r="(?!1")(\d+)"[^>]*>(.*?)</row>', text, re.DOTALL)
    return "\n".join(f"{number} {re.sub(chr(32) + 's=.[0-9]+.', '', row)}" for number, row in rows)


def test_cells_stand_in_the_file_as_the_library_writes_them(tmp_path):
    """Marks of the format's own, controls, blanks at either end, empty cells, what needs two letters of a column."""
    texts = [
        "a&b<c>\"d'",
        " x",
        "x\t",
        "a\nb",
        "_x0041_ _x12",
        "\x01\x0b\r\x1f",
        "\ufffe",
        "𠮷䶮",
        "",
        "2117",
        "乙" * 50,
    ]
    rows = [texts, list(reversed(texts)), [""] * 30 + ["AE"]]
    heads = [f"列{place}" for place in range(31)]
    ours = table_workbook(tmp_path / "a.xlsx", heads, rows)
    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"), WRITER_OPTIONS)
    page = book.add_worksheet()
    for line, row in enumerate([heads, *rows]):
        for place, text in enumerate(row):
            if text:
                page.write_string(line, place, safe_text(text))
    book.close()
    assert cells_of(ours) == cells_of(tmp_path / "b.xlsx")


def test_a_text_that_no_cell_holds_is_cut_and_too_many_rows_are_refused(tmp_path, monkeypatch):
    path = table_workbook(tmp_path / "a.xlsx", ["甲"], [["x" * 40_000]])
    assert len(openpyxl.load_workbook(path).active["A2"].value) == sheet_rows.LONGEST
    monkeypatch.setattr(sheet_rows, "LAST_ROW", 3)
    table_workbook(path, ["甲"], [["1"], ["2"]])
    with pytest.raises(ValueError, match="at most 2 rows"):
        table_workbook(path, ["甲"], [["1"], ["2"], ["3"]])


def test_a_cell_of_a_long_table_takes_few_calls(tmp_path):
    """Of the library it takes forty: an export of 10,000 rows was more than a second of work in its child."""
    rows = [
        [f"21171510{line:05}", "王涵", "专科", "健康管理", "2021春", "存在", "未申请", "是"]
        for line in range(2_000)
    ]
    watch = cProfile.Profile()
    watch.runcall(table_workbook, tmp_path / "a.xlsx", list("甲乙丙丁戊己庚辛"), rows)
    assert sum(one.callcount for one in watch.getstats()) / (len(rows) * len(rows[0])) < 9


def test_a_long_table_is_byte_for_byte_what_a_short_one_would_be(tmp_path):
    """Made by another process, of rows that come in several pieces: only when it was made differs."""
    rows = [[f"{line}", "a&b", "乙" * (line % 50), " x"] for line in range(2_500)]
    looks = {"sheet": "表", "widths": (9, 9, 30), "foot": "第 1 号", "head": "不得转发"}
    short = table_workbook(tmp_path / "a.xlsx", list("甲乙丙丁"), rows, **looks)
    long = large_workbook(tmp_path / "b.xlsx", list("甲乙丙丁"), rows, len(rows), **looks)
    assert parts_of(short) == parts_of(long)


def parts_of(path):
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist() if name != "docProps/core.xml"}
