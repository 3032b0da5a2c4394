"""The figures of home: charts, ranks, reasons and stages of one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from graduand.models import Candidate
from graduand.pages.door.access import Visit
from graduand.pages.frame.base import address
from graduand.pages.frame.charts import Stacks, bar_chart, stack_chart
from graduand.pages.frame.one_file.other_batches import ASIDE
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

MOST_ROWS = 6
MOST_REASONS = 10
MOST_GROUPS = 12
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


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the files of a desk are grouped: `unit` in a word, `cut` where not all groups are shown."""

    unit: str
    cut: str
    by_class: bool = False


_BY_CENTRE = Grouping("中心", "个中心，列出最快的")
_BY_CLASS = Grouping("班级", "个班级，列出未申请最多的", by_class=True)


def figures(visit: Visit, season: Season, stages: Mapping[Stage, int]) -> dict[str, Any]:
    """Charts, centres, reasons and stages of one batch; four queries."""
    code = season.code
    listed = people(visit).filter(batch=season.batch)
    # Past days include files that are set aside by now.
    filed = progress.by_day(files(visit).filter(batch=season.batch))
    days = [(f"{day.month}/{day.day}", n) for day, n in filed]
    grouping = _grouping(visit.actor.desk)
    groups = _ranked(listed, grouping)
    reasons = progress.reasons(listed)
    return {
        "figures": code,
        "chart": bar_chart("c-days", "每日申请人数", "日期", days),
        "progress": _progress(listed, code, grouping),
        "ranks_title": f"各{grouping.unit}进度",
        "ranks_note": _cut(len(groups), MOST_ROWS, grouping.cut),
        "ranks": [_rank(code, *row) for row in groups[:MOST_ROWS]],
        "reasons": _reasons(code, reasons),
        "reasons_note": _cut(len(reasons), MOST_REASONS, "种原因，列出最多的"),
        "funnel": [
            *(_stage(code, stage, n) for stage, n in stages.items()),
            *_set_aside(visit, season),
        ],
    }


def _grouping(desk: Desk) -> Grouping:
    """A centre's own files by class, those of the others by centre."""
    if desk is Desk.CENTRE:
        return _BY_CLASS
    return _BY_CENTRE


def _ranked(listed: QuerySet[Candidate], grouping: Grouping) -> Any:
    if grouping.by_class:
        return progress.by_class(listed)
    return progress.by_centre(listed)


def _cut(every: int, shown: int, which: str) -> str:
    """`；共 31 个班级，列出未申请最多的 6 个` where a list is cut short; "" where it is whole."""
    if every <= shown:
        return ""
    return f"；共 {every} {which} {shown} {which[0]}"


def _progress(listed: QuerySet[Candidate], batch: str, grouping: Grouping) -> Stacks | None:
    """How far the files of each centre (or class) are, the largest first."""
    unit = grouping.unit
    groups = [
        (name, counts, _centre_url(batch, code))
        for code, name, counts in progress.funnel(listed, by_class=grouping.by_class)
    ]
    return stack_chart(f"各{unit}办理情况", unit, tuple(progress.PARTS), groups, MOST_GROUPS)


def _centre_url(batch: str, code: str) -> str:
    """The list of a centre; "" for a group that is not a centre."""
    if not code:
        return ""
    return list_url(asked_for(batch=batch, centre=code))


def _rank(batch: str, code: str, name: str, done: int, fit: int) -> Rank:
    """The list of the people that a number counts, applied or not."""
    url = ""
    if code:
        url = list_url(asked_for(batch=batch, centre=code, fit="1"))
    return Rank(name, done, fit, url)


def _reasons(batch: str, found: list[tuple[Clause, int]]) -> list[FigureRow]:
    """What keeps people off, most frequent first; then the reminders, which are never cut off."""
    reminders = [_reason(batch, *pair) for pair in found if pair[0].code in REMINDERS][
        :MOST_REASONS
    ]
    stops = [_reason(batch, *pair) for pair in found if pair[0].code not in REMINDERS]
    return [*stops[: MOST_REASONS - len(reminders)], *reminders]


def _reason(batch: str, clause: Clause, count: int) -> FigureRow:
    url = list_url(asked_for(batch=batch, stage=Stage.LISTED.value, code=clause.code))
    row = FigureRow(Tag(BAD, "拦下"), clause.title, count, url, clause.source)
    if clause.code in REMINDERS:
        row = replace(row, tag=Tag(WARN, "提醒"))
    if clause.code == DOUBT:
        row = replace(row, label=f"{clause.title}（{FILED_FIRST}）")
    return row


def _set_aside(visit: Visit, season: Season) -> list[FigureRow]:
    """The people of the batch who are worked on in another one. One query, none with a single
    batch.
    """
    if len(visit.seasons) < 2:
        return []
    by_stage = set_aside.by_stage(files(visit).filter(batch=season.batch))
    count = sum(n for _, n in by_stage)
    if not count:
        return []
    words = "在其他批次办理"
    return [FigureRow(Tag(IDLE, words), words, count, address(ASIDE, [(BATCH, season.code)]))]


def _stage(batch: str, stage: Stage, count: int) -> FigureRow:
    return FigureRow(
        stage_tag(stage), stage.label, count, list_url(asked_for(batch=batch, stage=stage.value))
    )
