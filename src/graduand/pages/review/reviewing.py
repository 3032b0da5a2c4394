"""逐份审核: one file of the queue with all its evidence; passed, sent back or rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.models import Candidate, Event
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.review import reviewing
from graduand.office.review.reviewing import PASSES, Decision
from graduand.pages.door import access_records
from graduand.pages.door.access import Visit, reads, writes
from graduand.pages.frame.acts import answering
from graduand.pages.frame.base import address, is_form_key, number_of
from graduand.pages.frame.lists.filter_form import asked_in_batch
from graduand.pages.frame.lists.list_spec import spec_of
from graduand.pages.frame.offers import Offer, supposed
from graduand.pages.frame.one_file import evidence, other_batches
from graduand.pages.frame.shell import files, people, shell
from graduand.pages.frame.words import ShownFinding, card, findings_rows, person_facts
from graduand.queries.basis import basis_of, plan_of
from graduand.queries.listing import BATCH, ListFilter
from graduand.queries.records import person
from graduand.queries.records.other_files import other_files
from graduand.queries.refusals import named
from graduand.queries.review import reviewing as desk
from graduand.queries.season.seasons import naming_next
from graduand.queries.verdicts import Verdict, verdicts
from graduand.rulebook.canon import canon_text
from graduand.rulebook.clauses import blocking
from graduand.rulebook.gates import Basis
from graduand.rulebook.journey import step_of
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import LookKind
from graduand.rulebook.review.reasons import OF_A_FILE
from graduand.rulebook.terms import Desk, ReasonCode, Stage, Verb

HOME = "/reviews"
# The warning whose files have to be opened singly, as its clause says on the list.
ONE_BY_ONE = frozenset({"REVIEW-LATE", "REVIEW-EARLY", "REFUSED-BEFORE"})
ELSEWHERE = "这份档案现在不在您的岗位"
CLOSED = f"{ELSEWHERE}，没有可以作出的决定。"
TONES = dict.fromkeys(PASSES.values(), "ok")
# The keys of the desk, as the page and its script know them.
KEYS = (
    ("P，回车", "通过"),
    ("B", "退回补正"),
    ("X", "审核不通过"),
    ("1、2、3…", "选择原因"),
    ("回车", "提交原因和说明"),
    ("J / →", "下一份"),
    ("K / ←", "上一份"),
    ("E", "展开全部成绩"),
    ("Esc", "收起原因"),
    ("?", "显示这些按键"),
)


@reads(Desk.COLLEGE, Desk.HQ)
def review(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One file, at whatever stage it is by now; 404 for another college's."""
    return _desk(request, visit, pk, request.GET)


@reads(Desk.COLLEGE, Desk.HQ)
def start(request: HttpRequest, visit: Visit) -> HttpResponse:
    """从第一份开始审核: the first file of the queue."""
    asked = asked_in_batch(visit, spec_of(visit, "reviews"), request.GET)
    pk = desk.first_file(_queue(visit, asked))
    return redirect(_url(pk, asked) or address(HOME, asked.pairs()))


