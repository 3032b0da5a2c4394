"""差异名单: passed by the college and not by headquarters, with the reasons; it can be exported."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame import tags
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.shell import LIST
from graduand.queries.listing import (
    ListFilter,
    at_centre,
    chosen,
    criteria,
    pasted,
    searched,
    since,
    until,
    yes_no,
)
from graduand.queries.review import differences as found
from graduand.queries.season.seasons import of_batch
from graduand.rulebook.review.reasons import OF_A_FILE
from graduand.rulebook.terms import Stage, Verb

TONES = {Verb.REJECT: tags.BAD}
COLUMNS = (
    Column("number", "学号", lambda line: line.number, ("candidate__student__number",), css="no"),
    Column(
        "name",
        "姓名",
        lambda line: line.name,
        ("candidate__student__name",),
        css="name",
        linked=True,
    ),
    Column(
        "centre",
        "学习中心",
        lambda line: line.centre,
        ("candidate__centre__code",),
        css="clip",
        narrow="中心",
    ),
    Column(
        "batch",
        "批次",
        lambda line: line.batch,
        ("candidate__batch__code",),
        shown=False,
        narrow="批次",
    ),
    Column("round", "轮次", lambda line: line.round_name, (), narrow="轮次"),
    Column("passed", "学院通过", lambda line: line.passed_at, (), css="nowrap", narrow="学院通过"),
    Column("passed_by", "学院审核人", lambda line: line.passed_by, (), narrow="学院"),
    Column(
        "verb",
        "总部决定",
        lambda line: tags.Tag(TONES.get(line.verb, tags.WARN), line.verb.label),
        ("verb",),
        css="at",
        narrow="总部",
    ),
    Column("at", "总部决定时间", lambda line: line.at, ("at",), css="nowrap", narrow="时间"),
    Column("by", "总部审核人", lambda line: line.by, (), shown=False),
    Column("reason", "原因", lambda line: line.reason, ("reason",), narrow="原因"),
    Column("note", "说明", lambda line: line.note, (), css="clip", narrow="说明"),
    Column(
        "now",
        "现在的状态",
        lambda line: tags.stage_tag(line.now),
        ("candidate__stage",),
        narrow="现在",
    ),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    note = (
        "学院审核通过、总部退回或不通过的档案。请核对原因，补正后重新提交，避免同类情况再次出现。"
    )
    return ListNotes(rules=[("范围", "学院已通过，总部未通过")], note=note)


DIFFERENCES = register_list(
    ListSpec(
        key="differences",
        path="/differences",
        title="差异名单",
        group="毕业管理",
        noun="条",
        rows=lambda visit: found.differences(visit.actor),
        columns=COLUMNS,
        batch=True,
        criteria=criteria(
            of_batch("candidate__batch"),
            searched("candidate__student__number", "candidate__student__name"),
            at_centre("candidate__centre"),
            chosen(
                "verb", "总部决定", "verb", [(verb.value, verb.label) for verb in found.AGAINST]
            ),
            chosen("reason", "原因", "reason", [(one.value, one.label) for one in OF_A_FILE]),
            yes_no("settled", "后来是否通过", found.settled, "已通过", "未通过"),
            chosen("stage", "现在的状态", "candidate__stage", Stage.choices(), rare=True),
            since("from", "决定自", "at"),
            until("to", "决定至", "at"),
            pasted("candidate__student__number"),
        ),
        order=("-at",),
        lines=found.lines,
        number="candidate__student__number",
        link=lambda line: f"{LIST}/{line.candidate_id}",
        notes=_beside,
        empty=("没有差异", "学院通过、总部退回或不通过的档案会列在这里"),
    )
)


@reads(*STAFF)
def differences(request: HttpRequest, visit: Visit) -> HttpResponse:
    """差异名单."""
    return show(request, visit, DIFFERENCES)
