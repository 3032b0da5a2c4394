"""Workbooks and CSV files as staff and strangers send them: read faithfully, or refused with a sentence."""

import json
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
import xlsxwriter

from graduand.gateways.records import sheet_child, sheet_container, sheet_looks, sheets
from graduand.gateways.records.sheets import (
    CHILD,
    SheetLimits,
    SheetNotes,
    SheetRefused,
    SheetRow,
    read_sheet,
)
from graduand.rulebook.records.cells import UnusableCell
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import match_headers, parse_row
from graduand.rulebook.terms import SheetKind

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SMALL = SheetLimits(memory=1 << 30, seconds=30)


def workbook(path, rows, **options):
    """A workbook as xlsxwriter makes it; a cell may be (value, number format)."""
    with xlsxwriter.Workbook(str(path), options) as book:
        page = book.add_worksheet("学生")
        for line, row in enumerate(rows):
            for place, content in enumerate(row):
                if isinstance(content, tuple):
                    page.write(line, place, content[0], book.add_format({"num_format": content[1]}))
                elif isinstance(content, str) and not content.startswith("="):
                    page.write_string(line, place, content)
                else:
                    page.write(line, place, content)
    return path


def bare(path, sheet, *, workbook_head="", extra=()):
    """A workbook written by hand around the XML of its only sheet."""
    with ZipFile(path, "w", ZIP_DEFLATED) as book:
        book.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        book.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<?xml version="1.0"?>{workbook_head}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">'
            '<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in extra:
            book.writestr(name, content)
    return path


def text_cell(place, content):
    return f'<c r="{place}" t="inlineStr"><is><t>{content}</t></is></c>'


def sheet_xml(*rows, head=""):
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{head}<sheetData>{"".join(rows)}</sheetData></worksheet>'


def refusal(path, name=None, limits=SMALL):
    with pytest.raises(SheetRefused) as caught, read_sheet(path, name, limits) as sheet:
        list(sheet.rows())
    return caught.value.message


def read(path, **options):
    with read_sheet(path, limits=SMALL, **options) as sheet:
        return sheet, list(sheet.rows())


# ---------------------------------------------------------------- workbooks


def test_a_cell_keeps_its_kind_and_a_row_its_number(tmp_path):
    path = workbook(
        tmp_path / "甲.xlsx",
        [
            ["学号", "数", "日", "是"],
            [],
            ["2117151000123", 76, (45127, "yyyy-mm-dd"), True],
            ["a", 2.5, (45127.5, 'yyyy"年"m"月"d"日" h:mm'), False],
            ["b", "", (45127, 31), ""],
        ],
    )  # format 31 is built into the Chinese Excel: yyyy年m月d日
    sheet, rows = read(path)
    assert sheet.headers == ("学号", "数", "日", "是")
    assert rows == [
        SheetRow(3, ["2117151000123", 76.0, date(2023, 7, 20), True]),
        SheetRow(4, ["a", 2.5, datetime(2023, 7, 20, 12), False]),
        SheetRow(5, ["b", "", date(2023, 7, 20), ""]),
    ]
    assert sheet.below == tuple(rows[0].cells)
    assert sheet.notes == SheetNotes(rows=5, title="学生")
    assert sheet.notes.sentences() == []


def test_the_rows_can_be_walked_again(tmp_path):
    with read_sheet(workbook(tmp_path / "a.xlsx", [["学号"], ["1"], ["2"]])) as sheet:
        assert list(sheet.rows()) == list(sheet.rows()) == [SheetRow(2, ["1"]), SheetRow(3, ["2"])]


def test_a_table_that_starts_elsewhere_keeps_its_places(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [[], [], ["", "学号", "值"], ["", "1", "=1+1"]])
    sheet, rows = read(path)
    assert (sheet.headers, sheet.header_row, rows) == (
        ("", "学号", "值"),
        3,
        [SheetRow(4, ["", "1", UnusableCell.FORMULA])],
    )


