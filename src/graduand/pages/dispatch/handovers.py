"""签领: the certificates that have come to their centre, waiting or taken (notice 七.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame.lists.cells import day_of
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.lists.print_requests import printing
from graduand.pages.frame.offers import Offer, held_offers, list_offers
from graduand.pages.frame.tags import Tag, given_tag, registry_tag
from graduand.queries import stations
from graduand.queries.certificates import cancelled, old_papers
from graduand.queries.dispatch import held_certificates
from graduand.queries.filing.candidate_criteria import doubted
from graduand.queries.listing import (
    BATCH,
    ListFilter,
    at_centre,
    before,
    chosen,
    criteria,
    pasted,
    searched,
    since,
    until,
    yes_no,
)
from graduand.queries.review import grounds
from graduand.queries.season.seasons import of_batch
from graduand.queries.stations import Rows
from graduand.rulebook.terms import Desk, HandoverMethod, Level, PaperKind, Stage

LEVEL = {word.value: word.label for word in Level}
METHOD = {word.value: word.label for word in HandoverMethod}
STAGES = [(value, Stage(value).label) for value in stations.AT_CENTRE]


@dataclass(frozen=True, slots=True)
class HandoverLine:
    """A row of the list, and why its certificate must not be given out; "" where it may be."""

    row: Any
    held_up: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _stage(line: Any) -> Tag:
    return given_tag(Stage(line.stage), day_of(line.old_since), line.held_up)


def _given(word: str, line: Any) -> str:
    """The details of a hand-over; none for a paper that came back and waits for another one."""
    if line.collected_at is None:
        return ""
    return word


COLUMNS = (
    Column("number", "学号", lambda line: line.student__number, ("number",), css="no"),
    Column(
        "name",
        "姓名",
        lambda line: stations.as_issued(line.body, "name", line.student__name),
        ("student__name",),
        css="name",
        linked=True,
    ),
    Column(
        "batch", "批次", lambda line: line.batch__code, ("batch__code",), shown=False, narrow="批次"
    ),
    Column(
        "certificate",
        "证书编号",
        lambda line: line.certificate or "",
        (),
        css="nowrap",
        narrow="编号",
    ),
    Column(
        "level",
        "层次",
        lambda line: LEVEL[stations.as_issued(line.body, "level", line.student__level)],
        ("student__level",),
        narrow="层次",
    ),
    Column(
        "major",
        "专业",
        lambda line: stations.as_issued(line.body, "major_name", line.student__plan__major_name),
        (),
        css="clip",
    ),
    Column(
        "class",
        "班级",
        lambda line: line.student__class_name,
        ("student__class_name",),
        css="fold less",
    ),
    Column(
        "centre",
        "学习中心",
        lambda line: line.centre__name,
        ("centre__code",),
        css="clip",
        narrow="中心",
    ),
    Column(
        "registry",
        "学信网注册",
        registry_tag,
        narrow="注册",
    ),
    Column(
        "received",
        "到中心时间",
        lambda line: line.received_at,
        ("received_at",),
        css="nowrap",
        narrow="到达",
    ),
    Column("stage", "状态", _stage, ("stage",), css="at", narrow="状态"),
    Column(
        "method",
        "领取方式",
        lambda line: _given(METHOD.get(line.method or "", ""), line),
        (),
        narrow="领取方式",
    ),
    Column(
        "collected",
        "签领时间",
        lambda line: line.collected_at,
        ("collected_at",),
        css="nowrap",
        narrow="签领",
    ),
    Column("by", "经办人", lambda line: _given(line.by or "", line), (), narrow="经办"),
    Column(
        "tracking",
        "邮寄运单",
        lambda line: _given(line.tracking or "", line),
        (),
        shown=False,
        narrow="运单",
    ),
)
CRITERIA = criteria(
    of_batch(),
    searched("student__number", "student__name"),
    chosen("stage", "状态", "stage", STAGES),
    yes_no("registered", "学信网注册", stations.queryable, "可查询", "待注册"),
    at_centre(),
    since("from", "签领自", "collected_at"),
    until("to", "签领至", "collected_at"),
    before("before", "到中心早于", "received_at", rare=True),
    doubted(),
    grounds.criterion(),
    old_papers.of_files(),
    cancelled.of_files(),
    pasted("student__number"),
)


_PATHS = (
    "id",
    "batch__code",
    "student__number",
    "student__name",
    "student__level",
    "student__plan__major_name",
    "student__class_name",
    "centre__name",
    "received_at",
    "stage",
    "collected_at",
)
_MORE = {
    "certificate": stations.valid_certificate("number"),
    "queryable": stations.valid_certificate("queryable"),
    "cancelled_on": stations.valid_certificate("cancelled_on"),
    "body": stations.issued_to(),
    "old_since": stations.old_since("pk"),
    "method": stations.handed("method"),
    "tracking": stations.handed("tracking"),
    "by": stations.handed("by__name"),
}


def _lines(rows: Rows, first: int, size: int) -> list[HandoverLine]:
    """Names the certificates that must not be given out yet, since a centre hands out by this list
    as by its 签领表.
    """
    found = list(
        rows.annotate(**_MORE).values_list(*_PATHS, *_MORE, named=True)[first : first + size]
    )
    held_up = held_certificates.held_up(row.id for row in found)
    return [HandoverLine(row, held_up.get(row.id, "")) for row in found]


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """What is promised, and until when."""
    season = visit.season(asked[BATCH])
    rules = []
    if season is not None:
        rules.append(("承诺领证期限", season.policy.promise_due.isoformat()))
    rules.append(("签领前", "学生核对证书与学信网信息"))
    return ListNotes(rules=rules, on_request=[printing(asked[BATCH], PaperKind.SIGN_OFF)])


def _verbs(visit: Visit, asked: ListFilter) -> tuple[Offer, ...]:
    """The verbs: the centre hands over, the college takes back what nobody fetches."""
    if visit.actor.desk is Desk.HQ:
        return ()
    stage = asked["stage"] or Stage.RECEIVED.value
    return held_offers(visit.actor, list_offers(visit.actor.desk, stage))


HANDOVERS = register_list(
    ListSpec(
        key="handovers",
        path="/handovers",
        title="签领",
        group="证书与档案",
        rows=lambda visit: stations.at_hand(visit.actor),
        batch=True,
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("number",),
        lines=_lines,
        number="student__number",
        candidate="id",
        notes=_beside,
        verbs=_verbs,
        empty=("没有到中心的证书", "签收包裹以后，等待学生领取的证书列在这里"),
    )
)


@reads(*STAFF)
def handovers(request: HttpRequest, visit: Visit) -> HttpResponse:
    """签领."""
    return show(request, visit, HANDOVERS)
