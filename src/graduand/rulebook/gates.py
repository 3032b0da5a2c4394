"""The gates: one small function for each thing that can stop a step. Pure; each cites its clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from graduand.rulebook.academics import PlanAudit
from graduand.rulebook.calendar import Window
from graduand.rulebook.clauses import Finding, fingerprint, lost_finding
from graduand.rulebook.doubts import turn_of, unfiled
from graduand.rulebook.facts import Asked, Facts
from graduand.rulebook.identity import hard_problems, problems_from_mask
from graduand.rulebook.photo_file import stored_problems
from graduand.rulebook.policy import BatchPolicy, RoundPolicy
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    ChsiVerdict,
    Desk,
    Level,
    PriorCheck,
    ReasonCode,
    RoundKind,
    Severity,
    Stage,
    Standing,
)

Found = tuple[Finding, ...]
NOTHING: Found = ()
NOBODY = Asked(actor=0, desk=Desk.CENTRE)
ANOTHER_FACE = Finding("PHOTO-SAME", "经核对不一致")


class Edition(NamedTuple):
    """The rules that one is judged by: a compiled plan, and the policy."""

    audit: PlanAudit
    policy: BatchPolicy


@dataclass(frozen=True, slots=True)
class Bench:
    """What a judgement stands on: the policy, the compiled plans, and when it is.

    `editions` are the plans and policies that the batch's certificates were numbered by, by their
    keys.

    `closed_on` and `closed_rounds` are what headquarters closed by hand, before the policy's days
    ran out. Two people want the batch open again and its list is not back yet (`reopening`), or
    closed, and whoever is left lapses (`closing`).
    """

    policy: BatchPolicy
    audits: Mapping[str, PlanAudit]
    today: date
    now: datetime | None = None
    closed_on: date | None = None
    closed_rounds: Mapping[str, date] = field(default_factory=dict)
    reopening: bool = False
    closing: bool = False
    editions: Mapping[int, Edition] = field(default_factory=dict)

    def edition_of(self, facts: Facts) -> Edition:
        """What a person is judged by: what a valid certificate was numbered by, of everybody else
        today's.

        Plans and policies change freely after the number; only a fact of the person stops a
        certificate. An edition made since this bench was is one of a plan that has another version
        now: whoever is judged by it is judged again.
        """
        kept = self.editions.get(facts.edition)
        return Edition(self.audits[facts.plan], self.policy) if kept is None else kept

    def audited(self, facts: Facts) -> tuple[Found, int, int]:
        """What the audit finds, and the credits in all and of headquarters' examinations.

        毕业 is what the 学籍状态 of everybody with a certificate becomes by it, and nothing against
        it.
        """
        found, total, hq = self.edition_of(facts).audit(facts.entry, facts.standing, facts.passes)
        if found and facts.standing is Standing.GRADUATED and facts.file.stage in GRADUATED_STAGES:
            found = tuple(one for one in found if one.code != "ELIG-STATUS")
        return found, total, hq

    def academic(self, facts: Facts) -> Found:
        """What the audit finds."""
        return self.audited(facts)[0]

    def round_of(self, facts: Facts, asked: Asked) -> RoundPolicy | None:
        """The round applied for, or the one the file already is in.

        A returned file is applied for anew: the round it once was in says nothing about the next
        one.
        """
        kept = None if facts.file.stage is Stage.RETURNED else facts.file.round_name
        return self.policy.round(asked.round_name or kept)

    def open_round(self, *, early: bool = False) -> RoundPolicy | None:
        """The round that an application of today goes to; None when there is none, or the batch is closed."""
        shut = self.closed_on is not None or self.closing
        return None if shut else self.policy.open_round(self.today, self.closed_rounds, early=early)

    def filing_round(self, *, early: bool = False) -> RoundPolicy | None:
        """The round, open or to come, in which one can still be filed; None when there is none, or the batch is closed."""
        shut = self.closed_on is not None or self.closing
        return (
            None if shut else self.policy.filing_round(self.today, self.closed_rounds, early=early)
        )


Gate = Callable[[Facts, Bench, Asked], Found]


def span(opens: date | None, closes: date | None) -> str:
    """A window in words."""
    return f"{opens or '不限'} 至 {closes or '不限'}"


def academic(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """附件2 要求 2: 满足毕业条件."""
    return bench.academic(facts)


def lacking(facts: Facts, bench: Bench) -> Found:
    """附件2 要求 2, 3: all that holds up whoever has a numbered certificate, beside a doubt; the
    one place that says so.

    A picture that came later is on no certificate.
    """
    return (*bench.academic(facts), *personal(facts, bench, NOBODY), *_approved_picture(facts))


def _approved_picture(facts: Facts) -> Found:
    """四.2(1), (3): a person has refused the picture that stands on the certificate, or found it to be somebody else's."""
    photo = facts.photo
    if photo is None or photo.sha256 != facts.file.approved_photo:
        return NOTHING
    refused = (Finding("PHOTO-SPEC", photo.problems),) if photo.problems else NOTHING
    return (*refused, ANOTHER_FACE) if photo.same is False else refused


