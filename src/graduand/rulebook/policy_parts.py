"""The small parts of a policy: the school, the promise, who answers, when the early report closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graduand.rulebook.calendar import monday_before


@dataclass(frozen=True, slots=True)
class School:
    code: str
    name: str
    type_digit: str


@dataclass(frozen=True, slots=True)
class Promise:
    """The certificate in the student's hand within `months` of `start` (notice 一)."""

    months: int = 2
    start: str = "issue_date"
    pauses: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Contacts:
    """八: who answers; printed on labels and pages."""

    people: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Progression:
    """三.3: the early report of 续读本科 closes on a weekday of a week before admissions close."""

    admissions_close: date
    weeks_before: int = 1
    weekday: int = 0

    @property
    def closes(self) -> date:
        return monday_before(self.admissions_close, self.weeks_before, self.weekday)
