"""档案材料: which papers of each graduate's archive have come, in the roster's order (notice 五)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.lists.print_requests import printing
from graduand.pages.frame.tags import IDLE, OK, Tag, stage_tag
from graduand.queries import stations
from graduand.queries.listing import (
    BATCH,
    Criterion,
    ListFilter,
    at_centre,
    chosen,
    criteria,
    pasted,
    searched,
    yes_no,
)
from graduand.queries.season.seasons import of_batch
from graduand.rulebook.terms import Level, PaperKind, Stage

LEVEL = {word.value: word.label for word in Level}
STAGES = [(value, Stage(value).label) for value in stations.GRADUATED]
KINDS = tuple((kind.value, kind.label) for kind in stations.ARCHIVE)


# Shown as long as no page records that a paper has come.
NOT_RECORDED = "网页上还不能登记档案材料到件。没有登记过到件的批次一律显示「未登记」，不算缺少；寄出前请对照花名册核对纸质档案。"


def _paper(line: Any, there: bool) -> Tag:
    if there:
        return Tag(OK, "已到")
    if line.recorded:
        return Tag(IDLE, "未到")
    return Tag(IDLE, "未登记")


def _class(line: Any) -> str:
    """The class that a frozen roster was ordered by, else that of the record."""
    if line.roster__number and line.roster_class is not None:
        return str(line.roster_class)
    return str(line.student__class_name)


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
        "roster",
        "花名册",
        lambda line: line.roster__number or "未列入",
        ("roster__number",),
        css="num",
        narrow="花名册",
    ),
    Column(
        "place",
        "名次",
        lambda line: line.roster_no if line.roster__number else "",
        ("roster_no",),
        css="num",
        narrow="名次",
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
    Column("form", "登记表", lambda line: _paper(line, line.registration_form), narrow="登记表"),
    Column("transcript", "成绩单", lambda line: _paper(line, line.transcript), narrow="成绩单"),
    Column(
        "enrolment",
        "报名登记表",
        lambda line: _paper(line, line.enrolment_form),
        narrow="报名登记表",
    ),
    Column(
        "stage",
        "档案状态",
        lambda line: stage_tag(Stage(line.stage)),
        ("stage",),
        css="at",
        narrow="状态",
    ),
    Column("class", "班级", _class, (), shown=False, css="fold"),
)
CRITERIA = criteria(
    of_batch(),
    searched("student__number", "student__name"),
    chosen("stage", "档案状态", "stage", STAGES),
    yes_no("complete", "材料是否齐全", stations.archived, "齐全", "不齐"),
    Criterion("lacks", "缺少材料", stations.lacking, KINDS),
    stations.on_roster("花名册"),
    at_centre(),
    pasted("student__number"),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    kinds = "、".join(kind.label for kind in stations.ARCHIVE)
    return ListNotes(
        rules=[("档案包含", kinds), ("排列次序", "花名册顺序")],
        note=NOT_RECORDED,
        on_request=[printing(asked[BATCH], *stations.ARCHIVE)],
    )


def _more(visit: Visit) -> dict[str, Any]:
    papers = {kind.value: stations.has_paper(PaperKind(kind)) for kind in stations.ARCHIVE}
    return {**papers, "recorded": stations.recorded(), "body": stations.issued_to()}


ARCHIVES = register_list(
    ListSpec(
        key="archives",
        path="/archives",
        title="档案材料",
        group="证书与档案",
        rows=lambda visit: stations.graduates(visit.actor),
        batch=True,
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("roster_id", "roster_no"),
        more=_more,
        number="student__number",
        candidate="id",
        notes=_beside,
        paths=(
            "id",
            "batch__code",
            "roster__number",
            "roster_no",
            "student__number",
            "student__name",
            "centre__name",
            "student__level",
            "student__plan__major_name",
            "stage",
            "student__class_name",
            "roster_class",
        ),
        empty=("还没有准予毕业的学生", "总部准予毕业后，需要收齐档案的学生列在这里"),
    )
)


@reads(*STAFF)
def archives(request: HttpRequest, visit: Visit) -> HttpResponse:
    """档案材料."""
    return show(request, visit, ARCHIVES)
