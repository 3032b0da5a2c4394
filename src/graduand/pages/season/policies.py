"""修改批次规定: a form or a file becomes a draft, the draft is tried on everybody, then it is saved."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import Batch, PolicyDraft, PolicyVersion
from graduand.office.certificates.issuing import fixed_terms
from graduand.office.outgoing import list_exports
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.office.season import policy_drafts, policy_files
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.acts import policy_draft
from graduand.pages.frame.base import batch_named, is_form_key, key_of, number_of
from graduand.pages.frame.season.policy_changes import differences
from graduand.pages.frame.season.policy_form import form_of, source_of, with_season
from graduand.pages.frame.shell import shell
from graduand.queries.listing import BadFilter
from graduand.queries.season import policies
from graduand.rulebook.people.account_terms import ConsentKind, Leaves
from graduand.rulebook.season.next_season import HALF_A_YEAR, next_season
from graduand.rulebook.season.policy import BatchPolicy, PolicyRefused
from graduand.rulebook.terms import Desk

HOME = "/batches"
# The columns of the workbook of everybody whose judgement would change: (header, width).
MOVED = (
    ("学号", 18),
    ("姓名", 12),
    ("学习中心", 24),
    ("现在可申请", 12),
    ("改后可申请", 12),
    ("现在满足学位条件", 16),
    ("改后满足学位条件", 16),
    ("现在的不满足项", 50),
    ("改后的不满足项", 50),
)
MOST_BYTES = 256 << 10
# The most months, or days, by which the dates of the last batch can be moved on.
MOST_SPAN = 366


@reads(Desk.HQ)
def edit(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """The form with the policy in force, or with what the actor's own draft of it says."""
    batch = batch_named(code)
    assert batch.policy is not None
    if not batch.is_open:
        raise Refused(f"{batch.shut}，不能改规定")
    source = batch.policy.source
    held = _held(visit, request.GET.get("draft", ""), code)
    if held is not None:
        source = held.source
    return _form(request, visit, source, code, held=held)


