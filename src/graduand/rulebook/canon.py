"""Canonical forms of what people type: names, numbers, free text, column headers.

One spelling per person and number, decided once at the edge (民委发〔2016〕33号, GB 18030-2022,
ASVS 1.1.1): `canon(canon(x)) == canon(x)`. The raw input is kept beside it by the caller.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

NAME_MAX = 100  # characters; the standard asks for at least 50 (25 汉字)
# The most characters that a parcel and a hand-over store.
CARRIER_MAX = 40
WAYBILL_MAX = 60

# No normal form unifies these; the standard's separator is U+00B7 (N06).
_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・･●﹒。｡⸱ꞏ"), "·")
_FULL_WIDTH = {
    code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()
}
_FULL_WIDTH |= {ord("．"): ord("."), ord("－"): ord("-"), ord("＇"): ord("'")}
# GBK put 䶮 into the private area; the only private character whose meaning is certain (N09).
_PRIVATE = {0xE863: 0x4DAE}

# Embeddings, overrides and isolates reverse what follows: never harmless, not even at an edge.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_A_NAME = frozenset({"无", "暂无", "没有", "不详", "未知", "null", "none", "nil", "n/a", "nan"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_AS_SEEN = {0x2028: "\n", 0x2029: "\n"} | {ord(filler): " " for filler in _FILLERS}
_HAN = r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_PADDING = re.compile(rf"(?<={_HAN}) +(?={_HAN})")
_WORDS_AROUND = re.compile(r"[^\x00-\x7f]*([0-9A-Z]+)[^\x00-\x7f]*")
_ABBREVIATION = re.compile(r"(?<=[A-Za-z\u00c0-\u024f])\.(?=$|[ A-Za-z\u00c0-\u024f'-])")

# Invisible characters: no text that is printed or compared contains them.
_HIDDEN = {
    "Cs": "不完整的编码，请重新输入",
    "Cf": "看不见的零宽字符，请删除",
    "Cc": "控制字符，请删除",
    "Zl": "控制字符，请删除",
    "Zp": "控制字符，请删除",
}
_FORBIDDEN = {
    "Co": "自造字，换一台电脑就会变成别的字，请按身份证上的规范汉字重新输入",
    "So": "表情或图形符号，请删除",
    "Me": "表情或图形符号，请删除",
}


class BadText(ValueError):
    """A text that cannot be stored faithfully; `message` is a Chinese sentence for the person who
    sent it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def canon_name(raw: str) -> str:
    """The one spelling of a person's name.

    NFC, separators as U+00B7, spaces between two 汉字 (padding for alignment) removed, other runs
    of spaces made one. Raises BadText for what is no name or cannot be exchanged (N09–N11).
    """
    text = _until_stable(raw, _name_once)
    _refuse_in_name(text)
    if not text:
        raise BadText("姓名为空")
    if text.casefold() in _NOT_A_NAME:
        raise BadText(f"「{text}」不是姓名，请填写真实姓名")
    if len([char for char in text if unicodedata.category(char)[0] != "M"]) < 2:
        raise BadText(f"姓名「{text}」只有一个字，请核对是否漏字")
    if len(text) > NAME_MAX:
        raise BadText(f"姓名超过 {NAME_MAX} 个字符，请核对")
    return text


def searched_name(text: str) -> str:
    """A search text spelt as names are stored: spaces between 汉字 and kinds of dots do not matter."""
    return _until_stable(text, _name_once)


def spaced_out(raw: str) -> bool:
    """Whether a name as it was typed has spaces between 汉字: padding, or a separator that is lost."""
    plain = "".join(
        " " if unicodedata.category(char) == "Zs" or char == "\t" else char for char in raw
    )
    return _PADDING.search(plain) is not None


def odd_in_name(name: str) -> list[tuple[int, str]]:
    """(position from 1, character) of what a name in its canonical form hardly contains: digits,
    slashes, brackets …
    """
    return [
        (place, char)
        for place, char in enumerate(name, start=1)
        if not _usual_in_name(name, place - 1)
    ]


