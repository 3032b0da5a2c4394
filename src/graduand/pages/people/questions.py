"""待同意事项: what waits for a second person, the answer, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from graduand.models import Candidate, Consent, PolicyDraft
from graduand.office.filing import statements
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.people.second_person import consent_answers, consents
from graduand.office.refusal import Refused
from graduand.pages.door import access_records as noted
from graduand.pages.door import visitors
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame import downloads
from graduand.pages.frame.acts import consent_words, outdated_questions, proposals
from graduand.pages.frame.acts.consent_words import drafts_of
from graduand.pages.frame.acts.explaining import explained_by
from graduand.pages.frame.base import number_of
from graduand.pages.frame.lists.cells import name_of
from graduand.pages.frame.shell import any_shell
from graduand.queries.people import accounts as people
from graduand.queries.people.accounts import LOOKERS
from graduand.queries.season import gaps
from graduand.rulebook.people.account_terms import ConsentKind, LookKind
from graduand.rulebook.terms import Desk, Role, Stage

ANSWERERS = (*LOOKERS, Role.HQ_REVIEWER, *(Desk.CENTRE, Desk.COLLEGE))
DONE = {
    "asked": "已提出，等待另一位同事在自己的账号中确认；一天内有效。",
    "back": "已撤回，没有办理。需要时请重新提出。",
}
MOST_REASONS = 100


@reads(*ANSWERERS)
def waiting(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The questions that wait for the visitor's answer, and those that the visitor has asked."""
    asked = list(consents.waiting_for(visit.actor).select_related("asked_by", "user"))
    mine = people.asked_by(visit.actor.user_id)
    answered = people.answered_by(visit.actor.user_id)
    drafts = drafts_of([*asked, *mine, *answered])
    beside = proposals.other_proposals(visit, [*asked, *mine])
    page = {
        "shell": any_shell(visit, "/consents"),
        "waiting": _all_to_answer(visit, asked, drafts, beside),
        "mine": [
            _asked(visit, row, drafts.get(row.pk)) | {"beside": beside.get(row.pk, ())}
            for row in mine
        ],
        "answered": [_asked(visit, row, drafts.get(row.pk)) for row in answered],
        "done": DONE.get(request.GET.get("done", "")) or _outcome(request, answered, drafts),
    }
    return render(request, "pages/people/consents.html", page)


def _all_to_answer(
    visit: Visit, asked: list[Consent], drafts: dict[int, PolicyDraft], beside: Mapping[int, Any]
) -> list[dict[str, Any]]:
    """The questions that wait, each with its warnings and the other questions about the same file."""
    known = {row.pk: drafts[row.pk] for row in asked if row.pk in drafts}
    warned = consent_words.warnings(asked, known, visit.seasons)
    places = consent_words.places(asked)
    outdated = outdated_questions.outdated(asked)
    return [
        _to_answer(visit, row, drafts.get(row.pk))
        | {
            "warnings": warned[row.pk],
            "place": places.get(row.pk, ""),
            "beside": beside.get(row.pk, ()),
            "outdated": outdated.get(row.pk, ""),
        }
        for row in asked
    ]


def _outcome(
    request: HttpRequest, answered: Iterable[Consent], drafts: dict[int, PolicyDraft]
) -> str:
    """What the answer that was just given led to; "" without one."""
    number = number_of(request.GET.get("answered"))
    return next(
        (consent_words.outcome(row, drafts.get(row.pk)) for row in answered if row.pk == number), ""
    )


def _to_answer(visit: Visit, row: Consent, draft: PolicyDraft | None) -> dict[str, Any]:
    """A question with all that is to be known before it is answered."""
    return (
        _asked(visit, row, draft) | consent_words.changes(row, draft) | consent_words.effects(draft)
    )


def _asked(visit: Visit, row: Any, draft: PolicyDraft | None) -> dict[str, Any]:
    state = consent_words.state(row, visit.now)
    open_still = state in (consent_words.WAITS, consent_words.FAILED)
    late = state == consent_words.LATE
    news = (late and row.withdrawn_at is None) or (row.agreed is False and bool(row.problem))
    return {
        "id": row.pk,
        "does": row.kind in consents.BY_TWO,
        "kind": ConsentKind(row.kind).label,
        "what": consent_words.what(row, draft),
        "reason": consent_words.reason(row),
        "by": row.asked_by.name,
        "at": row.asked_at,
        "state": state,
        "open": open_still,
        "problem": row.problem if open_still or late else "",
        "late": late,
        "declined": consent_words.declined(row) if row.agreed is False else "",
        "unread": row.read_at is None and news,
        "answer": name_of(row.decided_by),
        "answered_at": row.decided_at,
        **_conditions(row),
        "file": _look_at(row),
        "paper": _paper(row),
        "explained": _reasons(row),
        "more": _more_reasons(row),
        "page": "核对「查缺补漏与关闭」" if row.kind == ConsentKind.BATCH else "",
        "back": row.detail.get("back", "") if row.agreed and not row.used_at else "",
    }


