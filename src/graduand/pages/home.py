"""The home page: what waits at the desk, the state of the round, how far the files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.pages.door.access import STAFF, Visit, anybody, reads
from graduand.pages.frame.base import stamp
from graduand.pages.frame.home.alarms import alarms
from graduand.pages.frame.home.home_figures import figures
from graduand.pages.frame.menus.desks import (
    CONSENTS,
    IN_VAIN,
    Consents,
    Count,
    FailedProposals,
    each_batch,
    tally,
)
from graduand.pages.frame.menus.menus import card_entries, is_todo
from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.season.deadlines import (
    after_the_last_day,
    filing_ends,
    round_today,
    season_state,
    season_steps,
)
from graduand.pages.frame.season.grades import GRADES, overdue
from graduand.pages.frame.shell import CONSENTS_PAGE, list_url, management, people, shell
from graduand.pages.frame.tags import BAD, WARN, Tag
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.judging import waiting
from graduand.queries.queue import standstill
from graduand.queries.scope import Actor
from graduand.queries.season import progress
from graduand.queries.season.grades import Declaration
from graduand.queries.season.seasons import EVERY_BATCH, Season, naming_next
from graduand.rulebook.calendar import OFFICE_ZONE, by_day
from graduand.rulebook.terms import Desk, Stage

MY_STEP = {Desk.CENTRE: "中心申请", Desk.COLLEGE: "学院审核", Desk.HQ: "总部审核"}


@dataclass(frozen=True, slots=True)
class TodoCard:
    """A to-do card: its count is that of the list it opens."""

    label: str
    count: str
    note: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that was left undone: how many, and the list that shows them."""

    tag: Tag
    label: str
    count: str
    url: str
    source: str
    batch: str = ""


def greeting(hour: int) -> str:
    """The greeting for the time of day."""
    if 5 <= hour < 12:
        return "上午好"
    if 12 <= hour < 18:
        return "下午好"
    return "晚上好"


@reads(*STAFF, Desk.STUDENT, Desk.ADMIN)
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A student's home is their own progress, an administrator's the first of their own pages."""
    if visit.actor.desk is Desk.STUDENT:
        return redirect("/my")
    if visit.actor.desk is Desk.ADMIN:
        return redirect(management(visit.actor)[0].items[0].url)
    entries = each_batch(visit, card_entries(visit.actor))
    late = alarms(visit)
    counted = _counted(visit, entries, late)
    cards = _Cards(visit.actor, entries, counted)
    grades = overdue(visit)
    alarmed = [
        *_of_two_people(counted),
        *_alarmed(late, counted),
        *(_undeclared(visit, declaration) for declaration in grades),
        *(_to_be_closed(visit, season) for season in visit.unfinished if _is_due(visit, season)),
        *(_resumed(season) for season in visit.unfinished if _is_resumed(visit, season)),
    ]
    return render(request, "pages/home.html", _page(visit, _shown(visit), cards, alarmed, grades))


def _counted(
    visit: Visit, entries: Mapping[Any, TodoEntry], late: Mapping[tuple[str, str], TodoEntry]
) -> Mapping[Any, Count]:
    """The counts of the cards, of the alarms, and of what two people do; one query."""
    alarmed = {("late", *key): entry for key, entry in late.items()}
    return tally(visit, {**entries, **alarmed, CONSENTS: Consents(), IN_VAIN: FailedProposals()})


def _of_two_people(counted: Mapping[Any, Count]) -> list[Alarm]:
    """What waits for this person's agreement, and what this person asked in vain."""
    told = (
        (CONSENTS, "待您同意", "同事提出、等您同意的事项：请核对后同意，或写明原因不同意"),
        (IN_VAIN, "没有办成", "您提出的事项，第二人没有同意、没有按时答复，或同意时没有办成"),
    )
    return [
        Alarm(Tag(BAD, tag), label, f"{counted[key]} 件", CONSENTS_PAGE, "")
        for key, tag, label in told
        if counted[key].number
    ]


def _alarmed(
    late: Mapping[tuple[str, str], TodoEntry], counted: Mapping[Any, Count]
) -> list[Alarm]:
    """The alarms that have any rows."""
    return [
        _alarm(entry, counted["late", *key], key[1])
        for key, entry in late.items()
        if counted["late", *key].number
    ]