def _usual_in_name(name: str, place: int) -> bool:
    char = name[place]
    if char in "-'’.":  # Smith-Jones, O'Brien, J. Smith
        return place > 0 and name[place - 1].isalpha() and not re.match(_HAN, name[place - 1])
    return (
        char in "· " or unicodedata.category(char)[0] in "LM" or unicodedata.category(char) == "Cn"
    )


def canon_number(raw: str) -> str:
    """Identity and student numbers: NFKC, upper case, without any space or invisible mark.

    Empty stays empty. Raises BadText for characters that no number can hold.
    """
    text = _until_stable(raw, _number_once)
    for char in text:
        if unicodedata.category(char) in ("Cc", "Co", "Cs"):
            raise BadText(f"号码中含有无法识别的字符（{_code(char)}），请重新录入")
    return text


def canon_text(raw: str) -> str:
    r"""Free text: NFC, trimmed, line ends as \n, tabs as spaces. Raises BadText for controls, bidi."""
    text = _until_stable(raw, lambda t: _trim(unicodedata.normalize("NFC", _line_ends(t))))
    if problem := odd_sign(text):
        raise BadText(problem)
    return text


def odd_sign(text: str) -> str:
    """The first control character or mark of writing direction in a text, as a sentence; "" without."""
    for char in text:
        if char not in "\n\r\t" and unicodedata.category(char) in ("Cc", "Cs"):
            return f"文字中含有控制字符（{_code(char)}），请删除后重填"
        if char in _BIDI:
            return f"文字中含有改变书写方向的隐藏字符（{_code(char)}），请删除后重填"
    return ""


def canon_print(raw: str) -> str:
    """Text that is printed or compared: as `canon_text`, without invisible marks.

    They come with what is copied from a page, a slide or a PDF, mean nothing, and would make two
    equal texts differ. They are dropped; a filler becomes the space, and a line separator the line
    end, that it looks like. Raises BadText as `canon_text`.
    """
    return _until_stable(canon_text(raw.translate(_AS_SEEN)), _print_once)


def shows_nothing(text: str) -> bool:
    """Whether `canon_print` leaves nothing of a text; a text that it refuses is not empty."""
    # Of a large file nearly every text begins with a letter or a digit.
    if text[:1].isalnum() and text[0] not in _FILLERS:
        return False
    try:
        return not canon_print(text)
    except BadText:
        return False


def hidden_in(text: str) -> str:
    """The first mark in a text that nobody sees, a line end among them, as a sentence; "" without."""
    for char in text:
        if reason := _hidden_fault(char):
            return f"文字中含有{reason}（{_code(char)}）"
    return ""


def canon_words(raw: str) -> str:
    """A reason, as `canon_text`, but empty when it consists of invisible marks. Raises BadText."""
    text = canon_text(raw)
    if any(_can_be_seen(char) for char in text):
        return text
    return ""


def canon_waybill(raw: str) -> str:
    """The one spelling of a waybill's number: `spelt_waybill` of what a carrier prints.

    Empty stays empty. Raises BadText where there is no number, for letters that no waybill has
    (「运单号SF1」 would be another number than 「SF1」), and for more than a parcel can store.
    """
    text = canon_text(raw)
    number = spelt_waybill(text)
    if text and not number:
        raise BadText(f"运单号「{text[:20]}」中没有数字和字母，请按面单填写")
    if not number.isascii():
        raise BadText(f"运单号「{text[:20]}」中有数字和英文字母以外的字，请只填写面单上的号码")
    if len(number) > WAYBILL_MAX:
        raise BadText(f"运单号有 {len(number)} 位，最多 {WAYBILL_MAX} 位，请核对")
    return number


def spelt_waybill(text: str) -> str:
    """The form in which waybill numbers are compared and searched: NFKC, capitals, letters and
    digits.

    Refuses nothing, since numbers stored by an earlier program need a form too.
    """
    return _until_stable(text, _waybill_once)


def stored_waybill(text: str) -> str:
    """A waybill number stored by an earlier program, spelt as new ones are: without the words
    around it (「运单号SF1」). One that has words inside it, or nothing else, is left as it is.
    """
    number = spelt_waybill(text)
    if alone := _WORDS_AROUND.fullmatch(number):
        return alone[1]
    return number or text


