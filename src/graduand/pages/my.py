"""The student's own page, made for a phone: the steps so far, the one thing to do, masked data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from graduand.models import Candidate
from graduand.pages.door.access import Visit, reads
from graduand.pages.frame import came_back, tags
from graduand.pages.frame.base import stamp
from graduand.pages.frame.deadlines import season_state
from graduand.pages.frame.degree_words import told_to_student
from graduand.pages.frame.own_file import OwnFile, days, track
from graduand.pages.frame.shell import people, student_shell
from graduand.pages.frame.words import Said, card, findings_rows, person_facts
from graduand.queries import grounds, judging, old_papers, person
from graduand.queries.bench import bench_of, plan_of
from graduand.queries.candidates import NUMBERING_CODES
from graduand.queries.judging import Mark
from graduand.queries.mark_changes import lost_to_voiding
from graduand.queries.person import Done, HandedOver
from graduand.queries.seasons import NEXT_BATCH, naming_next
from graduand.queries.stations import missed_by
from graduand.rulebook.calendar import Term, by_day, office_day
from graduand.rulebook.clauses import ACADEMIC_CODES, Finding
from graduand.rulebook.doubts import DOUBT
from graduand.rulebook.gates import Bench
from graduand.rulebook.policy_parts import Contacts
from graduand.rulebook.promise import Expectation, expectation
from graduand.rulebook.terms import Desk, Handover, Stage, Verb
from graduand.rulebook.transcript import mark_text

_ANEW = "新证书重新编号制证，寄到学习中心后请带身份证件领取。"
_NOT_ANEW = "您现在没有有效的毕业证书；重新申请、准予毕业以后，另行编号制证。"
# The order numbers of a round have holes, which say nothing to a student: how many wait before the
# file does.
_NOT_FOR_STUDENTS = frozenset({"上报顺序"})
_HALTED = {
    Stage.RETURNED: ("已退回补正。", "学习中心正在补正材料，如有需要会联系您。"),
    Stage.DEFERRED: ("已暂缓毕业：", "本批次不提交申请；如需恢复，请联系学习中心。"),
    Stage.REJECTED: ("审核不通过：", "原因见下方办理经过；如有异议，请联系学习中心申诉。"),
    Stage.LAPSED: ("本批次未办结：", "将转入{next}，请留意学习中心通知。"),
}
# The same where nobody can be filed, or reviewed, in the batch any more.
_HALTED_LATE = {
    Stage.RETURNED: "{over}；请联系学习中心先补正材料。",
    Stage.DEFERRED: "{over}；请留意学习中心通知。",
    Stage.REJECTED: "原因见下方办理经过；本批次不再重审，可在{next}申请，请联系学习中心。",
}
_PAST = "本批次已截止，不再审核。总部延长截止日期的，会接着审核；不延长的，没有办结的转入"
_GIVEN = {
    Handover.PROXY: "毕业证书已由他人代领。",
    Handover.MAIL: "毕业证书已邮寄给您。",
    Handover.IN_PERSON: "已领取毕业证书。",
}
_MISSED = "学习中心清点包裹时没有找到您的毕业证书，{}正在查找"
_CHANGED = "准予毕业以后资料有变化，现在不满足毕业条件，证书暂不编号"
_STOPPED = "证书编号以后资料有变化，现在不满足毕业条件，总部核实以前不能领取，请先不要前来领证。有疑问请联系学习中心。"


def _blocks(row: Said) -> bool:
    return row.tone == tags.BAD


def _is_doubt(row: Said) -> bool:
    return row.code == DOUBT


def _is_own(row: Said) -> bool:
    """What only the student can clear: a mark may be lost while the file is being reviewed, and after that, too."""
    return _blocks(row) and row.desk == Desk.STUDENT.label


def _stops_numbering(row: Said) -> bool:
    return _blocks(row) and row.code in NUMBERING_CODES


def _is_lacking(row: Said) -> bool:
    """What holds up a certificate that is numbered already."""
    return _blocks(row) and not _is_doubt(row)


_UNFILED = (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED)
# What of the judgement a student reads, by where the file stands. Before the application all that
# stands against it; a doubt at every stage, for it holds the file wherever that is; of the rest
# others take care, and an ended file is judged no more.
_TOLD: dict[Stage, tuple[Callable[[Said], bool], ...]] = {
    **dict.fromkeys(_UNFILED, (_blocks, _is_doubt)),
    **dict.fromkeys((Stage.APPLIED, Stage.ENDORSED), (_is_own, _is_doubt)),
    Stage.APPROVED: (_is_own, _stops_numbering),
    **dict.fromkeys((Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED), (_is_doubt, _is_lacking)),
}


@reads(Desk.STUDENT)
def my(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The own file, and in which other batches one stands; 404 before there is any."""
    over = {season.code for season in visit.seasons if season.filing_over(visit.today)}
    mine = person.own(people(visit), over)
    if not mine:
        raise Http404
    file = mine[0]
    context = {
        "shell": student_shell(visit),
        "student": card(file),
        "contact": file.centre.phone,
        **_progress(visit, file, mine[1:]),
    }
    return render(request, "pages/my.html", context)


