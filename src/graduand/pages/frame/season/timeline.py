"""The days of a batch: as bars on a line, and by month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from graduand.models import Batch
from graduand.rulebook.season.agenda import AgendaEntry
from graduand.rulebook.season.policy import BatchPolicy

NOW = "进行中"


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """One line of the timeline, in hundredths of its width."""

    css: str
    x: float
    w: float
    words: str


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One round, or the batch as a whole, on the timeline."""

    name: str
    note: str
    bars: list[TimelineBar]
    days: list[AgendaEntry]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar: past, now or "" for its looks, and how it stands in a word."""

    day: AgendaEntry
    css: str
    word: str


def last_day(days: Sequence[AgendaEntry]) -> date:
    return max(day.last for day in days)


def _span(days: Sequence[AgendaEntry]) -> tuple[date, int]:
    """(first day of the first month, days to the end of the last month)."""
    first = min(day.first for day in days).replace(day=1)
    return first, (_next_month(last_day(days)) - first).days


def _next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def timeline(policy: BatchPolicy, days: Sequence[AgendaEntry]) -> list[TimelineLine]:
    start, length = _span(days)
    groups = [
        (r.name, r.kind.label, [d for d in days if d.round_name == r.name]) for r in policy.rounds
    ]
    groups.append(("整个批次", "发证、承诺与截止", [d for d in days if not d.round_name]))
    return [
        TimelineLine(name, note, [_bar(day, start, length) for day in mine], mine)
        for name, note, mine in groups
    ]


def _bar(one: AgendaEntry, start: date, length: int) -> TimelineBar:
    x = (one.first - start).days * 100 / length
    width = ((one.last - one.first).days + 1) * 100 / length
    return TimelineBar(one.kind, round(x, 2), round(max(width, 0.8), 2), f"{one.what} {one.words}")


def place_of_today(policy: BatchPolicy, days: Sequence[AgendaEntry], today: date) -> float | None:
    start, length = _span(days)
    place = (today - start).days * 100 / length
    if not 0 <= place <= 100:
        return None
    return round(place, 2)


def months(days: Sequence[AgendaEntry]) -> list[tuple[str, float, float]]:
    """(label, place, width) of each month on the timeline."""
    start, length = _span(days)
    marks = []
    month = start
    while (month - start).days < length:
        after = _next_month(month)
        place = (month - start).days * 100 / length
        width = (after - month).days * 100 / length
        marks.append((f"{month.month} 月", round(place, 2), round(width, 2)))
        month = after
    return marks


def by_month(
    days: Sequence[AgendaEntry], today: date, batch: Batch, closed: Collection[str]
) -> list[tuple[str, list[CalendarDay]]]:
    """Deadlines and openings by month; `closed` are the rounds that were closed by hand."""
    months: dict[str, list[CalendarDay]] = {}
    for entry in days:
        word = _standing(entry, today, batch, closed)
        css = {"": "", NOW: "now"}.get(word, "past")
        months.setdefault(f"{entry.first.year} 年 {entry.first.month} 月", []).append(
            CalendarDay(entry, css, word)
        )
    return list(months.items())


def _standing(entry: AgendaEntry, today: date, batch: Batch, closed: Collection[str]) -> str:
    """The state of a day in a word: in a closed batch no round goes on, whatever its days."""
    if entry.last < today:
        return "已过"
    if entry.round_name and batch.closing_since:
        return "批次正在关闭"
    if entry.round_name and not batch.is_open:
        return "批次已关闭"
    if entry.kind == "apply" and entry.round_name in closed:
        return "已提前关闭"
    if entry.first <= today:
        return NOW
    return ""