def _undeclared(visit: Visit, one: Declaration) -> Alarm:
    """三.1, 三.2: grades not declared in time. A centre declares none: it is told whom to ask."""
    label = f"{one.college}「{one.round_name}」的成绩应于 {by_day(one.due)}申报完成，尚未申报"
    tag = Tag(BAD, "紧急")
    if visit.actor.desk is Desk.CENTRE:
        tag = Tag(WARN, "提醒")
        label += f"；名单和判断还可能变化，请向{one.college}询问"
    return Alarm(tag, label, "1 轮", f"{GRADES}?batch={one.batch}", "三.1、三.2", one.batch)


def _standstill(visit: Visit) -> str:
    """The note that no worker carries out what was ordered, by this person or others; "" while one
    does.
    """
    ordered_by = standstill.ordered_by()
    if not ordered_by:
        return ""
    own = ordered_by.count(visit.actor.user_id)
    what = "现在提交的批量办理、导入和照片要等恢复后才办理"
    if own:
        what = f"您提交的 {own:,} 项任务还没有办完"
    return f"{standstill.words()}：{what}。已提交的都已保存，恢复后自动接着办理，不用重新提交。"


def _is_due(visit: Visit, season: Season) -> bool:
    """Whether its last day is over and headquarters has not closed it: nobody else can."""
    return visit.actor.desk is Desk.HQ and season.overdue(visit.today)


def _to_be_closed(visit: Visit, season: Season) -> Alarm:
    """七.1: a batch whose last day is over is closed, after 查缺补漏."""
    page = f"/batches/{season.code}/closing"
    sentence = naming_next(after_the_last_day(season), visit.seasons, season.code)
    return Alarm(Tag(BAD, "紧急"), sentence, "1 个批次", page, "七.1、七.3", season.code)


def _is_resumed(visit: Visit, season: Season) -> bool:
    """Whether two people of headquarters had declared it finished, and it no longer is."""
    return visit.actor.desk is Desk.HQ and season.batch.resumed_at is not None


def _resumed(season: Season) -> Alarm:
    """七.3: what brought a finished batch back stands in its record."""
    assert season.batch.resumed_at is not None  # the alarm exists only for a resumed batch
    told = (
        f"批次 {season.code} 办结以后又有要办理的，已于 {stamp(season.batch.resumed_at)} "
        "恢复为「已关闭，办理中」：由谁、因哪一步，见开关记录；办完后须再次办结"
    )
    page = f"/batches/{season.code}/closing#c-log"
    return Alarm(Tag(WARN, "提醒"), told, "1 个批次", page, "七.3", season.code)


def _page(
    visit: Visit,
    shown: tuple[Season, ...],
    cards: _Cards,
    alarmed: list[Alarm],
    grades: Sequence[Declaration],
) -> dict[str, Any]:
    """What the home page says of its batches; `grades` should have been declared complete."""
    codes = {"", *(season.code for season in shown)}
    # As the switch of batches counts the to-dos.
    batch = EVERY_BATCH
    counted = codes
    if (chosen := visit.season(visit.batch)) is not None:
        batch = chosen.code
        counted = {batch}
    stages = progress.by_stage(people(visit).filter(batch__in=[season.batch for season in shown]))
    return {
        "shell": shell(visit, "/", batch=batch),
        "greeting": greeting(visit.now.astimezone(OFFICE_ZONE).hour),
        "summary": _summary(cards, counted),
        "tabs": _tabs(visit, cards),
        "standstill": _standstill(visit),
        "batches": [
            _section(visit, season, cards, stages.get(season.batch.pk, {}), grades)
            for season in shown
        ],
        "common": cards.of(""),
        "alarms": [alarm for alarm in alarmed if alarm.batch in codes],
        **_charts(visit, _pictured(visit, shown), stages),
    }


def _charts(
    visit: Visit, season: Season | None, stages: Mapping[int, Mapping[Stage, int]]
) -> dict[str, Any]:
    """The charts of one batch; empty where there is no batch."""
    charts: dict[str, Any] = {"figures": "", "progress": None}
    if season is None:
        return charts
    return charts | figures(visit, season, stages.get(season.batch.pk, {}))


def _pictured(visit: Visit, shown: tuple[Season, ...]) -> Season | None:
    """The batch that the charts are about: where people file now, else one that isn't closed."""
    day = visit.today
    filing = {
        season.code
        for season in shown
        if season.open_round(day) or season.open_round(day, early=True)
    }
    return min(
        shown,
        key=lambda season: (
            season.code not in filing,
            season.batch.closed_at is not None,
            not season.begun(day),
        ),
        default=None,
    )