def test_X01_X02_numbers_stay_numbers_for_the_columns_to_judge(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["学号", "证件号"], [2117151000123, 110105199003071234]])
    _, [row] = read(path)
    assert row == SheetRow(2, [2117151000123.0, 1.101051990030712e17])
    spec = SPECS[SheetKind.STUDENTS]
    parsed = parse_row(spec, match_headers(spec, ["学号", "证件号"]), row.cells)
    assert parsed.values["student_no"] == "2117151000123"
    assert [problem.message for problem in parsed.problems] == [
        "证件号被 Excel 改成数字，末位已丢失；请设为文本后重新填写"
    ]


def test_X05_a_sheet_that_says_it_is_endless_is_refused(tmp_path):
    far = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    near = f'<row r="1">{text_cell("A1", "学号")}</row>'
    told = bare(
        tmp_path / "told.xlsx", sheet_xml(near, far, head='<dimension ref="A1:XFD1048576"/>')
    )
    assert told.stat().st_size < 4800
    assert refusal(told) == sheet_child.TOO_LARGE.format(rows=1048576, columns=16384)


def test_X05_a_sheet_that_hides_its_extent_ends_the_child_alone(tmp_path):
    far = f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'
    untold = bare(
        tmp_path / "untold.xlsx", sheet_xml(f'<row r="1">{text_cell("A1", "学号")}</row>', far)
    )
    assert refusal(untold).startswith("表格范围异常或内容过大，读取时超出内存上限")
    beyond = bare(
        tmp_path / "beyond.xlsx", sheet_xml(f'<row r="9999999">{text_cell("A9999999", "x")}</row>')
    )
    assert refusal(beyond) == sheet_child.TOO_LARGE.format(rows=9999999, columns=1)


def test_X05_negative_control_a_wide_but_honest_sheet_is_read(tmp_path):
    row = f'<row r="1">{text_cell("A1", "学号")}{text_cell("XFD1", "末")}</row>'
    sheet, rows = read(bare(tmp_path / "a.xlsx", sheet_xml(row, head='<dimension ref="A1:XFD1"/>')))
    assert (len(sheet.headers), sheet.headers[-1], rows) == (16384, "末", [])


def test_a_full_disk_is_not_called_a_fault_of_the_file(tmp_path):
    path = workbook(
        tmp_path / "good.xlsx", [["学号"], *([f"{number:013}"] for number in range(20_000))]
    )
    with (
        Path("/dev/full").open("r+b", buffering=0) as full,
        pytest.raises(OSError, match="No space left"),
    ):
        sheets._run_child(path, SMALL, full)


def test_X05_a_slow_child_is_stopped(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["学号"], ["1"]])
    assert refusal(path, limits=SheetLimits(seconds=0)).startswith("读取这个工作簿用了超过 0 秒")


