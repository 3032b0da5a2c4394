"""Certificate numbers: the 18-digit registration number and the 16-digit degree number."""

from __future__ import annotations

import re
from typing import NamedTuple

from graduand.rulebook.canon import BadText, canon_number
from graduand.rulebook.terms import Level

SERIAL_DIGITS = 6
SERIAL_MAX = 999_999

_REGISTRATION = re.compile(r"([0-9]{5})([1-9])([0-9]{4})(0[1-6])([0-9]{6})")
# 17 characters with the C of adult education, and letters in the serial, are older forms still
# shown.
_DEGREE = re.compile(r"(C?)([0-9]{5})([234])([0-9]{4})([0-9A-Z][0-9]{5})")
_PRIOR = re.compile(r"[0-9]{17,18}")
_LEVEL_CODES = {Level.JUNIOR: "06", Level.TOP_UP: "05", Level.BACHELOR: "05"}
_BACHELOR_GRADE = "4"


class BadNumber(BadText):
    """A certificate number that cannot be read or made; `message` in Chinese."""


class RegistrationNumber(NamedTuple):
    """电子注册号: 5 school, 1 type of education, 4 year, 2 level, 6 serial; there is no check digit."""

    school: str
    type_digit: str
    year: int
    level_code: str
    serial: int

    def __str__(self) -> str:
        return f"{self.school}{self.type_digit}{self.year:04}{self.level_code}{self.serial:06}"


class DegreeNumber(NamedTuple):
    """学位证书编号: 5 awarding unit, 1 grade (4 = 学士), 4 year, 6 serial; `adult` for the old prefix C."""

    unit: str
    grade: str
    year: int
    serial: str
    adult: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """(book, place in it): a letter at the head of an older serial names a book of its own."""
        number = str(self)
        digits = SERIAL_DIGITS
        if not self.serial.isdigit():
            digits -= 1
        return number[:-digits], int(number[-digits:])

    def __str__(self) -> str:
        return f"{'C' if self.adult else ''}{self.unit}{self.grade}{self.year:04}{self.serial}"


def level_code(level: Level) -> str:
    """Digits 11–12: 专科 06, 专升本 and 本科 05."""
    return _LEVEL_CODES[level]


def registration_number(school5: str, type_digit: str, year: int, level: Level, serial: int) -> str:
    """The 18 digits. Raises BadNumber when a part does not fit its place or the serial is used up
    (C05).
    """
    _require(re.fullmatch(r"[0-9]{5}", school5), f"学校代码「{school5}」应为 5 位数字")
    _require(re.fullmatch(r"[1-9]", type_digit), f"办学类型「{type_digit}」应为 1–9 的一位数字")
    _require(1000 <= year <= 9999, f"毕业年份「{year}」应为 4 位")
    _require(1 <= serial <= SERIAL_MAX, f"顺序号 {serial} 超出 1–{SERIAL_MAX}，号段已用完")
    return str(RegistrationNumber(school5, type_digit, year, level_code(level), serial))


def parse_registration(text: str) -> RegistrationNumber:
    """The parts of an 18-digit number. Raises BadNumber."""
    match = _REGISTRATION.fullmatch(canon_number(text))
    if match is None:
        raise BadNumber(f"电子注册号「{text[:30]}」不是规定的 18 位数字")
    school, digit, year, code, serial = match.groups()
    return RegistrationNumber(school, digit, int(year), code, int(serial))


def check_registration(
    text: str, school: str, type_digit: str, year: int, level: Level
) -> list[str]:
    """Sentences on each part that disagrees with the batch and the student; empty when all agree."""
    try:
        parts = parse_registration(text)
    except BadText as bad:
        return [bad.message]
    pairs = (
        ("学校代码", parts.school, school),
        ("办学类型", parts.type_digit, type_digit),
        ("毕业年份", str(parts.year), str(year)),
        (f"培养层次（{level.label}）", parts.level_code, level_code(level)),
    )
    problems = [
        f"电子注册号的{what}为 {has}，应为 {need}" for what, has, need in pairs if has != need
    ]
    if parts.serial == 0:
        problems.append("电子注册号的顺序号为 0")
    return problems


def degree_number(unit5: str, year: int, serial: int) -> str:
    """The 16 digits of a bachelor's degree. Raises BadNumber."""
    _require(re.fullmatch(r"[0-9]{5}", unit5), f"学位授予单位代码「{unit5}」应为 5 位数字")
    _require(1000 <= year <= 9999, f"授予年份「{year}」应为 4 位")
    _require(1 <= serial <= SERIAL_MAX, f"顺序号 {serial} 超出 1–{SERIAL_MAX}，号段已用完")
    return str(DegreeNumber(unit5, _BACHELOR_GRADE, year, f"{serial:06}"))


def parse_degree(text: str) -> DegreeNumber:
    """The parts of a degree number, the older forms included. Raises BadNumber."""
    match = _DEGREE.fullmatch(canon_number(text))
    if match is None:
        raise BadNumber(f"学位证书编号「{text[:30]}」不是规定的 16 位编号")
    adult, unit, grade, year, serial = match.groups()
    return DegreeNumber(unit, grade, int(year), serial, adult == "C")


def check_degree(text: str, unit: str, year: int) -> list[str]:
    """Sentences on each part that disagrees with the awarding unit, the year or 学士; empty when all
    agree.
    """
    try:
        parts = parse_degree(text)
    except BadText as bad:
        return [bad.message]
    pairs = (
        ("学位授予单位代码", parts.unit, unit),
        ("学位级别", parts.grade, _BACHELOR_GRADE),
        ("授予年份", str(parts.year), str(year)),
    )
    return [
        f"学位证书编号的{what}为 {has}，应为 {need}" for what, has, need in pairs if has != need
    ]


def is_prior_number(text: str) -> bool:
    """Whether 前置证书编号 can be one: certificates of 2001–2002 may have 17 digits, later ones 18."""
    return bool(_PRIOR.fullmatch(canon_number(text)))


def _require(condition: object, message: str) -> None:
    if not condition:
        raise BadNumber(message)