def _progress(visit: Visit, file: Candidate, others: list[Candidate]) -> dict[str, Any]:
    """How far the file is, the one thing to do, what stands against it, and what was done."""
    judged, findings = person.judgement(file)
    findings = grounds.told_to_student(file, findings)
    mark = judging.mark_of(file.pk, visit.today)
    bench = bench_of(file.batch, visit.now)
    own = OwnFile(file, bench, _next_batch(visit, file))
    rows = findings_rows(findings, plan_of(file, bench), Stage(file.stage))
    known = findings if judged and mark is None else None
    sender = missed_by(file.pk) if file.stage == Stage.SHIPPED else ""
    when = Expectation(why=_MISSED.format(sender)) if sender else _expected(own, known)
    facts, given = person_facts(file, findings if judged else None, mark), person.handed_over(file)
    history, before = person.history(file), person.steps_of([one.pk for one in others])
    told = [row for row in rows if any(test(row) for test in _TOLD.get(Stage(file.stage), ()))]
    voided = _voided(file, {file.pk: history, **before}, told)
    so_far = [*came_back.earlier(file, others, before), *history]
    task = _old_paper(file) or (_again(mark) if mark else _task(own, told, given, so_far))
    if sender and task == NOTHING_TO_DO:
        task = _note(
            tags.WARN,
            "证书正在查找：",
            f"{_MISSED.format(sender)}，找到或另外办理以后这里会更新。暂时不需要您处理。",
        )
    return {
        "track": track(own, known, when),
        "when": _when(own, when),
        "degree": told_to_student(file, bench),
        "days": days(own, known),
        "task": None if voided and task == NOTHING_TO_DO else task,
        "voided": voided,
        "handed": _handed(file, given, bench.policy.contacts) if given else None,
        "again": mark is not None,
        "findings": told,
        "taken_back": _taken_back(file, bench)
        if any(row.code in ACADEMIC_CODES for row in told)
        else [],
        "facts": [fact for fact in facts if fact[0] not in _NOT_FOR_STUDENTS],
        "events": _events(history),
        "others": [_other(visit, one, file, before[one.pk]) for one in others],
    }


def _taken_back(file: Candidate, bench: Bench) -> list[str]:
    """Whose mark was voided need not sit for the course again before the college has been asked: it may be a mistake."""
    names = {course.code: course.name for course in plan_of(file, bench).courses}
    return [
        f"「{names[code]}」的成绩 {mark_text(mark)}（{Term.from_ordinal(term)}）已由学校作废，不计学分"
        for code, mark, term in lost_to_voiding(file.student_id, names, bench.today)
    ]


# What happened to the file, where the word of the desks says nothing to a student.
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


def _events(history: list[Done]) -> list[dict[str, Any]]:
    """The steps as the student reads them: in whole words, with the reason that was written for the
    student.

    That the certificate goes on being valid is said of the last word of headquarters alone, for as
    long as that holds.
    """
    last = [event.step for event in history if event.step in (None, Verb.CONFIRM_ISSUE, Verb.VOID)][
        -1:
    ]
    shown = [_event(event) for event in history if event.step]
    valid = [one for one in shown if one["label"] == _WORDS[Verb.CONFIRM_ISSUE]]
    if last == [Verb.CONFIRM_ISSUE]:
        valid[-1]["label"] += "，毕业证书继续有效"
    return shown


