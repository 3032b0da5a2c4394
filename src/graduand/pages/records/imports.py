"""导入记录: which file came when, from whom, with what result, under which hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import ImportPlan, Intake
from graduand.office.records.files import returning, sealed_sheets
from graduand.office.records.plans import import_plans
from graduand.office.refusal import Refused
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.queue.halting import halt_of
from graduand.pages.frame.queue.import_links import link_of, row_figures
from graduand.pages.frame.queue.sheet_upload import goes_back
from graduand.pages.frame.shell import shell
from graduand.pages.frame.tags import BAD, IDLE, OK, WARN, Tag
from graduand.queries import stations
from graduand.queries.listing import chosen, criteria, searched, since, until, yes_no
from graduand.queries.queue import jobs, open_plans
from graduand.queries.records import intakes
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, PhotoKind, SheetKind

KINDS = [*SheetKind.choices(), *PhotoKind.choices()]
KIND = dict(KINDS)
NO_PLAN = {
    "plan": None,
    "ahead": "",
    "may_end": False,
    "returned": False,
    "halt": None,
    "trouble": "",
}
GONE = "这个工作簿已不在服务器上，或已损坏；请再导入一次原来的文件，没有通过的行会再列出"


def _unwritten(line: Any) -> int:
    """How many of its refused rows were only not written, of a line of the list."""
    if line.plan__ended_at is None or line.plan__finished_at is None:
        return 0
    return int(line.plan__rows - line.plan__done)


def _refused(line: Any) -> str:
    unwritten = _unwritten(line)
    if not unwritten:
        return f"{line.refused:,}"
    return f"{line.refused - unwritten:,}（未写入 {unwritten:,}）"


def _result(line: Any, *, being_written: bool) -> Tag:
    if line.trial:
        return Tag(IDLE, "校验预览")
    if being_written:
        return Tag(WARN, "正在写入")
    if not line.kept:
        return Tag(BAD, "未导入")
    if line.refused:
        return Tag(WARN, "部分导入")
    return Tag(OK, "全部导入")


def _listed_result(line: Any) -> Tag:
    return _result(
        line, being_written=line.plan__confirmed_at is not None and line.plan__finished_at is None
    )


COLUMNS = (
    Column("at", "时间", lambda line: line.at, ("at",), css="nowrap", narrow="时间"),
    Column("kind", "内容", lambda line: KIND.get(line.kind, line.kind), ("kind",), narrow="内容"),
    Column("name", "文件", lambda line: line.name, ("name",), css="name", linked=True),
    Column("result", "结果", _listed_result, (), css="at", narrow="结果"),
    Column("rows", "行数", lambda line: f"{line.rows:,}", ("rows",), css="num", narrow="行"),
    Column("created", "新增", lambda line: f"{line.created:,}", (), css="num", narrow="新增"),
    Column("updated", "更新", lambda line: f"{line.updated:,}", (), css="num", narrow="更新"),
    Column("unchanged", "未变", lambda line: f"{line.unchanged:,}", (), css="num", narrow="未变"),
    Column(
        "refused",
        "未通过",
        _refused,
        ("refused",),
        css="num",
        narrow="未通过",
    ),
    Column("warned", "提醒", lambda line: f"{line.warned:,}", (), css="num", narrow="提醒"),
    Column("by", "导入人", lambda line: line.by__name or "系统", (), narrow="导入人"),
    Column("hash", "文件指纹", lambda line: line.sha256[:12], (), css="less", narrow="指纹"),
)
CRITERIA = criteria(
    chosen("kind", "内容", "kind", KINDS),
    yes_no("trial", "是否校验预览", stations.on_trial),
    yes_no("refused", "是否有未通过", stations.with_refusals),
    since("from", "时间自", "at"),
    until("to", "时间至", "at"),
    searched("name", label="文件名"),
)


def _beside(visit: Visit, _asked: Any) -> ListNotes:
    return ListNotes(links=(("导入数据", "/imports/new"),))


IMPORTS = register_list(
    ListSpec(
        key="imports",
        path="/imports",
        title="导入记录",
        group="数据导入",
        noun="次",
        rows=lambda visit: stations.intakes(visit.actor),
        criteria=CRITERIA,
        columns=COLUMNS,
        order=("-at",),
        paths=(
            "id",
            "at",
            "kind",
            "name",
            "trial",
            "partial",
            "rows",
            "created",
            "updated",
            "unchanged",
            "refused",
            "warned",
            "by__name",
            "sha256",
            "kept",
            "plan__confirmed_at",
            "plan__finished_at",
            "plan__ended_at",
            "plan__rows",
            "plan__done",
        ),
        link=lambda line: f"/imports/records/{line.id}",
        notes=_beside,
        empty=("没有导入记录", "导入名单、成绩、学信网反馈或照片以后，每一次都列在这里"),
    )
)


@reads(*STAFF)
def imports(request: HttpRequest, visit: Visit) -> HttpResponse:
    """导入记录."""
    return show(request, visit, IMPORTS)


@reads(*STAFF)
def record(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One import: who, when, which file, what it did."""
    found = _record(visit, pk)
    plan = intakes.plan_of_record(found)
    context = {
        "shell": shell(visit, "/imports"),
        "record": found,
        "kind": KIND.get(found.kind, found.kind),
        "mine": _own_upload(visit, found),
        "sheet": SheetKind.of(found.kind),
        "link_of": link_of,
        "goes_back": _goes_back(found, plan),
        **_rows_of(found, plan),
        **_plan(visit, found, plan),
    }
    return render(request, "pages/records/import_record.html", context)


