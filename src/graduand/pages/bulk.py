"""The confirmation of an act: what it would do to which files, by name, and the confirmed act."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from graduand.models import Batch, Candidate, Pick
from graduand.office import acts, picks
from graduand.office.filing import statements
from graduand.office.outgoing import list_exports
from graduand.office.people.second_person import consents, second_acts, second_requests
from graduand.office.queue.kinds import job_address
from graduand.office.refusal import RefusalKind, Refused
from graduand.office.season.ending import finishing
from graduand.pages.door import visitors
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.door.error_pages import error_page
from graduand.pages.frame import downloads
from graduand.pages.frame.acts import amending, answering, confirming, proposals
from graduand.pages.frame.acts.statement_form import given_by
from graduand.pages.frame.base import address
from graduand.pages.frame.lists.list_spec import spec_of
from graduand.pages.frame.offers import BY_NAME, Offer, answered, asks, offer_of
from graduand.pages.frame.one_file import evidence
from graduand.pages.frame.shell import LIST, shell
from graduand.queries import scope
from graduand.queries.basis import NoPolicy
from graduand.queries.filing import confirming as looking
from graduand.queries.records import person
from graduand.queries.review import reviewing
from graduand.queries.season import progress
from graduand.queries.season.seasons import naming_next
from graduand.queries.verdicts import REVIEW_VERBS
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.people.account_terms import GUARDED, ConsentKind, Leaves
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import ReasonCode, Verb

ASKED = "/consents?done=asked"
EXPIRED = "确认页已过期，没有办理任何学生。请重新选择并核对。"
GONE = "毕业批次已删除，没有办理任何学生。"
SKIPPED = {"学号": 18, "姓名": 12, "学习中心": 24, "原因": 60, "下一步": 60}


# ---- freezing who is meant


# ---- the confirmation


@reads(*STAFF)
def picked(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """What would happen to the frozen files now; an act that was confirmed already shows its
    outcome.
    """
    pick = _own_pick(visit, key)
    done = progress.act_of(visit.actor.user_id, key)
    if done is not None:
        return redirect(job_address(WorkKind.ACT, done))
    offer = offer_of(visit.actor, pick.verb)
    if offer is None or not picks.valid(pick):
        return _expired(request, visit, pick)
    _proved(visit, offer, request.get_full_path())
    try:
        return _asked_before(request, visit, pick, offer) or _show(request, visit, pick, offer)
    except NoPolicy:
        return _expired(request, visit, pick)


@writes(*STAFF)
def skipped(request: HttpRequest, visit: Visit, key: str) -> HttpResponse | FileResponse:
    """The workbook of everybody who would be skipped, with every reason."""
    pick = _own_pick(visit, key)
    offer = offer_of(visit.actor, pick.verb)
    if offer is None or not picks.valid(pick):
        return _expired(request, visit, pick)
    try:
        look = confirming.judged(visit, pick, offer)
    except NoPolicy:
        return _expired(request, visit, pick)
    rows = looking.skipped(offer.verb, look.basis, look.skipped, look.asked)
    lines = ((row.number, row.name, row.centre, row.words, row.todo) for row in rows)
    called = f"将跳过名单：{offer.label}"
    leaving = list_exports.ListExport(
        Leaves.SKIPPED, called, pick.filter, (), [*SKIPPED], [*SKIPPED.values()], whole=True
    )
    return downloads.table(
        visit, leaving, lines, len(look.skipped), f"将跳过名单-{offer.label}.xlsx"
    )


def _own_pick(visit: Visit, key: str) -> Pick:
    """The actor's own pick. Raises Http404 for somebody else's, as for one that does not exist."""
    pick = Pick.objects.select_related("batch").filter(key=key, owner=visit.actor.user_id).first()
    if pick is None:
        raise Http404
    return pick


def _expired(request: HttpRequest, visit: Visit, pick: Pick) -> HttpResponse:
    """Too old, no longer the actor's step, or of a batch that was deleted, perhaps a moment ago."""
    why = EXPIRED
    if Batch.objects.filter(pk=pick.batch_id, deleted_at__isnull=False).exists():
        why = GONE
    return error_page(request, 400, "确认已失效", why, _back(visit, pick))


