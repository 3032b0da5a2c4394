"""Background work in progress: the visitor's tasks, one task's progress, stopping it, its
workbooks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from graduand.models import Job
from graduand.office import act_results, acts
from graduand.office.duties.acts import Acts, title
from graduand.office.queue import halting
from graduand.office.queue.kinds import job_address, registry
from graduand.office.queue.lines import JobLine, lines, lines_of
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.acts.act_outcome import ActOutcome, outcome_of
from graduand.pages.frame.base import number_of
from graduand.pages.frame.lists.cells import name_of
from graduand.pages.frame.lists.list_spec import Column, ListNotes, ListSpec, register_list
from graduand.pages.frame.lists.listing import show
from graduand.pages.frame.queue.halting import halt_of
from graduand.pages.frame.queue.job_times import PeriodicLine, comes_again
from graduand.pages.frame.queue.polling import looks_again, wait_after
from graduand.pages.frame.shell import shell
from graduand.pages.frame.tags import Tag, job_tag
from graduand.queries import clock
from graduand.queries.listing import Criterion, ListFilter, chosen, criteria, yes_no
from graduand.queries.queue import jobs as tasks
from graduand.queries.queue import standstill
from graduand.queries.season import progress
from graduand.rulebook.queue.work_terms import PERIODIC, WorkKind
from graduand.rulebook.terms import JobState, Role, Verb

HOME = "/jobs"
TITLES = {
    JobState.DONE: "处理完成",
    JobState.FAILED: "处理中断",
    JobState.CANCELLED: "已停止",
    JobState.WAITING: "排队等待处理…",
}
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class BulkAct:
    """A bulk act as pages show it."""

    url: str
    verb: str
    title: str
    person: str
    created: datetime
    done: int
    refused: int
    unchanged: int
    total: int
    seen: int
    percent: int
    ended: bool
    given_up: bool
    polling: bool
    poll: int
    wait: int
    trouble: str
    still: str
    tag: Tag
    outcome: ActOutcome


@dataclass(frozen=True, slots=True)
class OtherTask:
    """Long work of any kind, as its small page shows it."""

    url: str
    title: str
    person: str
    created: datetime
    done: int
    total: int
    tag: Tag
    message: str
    polling: bool
    poll: int
    wait: int
    again: PeriodicLine | None


def _job_url(line: JobLine) -> str:
    return job_address(line.job.kind, line.job.subject)


def _tag(line: JobLine) -> Tag:
    return replace(job_tag(line.state), text=line.word)


def _figure(count: int | None) -> str:
    if count is None:
        return ""
    return f"{count:,}"


COLUMNS = (
    Column("task", "任务", lambda line: line.about.title, ("kind",), css="name", linked=True),
    Column(
        "by",
        "提交人",
        lambda line: name_of(line.job.by, nobody="系统"),
        css="nowrap",
        narrow="提交人",
        shown=False,
    ),
    Column("created", "提交时间", lambda line: line.ordered, ("id",), css="nowrap", narrow="提交"),
    Column("state", "状态", _tag, ("state",), css="at", narrow="状态"),
    Column(
        "progress", "进度", lambda line: f"{line.done:,} / {line.total:,}", css="num", narrow="进度"
    ),
    Column("done", "成功", lambda line: _figure(line.about.succeeded), css="num", narrow="成功"),
    Column(
        "refused", "未通过", lambda line: _figure(line.about.refused), css="num", narrow="未通过"
    ),
    Column("said", "结果", lambda line: line.about.message, narrow="结果"),
    Column("finished", "结束时间", lambda line: line.about.ended_at, css="nowrap", narrow="结束"),
)


def _beside(visit: Visit, asked: ListFilter) -> ListNotes:
    """The note that no worker is active, where that is so; for operators also about recurring work."""
    note = standstill.words_of(tasks.visible_jobs(visit.actor))
    if note:
        note += "。"
    if Role.HQ_ADMIN not in visit.actor.roles:
        return ListNotes(note=note)
    late = set(tasks.late().values_list("pk", flat=True))
    ahead = clock.shift()
    told = [
        comes_again(line, ahead, late=line.id in late) for line in lines_of(list(tasks.periodic()))
    ]
    return ListNotes(note=note, below="parts/queue/periodic.html", told=told)


JOBS = register_list(
    ListSpec(
        key="jobs",
        path=HOME,
        title="我的任务",
        group="工作台",
        noun="项",
        rows=lambda visit: tasks.visible_jobs(visit.actor),
        columns=COLUMNS,
        order=("-id",),
        lines=lines,
        criteria=criteria(
            Criterion("verb", "办理", tasks.of_verb, tuple(Verb.choices())),
            chosen("state", "状态", "state", JobState.choices()),
            yes_no("running", "是否结束", tasks.running, "未结束", "已结束"),
        ),
        link=_job_url,
        notes=_beside,
        empty=(
            "还没有任务",
            "在各个名单里批量办理后，进度和结果会列在这里；逐份审核的结果在各人的办理经过里",
        ),
    )
)


@reads(*STAFF)
def jobs(request: HttpRequest, visit: Visit) -> HttpResponse:
    """我的任务."""
    return show(request, visit, JOBS)


@reads(*STAFF)
def job(request: HttpRequest, visit: Visit, kind: str, subject: int) -> HttpResponse:
    """One job: how far it is, stopping it; one of the visitor's own is shown on its own page if it
    has one.
    """
    if kind == WorkKind.ACT and (work := progress.act(visit.actor.user_id, subject)) is not None:
        return _act(request, visit, work)
    found = _seen(visit, kind, subject)
    if (page := _page_of(found, visit)) != job_address(kind, subject):
        return redirect(page)
    (line,) = lines_of([found])
    poll = _poll(request)
    context = {"task": _other(line, poll), "halt": halt_of(found, visit, line.done, line.total)}
    if visitors.for_a_part(request) and poll:
        return render(request, "parts/queue/task.html", context)
    return render(request, "pages/queue/task.html", context | {"shell": shell(visit, HOME)})


def _act(request: HttpRequest, visit: Visit, work: progress.ActWork) -> HttpResponse:
    """An act of the visitor's; a poll gets the part that changes, and at the end tells the list
    behind it.
    """
    outcome = ActOutcome()
    if work.state in ENDED:
        outcome = outcome_of(visit, work)
    task = _task(work, _poll(request), outcome)
    if not visitors.for_a_part(request):
        page = {"shell": shell(visit, HOME), "job": task, "partial": False}
        return render(request, "pages/queue/job.html", page)
    answer = render(request, "parts/queue/progress.html", {"job": task, "partial": True})
    if task.ended:
        trigger_client_event(answer, "graduand:changed")
    return answer


@writes(*STAFF)
def refused(request: HttpRequest, visit: Visit, subject: int) -> FileResponse:
    """The workbook of who was not moved, with every reason."""
    act = _mine(visit, subject).act
    rows = act_results.refused_rows(act, visit.actor)
    leaving = act_results.export_of(act_results.REFUSED, act)
    return downloads.table(
        visit, leaving, rows, act.refused + act.raced, f"未通过名单-{subject}.xlsx"
    )


@writes(*STAFF)
def result(request: HttpRequest, visit: Visit, subject: int) -> FileResponse:
    """The workbook of everybody: who moved, with the number, and who did not, with reasons."""
    act = _mine(visit, subject).act
    leaving = act_results.export_of(act_results.EVERYBODY, act)
    return downloads.table(
        visit,
        leaving,
        act_results.everybody(act, visit.actor),
        act.total,
        f"办理结果-{subject}.xlsx",
    )


def _mine(visit: Visit, pk: int) -> progress.ActWork:
    work = progress.act(visit.actor.user_id, pk)
    if work is None:
        raise Http404
    return work


def _seen(visit: Visit, kind: str, subject: int) -> Job:
    if kind not in registry.duties:
        raise Http404
    job = tasks.visible_job(visit.actor, kind, subject)
    if job is None:
        raise Http404
    return job


def _page_of(job: Job, visit: Visit) -> str:
    """The address where the work is looked at: by the person who ordered it on its result, by
    others on the job.
    """
    if job.by_id != visit.actor.user_id:
        return job_address(job.kind, job.subject)
    return registry.of(job.kind).page(job.subject)


def _other(line: JobLine, poll: int) -> OtherTask:
    job = line.job
    again = None
    if job.kind in PERIODIC:
        again = comes_again(line, clock.shift(), late=tasks.late().filter(pk=job.pk).exists())
    return OtherTask(
        _job_url(line),
        line.about.title,
        name_of(job.by, nobody="系统"),
        line.ordered,
        line.done,
        line.total,
        _tag(line),
        job.message,
        line.state not in ENDED and looks_again(poll),
        poll + 1,
        wait_after(poll),
        again,
    )


@writes(*STAFF)
def stop(request: HttpRequest, visit: Visit, kind: str, subject: int) -> HttpResponse:
    """停止 between two pieces: what is done stays done, the rest is left; sending it twice stops
    once.
    """
    if kind == WorkKind.ACT and progress.act(visit.actor.user_id, subject) is not None:
        acts.cancel(subject, visit.actor)
        return redirect(job_address(kind, subject))
    found = _seen(visit, kind, subject)
    halting.stop(found.pk, visit.actor)
    return redirect(_page_of(found, visit))


@writes(*STAFF)
def resume(request: HttpRequest, visit: Visit, kind: str, subject: int) -> HttpResponse:
    """继续 what was stopped, from where it stopped."""
    found = _seen(visit, kind, subject)
    halting.resume(found.pk, visit.actor)
    return redirect(_page_of(found, visit))


@reads(*STAFF)
def act_before(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Where an act was looked at before jobs had one address, and its files were fetched."""
    return redirect(job_address(WorkKind.ACT, _mine(visit, pk).act.pk))