def _event(event: Done) -> dict[str, Any]:
    label = _WORDS.get(event.step, event.verb) if event.step else event.verb
    return {"label": label, "at": event.at, "note": came_back.why_lapsed([event]) or event.told}


def _voided(
    file: Candidate, steps: Mapping[int, list[Done]], told: list[Said]
) -> dict[str, Any] | None:
    """That a certificate was taken back, why, what to do with the old paper, and whether a new one
    is being made.

    `steps` are those of each file of the student; `told` is what the student reads of the
    judgement.
    """
    gone = person.voided(
        [pk for pk, done in steps.items() if any(one.step is Verb.VOID for one in done)]
    )
    if gone is None:
        return None
    old = f"原证书（编号 {gone.number}）已于 {office_day(gone.at)} 作废，不能再使用。"
    why = f"原因：{gone.why}。" if gone.why else ""
    head, then = _after_void(Stage(file.stage), [row for row in told if _blocks(row)])
    if gone.in_hand:
        back = f"请把手里的原证书交回{file.centre.name}；已经遗失的，请向学习中心说明。"
        return _note(tags.BAD, "需要您处理：", f"{old}{why}{back}{then}")
    return _note(tags.WARN, head, f"{old}{why}原证书没有发到您手里，不需要交回。{then}")


def _other(visit: Visit, file: Candidate, main: Candidate, steps: list[Done]) -> dict[str, Any]:
    """Another batch that lists the student, how it stands, and how the file stands in it; `main` is the file above."""
    season = visit.season(file.batch.code)
    state = " · ".join(season_state(season, visit.now)) if season else ""
    if (
        file.stage == Stage.LAPSED and not file.batch.reopening
    ):  # of the batch's certificates none is the student's
        later = main.batch.code > file.batch.code and main.stage != Stage.LAPSED
        state = (
            f"未办结，已转入 {main.batch.code}"
            if later
            else f"未办结，将列入{_next_batch(visit, file)}"
        )
    elif file.stage == Stage.REJECTED and file.batch.closed_at is not None:
        state = "这个批次已关闭，不再办理"
    why = came_back.why_lapsed(steps)
    return {
        "code": file.batch.code,
        "stage": tags.stage_tag(Stage(file.stage)),
        "state": f"{state}；{why}" if why else state,
        "events": _events(steps),
    }


def _next_batch(visit: Visit, file: Candidate) -> str:
    """Where a file goes on that ends in its batch without a certificate: by name, once that is loaded."""
    return naming_next(NEXT_BATCH, visit.seasons, file.batch.code)


def _after_void(stage: Stage, lacking: list[Said]) -> tuple[str, str]:
    """(what is said first, what becomes of the certificate): none is numbered while `lacking` stands against it."""
    if stage not in person.ANEW:
        return "毕业证书已作废：", _NOT_ANEW
    if stage is not Stage.APPROVED or not lacking:
        return "毕业证书正在重新办理：", _ANEW
    what = "；".join(
        f"{row.sentence}（由{'您本人' if _is_own(row) else row.desk}办理）" for row in lacking
    )
    return "毕业证书已作废，暂不能重新编号：", f"现在不满足毕业条件：{what}。补齐以后，{_ANEW}"


def _again(mark: Mark) -> dict[str, Any]:
    """New data have come, and what they mean is not known yet."""
    if judging.stands_still():
        return _note(
            tags.WARN,
            "重新审核暂时没有进展：",
            "学校的系统恢复后会接着审核，这里随后更新。您不需要处理。",
        )
    last = f"下面是 {mark.judged_on} 的结果，可能已有变化。" if mark.judged_on else ""
    return _note(
        "info", "正在重新审核：", f"{mark.words}，学校正在按新资料审核，完成后这里会更新。{last}"
    )


def _expected(own: OwnFile, findings: tuple[Finding, ...] | None) -> Expectation | None:
    """The day of the certificate, or why nobody can say it yet."""
    file, bench = own.file, own.bench
    if own.lapses:
        return Expectation(why=f"{_PAST}{own.next_batch}")
    turn = file.round.name if file.round else None
    approved = office_day(file.approved_at) if file.approved_at else None
    return expectation(Stage(file.stage), bench.policy, turn, findings, approved, bench.today)