def _shown(visit: Visit) -> tuple[Season, ...]:
    """The batches of home: the one asked for, else the unfinished, those under way first."""
    asked = visit.season(visit.batch)
    if asked is not None:
        return (asked,)
    return tuple(
        sorted(visit.unfinished, key=lambda season: (not season.begun(visit.today), season.code))
    )


@dataclass(frozen=True, slots=True)
class _Cards:
    """The to-dos of my desk by batch, with their counts."""

    actor: Actor
    entries: dict[tuple[str, str], TodoEntry]
    counted: Mapping[Any, Count]

    def of(self, code: str) -> list[TodoCard]:
        """The cards of one batch; "" is the batch of cards that have none."""
        here = ((entry, self.counted[key]) for key, entry in self.entries.items() if key[1] == code)
        return [_card(entry, count) for entry, count in here if count.number or not entry.rare]

    def waiting(self, codes: set[str]) -> int:
        """How many of the cards are work of this desk and have any rows."""
        todos = (key for key in self.entries if is_todo(self.actor, key[0]) and key[1] in codes)
        return sum(1 for key in todos if self.counted[key].number)


def _summary(cards: _Cards, codes: set[str]) -> str:
    waiting = cards.waiting(codes)
    if not waiting:
        return "今天没有需要处理的事"
    return f"今天需要处理 {waiting} 件事"


def _tabs(visit: Visit, cards: _Cards) -> list[dict[str, Any]]:
    """全部 and one for each unfinished batch, with its to-dos; none while there is only one batch."""
    codes = [season.code for season in visit.unfinished]
    if len(codes) < 2:
        return []
    asked = visit.season(visit.batch)
    found = [
        {
            "label": "全部",
            "count": cards.waiting({"", *codes}),
            "url": "/",
            "current": asked is None,
        }
    ]
    for code in codes:
        here = asked is not None and asked.code == code
        found.append(
            {
                "label": code,
                "count": cards.waiting({code}),
                "url": f"/?batch={code}",
                "current": here,
            }
        )
    if cards.waiting({""}):  # otherwise the parts would not add up to the whole
        found.append(
            {"label": "不分批次", "count": cards.waiting({""}), "url": "/#common", "current": False}
        )
    return found


def _card(entry: TodoEntry, count: Count) -> TodoCard:
    if not count.number:
        return TodoCard(entry.label, str(count), "没有", "", entry.url)
    return TodoCard(entry.label, str(count), entry.note, entry.tone, entry.url)


def _alarm(entry: TodoEntry, count: Count, code: str) -> Alarm:
    tag = Tag(WARN, "提醒")
    if entry.tone == "bad":
        tag = Tag(BAD, "紧急")
    return Alarm(
        tag, entry.label, f"{count} {LISTS[entry.listing].noun}", entry.url, entry.note, code
    )


def _section(
    visit: Visit,
    season: Season,
    cards: _Cards,
    stages: Mapping[Stage, int],
    grades: Sequence[Declaration],
) -> dict[str, Any]:
    """One batch: how it stands, the steps of the round to speak of, its deadline, its to-dos."""
    state, note = season_state(season, visit.now)
    filing_round = round_today(season.policy, visit.today, season.closed_rounds)
    found: dict[str, Any] = {
        "code": season.code,
        "state": state,
        "note": note,
        "cards": cards.of(season.code),
        "steps": [],
        "deadline": None,
        "judging": waiting(people(visit).filter(batch=season.batch), visit.today),
        "judging_url": list_url(asked_for(batch=season.code, judging="1")),
    }
    if filing_round is None or not season.batch.is_open:
        return found
    late = any((due.batch, due.round_name) == (season.code, filing_round.name) for due in grades)
    step = MY_STEP[visit.actor.desk]
    found["steps"] = season_steps(
        season.policy, filing_round, visit.now, visit.today, step, stages, undeclared=late
    )
    if season.begun(visit.today):
        found["deadline"] = filing_ends(season, filing_round, visit.now)
    return found


@anybody()
def alive(request: HttpRequest) -> HttpResponse:
    """For the supervisor of the process: the program responds."""
    return HttpResponse("ok", content_type="text/plain")
