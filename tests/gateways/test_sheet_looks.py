"""What a workbook shows and what is read: formats that add words, hide a value or make a percentage, unseen text."""

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color

from graduand.gateways.records.sheet_looks import disguises
from graduand.gateways.records.sheets import read_sheet


def looked(tmp_path, *cells):
    """The notes on a sheet of one row under its header; each cell as (value, format, font, fill)."""
    book = Workbook()
    sheet = book.active
    sheet.append([f"列{n}" for n in range(1, len(cells) + 1)])
    for column, (value, form, font, fill) in enumerate(cells, 1):
        cell = sheet.cell(row=2, column=column, value=value)
        cell.number_format = form or "General"
        if font:
            cell.font = Font(color=font)
        if fill:
            cell.fill = PatternFill("solid", fgColor=fill)
    path = tmp_path / "看.xlsx"
    book.save(path)
    with read_sheet(path) as opened:
        values = next(list(row.cells) for row in opened.rows())
        return values, opened.notes.sentences()


def test_a_format_that_adds_words_is_told_with_its_place_and_the_value_is_read(tmp_path):
    values, told = looked(tmp_path, ("甲", "", "", ""), (60, '"不"0', "", ""), (0.85, "0%", "", ""))
    assert values == ["甲", 60, 0.85]
    assert told == [
        '有 2 格的单元格格式添上文字、百分号，或遮住数值：「"不"0」、「0%」，在 B2、C2；'
        "读取的是格里的值，不是屏幕上看到的，请逐格核对"
    ]


def test_text_in_the_colour_of_its_ground_is_told_with_its_place(tmp_path):
    theme = Color(theme=0)
    values, told = looked(
        tmp_path,
        ("甲", "", "FFFFFFFF", ""),
        ("乙", "", theme, ""),
        ("丙", "", "FF003366", "FF003366"),
        ("丁", "", "FFFFFFFF", "FF003366"),
        ("戊", "", "FFF8F8F8", ""),
        (None, "", "FFFFFFFF", ""),
    )
    assert values[:5] == ["甲", "乙", "丙", "丁", "戊"]
    assert told == [
        "有 4 格的字与底色相同，屏幕上看不见，照样读取：A2、B2、C2、E2；请核对，不要的请删去"
    ]


def test_a_usual_sheet_is_told_nothing_of(tmp_path):
    usual = (
        "0",
        "0.00",
        "#,##0",
        "@",
        "yyyy-mm-dd",
        'yyyy"年"m"月"d"日"',
        '"¥"#,##0.00',
        "0_);(0)",
        "[Red]0",
        "0;-0;;@",
    )
    _, told = looked(
        tmp_path,
        *[(60, form, "", "") for form in usual],
        ("知秋", "@", "", ""),
        ("知秋", '"不"0', "", ""),
    )
    assert told == []


def test_many_are_counted_and_the_first_are_named(tmp_path):
    _, told = looked(tmp_path, *[(n, '0"分"', "", "") for n in range(30)])
    assert told == [
        '有 30 格的单元格格式添上文字、百分号，或遮住数值：「0"分"」，在 A2、B2、C2、D2、E2、F2、G2、H2、I2、J2；'
        "读取的是格里的值，不是屏幕上看到的，请逐格核对"
    ]


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ('"不"0', False, True),
        ("\\不0", False, True),
        ('0"分"', False, True),
        (";;;", False, True),
        ('"合格"', False, True),
        ('[<60]"不及格";"及格"', False, True),
        ('[>=60]0;[Red]"缺考"', False, True),
        ("0.0%", False, True),
        ('"-"0', False, True),
        ("General", False, False),
        ("0.0", False, False),
        ("m/d/yy h:mm", False, False),
        ('h"时"mm"分"', False, False),
        ("[$-804]yyyy\\年m\\月", False, False),
        ('0;"缺"', False, False),
        ("* #,##0", False, False),
        ('"不"@', True, True),
        (";;;", True, True),
        ('0;0;0;"某人"', True, True),
        ('"不"0', True, False),
        ("@", True, False),
    ],
)
def test_which_formats_show_something_else(code, text, expected):
    assert disguises(code, text=text) is expected
