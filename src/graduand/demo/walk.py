"""Takes the invented season through the real importers and verbs, each at its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from graduand.demo import calendar, curriculum, fates, sheets
from graduand.demo.people import InventedStudent
from graduand.demo.staff import OFFICERS, STAFF
from graduand.demo.walker import Walk
from graduand.models import Batch, Candidate, Certificate, IdentityCase, Unit
from graduand.office.dispatch import parcels
from graduand.office.filing import statements
from graduand.office.people import own_accounts
from graduand.office.season import batches
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import (
    CaseState,
    DegreeState,
    HandoverMethod,
    ReasonCode,
    SheetKind,
    Stage,
    Verb,
)

POLICY = Path(__file__).with_name("policy.toml")
WHO_FETCHES = {
    "relation": "班主任",
    "note": "钱素梅（受学生委托），身份证 110105197103070023，委托书已核对",
}
EARLY_ROUND = "续读本科"
SECOND_ROUND = "第二批"


def prepare(walk: Walk) -> None:
    """From an empty database to the first 初审名单."""
    walk.at(calendar.OPENING, "单位与账号")
    walk.sheet(SheetKind.UNITS, curriculum.UNIT_HEADERS, curriculum.unit_rows())
    own_accounts.settle_headquarters()
    walk.sheet(SheetKind.USERS, sheets.USERS, [(*row, "") for row in (*STAFF, *OFFICERS)])
    walk.at(calendar.PLANS, "专业规则")
    walk.sheet(SheetKind.PLANS, curriculum.PLAN_HEADERS, curriculum.plan_rows())
    walk.sheet(SheetKind.MODULES, curriculum.MODULE_HEADERS, curriculum.module_rows())
    walk.sheet(SheetKind.COURSES, curriculum.COURSE_HEADERS, curriculum.course_rows())
    walk.at(calendar.POLICY, "批次政策")
    walk.batch = batches.load_file(POLICY, own_accounts.person("zongbu2").pk).batch
    walk.at(calendar.STUDENTS, "学生")
    walk.send("students")
    walk.send("profiles")
    walk.send("checks")
    walk.at(calendar.RESULTS, "成绩")
    walk.send("results")
    walk.send("degrees")
    walk.at(calendar.CHSI, "学信网反馈")
    walk.send("chsi")
    walk.at(calendar.PHOTOS, "入学照片与毕业照片")
    walk.entry_photos()
    walk.photos("on time")
    walk.at(calendar.FIRST_LIST, "毕业审核")
    walk.judge()


def apply(walk: Walk) -> None:
    """The first round: applications, each centre on its day; deferrals and withdrawals."""
    first = [p for p in fates.reaching(walk.people, "applied") if not p.goes_on]
    for place, when in enumerate(calendar.APPLY):
        walk.at(when, "申请毕业")
        part = [p for p in first if _day(p, len(calendar.APPLY)) == place]
        walk.each_centre(Verb.APPLY, [p for p in part if p.level == "专科"], same_checked=True)
        walk.each_centre(
            Verb.APPLY, [p for p in part if p.level != "专科"], same_checked=True, with_degree=True
        )
        if place == 0:
            walk.at(calendar.EARLY, "续读本科单独上报")
            early = [p for p in fates.reaching(walk.people, "applied") if p.goes_on]
            walk.each_centre(Verb.APPLY, early, round_name=EARLY_ROUND, same_checked=True)
        elif place == 1:
            walk.at(calendar.DEFER, "暂缓、撤回")
            papers = statements.StatementPapers(
                signed_on=calendar.moment(calendar.DEFER).date().isoformat(), place="学习中心档案柜"
            )
            walk.each_centre(Verb.DEFER, fates.with_fate(walk.people, "deferred"), papers=papers)
            walk.at(calendar.WITHDRAW, "撤回")
            walk.each_centre(Verb.WITHDRAW, fates.with_fate(first, "withdrawn"))


def _day(person: InventedStudent, days: int) -> int:
    """The day on which the person's centre works; a person who will withdraw soon after applies on
    the first.
    """
    if person.fate == "withdrawn":
        return 0
    return (int(person.centre) - 1) % days


def review(walk: Walk) -> None:
    """The reviews: files sent back, rejected, endorsed, approved; a late mark; an appeal."""
    walk.at(calendar.SEND_BACK, "退回补正")
    for place, person in enumerate(fates.with_fate(walk.people, "returned")):
        reason = (ReasonCode.DETAILS, ReasonCode.MATERIALS)[place % 2]
        walk.college(
            Verb.SEND_BACK, [person], reason=reason.value, note="请核对民族与户口簿是否一致"
        )
    walk.at(calendar.REJECT, "审核不通过")
    rejected = fates.with_fate(walk.people, "rejected", "reopened")
    walk.college(
        Verb.REJECT, rejected, reason=ReasonCode.RESULT.value, note="综合实践复核记录与成绩单不符"
    )
    _endorse_and_approve(walk)
    walk.at(calendar.REOPEN, "申诉重审")
    appealed = fates.with_fate(walk.people, "reopened")
    walk.headquarters(
        Verb.REOPEN,
        appealed,
        second="zongbu2",
        reason=ReasonCode.RESULT.value,
        note="复核记录已补齐",
    )


def _endorse_and_approve(walk: Walk) -> None:
    """Endorse by the college and then approve by headquarters, a third at a time; people with a
    late mark are in the second third.
    """
    ready = fates.reaching(walk.people, "endorsed")
    for place, (one, two) in enumerate(zip(calendar.ENDORSE, calendar.APPROVE, strict=True)):
        part = ready[place::3]
        walk.at(one, "学院审核")
        walk.college(Verb.ENDORSE, part)
        if place == 0:
            walk.at(calendar.LATE_MARKS, "补发布的成绩")
            walk.judge()
            walk.at(calendar.AGAIN, "补申请")
            late = [p for p in fates.with_fate(walk.people, "late") if int(p.number[-1]) % 2 == 0]
            walk.each_centre(Verb.APPLY, late, same_checked=True)
        walk.at(two, "总部审核")
        walk.headquarters(Verb.APPROVE, fates.reaching(part, "approved"))


def certify(walk: Walk) -> None:
    """The roster, the numbers, one certificate voided and made again."""
    walk.at(calendar.ROSTER, "花名册")
    batches.freeze_roster(walk.batch, own_accounts.person("zongbu1").pk)
    walk.at(calendar.CERTIFY, "编号制证")
    ready = fates.reaching(walk.people, "certified")
    walk.headquarters(Verb.CERTIFY, ready)
    walk.at(calendar.VOID, "作废重办")
    spoilt = fates.with_fate(walk.people, "voided")
    walk.headquarters(
        Verb.VOID, spoilt, second="zongbu2", reason=ReasonCode.DETAILS.value, note="专业名称印错"
    )
    walk.at(calendar.CERTIFY_AGAIN, "重新编号")
    walk.headquarters(Verb.CERTIFY, spoilt)


def dispatch(walk: Walk) -> None:
    """Parcels out and in, one of them lost; the registry's answer; a doubt that comes late;
    hand-over.
    """
    walk.at(calendar.SHIP, "寄出证书")
    lost = fates.with_fate(walk.people, "lost")
    ready = [p for p in fates.reaching(walk.people, "shipped") if p.fate != "lost"]
    for place, (code, _) in enumerate(curriculum.CENTRES, start=1):
        there = [p for p in ready if p.centre == code]
        walk.act("xueyuan2", Verb.SHIP, there, carrier="云岭速递", tracking=f"YL2307240{place:03d}")
    walk.at(calendar.SHIP_LOST, "补寄")
    for place, (code, _) in enumerate(curriculum.CENTRES, start=1):
        there = [p for p in lost if p.centre == code]
        walk.act(
            "xueyuan2", Verb.SHIP, there, carrier="云岭速递", tracking=f"YL2307240{place:03d}B"
        )
    walk.at(calendar.REGISTERED, "学历注册结果")
    walk.sheet(SheetKind.REGISTERED, sheets.REGISTERED, _registered(walk))
    came = fates.reaching(walk.people, "received")
    for place, when in enumerate(calendar.RECEIVE):
        walk.at(when, "签收包裹")
        for username, _, code, _ in STAFF[4 + 2 * place : 6 + 2 * place]:
            walk.act(username, Verb.RECEIVE, [p for p in came if p.centre == code])
    _count_lost(walk, lost)
    _collect(walk)


def _registered(walk: Walk) -> list[tuple[object, ...]]:
    """The registry's answer about everybody except a few."""
    waiting = {p.number for p in fates.with_fate(walk.people, "unregistered", "certified")}
    rows = Certificate.objects.filter(candidate__batch=walk.batch, voided_at=None).order_by(
        "number"
    )
    issued = sheets.date.fromisoformat("2023-07-20")
    found = rows.values_list("candidate__student__number", "candidate__student__name", "number")
    return [
        (number, name, paper, issued, "是", issued)
        for number, name, paper in found
        if number not in waiting
    ]


