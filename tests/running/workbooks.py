"""Workbooks as they come from people's machines: as Excel writes them and as WPS does, the same cells in other clothes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import xlsxwriter

from graduand.rulebook.records.sheets import column_letter

Rows = Iterable[Sequence[object]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def as_excel(path: Path, headers: Sequence[str], rows: Rows) -> Path:
    """Shared strings, styles, a frozen and filtered head, real dates, text cells for numbers that are none."""
    book = xlsxwriter.Workbook(
        path, {"default_date_format": "yyyy-mm-dd", "strings_to_numbers": False}
    )
    book.set_properties({"author": "教务办公室", "company": "云岭学院"})
    head, text = (
        book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1}),
        book.add_format({"num_format": "@"}),
    )
    sheet = book.add_worksheet("Sheet1")
    for place, words in enumerate(headers):
        sheet.write_string(0, place, words, head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(last, place, value, text)
            elif value is not None:
                sheet.write(last, place, _plain(value))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(last, 1), len(headers) - 1)
    book.close()
    return path


def as_wps(path: Path, headers: Sequence[str], rows: Rows, *, packed: bool = True) -> Path:
    """Inline strings, the sheet before the workbook, properties of WPS; not `packed` is a large file of few rows."""
    lines = [_line(1, headers), *(_line(n, row) for n, row in enumerate(rows, start=2))]
    wide = f"A1:{column_letter(len(headers) - 1)}{len(lines)}"
    size = f'<dimension ref="{wide}"/><sheetFormatPr defaultColWidth="9" defaultRowHeight="13.5"/>'
    sheet = (
        f'{HEAD}<worksheet xmlns="{MAIN}">{size}<sheetData>{"".join(lines)}</sheetData></worksheet>'
    )
    with ZipFile(path, "w", ZIP_DEFLATED if packed else ZIP_STORED) as archive:
        for name, content in (("xl/worksheets/sheet1.xml", sheet), *_WPS.items()):
            archive.writestr(name, content)
    return path


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "是" if value else "否"
    return value


def _line(number: int, row: Sequence[object]) -> str:
    cells = (
        _cell(f"{column_letter(place)}{number}", _plain(value)) for place, value in enumerate(row)
    )
    return f'<row r="{number}" spans="1:{len(row)}">{"".join(cells)}</row>'


def _cell(place: str, value: object) -> str:
    if value is None or value == "":
        return f'<c r="{place}"/>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    words = value.isoformat() if isinstance(value, date) else str(value)
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(words)}</t></is></c>'


_TYPES = {
    "/xl/workbook.xml": f"{SHEET_TYPE}.sheet.main+xml",
    "/xl/worksheets/sheet1.xml": f"{SHEET_TYPE}.worksheet+xml",
    "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    "/docProps/custom.xml": "application/vnd.openxmlformats-officedocument.custom-properties+xml",
}
_WPS = {
    "docProps/custom.xml": f'{HEAD}<Properties xmlns="{OFFICE}/custom-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
    '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="KSOProductBuildVer">'
    "<vt:lpwstr>2052-12.1.0.15990</vt:lpwstr></property></Properties>",
    "docProps/app.xml": f'{HEAD}<Properties xmlns="{OFFICE}/extended-properties"><Application>WPS 表格</Application>'
    "<AppVersion>12.0000</AppVersion></Properties>",
    "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"><fileVersion appName="xl"/>'
    '<sheets><sheet name="工作表1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/relationships/officeDocument" Target="xl/workbook.xml"/><Relationship Id="rId3" '
    f'Type="{OFFICE}/relationships/extended-properties" Target="docProps/app.xml"/></Relationships>',
    "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in _TYPES.items()
    )
    + "</Types>",
}
