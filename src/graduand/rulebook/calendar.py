"""Terms, batches, windows and the date arithmetic of the notice: pure, without a clock."""

from __future__ import annotations

import calendar as gregorian
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Self

from graduand.rulebook.canon import BadText, canon_text

# Asia/Shanghai has stood at +08:00 since 1991-09-15; instants here are of batches, never of births.
OFFICE_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")


class HalfYear(Enum):
    """Half of an academic year: 春 starts 03-01, 秋 starts 09-01 (audit rule 7)."""

    SPRING = "春"
    AUTUMN = "秋"


_SEASONS = (HalfYear.SPRING, HalfYear.AUTUMN)
_HALF_OF = {"春": 0, "秋": 1, "03": 0, "09": 1}
_ENTRY_MONTHS = (3, 9)
_TERM_WORDS = re.compile(r"(\d{4})年?([春秋])季?", re.ASCII)
_TERM_DIGITS = re.compile(r"(\d{4})(03|09)", re.ASCII)
_BATCH = re.compile(r"(\d{4}|\d{2})(01|07)", re.ASCII)
_DAY_PARTS = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?: 0?0:00(?::00(?:\.0+)?)?)?", re.ASCII
)
_DAY_WORDS = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?", re.ASCII)
_DAY_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH_PARTS = re.compile(r"(\d{4})[-/.](\d{1,2})", re.ASCII)
_MONTH_WORDS = re.compile(r"(\d{4})年(\d{1,2})月?", re.ASCII)
_MONTH_DIGITS = re.compile(r"(\d{4})(\d{2})", re.ASCII)
_EARLIEST = 1900
_LATEST = 2100

# An unformatted number is taken for a date serial only between 1927 and 2099: 2021 or 202103 typed
# into a date column must be refused, not become a day of 1905 (X14).
_SERIALS = range(10_000, 73_051)
_EPOCH_1900 = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)


class BadDate(BadText):
    """A date, term or batch that cannot be read; `message` in Chinese."""