def _when(own: OwnFile, expected: Expectation | None) -> str:
    """什么时候能拿到证书, in a sentence; "" once it is there to be taken."""
    if expected is None:
        return ""
    if own.stage in _UNFILED and not own.filing_round:
        return f"{own.over}。"
    if own.stage is Stage.LAPSED:
        opening = own.file.batch.reopening
        return (
            "现在还说不准：本批次正在重新开放。"
            if opening
            else f"本批次没有办结，转入{own.next_batch}。"
        )
    return f"预计 {by_day(expected.by)}。" if expected.by else f"现在还说不准：{expected.why}。"


def _old_paper(file: Candidate) -> dict[str, Any] | None:
    """The certificate was amended, and the paper that the student has, or waits for, is another one."""
    old = old_papers.of_file(file)
    if old is None:
        return None
    if file.stage == Stage.COLLECTED:
        text = f"您的{old.what}内容已于 {old.since} 更正。请把手中的旧证交回学习中心，学校重新打印后会再寄来，请不要再使用旧证。"
        return _note(tags.BAD, "需要您处理：", text)
    return _note(
        tags.WARN,
        "证书正在更换：",
        f"您的{old.what}内容已于 {old.since} 更正，学校按新内容重新打印后再发给您。",
    )


def _halted(own: OwnFile, told: list[Said], history: list[Done]) -> dict[str, Any] | None:
    """Why the file does not go on for the moment, when others see to it."""
    file, bench, stage, fileable = own.file, own.bench, own.stage, own.filing_round
    if stage in _HALTED:
        head, text = _HALTED[stage]
        closed = bench.closed_on is not None or bench.today > bench.policy.closes_at
        if closed or (fileable is None and stage is not Stage.REJECTED):
            text = _HALTED_LATE.get(stage, text)
        text = text.format(over=own.over, next=own.next_batch)
        return _note(
            tags.WARN, head, f"{came_back.reason(history) if stage is Stage.RETURNED else ''}{text}"
        )
    if stage is Stage.APPROVED and told:
        return _note(
            tags.WARN,
            "证书暂缓办理：",
            f"{_CHANGED}；学习中心和学院正在处理，请配合。",
            ("查看详情", "#todo"),
        )
    if came_back.sent_back_before(file, history):
        then = (
            "学习中心补正后才能重新提交，如有需要会联系您。"
            if fileable
            else f"{own.over}；请联系学习中心先补正材料。"
        )
        return _note(tags.WARN, "上次申请被退回。", f"{came_back.reason(history)}{then}")
    if again := came_back.lapsed_before(file, history):
        return _note(tags.WARN, "上次申请没有办结：", again)
    if own.lapses:
        return _note(
            tags.WARN, "没有在截止前审核通过：", f"{_PAST}{own.next_batch}。请留意学习中心通知。"
        )
    if stage is Stage.LISTED and fileable is None:
        return _note(tags.WARN, "没有在本批次申请：", f"{own.over}；请留意学习中心通知。")
    words = came_back.deferral(file, history)
    return _note("info", "您曾声明暂缓毕业：", words) if words else None


def _leading(own: OwnFile, history: list[Done]) -> str:
    """What is said before the thing that the student must do: what it stopped, or why the application came back."""
    file, fileable = own.file, own.filing_round
    if own.stage is Stage.APPROVED:
        return f"{_CHANGED}。"
    if own.stage is not Stage.RETURNED and not came_back.sent_back_before(file, history):
        return came_back.deferral(file, history) if fileable else ""
    return f"申请已退回，{came_back.reason(history)}{'' if fileable else f'{own.over}。'}"


