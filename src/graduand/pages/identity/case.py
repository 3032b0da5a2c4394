"""One identity case: its levels, the registry's report and our record, which files it stops, what
can be done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from graduand.models import Candidate, ChsiReport, Event, IdentityCase
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.people.second_person import second_acts
from graduand.pages.door import access_records
from graduand.pages.door.access import STAFF, Visit, reads
from graduand.pages.frame import tags
from graduand.pages.frame.lists.list_spec import Button
from graduand.pages.frame.offers import Offer, held_offers, supposed
from graduand.pages.frame.one_file import evidence
from graduand.pages.frame.shell import LIST, shell
from graduand.queries import stations
from graduand.queries.basis import basis_of
from graduand.queries.identity import case_files, case_story, cases
from graduand.queries.identity.case_story import AffectedFile
from graduand.queries.records import person
from graduand.queries.refusals import refusals_of
from graduand.queries.season.seasons import NEXT_BATCH, naming_next
from graduand.queries.side_tracks import all_facts
from graduand.rulebook.calendar import by_day, office_day
from graduand.rulebook.facts import CASE_DESK
from graduand.rulebook.identity.doubts import FILED_FIRST, NORMAL_SINCE, UPHELD_NEXT, who_has
from graduand.rulebook.identity.evidence import weighed
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.people.account_terms import LookKind
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, Level, Stage, Verb

HOME = "/identity"
FILED = "已经备案，没有还要办的"
NO_FILE = "该学生没有毕业档案：还没有列入任何批次"
# The levels of the chain: who, what is done there, and by which verbs it is done.
LEVELS = (
    (Desk.CENTRE, "提交复核材料", (Verb.CASE_SUBMIT,)),
    (Desk.COLLEGE, "审核材料，上报总部", (Verb.CASE_REPORT,)),
    (Desk.HQ, "备案决定", (Verb.CASE_CLEAR, Verb.CASE_UPHOLD)),
)


@dataclass(frozen=True, slots=True)
class CaseLevel:
    """A level in the chain of a case: `state` is done, now or open."""

    label: str
    state: str
    note: str
    urgent: bool = False


@reads(*STAFF)
def case(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """One case that the visitor may see; 404 for another centre's."""
    found = _case(visit, pk)
    if found is None:
        raise Http404
    access_records.seen(
        request,
        LookRecord(visit.actor, (found.student.pk,), LookKind.FILE, "身份核查", at=visit.now),
    )
    context = {"shell": shell(visit, HOME), "here": request.get_full_path(), **_told(visit, found)}
    return render(request, "pages/identity/case.html", context)


def _told(visit: Visit, found: IdentityCase) -> dict[str, Any]:
    """The registry's reports, our record, the files that the case stops, and the desk's steps."""
    student = found.student
    reports = case_story.reports(found)
    events = case_story.events(found)
    files = case_story.files(visit.actor, found)
    state = CaseState(found.state)
    return {
        "case": found,
        "student": student,
        "level": Level(student.level).label,
        "verdict": tags.Tag(tags.WARN, ChsiVerdict(found.verdict).label),
        "state": tags.case_tag(state),
        "holds": state.holds,
        "chain": _chain(found, events),
        "said": [(report.day, _word(report)) for report in reports],
        "evidence": _evidence(visit, reports, found),
        "files": [
            (one, tags.stage_tag(Stage(one.file.stage)), _meaning(visit, one, state))
            for one in files
        ],
        "story": [
            (evidence.happened(person.done(event)), event.candidate.batch.code) for event in events
        ],
        "others": [
            (other, tags.case_tag(CaseState(other.state))) for other in case_story.others(found)
        ],
        **_mine(visit, found, state),
    }


def _case(visit: Visit, pk: int) -> Any:
    """The case with the file through which it is acted on."""
    begun = case_files.begun(visit.seasons, visit.today)
    rows = stations.cases(visit.actor, begun).annotate(
        candidate_id=case_files.file_of_case(visit.actor, begun),
        normal_since=cases.is_normal_since(visit.today),
    )
    return rows.select_related("student__centre", "student__plan", "filed_by").filter(pk=pk).first()


def _chain(found: IdentityCase, events: Sequence[Event]) -> list[CaseLevel]:
    """立案, then the levels of review in order: who did what and when, or what is to be done."""
    state = CaseState(found.state)
    now = [desk for desk, _, _ in LEVELS].index(CASE_DESK.get(state, Desk.HQ))
    opened = f"{office_day(found.opened_at)} {ChsiVerdict(found.verdict).label}"
    chain = [CaseLevel("学信网反馈，立案", "done", opened)]
    for place, (desk, task, verbs) in enumerate(LEVELS):
        last = next((event for event in reversed(events) if event.verb in verbs), None)
        passed = place < now or not state.holds
        here = place == now
        note = _level_note(task, last, passed=passed, state=state, here=here)
        chain.append(CaseLevel(desk.label, _level_state(passed=passed, here=here), note))
    return chain