def test_the_end_of_the_child_is_noticed_at_once(tmp_path, monkeypatch):
    """Nobody looks for it again and again, asleep in between."""
    path = workbook(tmp_path / "a.xlsx", [["学号"], ["1"]])

    def asleep(seconds):
        raise AssertionError(f"asleep for {seconds} s")

    monkeypatch.setattr(time, "sleep", asleep)
    with read_sheet(path, limits=SMALL) as sheet:
        assert sheet.top[1].cells == ["1"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_X06_a_dtd_anywhere_is_refused(tmp_path):
    good = sheet_xml(f'<row r="1">{text_cell("A1", "学号")}</row>')
    in_sheet = bare(tmp_path / "1.xlsx", good.replace("<worksheet", BOMB + "<worksheet", 1))
    in_book = bare(tmp_path / "2.xlsx", good, workbook_head=BOMB)
    elsewhere = bare(
        tmp_path / "3.xlsx",
        good,
        extra=[("docProps/core.xml", f"<?xml version='1.0'?>{BOMB}<a>&b;</a>")],
    )
    for path in (in_sheet, in_book, elsewhere):
        assert refusal(path) == sheet_looks.WITH_DTD
    assert read(bare(tmp_path / "4.xlsx", good))[0].headers == ("学号",)


def test_X06_macros_links_and_other_types_are_refused(tmp_path):
    good = sheet_xml(f'<row r="1">{text_cell("A1", "学号")}</row>')
    macros = bare(tmp_path / "1.xlsx", good, extra=[("xl/vbaProject.bin", "x")])
    links = bare(tmp_path / "2.xlsx", good, extra=[("xl/externalLinks/externalLink1.xml", "<a/>")])
    assert refusal(macros) == sheet_container.WITH_MACROS
    assert refusal(links) == sheet_container.WITH_LINKS
    assert refusal(macros, "名单.xlsm").startswith(
        "这是带宏的 .xlsm 文件，不能导入；请在 Excel 或 WPS 里另存为"
    )
    old = tmp_path / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert refusal(old).startswith("这是旧版 .xls 文件")
    assert refusal(old, "改名.xlsx").startswith("这是旧版 .xls 文件")
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(old.read_bytes() + "EncryptedPackage".encode("utf-16-le"))
    assert refusal(locked).startswith("工作簿有打开密码")
    page = tmp_path / "page.xlsx"
    page.write_text("<html><table></table></html>")
    assert refusal(page).startswith("文件扩展名是 .xlsx，内容却不是 Excel 工作簿")
    assert refusal(page, "x.pdf") == "不认识的文件类型「.pdf」；只能上传 .xlsx 或 .csv"
    assert refusal(bare(tmp_path / "x.csv", good)).startswith("文件扩展名是 .csv，内容却是工作簿")


def test_broken_and_empty_files_are_refused(tmp_path):
    good = workbook(tmp_path / "good.xlsx", [["学号"], ["1"]]).read_bytes()
    broken = tmp_path / "broken.xlsx"
    for content in (
        good[: len(good) * 8 // 10],
        b"PK\x03\x04 nothing",
        good.replace(b"PK\x05\x06", b"PK\x05\x07"),
    ):
        broken.write_bytes(content)
        assert refusal(broken) == sheet_container.NOT_A_WORKBOOK
    broken.write_bytes(b"")
    assert refusal(broken) == "文件是空的（0 字节）"
    assert refusal(workbook(tmp_path / "none.xlsx", [])) == "表是空的：第一个工作表里没有任何内容"
    assert refusal(
        good and workbook(tmp_path / "big.xlsx", [["学号"]]), limits=SheetLimits(unpacked=100)
    ) == (sheet_container.TOO_LONG_UNPACKED)


def test_X07_formulas_and_error_values_are_found_where_they_stand(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["学号", "甲", "乙"])
        page.write_formula(1, 1, "=1+1", None, 2)
        page.write_string(1, 2, "=1+1")
        page.write_string(2, 0, "1")
        page.write_formula(2, 2, "=NA()", None, "#N/A")
        page.write_array_formula(3, 0, 4, 1, "{=A1:B2}", None, 7)
    assert read(path)[1] == [
        SheetRow(2, ["", UnusableCell.FORMULA, "=1+1"]),
        SheetRow(3, ["1", "", UnusableCell.FORMULA]),
        SheetRow(4, [UnusableCell.FORMULA, UnusableCell.FORMULA, ""]),
        SheetRow(5, [UnusableCell.FORMULA, UnusableCell.FORMULA, ""]),
    ]


def test_X07_an_error_value_without_a_formula_and_prefixed_xml(tmp_path):
    rows = f'<row>{text_cell("A1", "学号")}</row><row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>'
    assert read(bare(tmp_path / "a.xlsx", sheet_xml(rows)))[1] == [
        SheetRow(2, [UnusableCell.ERROR])
    ]
    prefixed = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="A2"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert read(bare(tmp_path / "b.xlsx", prefixed))[1] == [SheetRow(2, [UnusableCell.FORMULA])]


def test_X07_a_formula_in_the_header_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["学号", "=A1"], ["1", "2"]])
    with read_sheet(path, None, SMALL) as sheet, pytest.raises(SheetRefused) as caught:
        sheet.head(0)
    assert caught.value.message.startswith("表头的 B 列不能识别：单元格是公式")


