"""Which numbers in a text about a proxy are numbers of documents that a person carries (notice
七.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from graduand.rulebook.identity.id_documents import hard_problems, id_problems
from graduand.rulebook.terms import IdKind

# Letters and digits in a run, with the characters that numbers of documents have inside.
RUN = re.compile(r"[0-9A-Z][0-9A-Z()/\-]*")
# Longer than any other document's number: whoever wrote so many digits meant a resident's.
LIKE_RESIDENT = re.compile(r"[0-9]{14,}X?")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_DAY = re.compile(r"[0-9]{4}[/\-][0-9]{1,2}[/\-][0-9]{1,2}")
_LEAST_DIGITS = 4

_GAP = r"[ \-‐-―−.]{0,3}"
_MOBILE = rf"1[3-9][0-9](?:{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}|{_GAP}[0-9]{{3}}{_GAP}[0-9]{{5}})"
_DESK_PHONE = (
    rf"\(?0(?:10|2[0-9]|[3-9][0-9]{{2}})\)?{_GAP}[1-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}"
    r"(?:(?:-|转|EXT\.?)[0-9]{1,6})?"
)
_YEAR = "(?:19|20)[0-9]{2}"
_MONTH, _DATE = "(?:1[0-2]|0?[1-9])", "(?:3[01]|[12][0-9]|0?[1-9])"
# Digits that are no document's: telephones in their spoken groups, days and years, the numbers of
# letters with their year in brackets, addresses.
_OTHER = re.compile(
    "(?<![0-9A-Z])(?:"
    rf"\(?(?:\+|00)?(?:86)?\)?{_GAP}{_MOBILE}|{_DESK_PHONE}|\+[0-9][0-9 \-]{{6,16}}"
    rf"|{_YEAR} ?年(?: ?{_MONTH} ?月(?: ?{_DATE} ?[日号])?)?|{_YEAR} ?[届级春秋]"
    rf"|{_YEAR} ?[./\-] ?{_MONTH}(?: ?[./\-] ?{_DATE})?"
    rf"|(?<![证件照号第字码])(?<![证件照号第字码][: (]){_YEAR}(?:1[0-2]|0[1-9])(?:3[01]|[12][0-9]|0[1-9])"
    rf"|[(\[【〔]{_YEAR}[)\]】〕][^0-9,，;；。]{{0,12}}[0-9]{{0,4}}[^0-9,，;；。]{{0,4}}[0-9]*号"
    "|[0-9]+(?:室|号楼|栋|单元)"
    r"|(?:QQ|WX|VX)[: ]?[0-9]{5,}|[0-9A-Z._\-]+@[0-9A-Z.\-]+"
    ")(?![0-9A-Z])"
)

_SIGNS = r"[:\s\"'#(\[【〔.]*"
_SAID = f"(?:{_SIGNS}(?:编号|单号|号码?|NO|为|是))"
# A number right after these words is theirs, whatever else it looks like.
_CARRIED = "护照|通行证|台胞证|回乡证|军官证|士兵证|文职证|警官证|居住证"
_IS_CARRIED = re.compile(rf"(?:{_CARRIED})(?:\s*[^0-9,，;；。\s]{{0,3}}字第?)?{_SAID}*{_SIGNS}$")
# What the word right before a number may call it: something that is no document at all,
_THING = (
    "学号|学籍|工号|员工证?|工作证|文号|单号|运单|快递|顺丰|京东|圆通|中通|申通|韵达|极兔|德邦|邮政|EMS|"
    "订单|门牌|房号|邮编|微信|QQ|银行卡|(?<!通行证)卡号|车牌.?|尾号|后四位|考生号|准考证"
)
_IS_THING = re.compile(f"(?:{_THING}){_SAID}*{_SIGNS}$")
# a document that is not valid any more,
_IS_OLD = re.compile(f"旧(?:身份证|护照){_SAID}*{_SIGNS}$")
# a telephone, of which only digits can be the number,
_IS_PHONE = re.compile(f"(?:电话|手机|座机|固话|联系方式|传真|TEL){_SAID}*{_SIGNS}$")
_DIGITS = re.compile(r"[0-9(/\-]+")
# a letter, or a certificate; whose document it is may also be written right after these words.
_LETTER = "委托书|委托函|授权书|公证书|介绍信"
_CERTIFICATE = "证书|毕业证|学位证|电子注册|注册证?"
_IS_PAPER = re.compile(f"(?:{_LETTER}|{_CERTIFICATE}){_SIGNS}$")
_IS_NUMBERED_LETTER = re.compile(rf"(?:{_LETTER})(?:{_SAID}+{_SIGNS}|\s*[:(\[【〔]{_SIGNS})$")
_IS_NUMBERED_CERTIFICATE = re.compile(f"(?:{_CERTIFICATE}){_SAID}+{_SIGNS}$")
_PASSPORT = re.compile("[A-Z]{1,2}[0-9]{7,9}")
_NONE, _PERHAPS, _SURE = range(3)


def documents(plain: str) -> list[str]:
    """The numbers in `plain` that are those of a document of the person named there.

    A number that the word before it calls something else counts only where it can be nothing but a
    resident's and no other stands next to it: certificates' numbers are built so that in a big year
    every eleventh could be a resident's.
    """
    own, perhaps = [], []
    for number, before in _numbers(plain):
        sure = _sureness(number, before)
        if sure == _SURE:
            own.append(number)
        elif sure == _PERHAPS:
            perhaps.append(number)
    return own or perhaps


def bare(run: str) -> str:
    """`run` without the characters around it; a bracket that was opened before the run closes
    nothing in it.
    """
    number = run.rstrip("(/-")
    return number if "(" in number else number.rstrip(")/-")


def is_number(run: str) -> bool:
    """Whether `run` has enough digits for a document's number, and is neither a telephone nor a
    day.
    """
    if _PHONE.fullmatch(run) or _DAY.fullmatch(run):
        return False
    return sum(sign.isdigit() for sign in run) >= _LEAST_DIGITS


def is_resident(number: str) -> bool:
    """Whether `number` is a complete 居民身份证 number that can be right."""
    return not hard_problems(id_problems(IdKind.RESIDENT, number, None, None))


def _numbers(plain: str) -> Iterator[tuple[str, str]]:
    """Each number that can be a document's, with what is written before it."""
    text = _OTHER.sub(_without_others, plain)
    for run in RUN.finditer(text):
        number = bare(run[0])
        if is_number(number):
            yield number, text[: run.start()]


def _without_others(found: re.Match[str]) -> str:
    """Nothing is left of what is no document; after a word for one the digits are its number."""
    written = found[0]
    shaped = written.isdigit() or written[0] in "([【〔"
    if shaped and _IS_CARRIED.search(found.string[: found.start()]):
        return "".join(sign for sign in written if sign.isdigit())
    return "，"


def _sureness(number: str, before: str) -> int:
    if _IS_OLD.search(before):
        return _NONE
    if is_resident(number):
        return _PERHAPS if _IS_NUMBERED_CERTIFICATE.search(before) else _SURE
    if _IS_THING.search(before) or _IS_NUMBERED_LETTER.search(before):
        return _NONE
    if _IS_PHONE.search(before):
        return _NONE if _DIGITS.fullmatch(number) else _SURE
    if _IS_NUMBERED_CERTIFICATE.search(before):
        return _NONE
    if _IS_PAPER.search(before):
        return _behind_paper(number)
    return _SURE


def _behind_paper(number: str) -> int:
    """A number right after 证书 or 委托书: of the shape of a person's document, or a resident's with a
    slip.
    """
    like = _PASSPORT.fullmatch(number) or LIKE_RESIDENT.fullmatch(number)
    return _PERHAPS if like else _NONE
