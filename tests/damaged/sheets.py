"""Workbooks as writers and accidents damage them: a small sound one, and what is changed in its parts."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADERS = (
    "学号",
    "姓名",
    "性别",
    "出生日期",
    "民族",
    "证件类型",
    "证件号",
    "入学年度学期",
    "学籍状态",
    "学习中心代码",
    "学生类别",
    "学历层次",
    "专业规则代码",
)
NUMBERS = tuple(f"21181510000{n:02}" for n in range(1, 8))
SHEET, BOOK, STYLES, TEXTS = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
)
Parts = dict[str, bytes]


@dataclass(frozen=True)
class Case:
    """A damaged file: its kind, what was done to it, and how many of its rows of data are still there (None: any)."""

    kind: str
    what: str
    name: str
    data: bytes
    rows: int | None = len(NUMBERS)


def rows_of_data() -> list[list[str]]:
    """Seven students, one of whom cannot be taken: something always goes back."""
    usual = [
        "女",
        "1988-03-09",
        "汉族",
        "护照",
        "",
        "2021春",
        "在籍",
        "101",
        "开放",
        "专科",
        "JK01",
    ]
    rows = [[number, f"林知{'远文安宁平和乐'[n]}", *usual] for n, number in enumerate(NUMBERS)]
    for n, row in enumerate(rows):
        row[6] = f"E{n:08}"
    rows[2][2] = "不知道"
    return rows


def _content_types() -> str:
    """Of which type each part is."""
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        + "".join(
            f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
            f'{kind}+xml"/>'
            for name, kind in (
                (BOOK, "sheet.main"),
                (SHEET, "worksheet"),
                (STYLES, "styles"),
                ("xl/worksheets/sheet2.xml", "worksheet"),
                (TEXTS, "sharedStrings"),
            )
        )
        + "</Types>"
    )


def _styles() -> str:
    """Two cell formats: the usual one, and text."""
    fills = '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    return (
        f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
        f'<fills count="2">{fills}</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0" xfId="0"/><xf numFmtId="49" xfId="0"/></cellXfs></styleSheet>'
    )


def parts() -> Parts:
    """A sound workbook: shared strings in the header, a style on each first cell, a second sheet."""
    texts = "".join(f"<si><t>{header}</t></si>" for header in HEADERS)
    header = "".join(f'<c r="{chr(65 + n)}1" t="s"><v>{n}</v></c>' for n in range(len(HEADERS)))
    lines = "".join(
        f'<row r="{n}">{_cells(n, row)}</row>' for n, row in enumerate(rows_of_data(), start=2)
    )
    made = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(("rId1", "officeDocument", BOOK)),
        BOOK: f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><workbookPr/><sheets><sheet name="名单" sheetId="1" r:id="rId1"/>'
        '<sheet name="备注" sheetId="2" r:id="rId2"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "worksheet", "worksheets/sheet2.xml"),
            ("rId3", "styles", "styles.xml"),
            ("rId4", "sharedStrings", "sharedStrings.xml"),
        ),
        STYLES: _styles(),
        TEXTS: f'<sst xmlns="{MAIN}" count="13" uniqueCount="13">{texts}</sst>',
        SHEET: f'<worksheet xmlns="{MAIN}" xmlns:r="{RELS}"><dimension ref="A1:M8"/><sheetViews><sheetView workbookViewId="0"/>'
        f'</sheetViews><sheetFormatPr defaultRowHeight="15"/><cols><col min="1" max="13" width="18"/></cols><sheetData>'
        f'<row r="1">{header}</row>{lines}</sheetData><pageMargins left="0.7" right="0.7" top="1" bottom="1" header="0" '
        'footer="0"/></worksheet>',
        "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>说明在此</t>'
        "</is></c></row></sheetData></worksheet>",
    }
    return {name: text.encode() for name, text in made.items()}


def _cells(number: int, row: list[str]) -> str:
    return "".join(
        f'<c r="{chr(65 + place)}{number}" s="{int(place == 0)}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in enumerate(row)
    )


def _relations(*rows: tuple[str, str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{RELS}/{kind}" Target="{target}"/>'
        for key, kind, target in rows
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def packed(content: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as a file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as book:
        for name, data in content.items():
            book.writestr(name, data)
    return stream.getvalue()


def changed(
    kind: str,
    what: str,
    part: str,
    old: str | bytes,
    new: str | bytes,
    rows: int | None = len(NUMBERS),
) -> Case:
    """The sound workbook with `old` in one part replaced; the text must be there, or the case would show nothing."""
    content = parts()
    old, new = (text.encode() if isinstance(text, str) else text for text in (old, new))
    assert old in content[part], (kind, what)
    content[part] = content[part].replace(old, new, 1)
    return Case(kind, what, "名单.xlsx", packed(content), rows)


def remade(
    kind: str, what: str, change: Callable[[Parts], Parts], rows: int | None = len(NUMBERS)
) -> Case:
    """The sound workbook with all its parts through `change`."""
    return Case(kind, what, "名单.xlsx", packed(change(parts())), rows)


def flipped(seed: int, count: int) -> Iterator[Case]:
    """Single bytes of the file changed at random places: nearly always a broken zip, sometimes a wrong text."""
    chance = random.Random(seed)
    for number in range(count):
        data = bytearray(
            packed(parts(), zipfile.ZIP_STORED if number % 2 else zipfile.ZIP_DEFLATED)
        )
        place = chance.randrange(len(data))
        data[place] ^= 1 << chance.randrange(8)
        yield Case("a bit of the file", f"byte {place}", "名单.xlsx", bytes(data))


def torn(seed: int, count: int) -> Iterator[Case]:
    """A tag or an attribute's value taken out of, or made nonsense in, a part that is packed properly again."""
    chance, nonsense = (
        random.Random(seed),
        (b"", b"-1", b"99999999999", b"NaN", b"A0", b"true", "林".encode(), b"&#65;"),
    )
    names = [name for name in parts() if name != TEXTS]
    for number in range(count):
        content = parts()
        name = chance.choice(names)
        found = list(re.finditer(rb'"[^"]*"' if number % 2 else rb"<[^>]*>", content[name]))
        spot = chance.choice(found)
        new = b'"' + chance.choice(nonsense) + b'"' if number % 2 else b""
        content[name] = content[name][: spot.start()] + new + content[name][spot.end() :]
        what = f"{name}: {spot[0].decode('utf-8', 'replace')[:40]} -> {new.decode()}"
        kind = "an attribute's value" if number % 2 else "a tag is missing"
        yield Case(kind, what, "名单.xlsx", packed(content))