@reads(*STAFF)
def task_before(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Where other work was looked at."""
    job = tasks.numbered(visit.actor, pk)
    if job is None:
        raise Http404
    return redirect(job_address(job.kind, job.subject))


def _poll(request: HttpRequest) -> int:
    return number_of(request.GET.get("poll"))


def _task(work: progress.ActWork, poll: int, outcome: ActOutcome) -> BulkAct:
    act = work.act
    ended = work.state in ENDED
    return BulkAct(
        job_address(WorkKind.ACT, act.pk),
        title(act),
        TITLES.get(work.state, "正在处理…"),
        act.actor.name,
        act.confirmed_at,
        act.done,
        act.refused + act.raced,
        act.unchanged,
        act.total,
        act.cursor,
        act.cursor * 100 // act.total if act.total else 100,
        ended,
        work.state is JobState.FAILED,
        not ended and looks_again(poll),
        poll + 1,
        wait_after(poll),
        _message(work),
        _still(work),
        job_tag(work.state),
        outcome,
    )


def _message(work: progress.ActWork) -> str:
    """What broke the work off, or what became of it where it was stopped."""
    act = work.act
    if work.state is JobState.CANCELLED:
        after = Acts.after_stop.format(done=f"{act.cursor:,}", left=f"{act.total - act.cursor:,}")
        return f"已停止：{after}"
    if work.job is None or work.state is not JobState.FAILED:
        return ""
    return work.job.message


def _still(work: progress.ActWork) -> str:
    """The note that no worker has the work, where that is so."""
    if work.job is None or work.state in ENDED:
        return ""
    return standstill.words_of_job(work.job)
