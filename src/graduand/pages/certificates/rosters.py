"""花名册: the frozen rosters by which archives and parcels are ordered (notice 五.3), and freezing the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.models import Batch
from graduand.office.season import batches
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.door.error_pages import error_page
from graduand.pages.frame.base import Page, key_of, number_of
from graduand.pages.frame.lists.list_spec import Button, Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.lists.print_requests import printing
from graduand.pages.frame.season import rostering
from graduand.pages.frame.shell import shell
from graduand.queries import stations
from graduand.queries.certificates import rosters as frozen_rosters
from graduand.queries.listing import BATCH, ListFilter, criteria
from graduand.queries.season.seasons import of_batch
from graduand.rulebook.terms import Desk, PaperKind

# How many of the people left out of a roster are named.
NAMED = 20


def _batch(visit: Visit, code: str) -> Any:
    """The batch of that code; None where there is none."""
    season = visit.season(code)
    if season is None:
        return None
    return season.batch


def _names(
    visit: Visit, asked: ListFilter, page: Page, lines: Sequence[Any]
) -> dict[int, list[Button]]:
    """The link to the people of each roster."""
    url = "/archives?batch={0}&roster={1}"
    return {
        line.id: [Button("查看名单", "名单", url.format(line.batch__code, line.number), plain=True)]
        for line in lines
    }


def _left(line: Any) -> str:
    if not line.left:
        return ""
    return f"{line.left:,} 人确定后退回补正，序号空着"


COLUMNS = (
    Column("number", "花名册", lambda line: f"第 {line.number} 号", ("number",), css="name"),
    Column("batch", "批次", lambda line: line.batch__code, ("batch__code",), narrow="批次"),
    Column("round", "轮次", lambda line: line.round__name, ("round__position",), narrow="轮次"),
    Column("size", "全部人数", lambda line: line.size, ("size",), css="num", narrow="全部"),
    Column("mine", "本单位人数", lambda line: line.mine, (), css="num", narrow="本单位"),
    Column("left", "空缺", _left, (), narrow="空缺"),
    Column(
        "frozen",
        "确定时间",
        lambda line: line.frozen_at,
        ("frozen_at",),
        css="nowrap",
        narrow="确定",
    ),
    Column("by", "确定人", lambda line: line.frozen_by__name, (), narrow="确定人"),
)


def _waiting(visit: Visit, asked: ListFilter) -> ListNotes:
    found = rostering.waiting(visit, asked[BATCH])
    note = rostering.words(found, named=_batch(visit, asked[BATCH]) is None)
    rules = [("用途", "档案、装箱按花名册顺序；证书编号按上报先后")]
    printed = [printing(asked[BATCH], PaperKind.ROSTER)]
    return ListNotes(
        note=note, links=rostering.links(visit, found), rules=rules, on_request=printed
    )


ROSTERS = register_list(
    ListSpec(
        key="rosters",
        path="/rosters",
        title="花名册",
        group="证书与档案",
        noun="份",
        rows=lambda visit: stations.rosters(visit.actor),
        batch=True,
        criteria=criteria(of_batch(), stations.of_round()),
        columns=COLUMNS,
        order=("-number",),
        acts=_names,
        notes=_waiting,
        more=lambda visit: {
            "mine": stations.on_roster_of(visit.actor),
            "left": stations.left_roster(),
        },
        paths=(
            "id",
            "batch__code",
            "number",
            "round__name",
            "size",
            "frozen_at",
            "frozen_by__name",
        ),
        empty=("还没有花名册", "准予毕业后由总部确定花名册，编号制证以它为准"),
    )
)


@reads(*STAFF)
def rosters(request: HttpRequest, visit: Visit) -> HttpResponse:
    """花名册."""
    return show(request, visit, ROSTERS)


@reads(Desk.HQ)
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The people who would be on the next rosters, by round; nothing is written."""
    batch = _batch(visit, visit.batch)
    if batch is None:
        return error_page(
            request,
            400,
            "没有选择批次",
            "花名册按批次确定，请从花名册页面选择一个批次。",
            "/rosters",
        )
    return _asked_again(request, visit, batch, stations.off_roster_by_round(visit.actor, batch))


def _asked_again(
    request: HttpRequest,
    visit: Visit,
    batch: Batch,
    rounds: list[tuple[str, int]],
    before: int | None = None,
) -> HttpResponse:
    left, people = stations.left_out(visit.actor, batch, NAMED)
    context = {
        "shell": shell(visit, "/rosters", batch=batch.code),
        "batch": batch,
        "rounds": rounds,
        "total": _total(rounds),
        "before": before,
        "left": left,
        "left_people": people,
        "early": frozen_rosters.rounds_not_over(batch, [name for name, _ in rounds]),
    }
    return render(
        request,
        "pages/certificates/roster_new.html",
        context,
        status=200 if before is None else 409,
    )


def _total(rounds: list[tuple[str, int]]) -> int:
    return sum(people for _, people in rounds)


@writes(Desk.HQ)
def freeze(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Freeze the roster as it was shown; sending the form twice freezes once, and where the number
    has changed the page asks again (W05).
    """
    batch = _batch(visit, request.POST.get("batch", ""))
    rounds = stations.off_roster_by_round(visit.actor, batch)
    total = _total(rounds)
    seen = request.POST.get("seen", "")
    if batch is None or key_of(seen) is None:
        return error_page(request, 400, "没有确定花名册", "请从页面上确认后再提交。", "/rosters")
    if total and seen != str(total):
        return _asked_again(request, visit, batch, rounds, before=number_of(seen))
    batches.freeze_roster(batch, visit.actor.user_id)
    return redirect(f"/rosters?batch={batch.code}")