@reads(Desk.HQ)
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A new batch, from the last one: its dates are empty until they are typed or moved on."""
    if held := _held(visit, request.GET.get("draft", ""), ""):
        return _form(request, visit, held.source, "", held=held)
    last = policies.newest()
    if last is None or last.policy is None:
        return redirect(f"{HOME}/load")
    return _form(request, visit, last.policy.source, "", fresh=True)


@writes(Desk.HQ)
def move_on(request: HttpRequest, visit: Visit) -> HttpResponse:
    """填入顺延后的日期: the days of the last batch moved on, into the form as typed so far."""
    typed = _typed(request)
    last = policies.newest()
    if last is None or last.policy is None:
        return redirect(f"{HOME}/load")
    before = last.policy.source
    months = _span(request.POST.get("months", ""))
    days = _span(request.POST.get("days", ""))
    if months is None or days is None:
        problem = f"顺延的月数和天数应为 0 到 {MOST_SPAN} 的整数"
        return _form(request, visit, source_of(before, typed), "", (problem,))
    dates = next_season(before, months, days)
    filled = with_season(typed, dates)
    if typed.get("code", "").strip() not in ("", typed.get("filled", "")):
        filled["code"] = typed["code"]  # typed by the visitor, not filled in by us
    told = f"日期都由批次 {last.code} 顺延 {months} 个月 {days} 天得来，请逐项核对。"
    return _form(
        request, visit, source_of(before, filled), "", told=told, code_filled=dates.get("code", "")
    )


def _span(text: str) -> int | None:
    """A number of months or days; None for any other text, and for a number that is too large."""
    number = key_of(text)
    if number is None or number > MOST_SPAN:
        return None
    return number


def _typed(request: HttpRequest) -> dict[str, str]:
    """The fields of the form; the ticked values of one name are joined as the form shows a list of
    words.
    """
    return {name: "、".join(request.POST.getlist(name)) for name in request.POST}


def _held(visit: Visit, asked: str, code: str) -> PolicyDraft | None:
    """The actor's own draft to be edited again, of batch `code` ("" for a new one); None where none
    is asked for.
    """
    if not asked:
        return None
    held = policies.draft(visit.actor, number_of(asked))
    if held is None or held.by_id != visit.actor.user_id or _batch_of(held) != code:
        raise Http404
    return held


def _batch_of(held: PolicyDraft) -> str:
    """The code of the batch that the draft changes; "" where it is to make a new batch."""
    if held.base_id is None:
        return ""
    return held.code


def _form(
    request: HttpRequest,
    visit: Visit,
    source: dict[str, Any],
    code: str,
    problems: tuple[str, ...] = (),
    *,
    fresh: bool = False,
    told: str = "",
    held: PolicyDraft | None = None,
    code_filled: str = "",
) -> HttpResponse:
    context = {
        "shell": shell(visit, HOME),
        "form": form_of(source, problems, fresh=fresh),
        "code": code,
        "key": uuid4().hex,
        "told": told,
        "code_filled": code_filled or request.POST.get("filled", ""),
        "most": MOST_SPAN,
        "issued": _issued(code),
        "held": held,
        "months": request.POST.get("months", HALF_A_YEAR),
        "days": request.POST.get("days", 0),
        "back": _back(code, held),
    }
    return render(
        request, "pages/season/policy_form.html", context, status=422 if problems else 200
    )


def _back(code: str, held: PolicyDraft | None) -> str:
    """Where the page leads back to: the draft, the batch, or the list."""
    if held is not None:
        return f"{HOME}/drafts/{held.pk}"
    if code:
        return f"{HOME}/{code}"
    return HOME


def _issued(code: str) -> str:
    """What the form says of certificates that have been issued already."""
    if not code or (batch := policies.batch(code)) is None:
        return ""
    note = fixed_terms.unchanged_note(batch)
    if not note:
        return ""
    return f"{note}；发证日期、学校、编号方式和发证日期在任的院（校）长不能再改。"


@writes(Desk.HQ)
def attempt(request: HttpRequest, visit: Visit) -> HttpResponse:
    """试判: what was typed becomes a draft; what is wrong with it stands beside its field."""
    code = request.POST.get("of", "")
    base = _base(code)
    held = _held(visit, request.POST.get("draft", ""), code)
    # What the form does not show is taken over from the draft or policy that it was opened on.
    opened_on: PolicyDraft | PolicyVersion | None = held
    if opened_on is None and base is not None:
        opened_on = base.policy
    if opened_on is None:
        raise BadFilter("请从批次页面打开这张表单。")
    source = source_of(opened_on.source, _typed(request))
    if code:
        source["code"] = code
    try:
        made = policy_drafts.draft(source, visit.actor, _key(request), new=not code)
    except PolicyRefused as refused:
        return _form(request, visit, source, code, tuple(refused.problems), held=held)
    return redirect(f"{HOME}/drafts/{made.pk}")


def _base(code: str) -> Batch | None:
    """The batch whose policy is changed; for a new batch the last one."""
    if code:
        return policies.batch(code)
    return policies.newest()


def _key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    if not is_form_key(key):
        raise BadFilter("请从页面上提交。")
    return key


@reads(Desk.HQ)
def load(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form that takes a policy file."""
    return _load_form(request, visit)


def _load_form(request: HttpRequest, visit: Visit, problems: tuple[str, ...] = ()) -> HttpResponse:
    context = {
        "shell": shell(visit, HOME),
        "problems": problems,
        "key": uuid4().hex,
        "most": MOST_BYTES >> 10,
    }
    return render(
        request, "pages/season/load_policy.html", context, status=422 if problems else 200
    )