def _proved(visit: Visit, offer: Offer, back: str) -> None:
    """Numbering and voiding ask for a recent proof of identity. Raises ProofExpired without it."""
    if offer.verb in GUARDED:
        visit.prove(back)


def _back(visit: Visit, pick: Pick) -> str:
    return confirming.list_address(spec_of(visit, pick.listing), pick, pick.batch.code)


def _show(
    request: HttpRequest,
    visit: Visit,
    pick: Pick,
    offer: Offer,
    problem: str = "",
    scan: dict[str, Any] | None = None,
) -> HttpResponse:
    """The confirmation; with a `problem` again, with all that was typed and attached (`scan`)."""
    look = confirming.judged(visit, pick, offer)
    context = {
        **_wording(offer, bulk=pick.size != 1, two=_by_two(visit, pick, offer)),
        **_outlook(visit, pick, look),
        **_questions(visit, pick, look),
        "token": pick.key,
        "pick": pick,
        "words": confirming.picked_from(visit, spec_of(visit, pick.listing), pick),
        "kept": amending.carried_scan(scan, pick),
        "back": _back(visit, pick),
        "listed": spec_of(visit, pick.listing),
        "only_clean": _only_clean(pick, offer),
        "today": visit.today,
        "dialog": visitors.for_a_part(request),
        "typed": request.POST,
        "problem": problem,
    }
    status = 409 if problem else 200
    if visitors.for_a_part(request):
        return render(request, "parts/acts/confirm.html", context, status=status)
    page = {"shell": shell(visit, context["listed"].path), "part": "parts/acts/confirm.html"}
    return render(request, "pages/confirm.html", context | page, status=status)


def _wording(offer: Offer, *, bulk: bool, two: bool) -> dict[str, Any]:
    """How the confirmation names what is about to be done."""
    words = {
        "title": offer.label,
        "bulk": bulk,
        "two": "",
        "verb_label": offer.label,
        "ready_words": answering.ready_words(offer.verb, two=two),
        "of_case": offer.step.track is Track.CASE,
    }
    if bulk:
        words["title"] = f"批量{offer.label}"
    if two:
        words["two"] = answering.who_agrees(offer)
    if two or offer.verb is Verb.APPLY:
        words["verb_label"] = "提交"
    return words


def _outlook(visit: Visit, pick: Pick, look: confirming.JudgedPick) -> dict[str, Any]:
    """What the act would do to whom, and what to think of before it is confirmed."""
    amended = amending.content_changes(pick)
    advice = _advice(look.offer, look, amended)
    return {
        "preview": confirming.counts(look),
        "amended": amended,
        **confirming.decided_on(look),
        "filed": confirming.filed_in(visit, look),
        "early": confirming.numbered_early(look),
        "undone": finishing.would_undo(pick.batch, look.offer.verb),
        "advice": naming_next(advice, visit.seasons, pick.batch.code),
        **_before(visit, look),
    }


def _questions(visit: Visit, pick: Pick, look: confirming.JudgedPick) -> dict[str, Any]:
    """What the form asks for, and who else could be asked to agree."""
    wanted = asks(look.offer)
    passing = look.preview.passing
    questions: dict[str, Any] = {
        "asks": answering.asked_for(look.offer, _one(visit, pick), passing),
        "centres": [],
        "first_day": None,
        "others": proposals.others(visit, _one(visit, pick), look.offer.verb),
    }
    if wanted.waybills:
        questions["centres"] = looking.centres(passing)
    if wanted.answer or wanted.day:
        questions["first_day"] = amending.first_day(pick)
    return questions


def _advice(offer: Offer, look: confirming.JudgedPick, amended: dict[str, Any] | None) -> str:
    return answering.advice(
        offer.verb, look.basis, same_paper=bool(amended and amended["same_paper"])
    )


