"""How papers write days, terms and numbers, and the sentence of the certificate."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Protocol

from graduand.rulebook.calendar import Term
from graduand.rulebook.filing.registration_form import paper_level
from graduand.rulebook.terms import IdKind, Level, Sex

_DIGITS = "〇一二三四五六七八九"
# No published text fixes the wording; it follows the list of contents of 教学〔1993〕12号, article
# 6.
WORDING = (
    "学生{name}，性别{sex}，{birth}生，于{entry}至{graduated}在本校{major}专业{level}学习，学制{years}，"
    "修完教学计划规定的全部课程，成绩合格，准予毕业。"
)
_BY_ITSELF = (IdKind.RESIDENT, IdKind.HMT_RESIDENCE)


def day_text(day: date | None) -> str:
    """A day as forms write it; blanks to fill in by hand where there is no day."""
    if not day:
        return "　　年　　月　　日"
    return f"{day.year}年{day.month}月{day.day}日"


def known_day(day: date | None) -> str:
    """A day as forms write it; "" where there is no day and nobody adds one by hand."""
    if day is None:
        return ""
    return day_text(day)


def month_text(day: date) -> str:
    """The month of a day as forms write it."""
    return f"{day.year}年{day.month}月"


def entry_text(ordinal: int) -> str:
    """入学时间 of the form: 年 and 季."""
    term = Term.from_ordinal(ordinal)
    return f"{term.year}年{term.season.value}季"


@lru_cache(maxsize=4_096)  # days repeat, and certificates are numbered by the thousand
def numeral_day(day: date) -> str:
    """A day in Chinese numerals: the year digit by digit, month and day as they are spoken."""
    return f"{numeral_month(day)}{_spoken(day.day)}日"


@lru_cache(maxsize=1_024)
def numeral_month(day: date) -> str:
    """Year and month in Chinese numerals."""
    return f"{''.join(_DIGITS[int(digit)] for digit in str(day.year))}年{_spoken(day.month)}月"


def _spoken(number: int) -> str:
    tens, ones = divmod(number, 10)
    words = ""
    if tens > 1:
        words += _DIGITS[tens]
    if tens:
        words += "十"
    if ones:
        words += _DIGITS[ones]
    return words


def numeral_years(years: str) -> str:
    """学制 in words: 2.5 is 二年半; a text that is no whole or half number stays as it is."""
    whole, _, rest = years.partition(".")
    if whole.isascii() and whole.isdigit() and int(whole) and rest in ("", "5"):
        words = f"{_spoken(int(whole))}年"
        if rest:
            words += "半"
        return words
    return f"{years}年"


def id_text(kind: IdKind, number: str) -> str:
    """证件号 (annex 1, note 3): where there is no 身份证号, the paper's name and its number."""
    if kind in _BY_ITSELF or not number:
        return number
    return f"{kind.label} {number}"


class CertificateHolder(Protocol):
    """The person whom the sentence of the certificate is about; `years` is 学制 as the plan has it."""

    @property
    def name(self) -> str: ...
    @property
    def sex(self) -> Sex: ...
    @property
    def birth(self) -> date: ...
    @property
    def entry(self) -> int: ...
    @property
    def level(self) -> Level: ...
    @property
    def major_name(self) -> str: ...
    @property
    def years(self) -> str: ...
    @property
    def min_semesters(self) -> int: ...


def years_or_derived(years: str, min_semesters: int) -> tuple[str, bool]:
    """学制 in years, and whether it was reckoned from 最短学期数."""
    plain = years.strip().removesuffix("年").strip().removesuffix(".0")
    if plain:
        return plain, False
    return f"{min_semesters / 2:g}", True


def shown_years(years: str) -> str:
    """学制 with its unit, which a plan may have without: `2.5 年`, `三年`; "" for none."""
    plain = years.strip().removesuffix("年").strip()
    if not plain:
        return ""
    return f"{plain} 年" if plain.isascii() else f"{plain}年"


def certificate_text(person: CertificateHolder, issued: date) -> str:
    """The sentence of the certificate; study lasts from the entry term to the month of issue."""
    return WORDING.format(
        name=person.name,
        sex=person.sex.label,
        birth=numeral_day(person.birth),
        entry=numeral_month(Term.from_ordinal(person.entry).entry_date),
        graduated=numeral_month(issued),
        major=person.major_name,
        level=paper_level(person.level),
        years=numeral_years(years_or_derived(person.years, person.min_semesters)[0]),
    )