@writes(Desk.HQ)
def load_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A TOML file becomes a draft, as the form does."""
    sent = request.FILES.get("file")
    if sent is None or not sent.size:
        return _load_form(request, visit, ("没有选择文件，请选择一个 .toml 文件",))
    if sent.size > MOST_BYTES:
        return _load_form(request, visit, (f"文件超过 {MOST_BYTES >> 10} KB，不像政策文件",))
    try:
        made = policy_drafts.draft(policy_files.parsed(sent.read()), visit.actor, _key(request))
    except PolicyRefused as refused:
        return _load_form(request, visit, tuple(refused.problems))
    return redirect(f"{HOME}/drafts/{made.pk}")


def _draft(visit: Visit, pk: int) -> PolicyDraft:
    found = policies.draft(visit.actor, pk)
    if found is None:
        raise Http404
    return found


@reads(Desk.HQ)
def draft(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """What the draft changes in the policy, and for whom the judgement would change."""
    found = _draft(visit, pk)
    context = {
        "shell": shell(visit, HOME),
        "draft": found,
        "policy": BatchPolicy.from_dict(found.source),
        "key": uuid4().hex,
        **policy_draft.against_base(found),
        **policy_draft.trial(visit, found),
        **policy_draft.question(found),
        "later": policy_drafts.postponed(found),
        "own": found.by_id == visit.actor.user_id,
        "stale": policy_draft.is_stale(found),
        "gone": found.base_id is not None and policies.batch(found.code) is None,
        "late": policy_drafts.is_late(found),
    }
    return render(request, "pages/season/policy_draft.html", context)


@writes(Desk.HQ)
def renew(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """重新试判: a trial on today's facts, before or after a second person was asked."""
    found = _draft(visit, pk)
    if found.by_id != visit.actor.user_id:
        raise Http404
    policy_drafts.renew(found)
    return redirect(f"{HOME}/drafts/{pk}")


@writes(Desk.HQ)
def moved(request: HttpRequest, visit: Visit, pk: int) -> FileResponse:
    """The workbook of everybody whose judgement would change."""
    found = _draft(visit, pk)
    title = "受影响的学生"
    rows = policies.moved(found)
    headers, widths = zip(*MOVED, strict=True)
    asked = [("draft", str(pk))]
    leaving = list_exports.ListExport(
        Leaves.POLICY_MOVED, title, asked, (), headers, widths, whole=True
    )
    return downloads.table(visit, leaving, rows, len(rows), f"{title}-{found.code}-{pk}.xlsx")


@writes(Desk.HQ, fresh=True)
def save(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """保存为新版本; longer deadlines are put to a second person first."""
    found = _draft(visit, pk)
    if found.by_id != visit.actor.user_id:
        raise Http404
    if policy_drafts.postponed(found) and found.saved_id is None:
        detail = policy_drafts.consent_detail(found, visit.today)
        reason = request.POST.get("reason", "")
        consents.ask(
            visit.actor,
            ConsentKind.POLICY,
            detail,
            reason,
            address=visitors.address(request),
            key=_key(request),
        )
        return redirect("/consents?done=asked")
    policy_drafts.save(found, visit.actor.user_id)
    return redirect(f"{HOME}/{found.code}?saved=1")


@reads(Desk.HQ)
def version(request: HttpRequest, visit: Visit, code: str, number: int) -> HttpResponse:
    """One version of the policy against the one before it."""
    batch = batch_named(code)
    found = policies.version(batch, number)
    if found is None:
        raise Http404
    before = policies.version(batch, number - 1)
    context = {
        "shell": shell(visit, HOME),
        "batch": batch,
        "version": found,
        "source": json.dumps(found.source, ensure_ascii=False, indent=2),
        "changes": differences(policy_draft.source_of_version(before), found.source),
        "first": before is None,
    }
    return render(request, "pages/season/policy_version.html", context)


ADDRESSES = [
    path("batches/new", new),
    path("batches/new/days", move_on),
    path("batches/try", attempt),
    path("batches/load", load),
    path("batches/load/send", load_file),
    path("batches/drafts/<int:pk>", draft),
    path("batches/drafts/<int:pk>/moved.xlsx", moved),
    path("batches/drafts/<int:pk>/renew", renew),
    path("batches/drafts/<int:pk>/save", save),
    path("batches/<str:code>/edit", edit),
    path("batches/<str:code>/versions/<int:number>", version),
]