def _rows_of(record: Intake, plan: ImportPlan | None) -> dict[str, Any]:
    """Its figures, with the rows that are wrong apart from those that were only not written."""
    unwritten = plan.left_out if plan else 0
    figures = row_figures(record, unwritten)
    return {"figures": figures, "unwritten": unwritten, "wrong": record.refused - unwritten}


def _goes_back(record: Intake, plan: ImportPlan | None) -> bool:
    """Whether a workbook with the reasons of its rows is kept, or is being made."""
    if plan is not None and plan.errors:
        return True
    upload = record.upload
    return upload is not None and goes_back(upload)


def _own_upload(visit: Visit, record: Intake) -> int | None:
    """The upload that the visitor sent it by; None for what others brought."""
    if record.by_id != visit.actor.user_id:
        return None
    return record.upload_id


def _plan(visit: Visit, record: Intake, plan: ImportPlan | None) -> dict[str, Any]:
    """How far it is written, what is before it in turn, and whether the visitor may end it."""
    if plan is None:
        return {"result": _result(record, being_written=False), **NO_PLAN}
    is_open = plan.finished_at is None
    being_written = plan.ended_at is None and plan.cursor < plan.pieces
    return {
        "plan": plan,
        "result": _result(record, being_written=is_open),
        "ahead": open_plans.words_before(plan) if is_open else "",
        "may_end": being_written and import_plans.may_end(plan, visit.actor),
        "returned": plan.errors != "" and import_plans.may_end(plan, visit.actor),
        **_given_up(visit, plan),
    }


def _given_up(visit: Visit, plan: ImportPlan) -> dict[str, Any]:
    """Why the writing was given up, and the button by which the visitor may let it continue."""
    if plan.finished_at is None:
        job = jobs.job_of(WorkKind.PLAN, plan.pk)
        if job is not None and job.state == JobState.FAILED:
            return {"halt": halt_of(job, visit), "trouble": job.message}
    return {"halt": None, "trouble": ""}


@writes(*STAFF)
def errors(request: HttpRequest, visit: Visit, pk: int) -> FileResponse:
    """The returned workbook of a file that came by command, for people who may import that sheet."""
    record = _record(visit, pk)
    plan = _plan_of(record)
    if not plan.errors or not import_plans.may_end(plan, visit.actor):
        raise Http404
    try:
        with sealed_sheets.opened(plan.errors) as place:
            leaving = returning.leaving(record)
            return downloads.returned(visit, leaving, place, f"{Path(record.name).stem}-错误.xlsx")
    except FileNotFoundError as gone:
        raise Refused(GONE) from gone


@writes(*STAFF)
def end(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """终止 an import that is being written; sending it twice ends it once."""
    plan = _plan_of(_record(visit, pk))
    import_plans.end(plan.pk, visit.actor)
    return redirect(f"/imports/records/{pk}")


def _record(visit: Visit, pk: int) -> Intake:
    """The import that the visitor may see. Raises Http404."""
    record = intakes.record(visit.actor, pk)
    if record is None:
        raise Http404
    return record


def _plan_of(record: Intake) -> ImportPlan:
    """The plan by which it is written. Raises Http404."""
    plan = intakes.plan_of_record(record)
    if plan is None:
        raise Http404
    return plan


ADDRESSES = [
    path("imports", imports),
    path("imports/records/<int:pk>", record),
    path("imports/records/<int:pk>/errors.xlsx", errors),
    path("imports/records/<int:pk>/end", end),
]
