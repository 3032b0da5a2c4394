"""包裹: what is on its way between units, since when, and what a count did not find (notice 六)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.office.dispatch import receipts
from graduand.office.queue.kinds import job_address
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.door.error_pages import error_page
from graduand.pages.frame.base import Page, is_form_key, keys_of
from graduand.pages.frame.lists.cells import day_of
from graduand.pages.frame.lists.list_spec import Button, Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.lists.print_requests import printing
from graduand.pages.frame.offers import Offer, held_offers
from graduand.pages.frame.one_file import voided_certificate
from graduand.pages.frame.shell import LIST, shell
from graduand.pages.frame.tags import BAD, INFO, OK, WARN, Tag, given_tag
from graduand.queries import stations
from graduand.queries.dispatch import held_certificates
from graduand.queries.dispatch import parcels as parcel_rows
from graduand.queries.listing import ListFilter, before, criteria, since, until, yes_no
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, Level, PaperKind, Stage, Verb


def _state(line: Any) -> Tag:
    if line.missing:
        return Tag(BAD, f"缺 {line.missing}", "清点时缺少，尚未找到")
    if line.received_at is None and line.open:
        return Tag(INFO, "在途")
    if line.received_at is None:
        return Tag("", "不再签收", "其中的证书都已退回学院或作废，运单号可以再用")
    if line.waiting:
        return Tag(WARN, f"余 {line.waiting} 未清点")
    return Tag(OK, "已签收")


COLUMNS = (
    Column(
        "tracking",
        "运单号",
        lambda line: f"{line.carrier} {line.tracking}",
        ("tracking",),
        css="name",
        linked=True,
    ),
    Column(
        "sender",
        "寄出单位",
        lambda line: line.sender__name,
        ("sender__code",),
        css="clip",
        narrow="寄出",
    ),
    Column(
        "receiver",
        "接收单位",
        lambda line: line.receiver__name,
        ("receiver__code",),
        css="clip",
        narrow="接收",
    ),
    Column("size", "证书", lambda line: line.size, (), css="num", narrow="证书"),
    Column(
        "sealed",
        "寄出时间",
        lambda line: line.sealed_at,
        ("sealed_at",),
        css="nowrap",
        narrow="寄出时间",
    ),
    Column("sealed_by", "寄出人", lambda line: line.sealed_by__name, (), narrow="寄出人"),
    Column(
        "received",
        "签收时间",
        lambda line: line.received_at,
        ("received_at",),
        css="nowrap",
        narrow="签收时间",
    ),
    Column("received_by", "签收人", lambda line: line.received_by__name or "", (), narrow="签收人"),
    Column("state", "状态", _state, (), css="at", narrow="状态"),
)
CRITERIA = criteria(
    parcel_rows.by_waybill(),
    yes_no("way", "签收情况", parcel_rows.on_the_way, "待清点", "已清点"),
    yes_no("late", "逾期未签收", parcel_rows.overdue, "逾期", "没有", rare=True),
    yes_no("short", "清点缺少", parcel_rows.short, "有", "无"),
    parcel_rows.receiver(),
    since("from", "寄出自", "sealed_at"),
    until("to", "寄出至", "sealed_at"),
    before("before", "寄出早于", "sealed_at", rare=True),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """The link to where a parcel is made: the certificates that are ready."""
    links = []
    if visit.actor.desk is Desk.COLLEGE:
        links.append(("装箱寄出", "/certificates?stage=certified&void=0"))
    return ListNotes(
        rules=[("签收须清点", "少的记为差异，不算签收")],
        links=links,
        on_request=[printing("", PaperKind.PACKING_LIST)],
    )


def _acts(
    visit: Visit, asked: ListFilter, page: Page, lines: Sequence[Any]
) -> dict[int, list[Button]]:
    if not _counts(visit):
        return {}
    waiting = [(line.id, line.waiting == line.missing) for line in lines if line.waiting]
    return {pk: [_count(pk, again=missing)] for pk, missing in waiting}


def _counts(visit: Visit) -> bool:
    """Whether parcels are counted in at the actor's desk, and by one of the actor's roles."""
    return visit.actor.desk is Desk.CENTRE and bool(held_offers(visit.actor, [Offer(Verb.RECEIVE)]))


def _count(pk: int, *, again: bool) -> Button:
    """To count a parcel, or to say that what was missing has turned up."""
    url = f"/parcels/{pk}"
    if again:
        return Button("再次清点：缺少的已找到", "登记找到的", url, plain=True)
    return Button("清点签收", "清点", url, plain=True)


PARCELS = register_list(
    ListSpec(
        key="parcels",
        path="/parcels",
        title="包裹",
        group="证书与档案",
        noun="件",
        rows=lambda visit: parcel_rows.parcels(visit.actor),
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("-sealed_at",),
        acts=_acts,
        notes=_beside,
        more=lambda visit: {
            "size": parcel_rows.in_parcel(visit.actor),
            "waiting": parcel_rows.in_parcel(visit.actor, open=True),
            "missing": parcel_rows.in_parcel(visit.actor, counted=False, open=True),
        },
        link=lambda line: f"/parcels/{line.id}",
        paths=(
            "id",
            "carrier",
            "tracking",
            "sender__name",
            "receiver__name",
            "sealed_at",
            "sealed_by__name",
            "received_at",
            "received_by__name",
            "open",
        ),
        empty=("没有包裹", "学院寄出证书后，每个运单列在这里"),
    )
)


@reads(*STAFF)
def parcels(request: HttpRequest, visit: Visit) -> HttpResponse:
    """包裹."""
    return show(request, visit, PARCELS)


@reads(*STAFF)
def parcel(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The items of one parcel; at the centre it goes to, also the form to count them."""
    found = parcel_rows.parcel(visit.actor, pk)
    if found is None:
        raise Http404
    items = _items(visit, pk)
    waiting = [item for item in items if item["open"]]
    mine = _counts(visit) and (
        visit.actor.centres is None or found.receiver_id in visit.actor.centres
    )
    context = {
        "shell": shell(visit, "/parcels"),
        "parcel": found,
        "items": items,
        "waiting": len(waiting),
        "counting": bool(waiting) and mine,
        "key": uuid4().hex,
        "missing": sum(1 for item in items if item["missing"]),
    }
    return render(request, "pages/dispatch/parcel.html", context)


