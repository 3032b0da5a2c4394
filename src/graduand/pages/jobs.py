"""Long work as it goes: my tasks, one task's progress and result, the workbook of who was refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import trigger_client_event

from graduand.models import Act, Refusal
from graduand.pages.access import STAFF, Visit, reads
from graduand.pages.listing import Column, ListSpec, listed, show
from graduand.pages.shell import LIST, shell
from graduand.pages.tags import Tag, job_tag
from graduand.papers.workbooks import table_workbook
from graduand.queries import progress, stations
from graduand.queries.bench import bench_of
from graduand.queries.candidates import named, stored
from graduand.queries.listing import chosen, criteria, since, until, yes_no
from graduand.rulebook.clauses import Finding
from graduand.rulebook.terms import JobState, Verb

# Seconds before each poll: it slows, and after the last one it stops.
WAITS = (1, 1, 1, 2, 2, 3, 3, 5, 5, *(8,) * 10, *(15,) * 40)
MOST_FAILURES = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})
RACED = "处理时已被他人办理，请刷新后查看最新状态"


@dataclass(frozen=True, slots=True)
class Failure:
    """Somebody who was not moved, and why."""

    name: str
    student_no: str
    reason: str
    url: str


@dataclass(frozen=True, slots=True)
class Task:
    """A bulk act as pages show it."""

    url: str
    verb: str
    title: str
    person: str
    created: datetime
    done: int
    refused: int
    total: int
    seen: int
    percent: int
    ended: bool
    polling: bool
    poll: int
    wait: int
    trouble: str
    tag: Tag
    back: str = LIST
    failures: list[Failure] = field(default_factory=list)


COLUMNS = (
    Column("task", "任务", lambda line: _title(line.act), ("verb",), css="name", linked=True),
    Column("created", "提交时间", lambda line: line.act.confirmed_at, ("confirmed_at",), css="nowrap", narrow="提交"),
    Column("state", "状态", lambda line: job_tag(line.state), css="at", narrow="状态"),
    Column("done", "成功", lambda line: f"{line.act.done:,}", ("done",), css="num", narrow="成功"),
    Column("refused", "未通过", lambda line: f"{_left(line.act):,}", (), css="num", narrow="未通过"),
    Column("total", "共", lambda line: f"{line.act.total:,}", ("total",), css="num", narrow="共"),
    Column("finished", "完成时间", lambda line: line.act.finished_at, ("finished_at",), css="nowrap", narrow="完成"),
)
JOBS = listed(ListSpec(
    key="jobs", path="/jobs", title="我的任务", group="工作台", desks=STAFF, noun="项",
    rows=lambda visit: stations.tasks(visit.actor), columns=COLUMNS, order=("-id",), lines=progress.works,
    criteria=criteria(chosen("verb", "任务", "verb", Verb.choices()), since("from", "提交自", "confirmed_at"),
                      until("to", "提交至", "confirmed_at"),
                      yes_no("running", "是否完成", stations.unfinished, "未完成", "已完成")),
    link=lambda line: f"/jobs/{line.id}",
    empty=("还没有任务", "在各个名单里批量办理后，进度和结果会列在这里"),
))  # fmt: skip


@reads(*STAFF)
def jobs(request: HttpRequest, visit: Visit) -> HttpResponse:
    """我的任务."""
    return show(request, visit, JOBS)


@reads(*STAFF)
def job(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One task; a poll gets the part that changes, and when it ends tells the list behind."""
    work = progress.act(visit.actor.user_id, pk)
    if work is None:
        raise Http404
    task = _task(work, _poll(request), _failures(work) if work.state in ENDED else [])
    if not request.htmx:
        return render(request, "pages/job.html", {"shell": shell(visit, "/jobs"), "job": task})
    answer = render(request, "parts/progress.html", {"job": task})
    return trigger_client_event(answer, "graduand:changed") if task.ended else answer


@reads(*STAFF)
def refused(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The workbook of who was not moved, with every reason."""
    work = progress.act(visit.actor.user_id, pk)
    if work is None:
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        headers = ("学号", "姓名", "学习中心", "原因", "下一步")
        path = table_workbook(
            Path(folder) / "refused.xlsx", headers, _rows(work), widths=(18, 12, 24, 60, 60)
        )
        answer = HttpResponse(path.read_bytes(), content_type=XLSX)
    name = quote(f"未通过名单-{work.act.pk}.xlsx")
    answer["Content-Disposition"] = f"attachment; filename=\"refused.xlsx\"; filename*=UTF-8''{name}"
    return answer


def _poll(request: HttpRequest) -> int:
    text = request.GET.get("poll", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _task(work: progress.Work, poll: int = 0, failures: list[Failure] | None = None) -> Task:
    act, state = work.act, work.state
    ended = state in ENDED
    polling = not ended and poll < len(WAITS)
    title = {JobState.DONE: "处理完成", JobState.FAILED: "处理中断"}.get(state, "正在处理…")
    message = work.job.message if work.job and state is JobState.FAILED else ""
    return Task(
        f"/jobs/{act.pk}", _title(act), title, act.actor.name, act.confirmed_at, act.done, _left(act), act.total, act.cursor,
        act.cursor * 100 // act.total if act.total else 100, ended, polling, poll + 1,
        WAITS[min(poll, len(WAITS) - 1)], message, job_tag(state), failures=failures or [],
    )  # fmt: skip


def _title(act: Act) -> str:
    label = Verb(act.verb).label + ("+学位" if act.asked.get("with_degree") else "")
    return f"批量{label}" if act.total != 1 else label


def _left(act: Act) -> int:
    """Whoever was not moved: refused, raced, or there already."""
    return act.refused + act.raced + act.unchanged


def _failures(work: progress.Work) -> list[Failure]:
    return [_failure(row, found) for row, found in _reasons(work, MOST_FAILURES)]


def _failure(row: Refusal, found: list[Finding]) -> Failure:
    student = row.candidate.student
    reason = found[0].sentence if found else RACED
    return Failure(student.name, student.number, reason, f"{LIST}/{row.candidate_id}")


def _reasons(work: progress.Work, most: int | None = None) -> Iterator[tuple[Refusal, list[Finding]]]:
    """(who, what stood against it, courses by name); nothing stood against those whom somebody else moved first."""
    if not work.act.refused + work.act.raced:
        return
    audits = bench_of(work.act.batch).audits
    for row in progress.refused(work.act)[:most].iterator(chunk_size=2_000):
        plan = audits[row.candidate.student.plan.code].plan
        yield row, [] if row.raced else [named(f, plan) for f in stored(row.findings) if f.blocks]


def _rows(work: progress.Work) -> Iterator[tuple[str, ...]]:
    for row, found in _reasons(work):
        student = row.candidate.student
        reasons = "；".join(f"{f.sentence}（{f.clause.source}）" for f in found) or RACED
        todo = "；".join(dict.fromkeys(f.clause.todo for f in found))
        yield student.number, student.name, row.candidate.centre.name, reasons, todo
