"""The parts of a policy: its rounds, the school, the promise, who answers, the early report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graduand.rulebook.calendar import Window, monday_before
from graduand.rulebook.terms import RoundKind


@dataclass(frozen=True, slots=True)
class RoundPolicy:
    """One round (批) of the batch; dates are days and a closing day is included.

    `closes_assumed`: nobody wrote down when applications close, so the last day of the review
    stands for it.
    """

    name: str
    kind: RoundKind
    opens: date
    closes: date
    scores_by: date | None = None
    photo_deadline: date | None = None
    review_from: date | None = None
    review_to: date | None = None
    closes_assumed: bool = False

    @property
    def window(self) -> Window:
        return Window(self.opens, self.closes)

    @property
    def review(self) -> Window:
        return Window(self.review_from, self.review_to)


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