def _asked_before(
    request: HttpRequest, visit: Visit, pick: Pick, offer: Offer
) -> HttpResponse | None:
    """The page that says that the same question waits already, instead of a refusal; else None."""
    file = _for_two(visit, pick, offer)
    if file is None:
        return None
    sentence = proposals.asked_before(visit, file, offer.verb)
    if not sentence:
        return None
    part = "parts/acts/asked_before.html"
    listed = spec_of(visit, pick.listing)
    page = {
        "title": offer.label,
        "sentence": sentence,
        "back": _back(visit, pick),
        "listed": listed,
        "part": part,
    }
    if visitors.for_a_part(request):
        return render(request, part, page)
    return render(request, "pages/confirm.html", page | {"shell": shell(visit, listed.path)})


def _before(visit: Visit, look: confirming.JudgedPick) -> dict[str, Any]:
    """Who is filed once more, who has deferred elsewhere, and who could be filed in an earlier
    batch: how many, and the first of them with what they said then.
    """
    earlier: dict[str, Any] = {
        "returned": (0, []),
        "deferred": (0, []),
        "sooner": confirming.sooner(visit, look),
    }
    if look.offer.verb is Verb.APPLY:
        earlier["returned"] = looking.returned(look.preview.passing, confirming.NAMED)
        if len(visit.seasons) > 1:
            earlier["deferred"] = looking.deferred_elsewhere(look.preview.passing, confirming.NAMED)
    return earlier


def _by_two(visit: Visit, pick: Pick, offer: Offer) -> bool:
    """Whether a second person has to agree; that is asked for one file at a time."""
    file = _for_two(visit, pick, offer)
    return file is not None and second_acts.by_two(offer.verb, file)


def _for_two(visit: Visit, pick: Pick, offer: Offer) -> Candidate | None:
    """The file of a verb that may take a second person; None for other verbs and several files."""
    if offer.verb not in answering.MAY_TAKE_TWO:
        return None
    return _one(visit, pick)


def _one(visit: Visit, pick: Pick) -> Candidate | None:
    """The file that is meant when it is about one."""
    if pick.everybody or pick.size != 1:
        return None
    files: QuerySet[Candidate] = scope.visible(
        visit.actor, Candidate.objects.filter(id=picks.ids_of(pick)[0])
    )
    return files.select_related("batch").first()


def _only_clean(pick: Pick, offer: Offer) -> str:
    """The query of the same confirmation without people with a warning; "" where none has one.

    On a list `everybody` means those with a box to tick, and it means the same here.
    """
    if offer.verb not in REVIEW_VERBS or not pick.everybody or pick.spotless:
        return ""
    meant = [("verb", offer.key), ("list", pick.listing), ("all", "1"), ("boxed", "1")]
    pairs = [(name, value) for name, value in pick.filter]
    return address("", [*pairs, *meant, ("spotless", "1")])[1:]


# ---- confirming