def _count_lost(walk: Walk, lost: Sequence[InventedStudent]) -> None:
    """Record the lost parcel as a discrepancy: its centre found nothing of it."""
    for username, _, code, _ in STAFF[4:]:
        theirs = [p for p in lost if p.centre == code]
        if theirs:
            rows = Candidate.objects.filter(
                batch=walk.batch, student__number__in=[p.number for p in theirs]
            )
            parcels.count(list(rows.values_list("id", flat=True)), [])
            walk.say(f"{username} 包裹未到 {len(theirs)} 份")


def _collect(walk: Walk) -> None:
    """Hand certificates over, by each centre on its day, by mail, or to a proxy; a doubt arrives in
    between and holds two files.
    """
    ready = fates.with_fate(walk.people, "collected")
    mailed = ready[2::8]
    fetched = ready[3::4]
    away = {p.number for p in (*mailed, *fetched)}
    here = [p for p in ready if p.number not in away]
    in_person = HandoverMethod.IN_PERSON.value
    by_mail = HandoverMethod.MAIL.value
    by_proxy = HandoverMethod.PROXY.value
    walk.at(calendar.COLLECT[0], "学生签领")
    walk.each_centre(
        Verb.COLLECT, [p for p in here if _day(p, 2) == 0], handover=in_person, confirmed=True
    )
    _new_doubts(walk)
    walk.at(calendar.COLLECT[1], "学生签领")
    walk.each_centre(
        Verb.COLLECT, [p for p in here if _day(p, 2) == 1], handover=in_person, confirmed=True
    )
    walk.at(calendar.COLLECT[2], "邮寄证书")
    waybill = {"carrier": "邮政特快专递", "tracking": "YL2308120001"}
    walk.each_centre(Verb.COLLECT, mailed, handover=by_mail, confirmed=True, **waybill)
    walk.at(calendar.COLLECT[3], "代领证书")
    walk.each_centre(Verb.COLLECT, fetched, handover=by_proxy, confirmed=True, **WHO_FETCHES)


