"""The student's own page, made for a phone: the steps so far, the one thing to do, masked data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from graduand.models import Candidate
from graduand.pages.door.access import Visit, reads
from graduand.pages.frame import on_certificate, tags
from graduand.pages.frame.base import stamp
from graduand.pages.frame.lists.cells import day_of
from graduand.pages.frame.one_file import return_reasons
from graduand.pages.frame.one_file.degree_words import student_sentences
from graduand.pages.frame.one_file.own_file import OwnFile, days, track
from graduand.pages.frame.one_file.own_task import (
    NOTHING_TO_DO,
    PAST,
    blocks,
    is_doubt,
    is_lacking,
    is_own,
    judged_again,
    not_carried_out,
    note,
    old_paper,
    task_of,
)
from graduand.pages.frame.season.deadlines import season_state
from graduand.pages.frame.shell import people, student_shell
from graduand.pages.frame.words import ShownFinding, card, findings_rows, person_facts
from graduand.queries import judging
from graduand.queries.basis import basis_of, plan_of
from graduand.queries.dispatch.parcels import missed_by
from graduand.queries.filing.candidate_criteria import NUMBERING_CODES
from graduand.queries.judging import StaleMark
from graduand.queries.records import person
from graduand.queries.records.mark_changes import lost_to_voiding
from graduand.queries.records.person import HandoverRecord, HistoryEvent
from graduand.queries.review import grounds
from graduand.queries.season.seasons import NEXT_BATCH, naming_next
from graduand.rulebook.calendar import Term, by_day, office_day
from graduand.rulebook.clauses import MARK_CODES, Finding
from graduand.rulebook.papers.transcript import mark_text
from graduand.rulebook.season.promise import Expectation, expectation
from graduand.rulebook.terms import Desk, HandoverMethod, Stage, Verb

_ANEW = "新证书重新编号制证，寄到学习中心后请带身份证件领取。"
_NOT_ANEW = "您现在没有有效的毕业证书；重新申请、准予毕业以后，另行编号制证。"
# Left out for students: order numbers have gaps and mean nothing to them; they are told how many
# wait before their file.
_NOT_FOR_STUDENTS = frozenset({"上报顺序"})
_MISSED = "学习中心清点包裹时没有找到您的毕业证书，{}正在查找"


def _stops_numbering(row: ShownFinding) -> bool:
    return blocks(row) and row.code in NUMBERING_CODES


_UNFILED = (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED)
# Which findings a student reads, by the stage of the file. Before the application all of them; a
# doubt at every stage, since it holds the file wherever it is; the rest are for others to deal
# with, and an ended file is not judged any more.
_TOLD: dict[Stage, tuple[Callable[[ShownFinding], bool], ...]] = {
    **dict.fromkeys(_UNFILED, (blocks, is_doubt)),
    **dict.fromkeys((Stage.APPLIED, Stage.ENDORSED), (is_own, is_doubt)),
    Stage.APPROVED: (is_own, _stops_numbering),
    **dict.fromkeys((Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED), (is_doubt, is_lacking)),
    Stage.COLLECTED: (is_doubt,),
}


@reads(Desk.STUDENT)
def my_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The student's file, and the other batches in which they have one; 404 before there is any."""
    over = {season.code for season in visit.seasons if season.filing_over(visit.today)}
    files = person.own_files(people(visit), over)
    if not files:
        raise Http404
    file = files[0]
    context = {
        "shell": student_shell(visit),
        "student": card(file),
        "printed": on_certificate.printed_content_of(file),
        "not_carried_out": not_carried_out(file),
        "contact": file.centre.phone,
        **_progress(visit, file, files[1:]),
    }
    return render(request, "pages/filing/own_page.html", context)


def _progress(visit: Visit, file: Candidate, others: list[Candidate]) -> dict[str, Any]:
    """How far the file is, the one thing to do, the findings against it, and what was done."""
    stored = _stored(file)
    mark = judging.mark_of(file.pk, visit.today)
    own = OwnFile(file, basis_of(file.batch, visit.now), _next_batch(visit, file))
    told = _told(own, stored or ())
    sender = _missed_by(file)
    given = person.handed_over(file)
    history = person.history(file)
    before = person.steps_of([other.pk for other in others])
    voided = _voided(file, {file.pk: history, **before}, told)
    so_far = [*return_reasons.earlier(file, others, before), *history]
    task = _task(own, told, given, so_far, mark)
    if task == NOTHING_TO_DO and sender:
        task = _looked_for(sender)
    elif task == NOTHING_TO_DO and voided:
        task = None
    return {
        **_outlook(own, None if mark else stored, sender),
        "task": task,
        "voided": voided,
        "handed": _handed(own, given),
        "again": mark is not None,
        "findings": told,
        "taken_back": _taken_back(own, told),
        "facts": _facts(file, stored, mark),
        "events": _events(history),
        "others": [_other(visit, other, file, before[other.pk]) for other in others],
    }