def _level_state(*, passed: bool, here: bool) -> str:
    if passed:
        return "done"
    if here:
        return "now"
    return "open"


def _level_note(
    task: str, last: Event | None, *, passed: bool, state: CaseState, here: bool
) -> str:
    decided = here and state is CaseState.UPHELD
    if last is not None and (passed or decided):
        people = [person.name for person in (last.actor, last.second) if person is not None]
        return f"{Verb(last.verb).label}　{office_day(last.at)} {'、'.join(people)}"
    if passed:
        return "没有经过这一级"
    if here and state is CaseState.COLLECTING:
        return "已退回，补充材料后再提交"
    return task


def _word(report: ChsiReport) -> tags.Tag:
    verdict = ChsiVerdict(report.verdict)
    if verdict is ChsiVerdict.NORMAL:
        return tags.Tag(tags.OK, verdict.label)
    return tags.Tag(tags.WARN, verdict.label)


def _evidence(visit: Visit, reports: Sequence[ChsiReport], case: IdentityCase) -> str:
    """What a newer 正常 allows: the last level may file with it, and only the filing ends the stop."""
    state = CaseState(case.state)
    past = [report for report in reports if report.day <= visit.today]
    doubted = any(report.verdict != ChsiVerdict.NORMAL for report in past)
    if not (state.holds and doubted and past[0].verdict == ChsiVerdict.NORMAL):
        return ""
    row = past[0]
    if state is CaseState.UPHELD and weighed(row.day, case.rested_on):
        return (
            f"作出「{state.label}」时，{row.day} 的「正常」已经在案：要备案的，由总部两人共同办理。"
        )
    return f"新的「正常」是证据，不会自己结案；总部可凭 {row.day} 那一行一步备案。"


def _meaning(visit: Visit, one: AffectedFile, state: CaseState) -> str:
    """What the case means for a file: which step waits, which unit has to act, until when filing
    helps.
    """
    if not one.step:
        return "没有还要办的步骤"
    if not one.stopped:
        return f"下一步「{one.step}」（{one.holder}）{_unstopped(one, state)}"
    late = "；证书和材料留在原处"
    if one.until is not None:
        late = f"；{by_day(one.until)}备案才赶得上本批，否则转入{NEXT_BATCH}"
    late = naming_next(late, visit.seasons, one.file.batch.code)
    return f"暂停「{one.step}」，档案在{one.holder}{late}"


def _unstopped(one: AffectedFile, state: CaseState) -> str:
    """What is to be known of a step that goes on while the case holds others."""
    if not state.holds:
        return ""
    if one.step == Verb.APPLY.label:
        return f"：{FILED_FIRST}"
    return "：这一步不受影响"


def _mine(visit: Visit, found: Any, state: CaseState) -> dict[str, Any]:
    """The steps of my desk on the case, why one can't be done now, and who has the case."""
    offered = _offered(visit, state)
    file = (
        Candidate.objects.select_related("batch", "student").filter(pk=found.candidate_id).first()
    )
    why = _why_not(visit, offered, file)
    acts = [
        Button(
            offer.label,
            "",
            f"{LIST}/confirm?list=identity&verb={offer.key}&chosen={found.candidate_id}",
            why[offer.key],
        )
        for offer in offered
    ]
    two = [offer.label for offer in offered if file and not why[offer.key] and _by_two(offer, file)]
    blocked = [(act.label, act.why) for act in acts if act.why]
    told = {"acts": acts, "blocked": blocked, "two": two, "turn": FILED, "idle": FILED}
    if state.holds:
        told["turn"] = f"现在{who_has(state)}"
        if state is CaseState.UPHELD:
            told["turn"] = NORMAL_SINCE if found.normal_since else UPHELD_NEXT
        told["idle"] = "您的角色只能查看"
    return told


def _offered(visit: Visit, state: CaseState) -> tuple[Offer, ...]:
    """The steps that my desk can have on a case; none once it is filed."""
    if not state.holds:
        return ()
    desk = visit.actor.desk
    steps = [
        step
        for step in SIDE_STEPS.values()
        if step.track is Track.CASE and desk in {owner for _, owner in step.origins}
    ]
    return held_offers(visit.actor, [Offer(step.verb) for step in steps])


def _why_not(visit: Visit, offered: Sequence[Offer], file: Candidate | None) -> Mapping[str, str]:
    """By the key of an offer why it can't be done now, "" where it can."""
    if file is None:
        return dict.fromkeys((offer.key for offer in offered), NO_FILE)
    basis = basis_of(file.batch, visit.now)
    asked = {offer.key: (offer.step, supposed(visit, offer, None)) for offer in offered}
    return refusals_of({file.pk: all_facts(file, basis)}, basis, asked)[file.pk]


def _by_two(offer: Offer, file: Candidate) -> bool:
    """Whether this decision takes a second person: a step early, or out of 维持."""
    return offer.verb in LEVELS[-1][2] and second_acts.by_two(offer.verb, file)
