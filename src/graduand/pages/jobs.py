"""Long work as it goes: my tasks, one task's progress, stopping it, its result and the workbooks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from graduand.models import Act, Candidate, Event, Job
from graduand.office import act_results, acts
from graduand.office.duties.acts import Acts, title
from graduand.office.queue import halting
from graduand.office.queue.kinds import job_address, registry
from graduand.office.queue.lines import Line, lines, lines_of
from graduand.pages.door.access import STAFF, Visit, opens, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.base import address, number_of
from graduand.pages.frame.confirming import NAMED, SETTLED, Group
from graduand.pages.frame.halting import halt_of
from graduand.pages.frame.job_times import Again, comes_again
from graduand.pages.frame.list_spec import Beside, Column, ListSpec, listed
from graduand.pages.frame.listing import show
from graduand.pages.frame.registry import LISTS
from graduand.pages.frame.shell import LIST, shell
from graduand.pages.frame.tags import Tag, job_tag
from graduand.queries import clock, progress, standstill, tasks
from graduand.queries.confirming import Skipped
from graduand.queries.listing import Asked, Criterion, chosen, criteria, yes_no
from graduand.queries.person import degree_dropped, number_words
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import JobState, Role, Verb
from graduand.rulebook.work_terms import PERIODIC, WorkKind

HOME = "/jobs"
# Seconds before each poll: it slows, and after the last one it stops.
WAITS = (1, 1, 1, 2, 2, 3, 3, 5, 5, *(8,) * 10, *(15,) * 40)
TITLES = {
    JobState.DONE: "处理完成",
    JobState.FAILED: "处理中断",
    JobState.CANCELLED: "已停止",
    JobState.WAITING: "排队等待处理…",
}
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the people of an act that has ended: those left behind by what kept them, and
    those who moved.

    `named` of `nameable` who were left behind stand on the page; `moved` are (address, name, 学号,
    number, what was dropped).
    """

    groups: list[Group] = field(default_factory=list)
    named: int = 0
    moved: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    back: str = LIST
    without_degree: int = 0


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
    unchanged: int
    total: int
    seen: int
    percent: int
    ended: bool
    polling: bool
    poll: int
    wait: int
    trouble: str
    still: str
    tag: Tag
    outcome: Outcome


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
    again: Again | None


def _job_url(line: Line) -> str:
    return job_address(line.job.kind, line.job.subject)