def test_X14_a_workbook_of_1904_is_told_and_read_right(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [["学号", "确认日期", "确认方式"], ["1", (date(2023, 7, 20), "yyyy-mm-dd"), "签字表"]],
        date_1904=True,
    )
    sheet, rows = read(path)
    assert rows == [SheetRow(2, ["1", date(2023, 7, 20), "签字表"])]
    assert sheet.notes.epoch_1904
    assert sheet.notes.sentences() == ["工作簿使用 1904 日期系统，日期已按此换算"]


def test_X15_the_limits_are_settings_with_a_sentence(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("学号\n1\n2\n3\n")
    assert (
        refusal(path, limits=SheetLimits(rows=3))
        == "文件约有 4 行，超过上限 3 行；请分成几个文件上传"
    )
    book = workbook(tmp_path / "a.xlsx", [["学号"], ["1"], ["2"], ["3"]])
    assert refusal(book, limits=SheetLimits(rows=3)) == sheet_child.TOO_LARGE.format(
        rows=4, columns=1
    )


def test_X20_what_is_hidden_is_counted_and_read(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("学生")
        book.add_worksheet("旧").hide()
        page.write_row(0, 0, ["学号", "姓名", "性别"])
        page.write_row(1, 0, ["1", "王涵", "女"])
        page.write_row(2, 0, ["2", "李四", "男"])
        page.merge_range(4, 0, 4, 2, "合计")
        page.set_row(2, options={"hidden": True})
        page.set_column(1, 1, None, None, {"hidden": True})
        page.autofilter(0, 0, 2, 2)
    sheet, rows = read(path)
    assert [row.number for row in rows] == [2, 3, 5]
    assert sheet.notes.sentences() == [
        "工作簿有 2 个工作表，只读取第一个「学生」",
        "有隐藏的工作表：旧，未读取",
        "有 1 行是隐藏的，照样读取",
        "B 列是隐藏的，照样读取",
        "表里开着筛选，筛掉的行照样读取",
        "有 1 处合并单元格，只有左上角那一格有内容",
    ]


def test_X20_a_hidden_first_sheet_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "暗"
    book.active["A1"] = "学号"
    book.active.sheet_state = "hidden"
    book.create_sheet("明")
    book.active = 1
    book.save(path)
    assert refusal(path) == sheet_child.HIDDEN_FIRST.format(title="暗")


def test_the_child_sees_nothing_of_our_environment_and_knows_nothing_of_the_program(tmp_path):
    source = CHILD.read_text(encoding="utf-8")
    looks = CHILD.with_name("sheet_looks.py").read_text(encoding="utf-8")
    assert "graduand." not in source + looks
    path = workbook(tmp_path / "a.xlsx", [["学号"]])
    limits = {"rows": 9, "cells": 9, "unpacked": 1 << 30, "memory": 1 << 30, "seconds": 9}
    done = subprocess.run(
        [sys.executable, "-I", str(CHILD), str(path), json.dumps(limits)],
        capture_output=True,
        check=True,
        env={},
    )
    particulars, header = done.stdout.splitlines()
    assert json.loads(particulars)["title"] == "学生"
    assert json.loads(header) == [1, ["学号"]]


def test_an_upload_under_another_name_is_judged_by_its_own(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(workbook(tmp_path / "a.xlsx", [["学号"], ["1"]]).read_bytes())
    assert read(path)[1] == read(path, name="名单.XLSX")[1] == [SheetRow(2, ["1"])]


@pytest.mark.parametrize("row", ["2", "8", "1"])
def test_rows_that_would_stand_on_each_other_are_refused(tmp_path, row):
    """The cells do not say where they belong: the later row would take the place of the earlier one."""
    lines = "".join(
        f'<row r="{number}"><c><v>{number}</v></c></row>' for number in ("1", "2", row, "9")
    )
    content = f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    path = bare(tmp_path / "a.xlsx", content)
    if row == "8":
        assert [one.number for one in read(path)[1]] == [2, 8, 9]
    else:
        assert refusal(path).startswith(f"工作表里第 {row} 行的行号重复或倒序")