@dataclass(frozen=True, order=True, slots=True)
class Term:
    """入学年度学期. `half` is 0 for 春, 1 for 秋; terms compare in time."""

    year: int
    half: int

    def __post_init__(self) -> None:
        if not _EARLIEST <= self.year <= _LATEST or self.half not in (0, 1):
            raise BadDate(f"年度学期超出范围：{self.year}-{self.half}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2021春`, `2021春季`, `2021年春季`, `202103` (春), `202109` (秋). Raises BadDate."""
        plain = _plain(text)
        if match := _TERM_WORDS.fullmatch(plain):
            return cls(int(match[1]), _HALF_OF[match[2]])
        if match := _TERM_DIGITS.fullmatch(plain):
            return cls(int(match[1]), _HALF_OF[match[2]])
        raise BadDate(f"年度学期「{_short(text)}」无法识别，应写成 2021春 或 2021秋")

    @classmethod
    def from_ordinal(cls, ordinal: int) -> Self:
        """The term with this count of half-years; inverse of `ordinal`."""
        return cls(*divmod(ordinal, 2))

    @property
    def ordinal(self) -> int:
        """Half-years since year 0: the next term has the next number."""
        return self.year * 2 + self.half

    @property
    def season(self) -> HalfYear:
        return _SEASONS[self.half]

    @property
    def entry_date(self) -> date:
        """春 = 03-01, 秋 = 09-01 (audit rule 7)."""
        return date(self.year, _ENTRY_MONTHS[self.half], 1)

    def __str__(self) -> str:
        return f"{self.year}{self.season.value}"


@dataclass(frozen=True, slots=True)
class Window:
    """Days on which something is open; the closing day is included, None is without limit.

    As instants it is half-open: [midnight of `opens`, midnight after `closes`) in Shanghai (T01).
    """

    opens: date | None
    closes: date | None

    def __post_init__(self) -> None:
        if self.opens and self.closes and self.closes < self.opens:
            raise BadDate(f"截止日期 {self.closes} 早于开始日期 {self.opens}")

    def contains(self, day: date) -> bool:
        return (self.opens is None or self.opens <= day) and (
            self.closes is None or day <= self.closes
        )

    @property
    def opens_at(self) -> datetime | None:
        """First instant inside; None when without limit."""
        if not self.opens:
            return None
        return midnight(self.opens)

    @property
    def closes_at(self) -> datetime | None:
        """First instant outside; None when without limit."""
        if not self.closes:
            return None
        return midnight(self.closes + timedelta(days=1))


def by_day(day: date) -> str:
    """A deadline in words, the day itself included, as in every policy: `2023-07-20 或之前`."""
    return f"{day} 或之前"


def midnight(day: date) -> datetime:
    """The first instant of an office day."""
    return datetime.combine(day, time.min, tzinfo=OFFICE_ZONE)


def office_day(instant: datetime) -> date:
    """The day in Shanghai at an aware instant. Raises ValueError for a naive one (T08)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(OFFICE_ZONE).date()


def office_day_or_none(instant: datetime | None) -> date | None:
    """The same for a moment that may be missing; None then."""
    if instant is None:
        return None
    return office_day(instant)


def batch_code(text: str) -> str:
    """毕业批次 as `YYYYMM` (01 or 07); another branch's `YYMM` is accepted. Raises BadDate."""
    match = _BATCH.fullmatch(_plain(text))
    if match is None:
        raise BadDate(
            f"毕业批次「{_short(text)}」无法识别，应写成 202307 或 202401 这样的年份加 01 或 07"
        )
    code = match[1] + match[2]
    if len(match[1]) == 2:
        return f"20{code}"
    return code


def batch_term(text: str) -> Term:
    """The last term of study of a batch: `YYYY07` ends `YYYY春`, `YYYY01` ends `(YYYY-1)秋` (rule 6)."""
    code = batch_code(text)
    year = int(code[:4])
    if code[4:] == "07":
        return Term(year, 0)
    return Term(year - 1, 1)


def semesters(entry: Term, code: str) -> int:
    """Half-years from the entry term to the batch's, both included: 2021春 → 202307 is 5 (rule 6)."""
    return batch_term(code).ordinal - entry.ordinal + 1


def monday_before(day: date, weeks: int = 1, weekday: int = 0) -> date:
    """The `weekday` (0 = Monday) of the week `weeks` before the week of `day`; weeks begin on
    Monday.

    Notice 三.3: 「秋季招生截止日期前一周的周一」 (T12).
    """
    return day - timedelta(days=day.weekday() + 7 * weeks - weekday)


def add_months(day: date, months: int) -> date:
    """`day` so many months later; a day that the month lacks becomes its last day (01-31 + 1 →
    02-28).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = gregorian.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """`day` so many calendar years later; 02-29 becomes 02-28 in a common year."""
    return add_months(day, 12 * years)


def promise_due(day: date, months: int, pauses: Iterable[tuple[date, date]] = ()) -> date:
    """The last day of a promise of `months` that starts on `day`.

    Each day of a pause (first, last; both included) that falls after `day` and not after the due
    day moves the due day by one; pauses may overlap.
    """
    due = add_months(day, months)
    counted = day
    for first, last in sorted(pauses):
        start = max(first, counted + timedelta(days=1))
        if start <= due and start <= last:
            due += last - start + timedelta(days=1)
            counted = last
    return due


def parse_pause(text: str) -> tuple[date, date]:
    """A pause of the promise as the policy writes it: `2023-07-22/2023-08-20`, both days included."""
    first, _, last = text.partition("/")
    span = parse_date(first), parse_date(last or first)
    if span[1] < span[0]:
        raise BadDate(f"暂停区间「{_short(text)}」的结束早于开始")
    return span


def parse_date(value: str | date | datetime | float, *, epoch_1904: bool = False) -> date:
    """A day, read strictly: `YYYY-MM-DD`, `2023/7/20`, `2023.7.20`, `2023年7月20日`, `20230720`, a
    date cell, a date serial.

    A cell with a time of day other than midnight, a year outside 1900–2100, `2021.3` and terms are
    refused (X14). `epoch_1904`: the workbook counts serials from 1904. Raises BadDate.
    """
    if isinstance(value, datetime):
        if value.time() != time.min:
            raise BadDate(f"日期「{value:%Y-%m-%d %H:%M:%S}」带有时刻，请只填日期")
        return _plausible(value.date(), str(value.date()))
    if isinstance(value, date):
        return _plausible(value, str(value))
    if isinstance(value, (int, float)):
        return _date_of_number(value, _EPOCH_1904 if epoch_1904 else _EPOCH_1900)
    plain = unicodedata.normalize("NFKC", canon_text(value))
    if match := _DAY_PARTS.fullmatch(plain):
        return _date_of_parts(value, match[1], match[3], match[4])
    if match := _DAY_WORDS.fullmatch(_plain(plain)):
        return _date_of_parts(value, match[1], match[2], match[3])
    if match := _DAY_DIGITS.fullmatch(plain):
        return _date_of_parts(value, match[1], match[2], match[3])
    raise BadDate(f"日期「{_short(value)}」无法识别，应写成 2023-07-20")


def parse_month(value: str | date) -> date:
    """`YYYY-MM` of the sheet 学习经历 (also `2018/9`, `2018.9`, `2018年9月`, `201809`, a date cell): the
    month's first day.
    """
    if isinstance(value, date):
        return _plausible(date(value.year, value.month, 1), str(value))
    plain = _plain(canon_text(value))
    match = (
        _MONTH_PARTS.fullmatch(plain)
        or _MONTH_WORDS.fullmatch(plain)
        or _MONTH_DIGITS.fullmatch(plain)
    )
    if match is None:
        raise BadDate(f"年月「{_short(value)}」无法识别，应写成 2018-09")
    return _date_of_parts(value, match[1], match[2], "1")


def _date_of_number(value: float, epoch: date) -> date:
    whole = 0
    if abs(value) < 1e9:  # false for nan, too
        whole = int(value)
    if whole == value and 19_000_101 <= whole <= 21_001_231:
        return parse_date(str(whole))
    if whole != value or whole not in _SERIALS:
        raise BadDate(f"日期「{value}」是数字，不是日期，应写成 2023-07-20")
    return epoch + timedelta(days=whole)


def _date_of_parts(raw: str, year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise BadDate(f"日期「{_short(raw)}」不存在，请核对") from None
    return _plausible(found, _short(raw))


def _plausible(day: date, shown: str) -> date:
    if not _EARLIEST <= day.year <= _LATEST:
        raise BadDate(f"日期「{shown}」不在 {_EARLIEST} 年至 {_LATEST} 年之间，请核对")
    return day


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _short(text: str) -> str:
    if len(text) <= 30:
        return text
    return text[:30] + "…"