def _conditions(row: Any) -> dict[str, Any]:
    """What an act would confirm, and which conditions of a degree fail; empty for other questions."""
    if row.kind != ConsentKind.ACT:
        return {"stands": (), "fails": None}
    details = row.detail["said"]
    return {"stands": details.get("let_stand", ()), "fails": details.get("fails")}


def _explained(row: Any) -> list[list[Any]]:
    """What was said of the unfinished files of a batch when the question was asked."""
    if row.kind != ConsentKind.BATCH:
        return []
    return [*row.detail.get("explained", ())]


def _reasons(row: Any) -> list[dict[str, Any]]:
    """Why the files of a batch were not finished: how many, words; the first of them."""
    reasons = [
        gaps.Explanation(Stage(stage), text, people)
        for stage, text, people, *_ in _explained(row)[:MOST_REASONS]
    ]
    return [{"said": reason, "url": explained_by(row.detail["code"], reason)} for reason in reasons]


def _more_reasons(row: Any) -> int:
    """How many more there are than are shown."""
    return max(0, len(_explained(row)) - MOST_REASONS)


def _paper(row: Any) -> tuple[str, str]:
    """(the registry's answer in words, the name of its scan), or ("", "") without one."""
    if row.kind != ConsentKind.ACT:
        return "", ""
    details = row.detail.get("said", {})
    scan = details.get("statement")
    if not scan:
        return "", ""
    return f"学信网更正日期 {details.get('on', '')}", scan["name"]


def _look_at(row: Any) -> str:
    """The page to look at before agreeing; "" for none."""
    if row.kind == ConsentKind.ACT:
        return f"/candidates/{row.detail['file']}"
    if row.kind == ConsentKind.POLICY:
        return f"/batches/drafts/{row.detail['draft']}"
    if row.kind == ConsentKind.BATCH:
        return f"/batches/{row.detail['code']}/closing"
    if row.kind == ConsentKind.SWAP:
        return f"/photos/students/{row.detail['one']}"
    return ""


@writes(*ANSWERERS, fresh=True)
def answer(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """同意 or 不同意."""
    agree = request.POST.get("agree") == "1"
    why = request.POST.get("why", "")
    consent_answers.decide(visit.actor, pk, agree=agree, why=why, address=visitors.address(request))
    return redirect(f"/consents?answered={pk}")


@writes(*ANSWERERS)
def withdraw(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """撤回 a question of one's own."""
    consents.withdraw(visit.actor, pk, visitors.address(request))
    return redirect("/consents?done=back")


@writes(*ANSWERERS)
def read(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """知道了: the asker has read why it was declined, and their home page no longer shows it."""
    consents.read(visit.actor, pk)
    return redirect("/consents")


@reads(Desk.HQ)
def evidence(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """The scan that a question rests on, to be seen before agreeing. Recorded in the access log."""
    row = consents.with_scan(visit.actor, pk)
    if row is None:
        raise Http404
    kept = row.detail["said"]["statement"]
    try:
        data = statements.opened_scan(kept["file"], kept["sha256"])
    except (OSError, ValueError) as lost:
        raise Refused("扫描件不在存储里，或与记录的不符，请联系管理员从备份恢复") from lost
    student = Candidate.objects.values_list("student_id", "student__number").get(
        pk=row.detail["file"]
    )
    noted.seen(
        request,
        LookRecord(visit.actor, student[:1], LookKind.PAPER, "学信网更正结果", at=visit.now),
    )
    return downloads.scan(data, kept["kind"], f"answer-{student[1]}")


ADDRESSES = [
    path("consents", waiting),
    path("consents/<int:pk>", answer),
    path("consents/<int:pk>/withdraw", withdraw),
    path("consents/<int:pk>/read", read),
    path("consents/<int:pk>/evidence", evidence),
]