def _figure(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


COLUMNS = (
    Column("task", "任务", lambda line: line.about.title, ("kind",), css="name", linked=True),
    Column(
        "by",
        "提交人",
        lambda line: line.job.by.name if line.job.by else "系统",
        css="nowrap",
        narrow="提交人",
        shown=False,
    ),
    Column("created", "提交时间", lambda line: line.ordered, ("id",), css="nowrap", narrow="提交"),
    Column("state", "状态", lambda line: job_tag(line.state), ("state",), css="at", narrow="状态"),
    Column(
        "progress", "进度", lambda line: f"{line.done:,} / {line.total:,}", css="num", narrow="进度"
    ),
    Column("done", "成功", lambda line: _figure(line.about.succeeded), css="num", narrow="成功"),
    Column(
        "refused", "未通过", lambda line: _figure(line.about.refused), css="num", narrow="未通过"
    ),
    Column("said", "结果", lambda line: line.about.said, narrow="结果"),
    Column("finished", "结束时间", lambda line: line.about.ended_at, css="nowrap", narrow="结束"),
)


def _beside(visit: Visit, asked: Asked) -> Beside:
    """That nobody is at it, where that is so; what comes by itself, for whoever looks after the program."""
    still = standstill.words_of(tasks.mine(visit.actor))
    note = f"{still}。" if still else ""
    if Role.HQ_ADMIN not in visit.actor.roles:
        return Beside(note=note)
    late, ahead = set(tasks.late().values_list("pk", flat=True)), clock.shift()
    told = [
        comes_again(line, ahead, late=line.id in late) for line in lines_of(list(tasks.periodic()))
    ]
    return Beside(note=note, below="parts/periodic.html", told=told)


JOBS = listed(
    ListSpec(
        key="jobs",
        path=HOME,
        title="我的任务",
        group="工作台",
        noun="项",
        rows=lambda visit: tasks.mine(visit.actor),
        columns=COLUMNS,
        order=("-id",),
        lines=lines,
        criteria=criteria(
            Criterion("verb", "办理", tasks.of_verb, tuple(Verb.choices())),
            chosen("state", "状态", "state", JobState.choices()),
            yes_no("running", "是否结束", tasks.running, "未结束", "已结束"),
        ),
        link=_job_url,
        beside=_beside,
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
    """One job: how far it is, what was kept, stopping it; one of my own that has its page elsewhere is looked at there."""
    if kind == WorkKind.ACT and (work := progress.act(visit.actor.user_id, subject)) is not None:
        return _act(request, visit, work)
    found = _seen(visit, kind, subject)
    if (page := _page_of(found, visit)) != job_address(kind, subject):
        return redirect(page)
    (line,), poll = lines_of([found]), _poll(request)
    context = {"task": _other(line, poll), "halt": halt_of(found, visit, line.done, line.total)}
    if request.htmx and poll:
        return render(request, "parts/task.html", context)
    return render(request, "pages/task.html", context | {"shell": shell(visit, HOME)})


def _act(request: HttpRequest, visit: Visit, work: progress.Work) -> HttpResponse:
    """An act of mine; a poll gets the part that changes, and when it ends tells the list behind."""
    task = _task(work, _poll(request), _outcome(visit, work) if work.state in ENDED else Outcome())
    if not request.htmx:
        return render(
            request, "pages/job.html", {"shell": shell(visit, HOME), "job": task, "partial": False}
        )
    answer = render(request, "parts/progress.html", {"job": task, "partial": True})
    return trigger_client_event(answer, "graduand:changed") if task.ended else answer


@writes(*STAFF)
def refused(request: HttpRequest, visit: Visit, subject: int) -> FileResponse:
    """The workbook of who was not moved, with every reason."""
    act = _mine(visit, subject).act
    rows = act_results.refused_rows(act, visit.actor)
    leaving = act_results.leaving(act_results.REFUSED, act)
    return downloads.table(
        visit, leaving, rows, act.refused + act.raced, f"未通过名单-{subject}.xlsx"
    )


@writes(*STAFF)
def result(request: HttpRequest, visit: Visit, subject: int) -> FileResponse:
    """The workbook of everybody: who moved, with the order number, and who did not, with every reason."""
    act = _mine(visit, subject).act
    leaving = act_results.leaving(act_results.EVERYBODY, act)
    return downloads.table(
        visit,
        leaving,
        act_results.everybody(act, visit.actor),
        act.total,
        f"办理结果-{subject}.xlsx",
    )


def _mine(visit: Visit, pk: int) -> progress.Work:
    work = progress.act(visit.actor.user_id, pk)
    if work is None:
        raise Http404
    return work


def _seen(visit: Visit, kind: str, subject: int) -> Job:
    job = tasks.one(visit.actor, kind, subject) if kind in registry.duties else None
    if job is None:
        raise Http404
    return job


def _page_of(job: Job, visit: Visit) -> str:
    """Where the work is looked at: by whoever ordered it on the page of its result, by others on the job's own."""
    own = job.by_id == visit.actor.user_id
    return registry.of(job.kind).page(job.subject) if own else job_address(job.kind, job.subject)


def _other(line: Line, poll: int) -> OtherTask:
    job, again = line.job, None
    if job.kind in PERIODIC:
        again = comes_again(line, clock.shift(), late=tasks.late().filter(pk=job.pk).exists())
    return OtherTask(
        _job_url(line),
        line.about.title,
        job.by.name if job.by else "系统",
        line.ordered,
        line.done,
        line.total,
        job_tag(line.state),
        job.message,
        line.state not in ENDED and poll < len(WAITS),
        poll + 1,
        WAITS[min(poll, len(WAITS) - 1)],
        again,
    )


@writes(*STAFF)
def stop(request: HttpRequest, visit: Visit, kind: str, subject: int) -> HttpResponse:
    """停止 between two pieces: what is done stays done, the rest is left where it is; twice is once."""
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


def _task(work: progress.Work, poll: int, outcome: Outcome) -> Task:
    act, state = work.act, work.state
    ended = state in ENDED
    polling = not ended and poll < len(WAITS)
    still = standstill.words_of_job(work.job) if work.job and not ended else ""
    stage = TITLES.get(state, "正在处理…")
    message = work.job.message if work.job and state is JobState.FAILED else ""
    if state is JobState.CANCELLED:
        after = Acts.after_stop.format(done=f"{act.cursor:,}", left=f"{act.total - act.cursor:,}")
        message = f"已停止：{after}"
    return Task(
        job_address(WorkKind.ACT, act.pk),
        title(act),
        stage,
        act.actor.name,
        act.confirmed_at,
        act.done,
        act.refused + act.raced,
        act.unchanged,
        act.total,
        act.cursor,
        act.cursor * 100 // act.total if act.total else 100,
        ended,
        polling,
        poll + 1,
        WAITS[min(poll, len(WAITS) - 1)],
        message,
        still,
        job_tag(state),
        outcome,
    )


def _outcome(visit: Visit, work: progress.Work) -> Outcome:
    """By name: at most NAMED of those who were left behind, and of those who moved.

    A person who has several reasons counts with each and is named under the first.
    """
    act = work.act
    known = [(one.first, _skipped(one)) for one in act_results.refusals(act, visit.actor, NAMED)]
    groups = [
        Group(
            CLAUSES[code].title,
            CLAUSES[code].source,
            count,
            tuple(who for first, who in known if first == code),
        )
        for code, count in sorted(act.by_code.items(), key=lambda pair: -pair[1])
    ]
    if act.raced:
        groups.append(
            Group(
                "处理时已被他人办理",
                SETTLED,
                act.raced,
                tuple(who for first, who in known if not first),
            )
        )
    target = step_of(Verb(act.verb)).target.label
    still = [
        _settled(file, target) for file in act_results.settled(act, visit.actor, NAMED - len(known))
    ]
    if act.unchanged:
        groups.append(Group(f"无需办理：已经是「{target}」", SETTLED, act.unchanged, tuple(still)))
    moved = [
        (
            f"{LIST}/{event.candidate_id}",
            event.candidate.student.name,
            event.candidate.student.number,
            _numbered(event),
            degree_dropped(event),
        )
        for event in act_results.moved(act, visit.actor, NAMED)
    ]
    dropped = act_results.without_degree(act, visit.actor)
    return Outcome(groups, len(known) + len(still), moved, _back(visit, act), dropped)


def _numbered(event: Event) -> str:
    """`上报第 60 号`: which number it is that somebody was given; a waybill and a way of handing over say what they are."""
    if event.verb == Verb.APPLY and event.number:
        return f"上报第 {event.number} 号"
    return number_words(event)


def _back(visit: Visit, act: Act) -> str:
    """The list that the people were picked from, as it was filtered."""
    pick = progress.pick_of(act)
    if pick is None or pick.listing not in LISTS or not opens(visit, LISTS[pick.listing].path):
        return LIST
    return address(LISTS[pick.listing].path, [(name, value) for name, value in pick.filter])


def _skipped(one: act_results.Reasons) -> Skipped:
    file = one.row.candidate
    return Skipped(
        file.pk,
        file.student.number,
        file.student.name,
        file.centre.name,
        one.first,
        one.words,
        one.todo,
    )


def _settled(file: Candidate, target: str) -> Skipped:
    words = f"办理前已经是「{target}」"
    return Skipped(file.pk, file.student.number, file.student.name, file.centre.name, "", words, "")
