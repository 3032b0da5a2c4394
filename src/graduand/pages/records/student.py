"""A student's page for staff: the findings against the next step, results, history, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from graduand.models import Candidate, Judgement, PhotoRow
from graduand.office.audit import rejudging
from graduand.office.outgoing.privacy import LookRecord
from graduand.pages.door import access_records
from graduand.pages.door.access import STAFF, Visit, reads, writes
from graduand.pages.frame import on_certificate, pictures
from graduand.pages.frame.acts import consent_words, proposals
from graduand.pages.frame.base import address, number_of
from graduand.pages.frame.home import change_alarms
from graduand.pages.frame.lists.list_spec import file_url, spec_of
from graduand.pages.frame.offers import Offer, file_offers, held_offers, no_degree, supposed
from graduand.pages.frame.one_file import (
    confirmed_grounds,
    doubts,
    evidence,
    holdings,
    marksheet,
    other_batches,
    provenance,
)
from graduand.pages.frame.queue import judging_orders
from graduand.pages.frame.queue.judging import again, waits_for_verdict
from graduand.pages.frame.season import late_filing
from graduand.pages.frame.shell import LIST, files, shell
from graduand.pages.frame.words import card, findings_rows, person_facts, reveal_form, waits
from graduand.queries import judging
from graduand.queries.basis import basis_of, plan_of
from graduand.queries.filing import confirming
from graduand.queries.filing.candidates import neighbours
from graduand.queries.judging import StaleMark
from graduand.queries.listing import BATCH
from graduand.queries.records import person
from graduand.queries.records import provenance as sources
from graduand.queries.records.other_files import OtherFile, other_files
from graduand.queries.refusals import refusals_of
from graduand.queries.review import grounds, reviewing
from graduand.queries.season.seasons import naming_next
from graduand.queries.side_tracks import all_facts
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Plan
from graduand.rulebook.gates import reasoned
from graduand.rulebook.judging import asks_fitness, concerns, side_offers
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import LookKind
from graduand.rulebook.terms import Level, PhotoKind, Stage, Verb


@dataclass(frozen=True, slots=True)
class StepButton:
    """A step of my desk on this file."""

    label: str
    url: str
    why: str
    main: bool
    short: str = ""


@reads(*STAFF)
def student(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One file that the visitor may see; 404 for another centre's."""
    file = person.file_with_details(files(visit), pk)
    if file is None:
        raise Http404
    access_records.seen(
        request,
        LookRecord(
            visit.actor, (file.student_id,), LookKind.FILE, f"{file.batch.code} 批次", at=visit.now
        ),
    )
    context = {
        "shell": shell(visit, LIST, batch=file.batch.code),
        "here": request.get_full_path(),
        "pk": pk,
        "rejudged": judging_orders.of_file(file, request.GET.get("judged", "")),
        **_turning(request, visit, file),
        **_told(visit, file),
    }
    return render(request, "pages/records/student.html", context)


def _told(visit: Visit, file: Candidate) -> dict[str, Any]:
    """The person, the findings against the next step, where facts came from, history and buttons."""
    basis = basis_of(file.batch, visit.now)
    mark = _mark(visit, file)
    shown = reviewing.pictures(file.student_id)
    brought = sources.sources(visit.actor, file, shown.values(), basis)
    beside = other_files(files(visit), file)
    history = person.history(file)
    printed = on_certificate.printed_content_of(file)
    return {
        "other_files": other_batches.lines(beside),
        "aside": other_batches.set_aside(file, beside),
        "reveal": reveal_form(visit.actor, file.pk),
        "student": card(file),
        "events": [evidence.happened(event) for event in history],
        "voided": other_batches.voided(file, history, beside),
        **_steps(visit, file, basis, mark, beside),
        **_judged(visit, file, plan_of(file, basis), mark),
        "confirmed": confirmed_grounds.of_file(file, history),
        "provenance": provenance.lines(file, basis, shown, brought),
        **marksheet.marksheet_of(file, basis, brought),
        "papers": holdings.holding_facts(file, basis.policy, printed),
        "printed": printed,
        "portrait": _portrait(shown.get(PhotoKind.GRADUATION.value)),
    }


def _mark(visit: Visit, file: Candidate) -> StaleMark | None:
    """That the file is being judged again; one that is set aside is not."""
    if file.aside:
        return None
    return judging.mark_of(file.pk, visit.today)


