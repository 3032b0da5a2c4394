"""Columns that several sheets have, and the kinds of column: a text, a code, a word, a day."""

from __future__ import annotations

from typing import Any

from graduand.rulebook.records import cell_parsers as cells
from graduand.rulebook.records import day_parsers as days
from graduand.rulebook.records.sheets import SheetColumn
from graduand.rulebook.terms import GradeWord

CREDIT_LIMIT = 300
CHOSEN = "从列表中选择"
TERM = "如 2021春、2021秋"
MARK = f"0–100 的数，或 {GradeWord.labels()}；「优秀、良好、中等」同「优、良、中」"


def student_no_column(*, required: bool = True) -> SheetColumn:
    return SheetColumn(
        "学号",
        "student_no",
        cells.student_no,
        required,
        raw=True,
        form="文本格式，完整的学号，如 2117151000123",
    )


def text_column(header: str, name: str, limit: int = 200, *, required: bool = False) -> SheetColumn:
    return SheetColumn(
        header,
        name,
        cells.text(header, limit),
        required,
        default="",
        form=f"文字，不超过 {limit} 字",
    )


def code_column(header: str, name: str, *, required: bool = True) -> SheetColumn:
    return SheetColumn(
        header,
        name,
        cells.code(header),
        required,
        default="",
        form="文本格式的代码，不超过 40 个字符",
    )


def word_column(
    header: str, name: str, kind: type[Any], *, required: bool = False, default: Any = None
) -> SheetColumn:
    words = tuple(member.label for member in kind)
    return SheetColumn(
        header, name, cells.word(header, kind), required, default, form=CHOSEN, words=words
    )


def yes_no_column(
    header: str, name: str, *, required: bool = False, default: bool | None = None
) -> SheetColumn:
    return SheetColumn(
        header, name, cells.yes_no(header), required, default, form=CHOSEN, words=("是", "否")
    )


def there_column(header: str, name: str) -> SheetColumn:
    return SheetColumn(
        header,
        name,
        cells.yes_no(header, "有", "无"),
        required=True,
        form=CHOSEN,
        words=("有", "无"),
    )


def day_column(header: str, name: str, *, required: bool = False) -> SheetColumn:
    return SheetColumn(header, name, days.day, required, form="日期，如 1990-03-07")


def phone_column(header: str, name: str, *aliases: str) -> SheetColumn:
    return SheetColumn(
        header, name, cells.phone, default="", aliases=aliases, form="文本格式，手机或带区号的电话"
    )


def document_no_column(
    header: str, name: str, *aliases: str, required: bool = False
) -> SheetColumn:
    form = "文本格式，按证件填写，不要写成数字"
    return SheetColumn(
        header,
        name,
        cells.document_no(header),
        required,
        default="",
        aliases=aliases,
        raw=True,
        form=form,
    )


def digits_column(header: str, name: str, length: int, *, required: bool = False) -> SheetColumn:
    form = f"文本格式，{length} 位数字"
    return SheetColumn(
        header, name, cells.fixed_digits(header, length), required, default="", raw=True, form=form
    )


def credits_column(header: str, name: str) -> SheetColumn:
    form = f"0–{CREDIT_LIMIT} 的数，最多 2 位小数"
    return SheetColumn(
        header, name, cells.decimal(header, 0, CREDIT_LIMIT, 2), required=True, form=form
    )


def person_column(header: str = "姓名") -> SheetColumn:
    return SheetColumn(
        header, "name", cells.person_name, required=True, raw=True, form="与证件一致；间隔号用「·」"
    )
