"""关闭与办结: what is left of a batch and why, the questions to the second person; deleting one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import Batch, Job
from graduand.office.people import list_state
from graduand.office.season import deleting
from graduand.office.season.ending import closing, switching
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame.acts import consent_words, switch_log
from graduand.pages.frame.acts.explaining import explained_by
from graduand.pages.frame.base import address, batch_named, is_form_key, key_of, number_of
from graduand.pages.frame.queue.halting import halt_of
from graduand.pages.frame.shell import shell
from graduand.queries.certificates import cancelled
from graduand.queries.listing import BATCH, BadFilter
from graduand.queries.queue import jobs
from graduand.queries.review import grounds
from graduand.queries.season import batches, closing_summary, gaps, policies, returning_files
from graduand.queries.season.seasons import NEXT_BATCH, naming_next
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Desk, JobState, Stage

HOME = "/batches"
# What keeps a batch unfinished and is not a stage of a file: the list of exactly these, the batch,
# and the rest of the filter.
BESIDE = {
    "cases": ("/identity", "graduates", [("open", "1")]),
    "short": ("/certificates", BATCH, [("void", "0"), ("missed", "1")]),
    "old": ("/certificates", BATCH, [("void", "0"), ("paper", "old")]),
    grounds.STOPPED: ("/candidates", BATCH, [(grounds.LOST, grounds.STOPPED)]),
    grounds.GIVEN: ("/candidates", BATCH, [(grounds.LOST, grounds.GIVEN)]),
    "degree_lost": ("/candidates", BATCH, [("degree", "granted"), ("degree_lost", "1")]),
    cancelled.NAME: ("/candidates", BATCH, [(cancelled.NAME, "1")]),
}


@reads(Desk.HQ)
def checklist(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """查缺补漏: unfinished files, each explained, before two people close or finish the batch."""
    batch = batch_named(code)
    if batch.closed_at is None and (early := gaps.not_begun(batch)):
        return render(request, "pages/season/not_begun.html", _preparation(visit, batch, early))
    context = {
        "shell": shell(visit, HOME, batch=code),
        "batch": batch,
        **_gaps(batch),
        **_closing_work(visit, batch),
        "nexts": [_next(batch, do) for do in _switches(batch)],
        "next_batch": naming_next(NEXT_BATCH, visit.seasons, code),
        "said": switch_log.entries(batch, visit.now),
        "key": uuid4().hex,
        "done": _done(request),
        **_explained(request, batch),
        **_lost(batch),
    }
    return render(request, "pages/season/checklist.html", context)


def _gaps(batch: Batch) -> dict[str, Any]:
    """The files that are not finished: by gap and by centre, with the lists, and what else is left
    to do.
    """
    names = gaps.names(batch)
    return {
        "gaps": [(names[name], n, name) for name, n in _unexplained(batch).items()],
        "centres": gaps.by_centre(batch),
        "left": _left(batch),
        "names": names,
        "most": closing.NOTE_LENGTH,
        "link": _gap_links(batch),
    }


def _unexplained(batch: Batch) -> dict[str, int]:
    """Gap -> people without an explanation; none for a finished batch, in which nothing is
    explained.
    """
    if batch.finished_at is not None:
        return {}
    return gaps.counts(batch)


def _leaves(batch: Batch) -> str:
    """What finishing it removes from every home page; "" where it can't be finished now."""
    if batch.closed_at is None or batch.finished_at is not None:
        return ""
    return closing_summary.leaves_the_todos(batch)


def _closing_work(visit: Visit, batch: Batch) -> dict[str, Any]:
    """The work that closes the batch, or restores its list, and how many people it affects."""
    job = _latest_job(batch)
    return {
        "told": _told(batch),
        "leaves": _leaves(batch),
        "job": job,
        "working": _working(job),
        "halt": halt_of(job, visit),
        "reopening": batch.reopening,
        "restoring": job is not None and job.kind == WorkKind.REOPENING,
    }


def _lost(batch: Batch) -> dict[str, Any]:
    """The files that wait for a number and cannot be given one, and those whose certificate is held
    up: no closing carries them over, and no explanation is needed.
    """
    here = [(BATCH, batch.code)]
    lost, held = closing_summary.who_stays(batch)
    return {
        "lost": lost,
        "lost_url": address("/candidates", [*here, ("stage", Stage.APPROVED.value), ("lost", "1")]),
        "held": held,
        "held_url": address("/candidates", [*here, (grounds.LOST, grounds.STOPPED)]),
    }