def _stored(file: Candidate) -> tuple[Finding, ...] | None:
    """The findings of the stored judgement, as far as the student is told; None before there is
    one.
    """
    judged, findings = person.judgement(file)
    findings_told = grounds.student_findings(file, findings)
    if judged is None:
        return None
    return findings_told


def _told(own: OwnFile, findings: tuple[Finding, ...]) -> list[ShownFinding]:
    """The findings that a student reads at the stage of the file."""
    tests = _TOLD.get(own.stage, ())
    rows = findings_rows(findings, plan_of(own.file, own.basis), own.stage)
    return [row for row in rows if any(test(row) for test in tests)]


def _missed_by(file: Candidate) -> str:
    """The unit that looks for the certificate, which was not in its parcel; "" for none."""
    if file.stage != Stage.SHIPPED:
        return ""
    return missed_by(file.pk)


def _task(
    own: OwnFile,
    told: list[ShownFinding],
    given: HandoverRecord | None,
    so_far: list[HistoryEvent],
    mark: StaleMark | None,
) -> dict[str, Any] | None:
    """The one thing to do; an outdated paper that has to come back comes before everything else."""
    if paper := old_paper(own.file):
        return paper
    if mark is not None:
        return judged_again(own.file, mark)
    return task_of(own, told, given, so_far)


def _outlook(own: OwnFile, known: tuple[Finding, ...] | None, sender: str) -> dict[str, Any]:
    """How far the file is and when the certificate can be expected, by the findings that hold."""
    when = _expected(own, known, sender)
    return {
        "track": track(own, known, when),
        "when": _when(own, when),
        "degree": student_sentences(own.file, own.basis),
        "days": days(own, known),
    }


def _facts(
    file: Candidate, findings: tuple[Finding, ...] | None, mark: StaleMark | None
) -> list[tuple[str, Any]]:
    facts = person_facts(file, findings, mark)
    return [(label, value) for label, value in facts if label not in _NOT_FOR_STUDENTS]


def _looked_for(sender: str) -> dict[str, Any]:
    """The certificate was not in its parcel, and its sender looks for it."""
    told = f"{_MISSED.format(sender)}，找到或另外办理以后这里会更新。暂时不需要您处理。"
    return note(tags.WARN, "证书正在查找：", told)


def _taken_back(own: OwnFile, told: list[ShownFinding]) -> list[str]:
    """Marks that were voided: the college is asked before the course is taken again.

    They matter to a student who reads of missing credits.
    """
    if all(row.code not in MARK_CODES for row in told):
        return []
    names = {course.code: course.name for course in plan_of(own.file, own.basis).courses}
    lost = lost_to_voiding(own.file.student_id, names, own.basis.today)
    return [
        f"「{names[code]}」的成绩 {mark_text(mark)}（{Term.from_ordinal(term)}）已由学校作废，不计学分"
        for code, mark, term in lost
    ]


# What happened to the file, where the desks' own word would mean nothing to a student.
_WORDS = {
    Verb.VOID: "毕业证书作废，重新办理",
    Verb.DEREGISTER: "学信网学历注册已注销",
    Verb.REREGISTER: "学信网学历注册已恢复",
    Verb.CONFIRM_ISSUE: "总部已核实",
    Verb.LAPSE: "本批次未办结",
    Verb.RELIST: "批次重新开放，恢复为未申请",
    Verb.RELIST_DEFERRED: "批次重新开放，仍为暂缓毕业",
    Verb.RELIST_RETURNED: "批次没有关闭，继续办理（退回补正）",
    Verb.RELIST_APPLIED: "批次没有关闭，申请继续办理",
    Verb.RELIST_ENDORSED: "批次没有关闭，申请继续办理（学院已审核通过）",
}


def _events(history: list[HistoryEvent]) -> list[dict[str, Any]]:
    """The steps as the student reads them: in whole words, with the reason that was written for the
    student.

    Only the last decision of headquarters says that the certificate is still valid, and only while
    that holds.
    """
    last = [event.step for event in history if event.step in (None, Verb.CONFIRM_ISSUE, Verb.VOID)][
        -1:
    ]
    shown = [_event(event) for event in history if event.step]
    valid = [line for line in shown if line["label"] == _WORDS[Verb.CONFIRM_ISSUE]]
    if last == [Verb.CONFIRM_ISSUE]:
        valid[-1]["label"] += "，毕业证书继续有效"
    return shown


def _event(event: HistoryEvent) -> dict[str, Any]:
    label = event.verb
    if event.step:
        label = _WORDS.get(event.step, label)
    return {
        "label": label,
        "at": event.at,
        "note": return_reasons.why_lapsed([event]) or event.told,
    }