def canon_header(raw: str) -> str:
    """A column header for matching (X03): NFKC, lower case, no spaces, no 「*」 of required columns."""
    return _until_stable(raw, _header_once)


def _name_once(raw: str) -> str:
    text = unicodedata.normalize("NFC", raw.translate(_PRIVATE).translate(_FULL_WIDTH))
    text = "".join(_radical(char) for char in text).translate(_DOTS)
    text = _dots_of(_trim(text))
    text = "".join(" " if unicodedata.category(char) == "Zs" else char for char in text)
    text = re.sub(r" +", " ", text)
    return _PADDING.sub("", re.sub(r" ?· ?", "·", text)).strip("·")


def _dots_of(text: str) -> str:
    """A full stop stands for the separator, except after a Latin letter (「J. Smith」)."""
    abbreviations = {match.start() for match in _ABBREVIATION.finditer(text)}
    return "".join("·" if c == "." and i not in abbreviations else c for i, c in enumerate(text))


def _radical(char: str) -> str:
    """A Kangxi radical copied from a PDF becomes its ideograph; NFC alone leaves it."""
    if "\u2e80" <= char <= "\u2fd5":
        return unicodedata.normalize("NFKC", char)
    return char


def _refuse_in_name(text: str) -> None:
    for place, char in enumerate(text, start=1):
        reason = _name_fault(char)
        if reason:
            raise BadText(f"姓名第 {place} 个字符是{reason}（{_code(char)}）")


def _name_fault(char: str) -> str:
    """Why `char` cannot stand in a name; empty when it can."""
    if char in "?？":
        return "问号，原来的字已在转换编码时丢失，请按证件重新输入"
    if reason := _hidden_fault(char):
        return reason
    category = unicodedata.category(char)
    code = ord(char)
    if category in _FORBIDDEN:
        return _FORBIDDEN[category]
    if 0x1F3FB <= code <= 0x1F3FF:  # skin tones are modifiers, not symbols
        return _FORBIDDEN["So"]
    # Ideographs newer than this Python's tables are unassigned in planes 2 and 3: GB 18030 needs
    # them.
    if category == "Cn" and not (0x20000 <= code <= 0x3FFFD and code & 0xFFFE != 0xFFFE):
        return "未定义的字符，请重新输入"
    return ""


def _hidden_fault(char: str) -> str:
    """Why `char` is a mark that nobody sees; empty when it can be seen, or is a space."""
    if char in _BIDI:
        return "改变书写方向的隐藏字符，请删除"
    if char in _FILLERS:
        return "看不见的填充字符，请删除"
    code = ord(char)
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return "异体选择符，请删除"
    return _HIDDEN.get(unicodedata.category(char), "")


def _print_once(raw: str) -> str:
    seen = "".join(char for char in raw if char == "\n" or not _hidden_fault(char))
    return _trim(unicodedata.normalize("NFC", seen))


def _number_once(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw)
    return "".join(char for char in text if not _invisible(char)).translate(_ASCII_UPPER)


def _waybill_once(raw: str) -> str:
    plain = unicodedata.normalize("NFKC", raw).upper()
    return "".join(char for char in plain if char.isalnum())


def _header_once(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw).lower()
    return "".join(
        c for c in text if not _invisible(c) and unicodedata.category(c) != "Cc" and c != "*"
    )


_ASCII_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) == "Cf"


def _can_be_seen(char: str) -> bool:
    """Combining marks and selectors need a character before them; fillers count as letters and show
    nothing.
    """
    return not _invisible(char) and char not in _FILLERS and unicodedata.category(char)[0] != "M"


def _trim(text: str) -> str:
    """Without spaces, controls and zero-width marks at the edges; direction marks stay to be
    refused.
    """
    start = 0
    end = len(text)
    while start < end and _at_edge(text[start]):
        start += 1
    while end > start and _at_edge(text[end - 1]):
        end -= 1
    return text[start:end]


def _at_edge(char: str) -> bool:
    return char not in _BIDI and (char.isspace() or unicodedata.category(char) in ("Cc", "Cf"))


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def _until_stable(text: str, once: Callable[[str], str]) -> str:
    """Removing a mark can bring two characters together that compose: repeat until nothing changes."""
    while (changed := once(text)) != text:
        text = changed
    return text


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"