@writes(*STAFF)
def judge_again(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """重新审核 one file, here and now."""
    file = person.file_with_details(files(visit), pk)
    if file is None:
        raise Http404
    before = judging_orders.mark_of_file(file)
    rejudging.judge_again(file.batch, visit.actor, file)
    return redirect(f"{LIST}/{pk}?judged={before}#s-find")


def _turning(request: HttpRequest, visit: Visit, file: Candidate) -> dict[str, Any]:
    """The list one came from, and the files before and after in it."""
    spec = spec_of(visit, request.GET.get("list", "candidates"))
    if not spec.candidate:
        raise Http404
    asked = spec.asked(request.GET)
    if spec.batch and not asked[BATCH]:
        asked = asked.with_batch(file.batch.code)
    turning = {"back": address(spec.path, asked.pairs()), "before": "", "after": ""}
    sort = spec.sort(request.GET)
    place = number_of(request.GET.get("at"))
    if not place:
        return turning
    rows = spec.found(visit, asked, sort).values_list(spec.candidate, flat=True)
    before, after = neighbours(rows, file.pk, place)
    if before:
        turning["before"] = file_url(spec.key, before, asked, place - 1, sort)
    if after:
        turning["after"] = file_url(spec.key, after, asked, place + 1, sort)
    return turning


def _portrait(row: PhotoRow | None) -> pictures.Picture:
    """The 毕业照片 as it is now; an empty one where there is none."""
    if row is None:
        label = PhotoKind.GRADUATION.label
        return pictures.Picture("", label, label)
    return pictures.of_row(row)


def _steps(
    visit: Visit, file: Candidate, basis: Any, mark: StaleMark | None, beside: Sequence[OtherFile]
) -> dict[str, Any]:
    """Which unit has to act, what this desk can do, and why not."""
    acts = _buttons(visit, file, basis, mark)
    holder = _naming(visit, file, other_batches.holder(file, beside, basis))
    filing_round = basis.filing_round(early=file.student.goes_on)
    refiling = late_filing.refiling_sentence(
        filing_round, basis.today, closed=basis.closed_on is not None
    )
    told, unfit = change_alarms.of_file(visit.actor.desk, file)
    return {
        "holder": holder + waits(reviewing.ahead(file, basis)),
        "acts": acts,
        "blocked": _blocked(acts),
        "idle": f"「{file.get_stage_display()}」的档案现在没有您这一岗位要办的步骤。",
        **_before_filing(visit, file),
        "changed": told,
        "unfit": unfit,
        "questions": _questions(visit, file),
        "refiling": _naming(visit, file, refiling),
        "later": other_batches.amending(
            visit.actor.desk, file, offered=any(act.label == Verb.AMEND.label for act in acts)
        ),
        "on_request": other_batches.on_request(visit.actor.desk, file),
    }


def _before_filing(visit: Visit, file: Candidate) -> dict[str, Any]:
    """What is to be known before the file is filed: why it came back, a deferral elsewhere."""
    told: dict[str, Any] = {"returned": [], "deferred": []}
    if file.aside or file.stage not in (Stage.LISTED, Stage.RETURNED):
        return told
    told["returned"] = confirming.returned([file.pk], 1)[1]
    if len(visit.seasons) > 1:
        told["deferred"] = confirming.deferred_elsewhere([file.pk], 1)[1]
    return told


def _naming(visit: Visit, file: Candidate, words: str) -> str:
    return naming_next(words, visit.seasons, file.batch.code)


def _questions(visit: Visit, file: Candidate) -> list[dict[str, str]]:
    return [consent_words.of_file(row) for row in proposals.of_file(visit, file)]


def _judged(visit: Visit, file: Candidate, plan: Plan, mark: StaleMark | None) -> dict[str, Any]:
    """The stored judgement in words, and who it is about; a file that is set aside has none."""
    judged, findings = _judgement(file)
    held_up = grounds.against(file, findings)
    stands = grounds.let_stand(file, findings)
    findings = grounds.settled(file, findings)
    rows = findings_rows(findings, plan, Stage(file.stage))
    return {
        "judged": _judged_when(file, judged),
        "again": again(mark),
        "may_rejudge": rights.may_rejudge(visit.actor.roles)
        and judging.follows(file.batch, file)
        and not file.aside,
        "findings": confirmed_grounds.left_alone(
            [replace(row, todo=_naming(visit, file, row.todo)) for row in rows], stands
        ),
        "case": doubts.case_line(visit, file, findings),
        "held_up": held_up,
        "has_judgement": judged is not None,
        "facts": person_facts(file, findings if judged else None, mark),
    }


def _judgement(file: Candidate) -> tuple[Judgement | None, tuple[Finding, ...]]:
    """The stored judgement and its findings; (None, ()) of a file that is set aside."""
    if file.aside:
        return None, ()
    return person.judgement(file)


def _judged_when(file: Candidate, judged: Judgement | None) -> str:
    if file.aside:
        return "已搁置"
    if judged is None:
        return "尚未审核"
    return f"最近判断 {judged.judged_on}"


def _buttons(visit: Visit, file: Candidate, basis: Any, mark: StaleMark | None) -> list[StepButton]:
    """The steps of my desk; a file that is set aside has none."""
    if file.aside:
        return []
    facts = all_facts(file, basis)
    beside = side_offers(visit.actor.desk, facts)
    closed = basis.closed_on is not None and not basis.reopening
    stations = file_offers(visit.actor.desk, Stage(file.stage), closed=closed)
    forward = (offer for offer in stations if concerns(offer.step, facts))
    offered = held_offers(visit.actor, (*forward, *(Offer(step.verb) for step in beside)))
    if not offered:
        return []
    season = visit.season(file.batch.code)
    steps = {offer.key: (offer.step, supposed(visit, offer, season)) for offer in offered}
    why = refusals_of({file.pk: facts}, basis, steps)[file.pk]
    if mark is not None:
        why |= {o.key: waits_for_verdict(mark) for o in offered if asks_fitness(o.step)}
    level = Level(file.student.level)
    return [
        StepButton(
            o.label,
            f"{LIST}/confirm?verb={o.key}&chosen={file.pk}",
            why[o.key] or no_degree(o, level),
            main=place == 0 and reasoned not in o.step.gates,
        )  # what takes a reason is never the usual thing to do
        for place, o in enumerate(offered)
    ]


def _blocked(acts: list[StepButton]) -> list[tuple[str, str]]:
    """(labels, why not): one line for the buttons that are disabled for the same reason."""
    labels: dict[str, list[str]] = {}
    for act in acts:
        if act.why:
            labels.setdefault(act.why, []).append(act.label)
    return [("、".join(names), why) for why, names in labels.items()]