def _told(batch: Batch) -> str:
    """What closing the batch, or opening a closed one again, would do, with the numbers of people."""
    if batch.closed_at is not None:
        return returning_files.consequences(batch)
    return closing_summary.sentence(batch)


# What was done on this page, by the name under which its number comes back.
_DONE = {
    "done": "已说明 {} 人。",
    "again": "已改写 {} 人的原因。",
    "back": "已撤回 {} 人的原因，他们又列在未说明里。",
}
# Reasons on one page of them, and the last page that an address can ask for.
SHOWN = 100
MOST_PAGES = 1_000


def _done(request: HttpRequest) -> str:
    found = ((words, number_of(request.GET.get(name))) for name, words in _DONE.items())
    return next((words.format(f"{many:,}") for words, many in found if many), "")


def _explained(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    """Each reason with the list of its files, page by page.

    A reason that can be changed, or taken back, has its form.
    """
    anew = _changeable_stages(batch)
    page = min(number_of(request.GET.get("said")) or 1, MOST_PAGES)
    found = gaps.explained(batch, slice((page - 1) * SHOWN, page * SHOWN + 1))
    rows = [
        {
            "said": reason,
            "url": explained_by(batch.code, reason),
            "open": reason.stage.value in anew and not batch.reopening,
        }
        for reason in found[:SHOWN]
    ]
    return {"explained": rows, "said_page": page, "said_more": len(found) > SHOWN}


def _changeable_stages(batch: Batch) -> Collection[str]:
    """The stages of files whose reasons may still be changed."""
    if batch.finished_at is not None or batch.closing_since is not None:
        return ()
    return gaps.explainable_stages(batch)


def _preparation(visit: Visit, batch: Batch, early: str) -> dict[str, Any]:
    """What to do in a batch whose first round has not opened: look, prepare, or delete it."""
    here = [(BATCH, batch.code)]
    links = [
        ("名单", address("/candidates", here)),
        (
            "缺毕业照片的",
            address("/candidates", [*here, ("stage", Stage.LISTED.value), ("photo", "0")]),
        ),
        (
            "证件信息待核对的",
            address("/candidates", [*here, ("stage", Stage.LISTED.value), ("code", "INFO-ID")]),
        ),
        ("批次规定", f"{HOME}/{batch.code}"),
    ]
    if not deleting.why_not(batch):
        links.append(("误载入，删除这个批次", f"{HOME}/{batch.code}/delete"))
    return {
        "shell": shell(visit, HOME, batch=batch.code),
        "batch": batch,
        "early": early,
        "links": links,
    }


def _switches(batch: Batch) -> list[BatchSwitch]:
    """The next thing that two people can do."""
    if batch.closed_at is None:
        return [BatchSwitch.CLOSE]
    if batch.reopening or batch.finished_at is not None:
        return [BatchSwitch.REOPEN]
    return [BatchSwitch.FINISH, BatchSwitch.REOPEN]


def _next(batch: Batch, do: BatchSwitch) -> dict[str, Any]:
    """The question that can be asked, or why it can't be.

    One that waits already is answered, and not asked again.
    """
    asked = switching.waiting(batch, do)
    refused = switching.declined(batch, do)
    step = {
        "do": do,
        "label": do.label,
        "follows": consent_words.SWITCHED.get(do, ""),
        "declined": consent_words.proposed_in_vain(refused),
        "asked": "",
        "reason": "",
        "why": "",
    }
    if asked is None:
        step["why"] = switching.why_not(batch, do)
    else:
        step["asked"] = switching.asked_already(asked)
        step["reason"] = asked.reason
    return step


def _latest_job(batch: Batch) -> Job | None:
    """The job that the page shows: the closing, or the restoring of the list while that is at work."""
    back = jobs.job_of(WorkKind.REOPENING, batch.pk)
    if back is not None and (batch.reopening or _working(back)):
        return back
    return jobs.job_of(WorkKind.CLOSING, batch.pk)


def _working(job: Job | None) -> bool:
    return job is not None and job.state in (JobState.WAITING, JobState.RUNNING)


def _left(batch: Batch) -> list[tuple[str, int, str]]:
    """(what is still open, how many, the list in which it is done); before the closing, and while
    the list is being restored, only what goes on in a closed batch.
    """
    found = batches.left_to_do(batch)
    if batch.closed_at is None or batch.reopening:
        found = [item for item in found if item.key in batches.ONWARD or item.key in BESIDE]
    return [(item.label, item.count, _list_of(batch, item.key)) for item in found]


def _list_of(batch: Batch, key: str) -> str:
    if key in BESIDE:
        where, name, asked = BESIDE[key]
        return address(where, [(name, batch.code), *asked])
    if key == Stage.RECEIVED:
        return address("/handovers", [(BATCH, batch.code), ("stage", key)])
    return address("/candidates", [(BATCH, batch.code), ("stage", key)])


def _gap_links(batch: Batch) -> dict[str, str]:
    """The address of the list that each gap counts."""
    return {
        gap: address("/candidates", [(BATCH, batch.code), ("gap", gap)])
        for gap in (*gaps.GAPS, *gaps.LEFT)
    }


@writes(Desk.HQ)
def explain(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Explain why the files of a gap were not finished: of one centre, or of all."""
    form = request.POST
    gap = form.get("gap", "")
    centre = form.get("centre", "")
    if gap not in {**gaps.GAPS, **gaps.LEFT} or (centre and key_of(centre) is None):
        raise BadFilter("请从页面上选择。")
    many = closing.explain(
        batch_named(code), gap, key_of(centre), form.get("note", ""), visit.actor
    )
    return redirect(f"{HOME}/{code}/closing?done={many}")


@writes(Desk.HQ)
def say_anew(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Replace a reason, or delete it, for all of its files or for some by 学号."""
    form = request.POST
    batch = batch_named(code)
    stage = Stage.of(form.get("stage", ""))
    do = form.get("do", "")
    if stage is None or do not in ("again", "back"):
        raise BadFilter("请从页面上选择。")
    reason = gaps.Explanation(stage, form.get("text", ""), 0)
    numbers = _numbers(form)
    if do == "back":
        many = closing.take_back(reason, batch, visit.actor, numbers)
    else:
        many = closing.say_anew(reason, batch, form.get("note", ""), visit.actor, numbers)
    return redirect(f"{HOME}/{code}/closing?{do}={many}")


def _numbers(form: QueryDict) -> list[str]:
    """The pasted 学号; empty for everybody whom a reason is about."""
    pasted = form.get("numbers", "").strip()
    if not pasted:
        return []
    return list_state.read_numbers(pasted)


@writes(Desk.HQ, fresh=True)
def switch(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Ask the second person to close the batch, to open a closed one again, or to finish it."""
    batch = batch_named(code)
    do = BatchSwitch.of(request.POST.get("do", ""))
    key = request.POST.get("key", "")
    if do is None or not is_form_key(key):
        raise BadFilter("请从页面上选择。")
    switching.ask(
        visit.actor,
        batch,
        do,
        request.POST.get("reason", ""),
        address=visitors.address(request),
        key=key,
    )
    return redirect("/consents?done=asked")


@reads(Desk.HQ)
def ask_deletion(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """The page that says what a deletion would remove and what stays."""
    return _deletion(request, visit, batch_named(code))


def _deletion(
    request: HttpRequest, visit: Visit, batch: Batch, typed: str | None = None
) -> HttpResponse:
    """The form that asks for the code of the batch; it keeps what was `typed` instead of that."""
    problem = _not_deleted(batch, typed)
    context = {
        "shell": shell(visit, HOME, batch=batch.code),
        "batch": batch,
        "people": sum(sum(row.values()) for row in policies.by_round(batch).values()),
        "why": deleting.why_not(batch),
        "typed": typed or "",
        "problem": problem,
    }
    return render(
        request, "pages/season/delete_batch.html", context, status=409 if problem else 200
    )


def _not_deleted(batch: Batch, typed: str | None) -> str:
    """Why the batch was not deleted; "" while nothing was sent."""
    if typed is None:
        return ""
    input_words = "没有输入"
    if typed:
        input_words = f"输入的「{typed}」不是"
    return f"没有删除：{input_words}批次 {batch.code} 的代码。要删除，请输入 {batch.code}；不删除，请按「取消」"


@writes(Desk.HQ, fresh=True)
def delete(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Delete a batch in which nothing has happened; its 批次 code was typed once more."""
    batch = batch_named(code)
    typed = request.POST.get("code", "").strip()
    if typed != code:
        return _deletion(request, visit, batch, typed[:12])
    deleting.delete(batch, visit.actor)
    return redirect(f"{HOME}?deleted={code}")


ADDRESSES = [
    path("batches/<str:code>/closing", checklist),
    path("batches/<str:code>/explain", explain),
    path("batches/<str:code>/explained", say_anew),
    path("batches/<str:code>/switch", switch),
    path("batches/<str:code>/delete", ask_deletion),
    path("batches/<str:code>/delete/confirmed", delete),
]
