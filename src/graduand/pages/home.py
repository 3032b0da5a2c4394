"""The to-do home: what waits at my desk, how the round stands, how far everybody is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.pages.door.access import STAFF, Visit, anybody, reads
from graduand.pages.frame.charts import bar_chart, stack_chart
from graduand.pages.frame.deadlines import deadline, round_today, season_steps
from graduand.pages.frame.desks import CARDS, ENTRIES, Count, Entry, alarms, tally
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.shell import list_url, management, people, shell
from graduand.pages.frame.tags import BAD, WARN, Tag, stage_tag
from graduand.queries import progress
from graduand.queries.candidates import asked_for
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.clauses import Clause
from graduand.rulebook.terms import Desk, Stage

MOST_ROWS, MOST_REASONS, MOST_GROUPS = 6, 10, 12
REMINDERS = frozenset({"PHOTO-SAME", "DATA-EXPORT"})
MY_STEP = {Desk.CENTRE: "中心申请", Desk.COLLEGE: "学院审核", Desk.HQ: "总部审核"}


@dataclass(frozen=True, slots=True)
class Card:
    """A to-do card: its count is that of the list it opens."""

    label: str
    count: str
    note: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something left lying: how many, and the list that shows them."""

    tag: Tag
    label: str
    count: str
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class Rank:
    """A centre's progress."""

    label: str
    done: int
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """A reason or a stage with its people, and the list that shows them."""

    tag: Tag
    label: str
    count: int
    url: str
    source: str = ""


def greeting(hour: int) -> str:
    """What one says at that hour."""
    return "上午好" if 5 <= hour < 12 else "下午好" if 12 <= hour < 18 else "晚上好"


@reads(*STAFF, Desk.STUDENT, Desk.ADMIN)
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A student's home is the own progress, an administrator's the first of the own pages."""
    if visit.actor.desk is Desk.STUDENT:
        return redirect("/my")
    if visit.actor.desk is Desk.ADMIN:
        return redirect(management(visit.actor)[0].items[0].url)
    entries = {key: ENTRIES[key] for key in CARDS[visit.actor.desk]}
    counted = tally(visit, entries | (late := alarms(visit)))
    cards = [_card(entry, counted[key]) for key, entry in entries.items()]
    waiting = sum(1 for key in entries if counted[key].number)
    page = {
        "shell": shell(visit, "/"),
        "greeting": greeting(visit.now.astimezone(OFFICE_ZONE).hour),
        "summary": f"今天需要处理 {waiting} 件事" if waiting else "今天没有需要处理的事",
        "cards": cards,
        "alarms": [_alarm(entry, counted[key]) for key, entry in late.items() if counted[key].number],
        **_round(visit),
        **_figures(visit),
    }
    return render(request, "pages/home.html", page)


def _card(entry: Entry, count: Count) -> Card:
    tone = entry.tone if count.number else ""
    return Card(entry.label, str(count), entry.note if count.number else "没有", tone, entry.url)


def _alarm(entry: Entry, count: Count) -> Alarm:
    tag = Tag(BAD, "紧急") if entry.tone == "bad" else Tag(WARN, "提醒")
    return Alarm(tag, entry.label, f"{count} {LISTS[entry.listing].noun}", entry.url, entry.note)


def _round(visit: Visit) -> dict[str, Any]:
    """The step bar and the deadline of the round to speak of."""
    season = visit.season
    turn = round_today(season.policy, visit.today, season.closed_rounds) if season else None
    if visit.season is None or turn is None:
        return {"steps": [], "deadline": None, "round_name": ""}
    steps = season_steps(visit.season.policy, turn, visit.now, visit.today, MY_STEP[visit.actor.desk])
    ends = deadline(f"{turn.name}申请截止", turn.closes, visit.now)
    return {"steps": steps, "deadline": ends, "round_name": turn.name}


def _figures(visit: Visit) -> dict[str, Any]:
    """Charts, centres, reasons and stages; five queries."""
    mine = people(visit)
    days = [(f"{day.month}/{day.day}", n) for day, n in progress.by_day(mine)]
    own = visit.actor.desk is Desk.CENTRE
    groups = progress.by_class(mine) if own else progress.by_centre(mine)
    return {
        "chart": bar_chart("c-days", "每日申请人数", "日期", days),
        "progress": _progress(mine, own=own),
        "ranks_title": "各班级进度" if own else "各中心进度",
        "ranks": [_rank(*row) for row in groups[:MOST_ROWS]],
        "reasons": _reasons(progress.reasons(mine)),
        "funnel": [_stage(stage, n) for stage, n in progress.by_stage(mine).items()],
    }


def _progress(mine: Any, *, own: bool) -> Any:
    """How far the files of each centre (or class) are, the largest first."""
    unit = "班级" if own else "中心"
    rows = progress.funnel(mine, by_class=own)[:MOST_GROUPS]
    groups = [(name, counts, list_url(asked_for(centre=code)) if code else "") for code, name, counts in rows]
    return stack_chart(f"各{unit}办理情况", unit, tuple(progress.PARTS), groups)


def _rank(code: str, name: str, done: int, fit: int) -> Rank:
    return Rank(name, done, fit, list_url(asked_for(centre=code)) if code else "")


def _reasons(found: list[tuple[Clause, int]]) -> list[Row]:
    """What keeps people off first; what is only a reminder after it."""
    return [_reason(*pair) for pair in sorted(found, key=lambda pair: pair[0].code in REMINDERS)][:MOST_REASONS]


def _reason(clause: Clause, count: int) -> Row:
    tag = Tag(WARN, "提醒") if clause.code in REMINDERS else Tag(BAD, "拦下")
    return Row(tag, clause.title, count, list_url(asked_for(stage=Stage.LISTED.value, code=clause.code)), clause.source)


def _stage(stage: Stage, count: int) -> Row:
    return Row(stage_tag(stage), stage.label, count, list_url(asked_for(stage=stage.value)))


@anybody()
def alive(request: HttpRequest) -> HttpResponse:
    """For the process's keeper: the program answers."""
    return HttpResponse("ok", content_type="text/plain")
