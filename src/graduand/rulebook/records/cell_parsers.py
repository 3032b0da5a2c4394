"""The parsers that turn one cell into a value: strict, and never repairing what Excel lost.

A parser takes a cell that is not empty and returns a value, or `NotedValue(value, note)` when the
value stands but a person should look at it; it raises `BadText` with a Chinese sentence.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from graduand.rulebook.canon import (
    BadText,
    canon_name,
    canon_number,
    canon_print,
    odd_in_name,
)
from graduand.rulebook.identity.id_documents import looks_like_resident
from graduand.rulebook.records.cells import (
    CellValue,
    NotedValue,
    Parser,
    digits_of,
    exact_decimal,
    flat,
    is_number,
    is_whole,
    remembered,
    text_of,
)
from graduand.rulebook.records.code_tables import NATION_ALIASES, NATION_EXTRAS, NATIONS, POLITICS
from graduand.rulebook.terms import GradeWord
from graduand.rulebook.words import Word

STUDENT_NO_DIGITS = 13
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?E\+\d+|[+-]?\d+\.\d+E-?\d+", re.IGNORECASE)
_WHOLE_WITH_ZEROS = re.compile(r"(\d+)\.0+")
_STUDENT_NO = re.compile(r"[0-9A-Z-]{1,20}")
# 军字第0000070号 is a document number, too: only what no document carries is refused.
_DOCUMENT_NO = re.compile(r"(?=.*[0-9])[0-9A-Z\u3007\u3400-\u9fff()\-/·.]{1,40}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

# ---------------------------------------------------------------- numbers that are names


def student_no(cell: CellValue) -> Any:
    """学号: text; a number only when it is exact and has 13 digits (X02)."""
    if is_number(cell):
        if is_whole(cell) and len(digits_of(cell)) == STUDENT_NO_DIGITS:
            return NotedValue(digits_of(cell), "学号是数字格式，已按 13 位数字读取；建议设为文本")
        raise BadText(
            "学号被 Excel 改成了数字且不是完整的 13 位，可能丢失前导零或末位；请设为文本后重新填写"
        )
    if isinstance(cell, str) and _STUDENT_NO.fullmatch(cell):
        return cell  # already canonical: the common case of a large file
    text = canon_number(text_of(cell))
    if _SCIENTIFIC.fullmatch(text):
        raise BadText(f"学号「{text}」是科学计数法，后面的数字已丢失；请设为文本后重新填写")
    whole = _WHOLE_WITH_ZEROS.fullmatch(text)
    if whole and len(whole[1]) == STUDENT_NO_DIGITS:
        return NotedValue(whole[1], f"学号写成了「{text}」，已去掉小数部分；建议设为文本")
    if not _STUDENT_NO.fullmatch(text):
        raise BadText(f"学号「{text}」含有数字、字母以外的字符，或超过 20 位")
    return text


def document_no(what: str) -> Parser:
    """证件号 and the like: text only. A number has lost digits for good and is never repaired (X01)."""

    def parse(cell: CellValue) -> str:
        if is_number(cell):
            raise BadText(f"{what}被 Excel 改成数字，末位已丢失；请设为文本后重新填写")
        text = canon_number(text_of(cell))
        if _SCIENTIFIC.fullmatch(text):
            raise BadText(f"{what}「{text}」是科学计数法，后面的数字已丢失；请设为文本后重新填写")
        if not _DOCUMENT_NO.fullmatch(text):
            raise BadText(f"{what}应含数字，只能由数字、字母、汉字、括号和短横线组成，不超过 40 位")
        return text

    return parse


def exam_no(cell: CellValue) -> str:
    """考生号 (KSH): kept in the open and used to name pictures, so never an identity number."""
    text: str = document_no("考生号")(cell)
    if looks_like_resident(text):
        raise BadText(
            "考生号一栏填的是身份证号；证件号请只填在「证件号」一栏，没有考生号的留空（用学号代替）"
        )
    return text


def fixed_digits(what: str, length: int) -> Parser:
    """A number of exactly `length` digits, as text (电子注册号 18, 学位证书编号 16)."""
    inner = document_no(what)

    def parse(cell: CellValue) -> str:
        text: str = inner(cell)
        if not (len(text) == length and text.isascii() and text.isdigit()):
            raise BadText(f"{what}应为 {length} 位数字，现为「{text}」（{len(text)} 位）")
        return text

    return parse


def code(what: str) -> Parser:
    """A code of ours (单位代码, 课程代码 …): NFKC, upper case, no spaces, at most 40 characters."""

    def parse(cell: CellValue) -> Any:
        if is_number(cell):
            if not is_whole(cell):
                raise BadText(f"{what}被 Excel 改成了数字；请设为文本后重新填写")
            digits = digits_of(cell)
            return NotedValue(
                digits, f"{what}是数字格式，已按「{digits}」读取；如有前导零请设为文本"
            )
        text = canon_number(canon_print(text_of(cell)))
        if _SCIENTIFIC.fullmatch(text):
            raise BadText(f"{what}「{text}」是科学计数法，原来的内容已丢失；请设为文本后重新填写")
        if not 0 < len(text) <= 40:
            raise BadText(f"{what}应为 1–40 个字符")
        return text

    return remembered(parse)


def codes(what: str) -> Parser:
    """Several codes, separated by 、 or a comma; kept joined by 、, each once."""
    one = code(what)

    def parse(cell: CellValue) -> Any:
        if is_number(cell):
            return one(cell)
        parts = [part for part in re.split("[、，,;；]", text_of(cell)) if part.strip()]
        joined = "、".join(dict.fromkeys(one(part) for part in parts))
        if not 0 < len(joined) <= 400:
            raise BadText(f"{what}不能识别；几个代码用「、」隔开，合计不超过 400 个字符")
        return joined

    return remembered(parse)


def phone(cell: CellValue) -> Any:
    """A telephone number as text; a number only when it is a complete mobile number."""
    if is_number(cell):
        if is_whole(cell) and re.fullmatch(r"1\d{10}", digits_of(cell)):
            return digits_of(cell)
        raise BadText("电话被 Excel 改成了数字，可能丢失前导零；请设为文本后重新填写")
    text = unicodedata.normalize("NFKC", canon_print(text_of(cell)))
    if _SCIENTIFIC.fullmatch(text):
        raise BadText(f"电话「{text}」是科学计数法，后面的数字已丢失；请设为文本后重新填写")
    if len(text) > 60:
        raise BadText("电话超过 60 个字符")
    return text


def email(cell: CellValue) -> Any:
    """An e-mail address; one that cannot be right is kept with a note."""
    text = unicodedata.normalize("NFKC", canon_print(text_of(cell)))
    if len(text) > 200:
        raise BadText("邮箱超过 200 个字符")
    if _EMAIL.fullmatch(text):
        return text
    return NotedValue(text, f"邮箱「{text}」的写法不像邮箱地址")


def account_name(cell: CellValue) -> str:
    """账号: NFKC, no spaces inside, case kept."""
    text = flat(cell)
    if not 0 < len(text) <= 64:
        raise BadText("账号应为 1–64 个字符")
    return text


# ---------------------------------------------------------------- words


def person_name(cell: CellValue) -> Any:
    """姓名 in its canonical form (N05–N15), at most 100 characters; what names hardly hold is kept
    with a note.
    """
    name = canon_name(text_of(cell))
    odd = "、".join(f"第 {place} 个字符「{char}」" for place, char in odd_in_name(name))
    if not odd:
        return name
    return NotedValue(name, f"姓名「{name}」的{odd}在姓名里少见；请与证件核对")


def text(what: str, limit: int = 200) -> Parser:
    """Free text of at most `limit` characters."""

    def parse(cell: CellValue) -> str:
        found = canon_print(text_of(cell))
        if len(found) > limit:
            raise BadText(f"{what}有 {len(found)} 个字，超过 {limit} 个字")
        return found

    return parse


def word(what: str, kind: type[Word]) -> Parser:
    """A member of one of the enums of terms.py, by label, alias or value."""
    spellings = {
        unicodedata.normalize("NFKC", spelling): member
        for member in kind
        for spelling in (member.value, *member.aliases, member.label)
    }

    def parse(cell: CellValue) -> Word:
        found = flat(cell)
        if found not in spellings:
            raise BadText(f"{what}「{found}」不认识；可填：{kind.labels()}")
        return spellings[found]

    return remembered(parse)


def yes_no(what: str, yes: str = "是", no: str = "否") -> Parser:
    """A logical column: its two words, or a logical cell of Excel."""

    def parse(cell: CellValue) -> bool:
        if isinstance(cell, bool):
            return cell
        found = flat(cell)
        if found not in (yes, no):
            raise BadText(f"{what}「{found}」不认识；只能填「{yes}」或「{no}」")
        return found == yes

    return remembered(parse)


@remembered
def nation(cell: CellValue) -> Any:
    """民族, written with 族; one that is not in GB/T 3304 is kept with a note."""
    found = flat(cell)
    if found in NATION_EXTRAS:
        return found
    stem = found.removesuffix("族")
    stem = NATION_ALIASES.get(stem, stem)
    if stem in NATIONS:
        return stem + "族"
    if len(found) > 40:
        raise BadText("民族超过 40 个字符")
    return NotedValue(found, f"民族「{found}」不在国家标准 GB/T 3304 的名称里")


@remembered
def politics(cell: CellValue) -> Any:
    """政治面貌; one that is not in GB/T 4762 is kept with a note."""
    found = flat(cell)
    if len(found) > 40:
        raise BadText("政治面貌超过 40 个字符")
    if found in POLITICS:
        return found
    return NotedValue(found, f"政治面貌「{found}」不在国家标准 GB/T 4762 的名称里")


# ---------------------------------------------------------------- quantities


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int):
        return 99
    return max(0, -exponent)


def decimal(what: str, low: int, high: int, places: int) -> Parser:
    """A decimal between `low` and `high`, both included, with at most `places` decimals."""

    def parse(cell: CellValue) -> Decimal:
        value = exact_decimal(cell)
        if value is None:
            raise BadText(f"{what}「{text_of(cell)}」不是数；请写成 76 或 76.5 这样的数")
        if not low <= value <= high:
            raise BadText(f"{what}「{value}」超出范围；应在 {low}–{high} 之间")
        if _places(value) > places:
            raise BadText(f"{what}「{value}」的小数太长；最多 {places} 位小数")
        return value

    return remembered(parse)


def integer(what: str, low: int, high: int) -> Parser:
    """A whole number between `low` and `high`, both included."""

    def parse(cell: CellValue) -> int:
        value = exact_decimal(cell)
        if value is None or value != value.to_integral_value():
            raise BadText(f"{what}「{text_of(cell)}」不是整数")
        if not low <= value <= high:
            raise BadText(f"{what}「{value}」超出范围；应在 {low}–{high} 之间")
        return int(value)

    return remembered(parse)


def _plain_share(cell: CellValue) -> Decimal | None:
    """The number in a cell, a percentage as its hundredth; None when it is no number."""
    if not isinstance(cell, str) or not flat(cell).endswith("%"):
        return exact_decimal(cell)
    percent = exact_decimal(flat(cell).removesuffix("%"))
    if percent is None:
        return None
    return percent / 100


def share(what: str) -> Parser:
    """A share between 0 and 1; `40%` is 0.4."""

    def parse(cell: CellValue) -> Decimal:
        value = _plain_share(cell)
        if value is None:
            raise BadText(f"{what}「{text_of(cell)}」不是数；应为 0–1 之间的数，如 0.4")
        if not 0 <= value <= 1 or _places(value) > 8:
            raise BadText(f"{what}「{text_of(cell)}」不对；应为 0–1 之间的数，最多 8 位小数")
        return value

    return remembered(parse)


def mark_or_word(what: str, high: int = 100) -> Parser:
    """成绩: a number from 0 to `high` with at most 2 decimals, or a grade word."""
    as_word = word(what, GradeWord)
    as_number = decimal(what, 0, high, 2)

    def parse(cell: CellValue) -> Any:
        if exact_decimal(cell) is not None:
            return as_number(cell)
        try:
            return as_word(cell)
        except BadText as problem:
            shown = text_of(cell)
            message = f"{what}「{shown}」不认识；应为 0–{high} 的数，或：{GradeWord.labels()}"
            raise BadText(message) from problem

    return remembered(parse)