def _items(visit: Visit, pk: int) -> list[dict[str, Any]]:
    """The certificates of the parcel, each with what the sender can do about it."""
    recalls: Sequence[Offer] = ()
    if visit.actor.desk is Desk.COLLEGE:
        recalls = held_offers(visit.actor, [Offer(Verb.RECALL)])
    found = list(parcel_rows.parcel_items(visit.actor, pk))
    held_up = held_certificates.held_up(item.candidate_id for item in found)
    return [_item(item, recalls, held_up.get(item.candidate_id, "")) for item in found]


def _counted(item: Any) -> Tag:
    """The result of the count for one certificate."""
    if item.counted is False and item.open:
        return Tag(WARN, "清点缺少")
    if item.void_number and not item.void_from:
        return Tag(BAD, "因遗失作废")
    if item.void_number and item.counted is False:
        return Tag(WARN, "清点缺少，已作废")
    if item.void_number:
        return Tag(
            BAD,
            "已作废，不能发给学生",
            voided_certificate.paper_place(item.void_from),
            "退回学院销毁",
        )
    if item.counted:
        return Tag(OK, "已清点")
    if item.open:
        return Tag("", "未清点")
    return Tag("", "已取出")


def _item(item: Any, recalls: Sequence[Offer], held_up: str) -> dict[str, Any]:
    """One certificate of the parcel: whose it is, the result of the count, and what the sender does
    about a missing one.

    `held_up`: why it must not be given out yet, as the 装箱单 on paper says.
    """
    missing = item.counted is False and item.open
    file = item.candidate
    plan = file.student.plan
    return {
        "roster": file.roster.number if file.roster else "",
        "place": file.roster_no or "",
        "certificate": item.void_number or item.certificate or "",
        "level": Level(stations.as_issued(item.body, "level", file.student.level)).label,
        "missing": missing,
        "major": stations.as_issued(item.body, "major_name", plan.major_name),
        "acts": [
            Button(offer.label, "", f"{LIST}/confirm?verb={offer.key}&chosen={file.pk}")
            for offer in recalls
            if missing
        ],
        "candidate": file.pk,
        "number": file.student.number,
        "url": f"{LIST}/{file.pk}",
        "name": stations.as_issued(item.body, "name", file.student.name),
        "open": item.open and file.stage == Stage.SHIPPED,
        "counted": _counted(item),
        "stage": given_tag(Stage(file.stage), day_of(item.old_since), held_up),
    }


@writes(Desk.CENTRE)
def count(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Receive what was found in the parcel and record what was not; sending the form twice counts
    once.
    """
    key = request.POST.get("key", "")
    found = keys_of(request.POST.getlist("found"))
    if found is None or not is_form_key(key):
        return error_page(
            request, 400, "没有签收", "请从包裹的页面上清点后提交。", f"/parcels/{pk}"
        )
    done = receipts.receive(pk, found, visit.actor, key)
    if not done:
        return error_page(
            request, 409, "没有签收", "这个包裹里已经没有等待签收的证书。", f"/parcels/{pk}"
        )
    if len(done) > 1:
        return redirect("/jobs")
    return redirect(job_address(WorkKind.ACT, done[0].pk))
