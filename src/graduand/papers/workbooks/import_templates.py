"""导入模板: an empty workbook of one kind, made from the columns that its importer reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from graduand.papers.workbooks.sheet_rows import width
from graduand.papers.workbooks.tables import WRITER_OPTIONS
from graduand.rulebook.records.cells import safe_text
from graduand.rulebook.records.sheets import SheetColumn, SheetSpec

# How many rows under the header offer lists and have the text format.
ROWS = 20_000
OPTIONS = "选项"
A4 = 9
# The sheet of instructions: widths of its columns in characters, height of a line in points.
GUIDE_WIDTHS = (20, 8, 46, 70)
LINE = 16.0
RULES = (
    "表头请勿改动；列的顺序可以调整，不需要的选填列可以删去。必填列的表头是深色，选填列是浅色。",
    "整张表已设为文本格式：学号、证件号等请直接输入或「选择性粘贴 → 数值」，不要改成数字格式。",
    "单元格里不要有公式；隐藏的行也会导入。",
    "上传后先校验、不写入；核对无误后再点「导入」。有错误的会退回带「错误原因」列的工作簿，改好后可直接再上传。",
)


def template_workbook(target: Path, spec: SheetSpec, codes: Mapping[str, Sequence[str]]) -> Path:
    """Write the template of `spec` and return `target`; `codes` are the codes in use, by the name
    of the column.

    First sheet: the headers, each column as text, lists where all allowed words are known. Second:
    填写说明.
    """
    with xlsxwriter.Workbook(str(target), {**WRITER_OPTIONS, "constant_memory": False}) as book:
        page = book.add_worksheet(spec.kind.label)
        guide = book.add_worksheet("填写说明")
        lists = _Lists(book)
        _columns(book, page, spec, codes, lists)
        _guide(book, guide, spec, codes)
        lists.close()
    return target


def _columns(
    book: Any, page: Any, spec: SheetSpec, codes: Mapping[str, Sequence[str]], lists: _Lists
) -> None:
    text = book.add_format({"num_format": "@"})
    head = {
        "bold": True,
        "num_format": "@",
        "align": "left",
        "border": 1,
        "border_color": "#C6CCD8",
    }
    required = book.add_format({**head, "bg_color": "#1155CC", "font_color": "#FFFFFF"})
    optional = book.add_format({**head, "bg_color": "#E8F0FE", "font_color": "#1A2230"})
    for place, column in enumerate(spec.columns):
        room = max(10, min(28, 2 * len(column.header) + 4))
        if column.raw:
            room = max(room, 20)
        page.set_column(place, place, room, text)
        page.write_string(0, place, column.header, required if column.required else optional)
        note = f"{column.demand}：{column.form}"
        page.write_comment(0, place, note, {"x_scale": 1.6, "y_scale": 0.7, "font_size": 9})
        offered = column.words or tuple(codes.get(column.name, ()))
        if offered:
            rule = _choice_of(column, lists.range_of(offered))
            page.data_validation(1, place, ROWS, place, rule)
    page.set_row(0, 24)
    page.freeze_panes(1, 0)


def _choice_of(column: SheetColumn, source: str) -> dict[str, str]:
    """How a column offers the words in the cells `source`, and what happens when another word is
    typed.
    """
    rule = {
        "validate": "list",
        "source": source,
        "error_title": column.header,
        "error_message": "请从列表中选择。",
        "error_type": "stop",
    }
    if _open(column):
        rule["error_type"] = "warning"
    return rule


def _open(column: SheetColumn) -> bool:
    """Whether other words are accepted too: with a note, or because the same file may bring a new
    code.
    """
    return not column.words or column.name in ("nation", "politics")


class _Lists:
    """The words of the lists, on a hidden sheet, since an inline list ends at 255 characters."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.known: dict[tuple[str, ...], str] = {}

    def range_of(self, words: Sequence[str]) -> str:
        """The cells that hold these words, as the text of a formula."""
        letter = xl_col_to_name(len(self.known))
        return self.known.setdefault(tuple(words), f"={OPTIONS}!${letter}$1:${letter}${len(words)}")

    def close(self) -> None:
        """Write the sheet, last and hidden."""
        if not self.known:
            return
        page = self.book.add_worksheet(OPTIONS)
        for place, words in enumerate(self.known):
            for line, word in enumerate(words):
                page.write_string(line, place, safe_text(word))
        page.hide()


def _guide(book: Any, page: Any, spec: SheetSpec, codes: Mapping[str, Sequence[str]]) -> None:
    line_round = {"border": 1, "border_color": "#C6CCD8", "valign": "top", "text_wrap": True}
    bold = book.add_format({"bold": True, **line_round})
    cell = book.add_format(line_round)
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#E8F0FE", **line_round})
    for place, room in enumerate(GUIDE_WIDTHS):
        page.set_column(place, place, room, wrap)
    large = book.add_format({"bold": True, "font_size": 14})
    page.write_string(0, 0, f"「{spec.kind.label}」导入模板填写说明", large)
    keys = "＋".join(column.header for column in spec.columns if column.name in spec.key)
    rules = (
        *RULES,
        f"以「{keys}」区分各行：系统里已有的更新，没有的新增；"
        "同一个文件里不能重复；文件里没有的不会删除。",
    )
    for number, rule in enumerate(rules, 1):
        page.merge_range(number, 0, number, 3, f"{number}. {rule}", wrap)
        page.set_row(number, 30)
    line = len(rules) + 2
    for place, title in enumerate(("列名", "必填", "填写要求", "可选内容")):
        page.write_string(line, place, title, head)
    _guide_columns(page, line, spec, codes, bold, cell)
    _print_on_one_width(page)


def _guide_columns(
    page: Any,
    line: int,
    spec: SheetSpec,
    codes: Mapping[str, Sequence[str]],
    bold: Any,
    cell: Any,
) -> None:
    """Write a line for each column, below `line`."""
    for column in spec.columns:
        line += 1
        page.write_string(line, 0, column.header, bold)
        page.write_string(line, 1, column.demand, cell)
        page.write_string(line, 2, column.form, cell)
        page.write_string(line, 3, _offered(column, codes), cell)
        page.set_row(line, _height(column.header, column.form, _offered(column, codes)))


def _height(*texts: str) -> float:
    """The height of a row of the instructions: LibreOffice does not make a row as high as its texts
    need.
    """
    name, _, *rooms = GUIDE_WIDTHS
    return LINE * max(
        -(-width(text) // (room - 4)) for text, room in zip(texts, (name, *rooms), strict=True)
    )


def _print_on_one_width(page: Any) -> None:
    """Landscape, with all columns on one page."""
    page.set_paper(A4)
    page.set_landscape()
    page.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)  # inches
    page.fit_to_pages(1, 0)


def _offered(column: SheetColumn, codes: Mapping[str, Sequence[str]]) -> str:
    if column.words:
        return "、".join(column.words)
    if codes.get(column.name):
        return "见列表（本系统已有的代码）"
    return ""