def _task(
    own: OwnFile, told: list[Said], given: HandedOver | None, history: list[Done]
) -> dict[str, Any] | None:
    """The one thing to know: what the student must do, what halts the file, or that nothing is needed."""
    if given is not None:
        return _collected(own.file, given)
    file, stage = own.file, own.stage
    if stage in grounds.NUMBERED and any(_is_lacking(row) for row in told):
        return _note(tags.WARN, "毕业证书暂停发放：", _STOPPED, ("查看详情", "#todo"))
    if mine := [row for row in told if _is_own(row)]:
        before = _leading(own, history)
        text = f"{before}{mine[0].sentence}。{mine[0].todo}。"
        return _note(tags.BAD, "需要您处理：", text, ("查看还差什么", "#todo"))
    if stage is Stage.LAPSED and file.batch.reopening:
        return _note(
            "info",
            "本批次正在重新开放：",
            "名单恢复完成后这里会更新；需要重新申请的，由学习中心办理。",
        )
    if halted := _halted(own, told, history):
        return halted
    if stage is Stage.RECEIVED:
        return _fetch(file, told)
    if told:
        return _note(
            tags.WARN,
            "正在处理：",
            "下面的问题由学习中心、学院或总部办理，请配合提供材料。",
            ("查看详情", "#todo"),
        )
    return NOTHING_TO_DO


def _fetch(file: Candidate, told: list[Said]) -> dict[str, Any]:
    """To come for the certificate, unless the centre may not hand it over yet."""
    if told:  # a doubt
        text = (
            "证书已到学习中心，但学信网身份核验存疑，备案以前不能领取，请先不要前来领证。"
            "请联系学习中心，按要求提交身份复核材料；备案以后这里会更新。"
        )
        return _note(tags.BAD, "需要您处理：", text)
    if not person.is_queryable(file):
        text = "学信网还查询不到您的学历注册信息，可以查询后才能领取，请等这里更新后再前来领证。"
        return _note(tags.WARN, "证书已到学习中心，还不能领取：", text)
    where = "，".join(
        part for part in (file.centre.name, file.centre.address, file.centre.phone) if part
    )
    text = f"证书已到学习中心，请带身份证件领取，并当面核对证书与学信网信息。领取地点：{where}。"
    return _note("info", "请您领取：", text)


def _collected(file: Candidate, given: HandedOver) -> dict[str, Any]:
    """That the certificate is out of the house, and in whose hands; details and objections stand
    below.

    What has changed since is between the desks: it is said in a sentence, and nothing is asked of
    the student.
    """
    if grounds.is_lost(file):
        phone = f"（{file.centre.phone}）" if file.centre.phone else ""
        text = f"领证以后学习记录有变化，学院和总部正在核对，现在不需要您处理。有疑问请联系{file.centre.name}{phone}。"
        return _note("info", _GIVEN[given.method], text)
    if given.method is Handover.PROXY:
        return _note(
            tags.WARN, _GIVEN[given.method], "谁领的、什么时候领的见下方；如有疑问请尽快提出。"
        )
    if given.method is Handover.MAIL:
        return _note(tags.OK, _GIVEN[given.method], "运单号见下方。祝贺毕业！")
    return _note(tags.OK, _GIVEN[given.method], "祝贺毕业！")


def _handed(file: Candidate, given: HandedOver, contacts: Contacts) -> dict[str, Any]:
    """Who took the certificate and when, and whom to tell if that was not in order."""
    lines = {
        Handover.IN_PERSON: ("由您本人领取", [], "如果不是您本人领取的"),
        Handover.PROXY: (
            "由他人代您领取",
            [("代领人", given.said or "没有登记")],
            "如果您没有委托，或没有拿到证书",
        ),
        Handover.MAIL: ("邮寄给您", [("运单", given.waybill)], "如果没有收到"),
    }
    head, more, doubt = lines[given.method]
    facts = [
        ("方式", head),
        *more,
        ("时间", stamp(given.at)),
        ("经办", f"{file.centre.name} {given.by}"),
    ]
    above = " ".join(
        part for part in ("、".join(contacts.people), contacts.phone, contacts.email) if part
    )
    return {"facts": facts, "doubt": doubt, "above": above, "other": given.method is Handover.PROXY}


def _note(tone: str, head: str, text: str, button: tuple[str, str] | None = None) -> dict[str, Any]:
    return {"tone": tone, "head": head, "text": text, "button": button}


NOTHING_TO_DO = _note("info", "暂时不需要您处理。", "有进展时这里会更新。")