def grounds(facts: Facts, bench: Bench) -> str:
    """The fingerprint of what holds a numbered certificate up; "" for nothing, and for whoever has none."""
    if facts.file.stage not in GRADUATED_STAGES:
        return ""
    return fingerprint(facts.student_no, lacking(facts, bench))


def still_qualified(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """附件2 要求 2, 七: no certificate goes on to whom a fact has failed since the number, until headquarters has looked."""
    found = lacking(facts, bench)
    if fingerprint(facts.student_no, found) in ("", facts.file.confirmed_grounds):
        return NOTHING
    return (lost_finding(facts.file.stage, found),)


def platform_photo(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.2(2): a photo on the platform, in time for the round, of the right kind; by the limits of the file's own batch."""
    if (photo := facts.photo) is None:
        return (Finding("PHOTO-PLATFORM"),)
    if against := photo.problems or stored_problems(photo, bench.edition_of(facts).policy.photo):
        return (Finding("PHOTO-SPEC", against),)
    turn = bench.round_of(facts, asked)
    if turn is not None and turn.photo_deadline is not None and photo.since > turn.photo_deadline:
        has = f"{photo.since} 提交；{_later_round(photo.since, turn, bench)}"
        return (Finding("PHOTO-LATE", need=turn.photo_deadline.isoformat(), has=has),)
    return NOTHING


def _later_round(since: date, missed: RoundPolicy, bench: Bench) -> str:
    """Where a photo that arrived on `since` is still in time: only a round that there is."""
    for turn in sorted(bench.policy.rounds, key=lambda r: r.opens):
        in_time = turn.photo_deadline is None or since <= turn.photo_deadline
        open_yet = bench.today <= turn.closes and turn.name not in bench.closed_rounds
        if turn.kind is RoundKind.NORMAL and turn.name != missed.name and in_time and open_yet:
            return f"可在「{turn.name}」申请"
    return "本批次没有以后的轮次，可在下一毕业批次申请"


def photo_reviewed(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """附件3.2: what the judge left to a person is decided before the file is reviewed; until then it may be filed."""
    if facts.photo is None or not facts.photo.pending:
        return NOTHING
    filed = facts.file.stage not in (Stage.LISTED, Stage.RETURNED, Stage.DEFERRED)
    return (Finding("PHOTO-REVIEW", severity=Severity.BLOCK if filed else Severity.WARN),)


def photo_good(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.2(1), (3): what has been refused since the approval, found to be somebody else's, or waits
    for a person again, goes onto no certificate.
    """
    if facts.photo is not None and facts.photo.problems:
        return (Finding("PHOTO-SPEC", facts.photo.problems),)
    if facts.photo is not None and facts.photo.same is False:
        return (ANOTHER_FACE,)
    return photo_reviewed(facts, bench, asked)


def same_photo(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.2(3): without a registry copy this rests on what the centre declares or supplies; a mismatch blocks."""
    if facts.photo is None or facts.photo.same is True:
        return NOTHING
    if facts.photo.same is False:
        return (ANOTHER_FACE,)
    if asked.same_checked or facts.file.same_checked or facts.photo.stated:
        return NOTHING
    return (Finding("PHOTO-SAME", "本系统未存学信网照片，尚未比对", severity=Severity.WARN),)


def same_photo_declared(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.2(3): who applies must have looked at the registry where no copy of its picture is held, and say so."""
    return tuple(
        replace(found, severity=Severity.BLOCK) for found in same_photo(facts, bench, asked)
    )


def chsi_photos(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.2(3): both pictures present at the national registry; no row at all is both missing."""
    chsi = facts.chsi
    if chsi is None:
        return (
            Finding("CHSI-ADMISSION", has="无反馈数据"),
            Finding("CHSI-CREDENTIAL", has="无反馈数据"),
        )
    if chsi.admission_photo and chsi.credential_photo:
        return NOTHING
    as_of = f"数据日期 {chsi.day}"
    found = []
    if not chsi.admission_photo:
        found.append(Finding("CHSI-ADMISSION", has=as_of))
    if not chsi.credential_photo:
        found.append(Finding("CHSI-CREDENTIAL", has=as_of))
    return tuple(found)


def credential_photo(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """七.4: without the 学历照片 the registration can't be completed, so nothing is numbered."""
    return tuple(f for f in chsi_photos(facts, bench, asked) if f.code == "CHSI-CREDENTIAL")


def no_doubt(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.1: a doubt holds the file wherever it is, until a filing covers it.

    The case and the registry's word are looked at side by side: a newer 正常 closes no case, and a
    doubt that no filing covers holds before its case is opened.
    """
    chsi, case = facts.chsi, facts.case
    doubted = chsi is not None and chsi.verdict is not ChsiVerdict.NORMAL and not chsi.cleared
    if not doubted and (case is None or not case.state.holds):
        return NOTHING
    has = chsi.verdict.label if chsi else "无反馈数据"
    return (Finding("CHSI-DOUBT", need=unfiled(case), has=has, turn=turn_of(case)),)


def doubt_told(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """四.1: who is in doubt may be filed, and is told that no review will pass before the doubt is cleared."""
    return tuple(replace(found, severity=Severity.WARN) for found in no_doubt(facts, bench, asked))


def personal(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """Personal data agree with the document, the plan and the registry; further gates when the policy asks."""
    found, rules = [], bench.edition_of(facts)
    if facts.level is not (
        need := rules.audit.plan.level
    ):  # one makes the number, the other the credits
        found.append(Finding("INFO-LEVEL", need=need.label, has=facts.level.label))
    if facts.id_problems and (wrong := hard_problems(problems_from_mask(facts.id_problems))):
        found.append(
            Finding("INFO-ID", "、".join(problem.label for problem in wrong), about=facts.document)
        )
    if facts.chsi is not None and facts.chsi.mismatches:
        found.append(Finding("INFO-MATCH", facts.chsi.mismatches, about=facts.chsi.differs))
    for code in rules.policy.extra_gates:
        if code == "INFO-CONFIRM" and not facts.confirmed:
            found.append(Finding(code))
        if code == "MORAL" and facts.moral is not True:
            found.append(Finding(code, about="" if facts.moral is None else "不合格"))
        if (
            code == "QUALIF"
            and facts.level is not Level.JUNIOR
            and facts.prior_check is not PriorCheck.PASSED
        ):
            found.append(Finding(code, has=(facts.prior_check or PriorCheck.UNCHECKED).label))
    return tuple(found)


def batch_open(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """七.1: open to the end of the closing date, or to the moment when headquarters closed the batch."""
    if bench.reopening:
        return (Finding("BATCH-RESTORING", bench.policy.code),)
    if bench.closing:
        return (Finding("BATCH-CLOSING", bench.policy.code),)
    closes = bench.closed_on or bench.policy.closes_at
    if bench.closed_on is None and bench.today <= closes:
        return NOTHING
    return (Finding("BATCH-CLOSED", need=closes.isoformat(), has=bench.today.isoformat()),)


def round_open(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """三.4: applications only inside the round's window."""
    turn = bench.round_of(facts, asked)
    if turn is None:
        nearest = bench.policy.next_round(bench.today, bench.closed_rounds)
        hint = (
            f"下一轮「{nearest.name}」{nearest.opens} 开始" if nearest else "本批次没有以后的轮次"
        )
        return (Finding("ROUND-NONE", need=hint, has=bench.today.isoformat()),)
    closed = bench.closed_rounds.get(turn.name)
    if closed is None and turn.window.contains(bench.today):
        return NOTHING
    window = span(turn.opens, turn.closes) + (f"（{closed} 已提前关闭）" if closed else "")
    return (Finding("ROUND-CLOSED", turn.name, need=window, has=bench.today.isoformat()),)


def right_round(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """三.3: the early report takes only 专科 students who go on to 本科."""
    turn = bench.policy.round(asked.round_name)
    if turn is None or turn.kind is RoundKind.NORMAL:
        return NOTHING
    if facts.level is Level.JUNIOR and facts.goes_on:
        return NOTHING
    return (Finding("ROUND-EARLY", need="续读本科的专科学生", has=facts.level.label),)


def review_time(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """三.1, 三.2: outside the review window one is told, early or late; only the batch's closing date blocks."""
    turn = bench.policy.round(facts.file.round_name)
    if (
        turn is None and facts.file.round_name
    ):  # as an earlier program let it happen: no photo deadline binds the file
        return (
            Finding(
                "ROUND-NONE",
                need=f"规定里没有「{facts.file.round_name}」，请总部补回这一轮",
                has=str(bench.today),
            ),
        )
    if turn is None or Window(turn.review_from, turn.review_to).contains(bench.today):
        return NOTHING
    early = turn.review_from is not None and bench.today < turn.review_from
    window = span(turn.review_from, turn.review_to)
    code = "REVIEW-EARLY" if early else "REVIEW-LATE"
    return (Finding(code, turn.name, window, bench.today.isoformat(), Severity.WARN),)


def one_live_file(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """One live file per 学号 over all batches."""
    if not facts.file.other_live:
        return NOTHING
    code = "GRADUATED" if facts.file.other_graduated else "FILE-LIVE"
    return (Finding(code, facts.file.other_live),)


def degree_half(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """Degree findings drop the degree half, never the graduation, so they only warn."""
    if not asked.with_degree:
        return NOTHING
    if facts.level is Level.JUNIOR:
        return (Finding("DEGREE-LEVEL", has=facts.level.label, severity=Severity.WARN),)
    return tuple(
        Finding(code, "", need, has, Severity.WARN) for code, need, has in facts.degree_findings
    )


def not_own_file(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """Separation of duties, in every step: nobody does anything on their own file, alone or as the
    second person.

    The closing of a batch is about the batch: whoever is left lapses with it, by the word of two.
    """
    own = facts.student_no in asked.own and not asked.closing
    return (Finding("OWN-FILE"),) if own else NOTHING


def not_my_own(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """Separation of duties: nobody reviews what they filed or endorsed, also when acting for a lower desk."""
    if asked.actor == facts.file.applied_by:
        return (Finding("DUTY", need="审核", has="申请"),)
    if asked.actor == facts.file.endorsed_by and facts.file.stage is not Stage.APPLIED:
        return (Finding("DUTY", need="总部审核", has="学院审核"),)
    return NOTHING


def two_people(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """High-value acts need a second person of the same desk; `judge` says which act it is."""
    if asked.second is None:
        return (Finding("SECOND", has="未说明第二人"),)
    if asked.system:
        return (Finding("SECOND", has="系统账号不能算第一人，请说明由谁办理（--as）"),)
    if asked.second == asked.actor:
        return (Finding("SECOND", has="第二人不能是本人"),)
    if not asked.second_ok:
        return (Finding("SECOND", has="第二人不是在岗的总部人员"),)
    return NOTHING


def two_people_when_approved(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """HQ's send_back of what it has approved needs a second person."""
    return two_people(facts, bench, asked) if facts.file.stage is Stage.APPROVED else NOTHING


def reasoned(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """A reason code, and words when the reason is 其他."""
    return unreasoned(asked)


def unreasoned(asked: Asked) -> Found:
    """What is missing of the reason, whoever it is about."""
    if asked.reason is None or (asked.reason is ReasonCode.OTHER and not asked.note.strip()):
        return (Finding("REASON"),)
    return NOTHING


def statement(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """A student who defers signs a statement each time."""
    return NOTHING if asked.statement else (Finding("STATEMENT"),)


def explained(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """七.3 查缺补漏: no file in motion lapses without an explanation."""
    if facts.file.stage in (Stage.APPLIED, Stage.ENDORSED) and not facts.file.explained:
        return (Finding("EXPLAIN"),)
    return NOTHING


def after_last_step(facts: Facts, bench: Bench, asked: Asked) -> Found:
    """No step is dated before the one it follows; a clock set back is a fault of the machine."""
    last = facts.file.last_at
    if last is None or bench.now is None or bench.now >= last:
        return NOTHING
    return (Finding("CLOCK", need=f"{last:%Y-%m-%d %H:%M}", has=f"{bench.now:%Y-%m-%d %H:%M}"),)