def _voided(
    file: Candidate, steps: Mapping[int, list[HistoryEvent]], told: list[ShownFinding]
) -> dict[str, Any] | None:
    """That a certificate was voided, why, what to do with the old paper, and whether a new one is
    being made.

    `steps` are those of each file of the student; `told` is what the student reads of the
    judgement.
    """
    gone = person.voided(
        [pk for pk, done in steps.items() if any(event.step is Verb.VOID for event in done)]
    )
    if gone is None:
        return None
    old = f"原证书（编号 {gone.number}）已于 {office_day(gone.at)} 作废，不能再使用。"
    if gone.why:
        old += f"原因：{gone.why}。"
    head, then = _after_void(Stage(file.stage), [row for row in told if blocks(row)])
    if gone.in_hand:
        back = f"请把手里的原证书交回{file.centre.name}；已经遗失的，请向学习中心说明。"
        return note(tags.BAD, "需要您处理：", f"{old}{back}{then}")
    return note(tags.WARN, head, f"{old}原证书没有发到您手里，不需要交回。{then}")


def _other(
    visit: Visit, file: Candidate, main: Candidate, steps: list[HistoryEvent]
) -> dict[str, Any]:
    """Another batch of the student, and the state of the file in it; `main` is the file that the
    page is about.
    """
    state = _state_there(visit, file, main)
    why = return_reasons.why_lapsed(steps)
    if why:
        state = f"{state}；{why}"
    return {
        "code": file.batch.code,
        "stage": tags.stage_tag(Stage(file.stage)),
        "state": state,
        "events": _events(steps),
    }


def _state_there(visit: Visit, file: Candidate, main: Candidate) -> str:
    """The state of another batch for the student: its own, unless the file has ended there."""
    # None of the batch's certificates is the student's.
    if file.stage == Stage.LAPSED and not file.batch.reopening:
        if main.batch.code > file.batch.code and main.stage != Stage.LAPSED:
            return f"未办结，已转入 {main.batch.code}"
        return f"未办结，将列入{_next_batch(visit, file)}"
    if file.stage == Stage.REJECTED and file.batch.closed_at is not None:
        return "这个批次已关闭，不再办理"
    season = visit.season(file.batch.code)
    if season is None:
        return ""
    return " · ".join(season_state(season, visit.now))


def _next_batch(visit: Visit, file: Candidate) -> str:
    """The batch in which a file without a certificate goes on, by name once it is loaded."""
    return naming_next(NEXT_BATCH, visit.seasons, file.batch.code)


def _after_void(stage: Stage, lacking: list[ShownFinding]) -> tuple[str, str]:
    """(the heading, what happens to the certificate); `lacking` are the findings that prevent a
    number.
    """
    if stage not in person.ANEW:
        return "毕业证书已作废：", _NOT_ANEW
    if stage is not Stage.APPROVED or not lacking:
        return "毕业证书正在重新办理：", _ANEW
    what = "；".join(f"{row.sentence}（由{_who_clears(row)}办理）" for row in lacking)
    return "毕业证书已作废，暂不能重新编号：", f"现在不满足毕业条件：{what}。补齐以后，{_ANEW}"


def _who_clears(row: ShownFinding) -> str:
    if is_own(row):
        return "您本人"
    return row.desk


def _expected(
    own: OwnFile, findings: tuple[Finding, ...] | None, sender: str
) -> Expectation | None:
    """The day of the certificate, or why it is not known yet; `sender` looks for it."""
    file = own.file
    basis = own.basis
    if sender:
        return Expectation(why=_MISSED.format(sender))
    if own.lapses:
        return Expectation(why=f"{PAST}{own.next_batch}")
    round_name = None
    if file.round is not None:
        round_name = file.round.name
    approved = day_of(file.approved_at)
    return expectation(own.stage, basis.policy, round_name, findings, approved, basis.today)


def _when(own: OwnFile, expected: Expectation | None) -> str:
    """什么时候能拿到证书, in a sentence; "" once it is there to be taken."""
    if expected is None:
        return ""
    if own.stage in _UNFILED and not own.filing_round:
        return f"{own.over}。"
    if own.stage is Stage.LAPSED and own.file.batch.reopening:
        return "现在还说不准：本批次正在重新开放。"
    if own.stage is Stage.LAPSED:
        return f"本批次没有办结，转入{own.next_batch}。"
    if expected.by is None:
        return f"现在还说不准：{expected.why}。"
    return f"预计 {by_day(expected.by)}。"


def _handed(own: OwnFile, given: HandoverRecord | None) -> dict[str, Any] | None:
    """Who took the certificate and when, and whom to tell if that was wrong."""
    if given is None:
        return None
    contacts = own.basis.policy.contacts
    lines = {
        HandoverMethod.IN_PERSON: ("由您本人领取", [], "如果不是您本人领取的"),
        HandoverMethod.PROXY: (
            "由他人代您领取",
            [("代领人", given.said or "没有登记")],
            "如果您没有委托，或没有拿到证书",
        ),
        HandoverMethod.MAIL: ("邮寄给您", [("运单", given.waybill)], "如果没有收到"),
    }
    head, more, doubt = lines[given.method]
    facts = [
        ("方式", head),
        *more,
        ("时间", stamp(given.at)),
        ("经办", f"{own.file.centre.name} {given.by}"),
    ]
    above = " ".join(
        part for part in ("、".join(contacts.people), contacts.phone, contacts.email) if part
    )
    return {
        "facts": facts,
        "doubt": doubt,
        "above": above,
        "other": given.method is HandoverMethod.PROXY,
    }