@writes(*STAFF)
def submit(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Leaves the frozen files to the background; sending the same pick twice makes one act."""
    key = request.POST.get("token", "")
    done = progress.act_of(visit.actor.user_id, key)
    if done is not None:
        return redirect(job_address(WorkKind.ACT, done))
    pick = Pick.objects.select_related("batch").filter(key=key).first()
    if pick is None:
        return error_page(request, 400, "确认已失效", EXPIRED, LIST)
    if pick.owner_id != visit.actor.user_id:
        raise Http404
    offer = offer_of(visit.actor, pick.verb)
    if offer is None or not picks.valid(pick):
        return _expired(request, visit, pick)
    _proved(visit, offer, LIST)
    try:
        return _tried(request, visit, pick, offer)
    except NoPolicy:
        return _expired(request, visit, pick)


def _tried(request: HttpRequest, visit: Visit, pick: Pick, offer: Offer) -> HttpResponse:
    """The confirmed act; when refused the confirmation again. Raises NoPolicy for a deleted batch."""
    scan = None
    try:
        if asks(offer).answer:
            scan = amending.scan_of(request, pick)
        return _carried(request, visit, pick, offer, scan)
    except Refused as problem:
        if problem.kind is RefusalKind.NOT_YOURS:
            raise
        scan = scan or amending.brought_before(request, pick)
        return _show(request, visit, pick, offer, f"{str(problem).rstrip('。')}。", scan)


def _carried(
    request: HttpRequest, visit: Visit, pick: Pick, offer: Offer, scan: dict[str, Any] | None
) -> HttpResponse:
    """Confirm the act of a pick that comes for the first time, with the scan that it rests on."""
    ids = picks.ids_of(pick)
    if picks.has_changed(pick):
        sentence = f"{_changed(visit, pick, ids[0])}请刷新后按最新内容重新核对。"
        return error_page(request, 409, "没有办理", sentence, _back(visit, pick))
    if _by_two(visit, pick, offer):
        return _ask_second(request, visit, pick, offer, scan)
    return redirect(job_address(WorkKind.ACT, _confirmed(request, visit, pick, offer, ids)))


def _confirmed(request: HttpRequest, visit: Visit, pick: Pick, offer: Offer, ids: list[int]) -> int:
    """Confirm the act and leave it to the worker."""
    looked = {"seen": pick.seen, "cases": pick.cases, "spotless": pick.spotless or None}
    said = answered(request.POST, offer) | {
        name: value for name, value in looked.items() if value is not None
    }
    if asks(offer).day:
        said["on"] = amending.day_of(request, asks(offer).day)
    answering.refuse_unanswered(pick, offer, visit.actor, said)
    if asks(offer).waybills:
        said |= answering.waybills(request.POST)
    act_request = acts.ActRequest(
        offer.verb, confirming.round_of(pick, offer), answers=said, key=pick.key, picked=True
    )
    if asks(offer).statement:
        return statements.confirm(
            pick.batch, ids, visit.actor, act_request, given_by(request, ids, visit.actor)
        ).pk
    return acts.confirm(pick.batch, ids, visit.actor, act_request, job=True).pk


def _ask_second(
    request: HttpRequest, visit: Visit, pick: Pick, offer: Offer, scan: dict[str, Any] | None
) -> HttpResponse:
    """Ask another person of headquarters to confirm it (双人办理); nothing is done before."""
    files = scope.visible(visit.actor, Candidate.objects.all())
    file = person.file_with_details(files, picks.ids_of(pick)[0])
    said = answered(request.POST, offer)
    assert file is not None
    if answering.asked_for(offer, file).early:
        said["reason"] = ReasonCode.OTHER.value
    answering.refuse_unanswered(pick, offer, visit.actor, said)
    if offer.verb in BY_NAME and not said.get("note"):
        raise Refused(CLAUSES["BASIS"].text)
    if asks(offer).answer:
        said |= amending.answered(request, pick, scan)
    said |= answering.shown(request.POST, offer)
    if asks(offer).day:
        said["on"] = amending.day_of(request, asks(offer).day)
    detail = second_acts.act_detail(offer.verb, file, said)
    second_requests.refuse_hopeless(file, visit.actor, acts.ActRequest(offer.verb, answers=said))
    why = said.get("note") or ReasonCode(said["reason"]).label
    consents.ask(
        visit.actor, ConsentKind.ACT, detail, why, address=visitors.address(request), key=pick.key
    )
    if visitors.for_a_part(request):
        return HttpResponseClientRedirect(ASKED)
    return redirect(ASKED)


def _changed(visit: Visit, pick: Pick, pk: int) -> str:
    """What has changed since the file was shown: who did what to it, where that is known."""
    if pick.cases is not None:
        return "此档案或该生的身份复核已有变化。"
    event = reviewing.last_event(pk)
    if event is None:
        return "此档案已有变化。"
    return f"{evidence.event_sentence(event, visit.today)}。"
