"""证书: every number that was given, where the paper is, whether the registry answers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame.lists.cells import day_of
from graduand.pages.frame.lists.list_spec import (
    Column,
    ListNotes,
    ListSpec,
    OperatorCommand,
    register_list,
)
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.lists.print_requests import printing, reprinting
from graduand.pages.frame.offers import Offer, held_offers, list_offers
from graduand.pages.frame.one_file import voided_certificate
from graduand.pages.frame.tags import BAD, Tag, paper_tag, registry_tag
from graduand.queries import stations
from graduand.queries.certificates import cancelled, old_papers, voided_papers
from graduand.queries.dispatch import parcels
from graduand.queries.filing.candidate_criteria import doubted
from graduand.queries.listing import BATCH, ListFilter, at_centre, chosen, criteria, pasted, yes_no
from graduand.queries.records import record_differences
from graduand.queries.review import grounds
from graduand.queries.season.seasons import SEVERAL, of_batch
from graduand.rulebook.certificate_terms import PaperState
from graduand.rulebook.terms import Desk, Level, PaperKind, Stage, Verb

LEVEL = {word.value: word.label for word in Level}
STAGES = [(value, Stage(value).label) for value in stations.GRADUATED[1:]]


def _state(line: Any) -> Tag:
    if line.voided_at:
        return Tag(BAD, "已作废", line.void_reason)
    return paper_tag(Stage(line.candidate__stage), day_of(line.old_since))


COLUMNS = (
    Column(
        "number",
        "学号",
        lambda line: line.candidate__student__number,
        ("candidate__student__number",),
        css="no",
    ),
    Column(
        "name",
        "姓名",
        lambda line: stations.as_issued(line.body, "name", line.candidate__student__name),
        ("candidate__student__name",),
        css="name",
        linked=True,
    ),
    Column(
        "certificate",
        "证书编号",
        lambda line: line.number,
        ("number",),
        css="nowrap",
        narrow="编号",
    ),
    Column(
        "batch",
        "批次",
        lambda line: line.candidate__batch__code,
        ("candidate__batch__code",),
        shown=False,
        narrow="批次",
    ),
    Column(
        "centre",
        "学习中心",
        lambda line: line.candidate__centre__name,
        ("candidate__centre__code",),
        css="clip",
        narrow="中心",
    ),
    Column(
        "level",
        "层次",
        lambda line: LEVEL[stations.as_issued(line.body, "level", line.candidate__student__level)],
        (),
        narrow="层次",
    ),
    Column(
        "major",
        "专业",
        lambda line: stations.as_issued(
            line.body, "major_name", line.candidate__student__plan__major_name
        ),
        (),
        css="clip",
    ),
    Column(
        "issued",
        "发证日期",
        lambda line: line.issue_date,
        ("issue_date",),
        css="nowrap",
        narrow="发证",
    ),
    Column("registry", "学信网注册", registry_tag, ("queryable",), narrow="注册"),
    Column("state", "状态", _state, ("candidate__stage",), css="at", narrow="状态"),
    Column(
        "held",
        "证书所在",
        lambda line: line.held_by__name or voided_certificate.paper_place(line.void_from or ""),
        ("held_by__name",),
        css="clip",
        narrow="所在",
    ),
    Column(
        "made",
        "编号时间",
        lambda line: line.made_at,
        ("made_at",),
        css="nowrap less",
        narrow="编号",
    ),
    Column(
        "degree", "学位证书编号", lambda line: line.degree or "", (), shown=False, narrow="学位证书"
    ),
    Column(
        "blank",
        "空白证书序号",
        lambda line: line.blank_no or "",
        ("blank_no",),
        shown=False,
        narrow="空白证书",
    ),
    Column(
        "reason",
        "作废原因",
        lambda line: line.void_reason,
        (),
        shown=False,
        css="clip",
        narrow="作废原因",
    ),
)
CRITERIA = criteria(
    of_batch("candidate__batch"),
    stations.by_any_number(
        "number", "candidate__student__number", "candidate__student__name", "candidate"
    ),
    chosen("stage", "状态", "candidate__stage", STAGES),
    yes_no("registered", "学信网注册", stations.registered, "可查询", "待注册"),
    yes_no("void", "是否作废", stations.voided, "已作废", "有效"),
    chosen("level", "层次", "candidate__student__level", Level.choices()),
    at_centre("candidate__centre"),
    doubted("candidate__"),
    grounds.criterion("candidate__"),
    yes_no("missed", "包裹清点缺少", parcels.missed, "缺少", "没有", rare=True),
    old_papers.of_certificates(),
    cancelled.of_certificates(),
    voided_papers.of_certificates(),
    record_differences.criterion(),
    pasted("candidate__student__number"),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """Above the list: numbers follow the order of application; how certificates and the registry's
    file are made.
    """
    if asked["void"] == "1":
        spent = ("已作废的证书", "编号不再使用，不能打印，也不能补打；重新编号制证以后按新编号打印")
        return ListNotes(rules=[spent, voided_certificate.RULE])
    on_request = [_printing(asked)]
    if visit.actor.desk is Desk.HQ:
        on_request.append(_registry_file(asked[BATCH], again=asked[cancelled.NAME] == "1"))
    return ListNotes(rules=[("编号次序", "按上报先后")], on_request=on_request)


def _printing(asked: ListFilter) -> OperatorCommand:
    """How the certificates of the list get onto paper."""
    if asked["paper"] in (old_papers.OLD, PaperState.REPRINT):
        return reprinting(asked[BATCH])
    return printing(asked[BATCH], PaperKind.CERTIFICATE)


def _registry_file(batch: str, *, again: bool) -> OperatorCommand:
    """The file that headquarters hands to the registry, an export that no page makes. `again`: of
    those whose registration was cancelled, who are in no other file.
    """
    code = batch
    if batch in ("", *SEVERAL):
        code = "批次"
    if again:
        tell = (
            "要按原编号重新注册的，请告诉他：毕业批次、这些人的学号（一行一个）；文件由他交给您，"
            "再由您上传学信网，注册以后导入「注册结果」。证书内容有误的不要重新注册，请先作废重办。"
        )
        return OperatorCommand(
            "导出重新注册的文件",
            tell,
            f"graduand export chsi {code} --again 学号名单.txt --out 目录",
        )
    tell = "请告诉他：毕业批次、要导出的轮次；导出的文件由他交给您，再由您上传学信网。"
    return OperatorCommand("导出学信网注册文件", tell, f"graduand export chsi {code} --out 目录")


def _verbs(desk: Desk, asked: ListFilter) -> tuple[Offer, ...]:
    """The verbs for the stage that is filtered by.

    The list of outdated papers that have to be taken back, wherever they are, has one verb.
    """
    if asked["stage"]:
        return list_offers(desk, asked["stage"])
    if desk is Desk.COLLEGE and asked["paper"] == PaperState.BACK:
        return (Offer(Verb.RECALL),)
    return ()


CERTIFICATES = register_list(
    ListSpec(
        key="certificates",
        batch=True,
        path="/certificates",
        title="证书",
        group="证书与档案",
        noun="本",
        rows=lambda visit: stations.certificates(visit.actor),
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("number",),
        number="candidate__student__number",
        candidate="candidate_id",
        notes=_beside,
        verbs=lambda visit, asked: held_offers(visit.actor, _verbs(visit.actor.desk, asked)),
        paths=(
            "id",
            "candidate_id",
            "candidate__batch__code",
            "number",
            "blank_no",
            "candidate__student__number",
            "candidate__student__name",
            "candidate__centre__name",
            "candidate__student__level",
            "candidate__student__plan__major_name",
            "issue_date",
            "queryable",
            "cancelled_on",
            "voided_at",
            "void_reason",
            "candidate__stage",
            "held_by__name",
            "made_at",
        ),
        more=lambda _visit: {
            "old_since": stations.old_since("candidate"),
            "degree": stations.degree_number("candidate_id"),
            "body": stations.issued_body(),
            "void_from": stations.voided_from(),
        },
        empty=("还没有编号的证书", "花名册确定、编号制证以后，证书列在这里"),
    )
)


@reads(*STAFF)
def certificates(request: HttpRequest, visit: Visit) -> HttpResponse:
    """证书."""
    return show(request, visit, CERTIFICATES)