def _new_doubts(walk: Walk) -> None:
    """Import the registry's new file, which doubts two people whose certificates are made."""
    walk.at(calendar.DOUBT, "学信网反馈更新")
    held = fates.with_fate(walk.people, "doubt-received", "doubt-shipped")
    rows = sheets.chsi_rows(held, calendar.moment(calendar.DOUBT).date())
    walk.sheet(
        SheetKind.CHSI, sheets.CHSI, [(*row[:4], "身份核验不确定", *row[5:]) for row in rows]
    )


def decide(walk: Walk) -> None:
    """The side tracks: two identity cases under way, then the degrees."""
    _report_cases(walk)
    _decide_degrees(walk)


def _report_cases(walk: Walk) -> None:
    """Submit two identity cases; one of them is passed on to headquarters."""
    doubted = IdentityCase.objects.filter(state=CaseState.OPEN.value).order_by("student__number")
    sent = _people(walk, doubted.values_list("student__number", flat=True)[:2])
    walk.at(calendar.CASES[0], "身份复核材料")
    walk.each_centre(Verb.CASE_SUBMIT, sent, note="学生身份复核表、身份证复印件、学信网照片页")
    walk.at(calendar.CASES[1], "上报备案")
    walk.college(Verb.CASE_REPORT, sent[:1], note="身份备案汇总表第 3 号")


