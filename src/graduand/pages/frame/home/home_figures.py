"""The figures of home: charts, ranks, reasons and stages of one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.charts import bar_chart, stack_chart
from graduand.pages.frame.one_file.elsewhere import ASIDE
from graduand.pages.frame.shell import files, list_url, people
from graduand.pages.frame.tags import BAD, IDLE, WARN, Tag, stage_tag
from graduand.queries.filing import set_aside
from graduand.queries.filing.candidate_criteria import asked_for
from graduand.queries.listing import BATCH
from graduand.queries.season import progress
from graduand.queries.season.seasons import Season
from graduand.rulebook.chapters.clause import Clause
from graduand.rulebook.identity.doubts import DOUBT, FILED_FIRST
from graduand.rulebook.terms import Desk, Stage

MOST_ROWS, MOST_REASONS, MOST_GROUPS = 6, 10, 12
REMINDERS = frozenset({"PHOTO-SAME", "DATA-EXPORT", DOUBT})


@dataclass(frozen=True, slots=True)
class Rank:
    """A centre's progress."""

    label: str
    done: int
    total: int
    url: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A reason or a stage with its people, and the list that shows them."""

    tag: Tag
    label: str
    count: int
    url: str
    source: str = ""


def figures(visit: Visit, season: Season, stages: Mapping[Stage, int]) -> dict[str, Any]:
    """Charts, centres, reasons and stages of one batch; four queries."""
    code = season.code
    mine = people(visit).filter(batch=season.batch)
    filed = progress.by_day(
        files(visit).filter(batch=season.batch)
    )  # the past keeps who is set aside by now
    days = [(f"{day.month}/{day.day}", n) for day, n in filed]
    own = visit.actor.desk is Desk.CENTRE
    groups = progress.by_class(mine) if own else progress.by_centre(mine)
    reasons = progress.reasons(mine)
    return {
        "figures": code,
        "chart": bar_chart("c-days", "每日申请人数", "日期", days),
        "progress": _progress(mine, code, own=own),
        "ranks_title": "各班级进度" if own else "各中心进度",
        "ranks_note": _cut(
            len(groups), MOST_ROWS, "个班级，列出未申请最多的" if own else "个中心，列出最快的"
        ),
        "ranks": [_rank(code, *row) for row in groups[:MOST_ROWS]],
        "reasons": _reasons(code, reasons),
        "reasons_note": _cut(len(reasons), MOST_REASONS, "种原因，列出最多的"),
        "funnel": [
            *(_stage(code, stage, n) for stage, n in stages.items()),
            *_set_aside(visit, season),
        ],
    }


def _cut(every: int, shown: int, which: str) -> str:
    """`；共 31 个班级，列出未申请最多的 6 个` where a list is cut short; "" where all of it stands there."""
    return f"；共 {every} {which} {shown} {which[0]}" if every > shown else ""


def _progress(mine: Any, batch: str, *, own: bool) -> Any:
    """How far the files of each centre (or class) are, the largest first."""
    unit = "班级" if own else "中心"
    rows = progress.funnel(mine, by_class=own)
    groups = [
        (name, counts, list_url(asked_for(batch=batch, centre=code)) if code else "")
        for code, name, counts in rows
    ]
    return stack_chart(f"各{unit}办理情况", unit, tuple(progress.PARTS), groups, MOST_GROUPS)


def _rank(batch: str, code: str, name: str, done: int, fit: int) -> Rank:
    """It opens the list of the people that it counts, applied or not."""
    url = list_url(asked_for(batch=batch, centre=code, fit="1")) if code else ""
    return Rank(name, done, fit, url)


def _reasons(batch: str, found: list[tuple[Clause, int]]) -> list[FigureRow]:
    """What keeps people off, most frequent first; then the reminders, which are never cut off."""
    told = [_reason(batch, *pair) for pair in found if pair[0].code in REMINDERS][:MOST_REASONS]
    stops = [_reason(batch, *pair) for pair in found if pair[0].code not in REMINDERS]
    return [*stops[: MOST_REASONS - len(told)], *told]


def _reason(batch: str, clause: Clause, count: int) -> FigureRow:
    tag = Tag(WARN, "提醒") if clause.code in REMINDERS else Tag(BAD, "拦下")
    url = list_url(asked_for(batch=batch, stage=Stage.LISTED.value, code=clause.code))
    label = f"{clause.title}（{FILED_FIRST}）" if clause.code == DOUBT else clause.title
    return FigureRow(tag, label, count, url, clause.source)


def _set_aside(visit: Visit, season: Season) -> list[FigureRow]:
    """Who of the batch is worked on in another one. One query, none with a single batch."""
    found = (
        set_aside.by_stage(files(visit).filter(batch=season.batch))
        if len(visit.seasons) > 1
        else []
    )
    count, which = sum(n for _, n in found), [(BATCH, season.code)]
    return (
        [FigureRow(Tag(IDLE, "在其他批次办理"), "在其他批次办理", count, address(ASIDE, which))]
        if count
        else []
    )


def _stage(batch: str, stage: Stage, count: int) -> FigureRow:
    return FigureRow(
        stage_tag(stage), stage.label, count, list_url(asked_for(batch=batch, stage=stage.value))
    )
