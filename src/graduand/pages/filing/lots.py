"""上报批次: every bulk application as a lot with numbers; advice to report together (七.2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame import tags
from graduand.pages.frame.base import address
from graduand.pages.frame.home import advising
from graduand.pages.frame.lists.cells import yes_or_no
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import LIST
from graduand.queries.filing import lots as found
from graduand.queries.filing.lots import SMALL_LOT, LotLine
from graduand.queries.listing import BATCH, ListFilter, at_centre, criteria, since, until
from graduand.queries.season.seasons import of_batch
from graduand.queries.stations import of_round


def _size(line: LotLine) -> Any:
    """A small lot stands out: scattered reporting is what 七.2 asks centres to avoid."""
    if line.taught is None and line.size < SMALL_LOT:
        return tags.Tag(tags.WARN, f"{line.size:,}", "上报人数较少，请尽量集中上报")
    return f"{line.size:,}"


def _numbers(line: LotLine) -> str:
    if line.reserved > 1:
        return f"{line.first_no:,}–{line.last_no:,}"
    return f"{line.first_no:,}"


COLUMNS = (
    Column(
        "lot",
        "上报批",
        lambda line: f"{line.round_name} 第 {line.number} 批",
        ("round__position", "number"),
        css="name",
        linked=True,
    ),
    Column(
        "centre", "学习中心", lambda line: line.centre, ("centre__code",), css="clip", narrow="中心"
    ),
    Column(
        "numbers", "上报顺序", _numbers, ("round__position", "first_no"), css="num", narrow="顺序"
    ),
    Column(
        "batch",
        "批次",
        lambda line: line.batch,
        ("round__batch__code",),
        shown=False,
        narrow="批次",
    ),
    Column("size", "上报人数", _size, (), css="num", narrow="人数"),
    Column(
        "college", "待学院审核", lambda line: f"{line.at_college:,}", (), css="num", narrow="学院"
    ),
    Column("hq", "待总部审核", lambda line: f"{line.at_hq:,}", (), css="num", narrow="总部"),
    Column("approved", "准予毕业", lambda line: f"{line.approved:,}", (), css="num", narrow="准予"),
    Column("rest", "退回、不通过", lambda line: f"{line.rest:,}", (), css="num", narrow="退回"),
    Column("gaps", "缺号和原因", lambda line: "；".join(map(str, line.gaps)), (), narrow="缺号"),
    Column("degree", "同时申请学位", lambda line: yes_or_no(line.verb_degree), (), shown=False),
    Column("by", "上报人", lambda line: line.by, (), narrow="上报人"),
    Column(
        "at",
        "上报时间",
        lambda line: line.at,
        ("act__confirmed_at",),
        css="nowrap at",
        narrow="时间",
    ),
)


NUMBERS = "确认提交时按名单预留，没有通过的不上报，号码空着不再使用；一轮之内各中心接着编，两批之间的号码属于其他中心"


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    season = visit.season(asked[BATCH])
    rules = [("办理次序", "同一轮次按上报先后"), ("号码", NUMBERS)]
    advice = advising.advice(visit, season)
    if season is None or advice is None:
        return ListNotes(rules=rules)
    links = []
    if advice.ready and (todo := advising.ready(visit, season)):
        links.append(("提交申请", todo.url))
    return ListNotes(rules=rules, note=advising.words(advice, visit), links=links)


LOTS = register_list(
    ListSpec(
        key="lots",
        path="/lots",
        title="上报批次",
        group="毕业管理",
        noun="批",
        rows=lambda visit: found.lots(visit.actor),
        columns=COLUMNS,
        batch=True,
        criteria=criteria(
            of_batch("round__batch"),
            of_round(),
            at_centre(),
            since("from", "上报自", "act__confirmed_at"),
            until("to", "上报至", "act__confirmed_at"),
        ),
        order=("-round__position", "-first_no"),
        counted=lambda visit, *piece: found.lines(visit.actor, *piece),
        notes=_beside,
        link=lambda line: address(LIST, [(BATCH, line.batch), ("lot", str(line.id))]),
        empty=("还没有上报", "提交毕业申请后，每次上报会作为一批列在这里，连同它的顺序号"),
    )
)


@reads(*STAFF)
def lots(request: HttpRequest, visit: Visit) -> HttpResponse:
    """上报批次."""
    return show(request, visit, LOTS)