@reads(Desk.COLLEGE, Desk.HQ)
def finished(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Nothing is left in the queue: what was done today."""
    asked = asked_in_batch(visit, spec_of(visit, "reviews"), request.GET)
    done = desk.today_by(visit.actor.user_id, visit.today)
    context = {
        "shell": shell(visit, HOME),
        "decided": _decided(visit, request.GET),
        "left": _queue(visit, asked).count(),
        "tally": [(verb.label, files, TONES.get(verb, "")) for verb, files in done.items()],
        "back": address(HOME, asked.pairs()),
        "every": HOME if asked.pairs() else "",
    }
    return render(request, "pages/review/review_end.html", context)


@writes(Desk.COLLEGE, Desk.HQ)
def decide(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """通过, 退回补正 or 审核不通过; then the next file.

    What somebody else did meanwhile is said, and nothing is done.
    """
    asked = asked_in_batch(visit, spec_of(visit, "reviews"), request.POST)
    file = person.file_with_details(people(visit), pk)
    decision = _decision(visit, request.POST)
    if file is None or decision is None:
        raise Http404
    if decision.lacks:
        return _desk(
            request, visit, pk, request.POST, 400, problem=decision.lacks, open_form=decision
        )
    following = desk.file_after(_queue(visit, asked), file)
    done = reviewing.decide(file.batch, pk, visit.actor, decision)
    if done.done == 1:
        return redirect(_following_url(following, asked, done.pk))
    problem = f"没有办理：{_moved(request, visit, pk)}。下面是最新内容，请重新核对。"
    return _desk(request, visit, pk, request.POST, 409, problem=problem, open_form=decision)


def _decision(visit: Visit, form: Mapping[str, str]) -> Decision | None:
    """The decision of the form; None for one that no page of ours sends."""
    key = form.get("key", "")
    word = form.get("answer", "")
    seen = number_of(form.get("seen"))
    verbs = {"pass": PASSES[visit.actor.desk], "send_back": Verb.SEND_BACK, "reject": Verb.REJECT}
    if word not in verbs or not seen or not is_form_key(key):
        return None
    if word == "pass":
        return Decision(verbs[word], seen, key)
    note = canon_text(form.get("note", ""))[: reviewing.LONGEST_NOTE]
    return Decision(verbs[word], seen, key, ReasonCode.of(form.get("reason", "")), note)


def _moved(request: HttpRequest, visit: Visit, pk: int) -> str:
    """Who did what to the file since the page was opened, else which facts were brought since
    (W02).

    What was done before that was read, and keeps nobody from deciding.
    """
    event = desk.last_event(pk)
    file = person.file_with_details(people(visit), pk)
    opened = _opened(request.POST.get("opened", ""))
    moment = opened or _last_moment(event, visit)
    if event is not None and (
        event.at > moment or (opened is None and str(event.act_id) != request.POST.get("seen"))
    ):
        return evidence.event_sentence(event, visit.today)
    changed = ""
    if file is not None:
        basis = basis_of(file.batch, visit.now)
        changed = evidence.changed_since(visit.actor, file, basis, moment)
    if not changed:
        return "此档案的情况已有变化，见「审核判断」"
    return f"您打开此页以后，{changed}"


def _last_moment(event: Event | None, visit: Visit) -> datetime:
    """When the file was last acted on."""
    if event is None:
        return visit.now
    return event.at


def _opened(text: str) -> datetime | None:
    """When the page was opened, as it says itself."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return moment


def _queue(visit: Visit, asked: ListFilter) -> QuerySet[Candidate]:
    """The files that wait at my desk and answer to the filter."""
    rows: QuerySet[Candidate] = spec_of(visit, "reviews").rows(visit).filter(asked.where())
    return rows


def _asked(visit: Visit, file: Candidate, form: Mapping[str, str]) -> ListFilter:
    """The filter that led to the file; without a batch it is the file's own."""
    asked = spec_of(visit, "reviews").asked(form)
    if asked[BATCH]:
        return asked
    return asked.with_batch(file.batch.code)


def _url(pk: int | None, asked: ListFilter, *more: tuple[str, str]) -> str:
    """The address of a file at this desk; "" for none."""
    if pk is None:
        return ""
    return address(f"{HOME}/{pk}", [*asked.pairs(), *more])


def _following_url(following: int | None, asked: ListFilter, done: int) -> str:
    """The next file of the queue, or its end; `done` is the act that is told there."""
    did = ("did", str(done))
    return _url(following, asked, did) or address(f"{HOME}/end", [*asked.pairs(), did])


def _desk(
    request: HttpRequest,
    visit: Visit,
    pk: int,
    form: Mapping[str, str],
    status: int = 200,
    **words: Any,
) -> HttpResponse:
    file = person.file_with_details(people(visit), pk)
    if file is None:
        raise Http404
    asked = _asked(visit, file, form)
    access_records.seen(
        request, LookRecord(visit.actor, (file.student_id,), LookKind.FILE, "审核", at=visit.now)
    )
    context = {
        "shell": shell(visit, HOME, batch=file.batch.code),
        "pk": pk,
        **_place_in_queue(visit, file, asked),
        "opened": visit.now.isoformat(),
        "full": f"/candidates/{pk}",
        "keys": KEYS,
        "decided": _decided(visit, form),
        "problem": "",
        "open_form": None,
        **_evidence(visit, file),
        **words,
    }
    return render(request, "pages/review/review.html", context, status=status)


def _evidence(visit: Visit, file: Candidate) -> dict[str, Any]:
    """The person, the findings against passing, what the facts rest on, and the buttons."""
    basis = basis_of(file.batch, visit.now)
    passing = Offer(PASSES[visit.actor.desk])
    details = supposed(visit, passing, visit.season(file.batch.code))
    verdict = verdicts(step_of(passing.verb), [file.pk], basis, details)[file.pk]
    others = other_files(files(visit), file)
    return {
        "student": card(file),
        "facts": person_facts(file, None)[:10],
        "findings": _findings(visit, file, verdict, basis),
        "other_files": other_batches.lines(others),
        "earlier": other_batches.refusals(others),
        **_answers(visit, file, verdict, basis),
        **evidence.evidence_of(visit.actor, file, verdict.facts, basis),
    }


def _place_in_queue(visit: Visit, file: Candidate, asked: ListFilter) -> dict[str, Any]:
    """Where the file is in the queue, and the ways to the files before and after it."""
    place = desk.place(_queue(visit, asked), file)
    return {
        "place": place,
        "pairs": asked.pairs(),
        "before": _url(place.before, asked),
        "after": _url(place.after, asked),
        "back": address(HOME, asked.pairs()),
    }


def _findings(visit: Visit, file: Candidate, verdict: Verdict, basis: Basis) -> list[ShownFinding]:
    """What stands against a file of my desk or is worth a look.

    What is to be opened one by one has been opened here.
    """
    if not _mine(visit, file):
        return []
    rows = findings_rows(verdict.findings, plan_of(file, basis))
    then = "其余不能通过的原因消除以后可以通过"
    if verdict.passes:
        then = "核对后可以通过"
    here = {"desk": visit.actor.desk.label, "todo": f"现在打开的就是这一份：{then}"}
    return [replace(row, **here) if row.code in ONE_BY_ONE else row for row in rows]


def _mine(visit: Visit, file: Candidate) -> bool:
    """Whether this desk has to act."""
    return step_of(PASSES[visit.actor.desk]).desk_at(Stage(file.stage)) is visit.actor.desk


def _answers(visit: Visit, file: Candidate, verdict: Verdict, basis: Any) -> dict[str, Any]:
    """The buttons, and why one is disabled; who else may decide, where the visitor may not (职责分离)."""
    if not _mine(visit, file):
        return {"open": False, "gone": _gone(visit, file), "closed": CLOSED}
    if not rights.may(visit.actor.roles, visit.actor.desk, PASSES[visit.actor.desk]):
        return {
            "open": False,
            "gone": "您的角色只能查看审核材料",
            "closed": "您的角色没有审核的权限，没有可以作出的决定。",
        }
    advice = answering.advice(Verb.SEND_BACK, basis)
    return {
        "open": True,
        "pass_label": PASSES[visit.actor.desk].label,
        "why": _why_not(file, verdict, basis),
        "clean": not verdict.findings,
        **_duties(visit, file, verdict),
        "key": uuid4().hex,
        "seen": file.last_act_id,
        "reasons": [(reason.value, reason.label) for reason in OF_A_FILE],
        "back_advice": naming_next(advice, visit.seasons, file.batch.code),
    }


def _gone(visit: Visit, file: Candidate) -> str:
    """Where a file is that is not my desk's, by what was done to it last."""
    event = desk.last_event(file.pk)
    if event is None:
        return ELSEWHERE
    return evidence.event_sentence(event, visit.today)


def _why_not(file: Candidate, verdict: Verdict, basis: Basis) -> str:
    """Why the file can't be passed; "" where it can."""
    first = blocking(verdict.findings)
    if first is None:
        return ""
    return named(first, plan_of(file, basis)).sentence


def _duties(visit: Visit, file: Candidate, verdict: Verdict) -> dict[str, Any]:
    """Whether it is another one's to decide (职责分离), who that may be, and what is left to me."""
    codes = {finding.code for finding in verdict.findings}
    own = "OWN-FILE" in codes
    duty = own or "DUTY" in codes
    duties = {"duty": duty, "others": [], "may_reject": not duty, "may_send_back": not own}
    if duty:
        duties["others"] = desk.may_review(file, visit.actor.desk, visit.today)
    return duties


def _decided(visit: Visit, form: Mapping[str, str]) -> dict[str, Any] | None:
    """The decision that led here, so that one sees what one did."""
    if not form.get("did"):
        return None
    event: Event | None = desk.outcome(visit.actor.user_id, number_of(form.get("did")))
    if event is None:
        return None
    verb = Verb(event.verb)
    return {
        "name": event.candidate.student.name,
        "verb": verb.label,
        "url": f"{HOME}/{event.candidate_id}",
        "tone": TONES.get(verb, "warn"),
    }