def _decide_degrees(walk: Walk) -> None:
    """Send one degree back, decline one, grant the others unless a doubt holds them; two stay
    undecided.
    """
    graduates = [stage.value for stage in step_of(Verb.DEGREE_GRANT).during or ()]
    applied = Candidate.objects.filter(
        batch=walk.batch, degree=DegreeState.APPLIED.value, stage__in=graduates
    )
    people = _people(
        walk, applied.order_by("student__number").values_list("student__number", flat=True)
    )
    walk.at(calendar.DEGREES[0], "退回学位材料")
    walk.college(
        Verb.DEGREE_RETURN,
        people[2:3],
        reason=ReasonCode.MATERIALS.value,
        note="论文查重报告未盖章",
    )
    walk.at(calendar.DEGREES[1], "不授予学位")
    walk.headquarters(
        Verb.DEGREE_DECLINE, people[1:2], reason=ReasonCode.OTHER.value, note="论文复评不合格"
    )
    walk.at(calendar.DEGREES[2], "授予学位")
    held = _in_a_case()
    walk.headquarters(
        Verb.DEGREE_GRANT,
        [student for student in (*people[:1], *people[5:]) if student.number not in held],
    )


def _in_a_case() -> set[str]:
    """The 学号 of those whose identity case is not cleared."""
    open_cases = IdentityCase.objects.exclude(state=CaseState.CLEARED.value)
    return set(open_cases.values_list("student__number", flat=True))


def _people(walk: Walk, numbers: Iterable[str]) -> list[InventedStudent]:
    by_number = {person.number: person for person in walk.people}
    return [by_number[number] for number in numbers]


def second_round(walk: Walk) -> None:
    """Photos that came late, a list for the second round, the first applications of it; and last
    the clock is set to the present of the demonstration.
    """
    walk.at(calendar.LATE_PHOTOS, "补交的照片")
    walk.photos("late")
    walk.at(calendar.SECOND_LIST, "第二批初审名单")
    walk.judge()
    walk.at(calendar.SECOND_APPLY, "第二批申请")
    later = fates.with_fate(walk.people, "second", "endorsed2", "approved2")
    walk.each_centre(Verb.APPLY, later, same_checked=True)
    walk.at(calendar.SECOND_ENDORSE, "学院审核")
    walk.college(Verb.ENDORSE, fates.with_fate(later, "endorsed2", "approved2"))
    walk.at(calendar.SECOND_APPROVE, "总部审核")
    walk.headquarters(Verb.APPROVE, fates.with_fate(later, "approved2"))
    walk.at(calendar.NOW, "现在")
    walk.judge()


def student_for_demo(batch: Batch) -> str:
    """The 学号 of the demonstration's student, whose certificate waits at the centre."""
    rows = Candidate.objects.filter(batch=batch, stage=Stage.RECEIVED.value).order_by(
        "student__number"
    )
    return str(rows.values_list("student__number", flat=True).first() or "")


def unit_name(code: str) -> str:
    """The name of a unit."""
    return str(Unit.objects.values_list("name", flat=True).get(code=code))
