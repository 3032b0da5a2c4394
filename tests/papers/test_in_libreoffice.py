"""What leaves as a workbook or as DBF, opened by LibreOffice as a clerk would: every cell is the text that was meant."""

import csv
import subprocess
from datetime import date

import openpyxl
import pytest

from graduand.gateways.records.sheets import read_sheet
from graduand.papers.workbooks.dbf import DbfColumn, write_dbf
from graduand.papers.workbooks.import_templates import template_workbook
from graduand.papers.workbooks.returned_workbooks import Failures, RewriteLimits, errors_workbook
from graduand.papers.workbooks.tables import table_workbook
from graduand.rulebook.records.sheet_columns import SPECS
from graduand.rulebook.records.sheets import Problem, match_headers, parse_row
from graduand.rulebook.terms import SheetKind
from tests.machine import needs

# Comma, double quote, UTF-8, first line 1; every cell as it is shown.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


@pytest.fixture
def opened(tmp_path):
    """A function giving the rows that LibreOffice shows of a file."""
    program = needs.tool("soffice")

    def rows(path, *more):
        command = [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", *more]
        out = tmp_path / "shown"
        subprocess.run(
            [*command, "--convert-to", AS_CSV, "--outdir", str(out), str(path)],
            check=True,
            capture_output=True,
            timeout=180,
        )
        with (out / f"{path.stem}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return rows


@pytest.fixture
def printed(tmp_path):
    """A function giving the texts of the pages that LibreOffice prints of a file."""
    program, reader = needs.tool("soffice"), needs.tool("pdftotext")

    def pages(path):
        command = [
            program,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "pdf",
        ]
        subprocess.run(
            [*command, "--outdir", str(tmp_path / "pdf"), str(path)],
            check=True,
            capture_output=True,
            timeout=180,
        )
        text = subprocess.run(
            [reader, "-layout", str(tmp_path / "pdf" / f"{path.stem}.pdf"), "-"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        return text.split("\f")[:-1]

    return pages


HEADERS = ["学号", "姓名", "证书编号", "备注"]
ROWS = [
    ["0021011000001", "买买提·吐尔逊", "511611202306000001", '=HYPERLINK("http://a","b")'],
    ["2101100000002", "𬭩䶮", "511611202306000002", "+1-1"],
]


def test_a_table_shows_numbers_whole_and_runs_nothing(tmp_path, opened):
    path = table_workbook(tmp_path / "名单.xlsx", HEADERS, ROWS)
    runnable = [
        [*row[:3], f"'{row[3]}"] for row in ROWS
    ]  # X08: a ' in front keeps it a text for every reader
    assert opened(path) == [HEADERS, *runnable]


def test_a_returned_workbook_shows_the_reasons_in_the_senders_own_file(tmp_path, opened):
    source = tmp_path / "注册.xlsx"
    book = openpyxl.Workbook()
    good = ["2117151000001", "王涵", "511611202306000001", "2023-07-20", "是"]
    bad = ["2117151000003", "李四", "511611202306000003", "2023-07-20", ""]
    for row in (["学号", "姓名", "证书编号", "毕业日期", "可查询"], good, bad):
        book.active.append(row)
    book.save(source)
    spec = SPECS[SheetKind.REGISTERED]
    with read_sheet(source) as sheet:
        mapping = match_headers(spec, sheet.headers, sheet.below)
        parsed = {row.number: parse_row(spec, mapping, row.cells).problems for row in sheet.rows()}
    failures = Failures(
        {number: found for number, found in parsed.items() if found}, mapping.places
    )
    with read_sheet(source) as sheet:
        back = errors_workbook(source, sheet, failures, tmp_path / "退回.xlsx")
    head, first, second = opened(back)
    assert head[:5] == ["学号", "姓名", "证书编号", "毕业日期", "可查询"]
    assert first == [*good, *[""] * (len(head) - 5)]
    assert second[:5] == bad
    assert [text for text in second[5:] if text] == [str(parsed[3][0].message)]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_returned_list_of_students_is_printed_with_the_reason_beside_each_of_them(
    tmp_path, printed, suffix
):
    """Twenty columns and a hundred people: every page has the header, and whoever failed on it has the reason there."""
    spec, source = SPECS[SheetKind.STUDENTS], tmp_path / f"学生{suffix}"
    headers = [column.header for column in spec.columns]
    rows = [
        [f"21171510{n:05d}" if place == 0 else f"内容{place}" for place in range(len(headers))]
        for n in range(100)
    ]
    if suffix == ".csv":
        source.write_text("\n".join(map(",".join, [headers, *rows])), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in (headers, *rows):
            book.active.append(row)
        book.save(source)
    reason = (
        "证件号与出生日期不符，请核对证件原件后改正其中一项；出生日期应写成 1990-03-07 这样的日期"
    )
    failures = Failures(
        {n: [Problem("", f"{n} 行：{reason}")] for n in (2, 60, 101)},
        {},
        {3: ["没有课程代码「999999」"]},
    )
    with read_sheet(source) as sheet:
        back = errors_workbook(source, sheet, failures, tmp_path / "退回.xlsx")
    pages = printed(back)
    assert len(pages) < 6
    assert [
        page
        for page in pages
        if not all(header in page for header in ("学号", "错误原因", "导入提醒"))
    ] == []
    whole = ["".join(page.split()) for page in pages]
    for n in (2, 60, 101):
        (on,) = [page for page in whole if f"{n}行：" in page]
        assert f"21171510{n - 2:05d}" in on
    assert "999999" in whole[0]


@pytest.mark.parametrize("written_anew", [False, True])
def test_the_guide_of_a_template_that_goes_back_is_printed_on_pages_of_one_width(
    tmp_path, printed, written_anew
):
    """No sentence of it is cut or goes on beside the page; the template of an earlier program was not fitted."""
    spec, source = SPECS[SheetKind.STUDENTS], tmp_path / "学生.xlsx"
    book = openpyxl.load_workbook(template_workbook(tmp_path / "模板.xlsx", spec, {}))
    guide = book.worksheets[1]
    guide.sheet_properties.pageSetUpPr = None
    book.worksheets[0].append(["21171510001"])
    book.save(source)
    with read_sheet(source) as sheet:
        limits = (
            {"editing": RewriteLimits(seconds=1, memory=1 << 20)} if written_anew else {}
        )  # too little for the editing library
        back = errors_workbook(
            source,
            sheet,
            Failures({2: [Problem("", "学号有误")]}, {}),
            tmp_path / "退回.xlsx",
            **limits,
        )
    first_sheet, *guide = ["".join(page.split()) for page in printed(back)]
    assert ("错误原因" in first_sheet, "列名必填填写要求可选内容" in guide[0]) == (True, True)
    printed_guide = "".join(guide)
    texts = [
        "导入模板填写说明",
        "汉族、蒙古族",
        "外国血统",
        "户口簿、其他",
        *(column.form for column in spec.columns),
    ]
    assert [text for text in texts if "".join(text.split()) not in printed_guide] == []


def test_the_registry_reads_the_dbf_as_we_meant_it(tmp_path, opened):
    columns = [DbfColumn("KSH", 18), DbfColumn("XM", 40), DbfColumn("CSRQ", 8)]
    rows = [
        ["02101100000001", "买买提·吐尔逊", "19900307"],
        ["2101100000002", "欧阳玥", "19891231"],
    ]
    path = tmp_path / "xueli.dbf"
    write_dbf(path, columns, rows, date(2023, 7, 20))
    head, *shown = opened(path, "--infilter=dBase:61")  # 61: GBK, as the language byte says
    assert [name.split(",")[0] for name in head] == ["KSH", "XM", "CSRQ"]
    assert shown == rows
