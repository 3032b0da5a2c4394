"""What a judgement stands on, and the gates of the days, of the desk and of what must be said.

A gate is one small pure function for one thing that can stop a step; each cites its clause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple

from graduand.rulebook.audit.academics import PlanAudit
from graduand.rulebook.calendar import Window
from graduand.rulebook.clauses import Finding, refuse_if, refuse_unless
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    Desk,
    Level,
    ReasonCode,
    RoundKind,
    Severity,
    Stage,
    Standing,
)

Found = tuple[Finding, ...]
NOTHING: Found = ()
NOBODY = ActDetails(actor=0, desk=Desk.CENTRE)


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
        """What a person is judged by: what the certificate was numbered by, else today's rules.

        Plans and policies change freely after the number; only a fact of the person stops a
        certificate. An edition made since this bench was is one of a plan that has another version
        now: whoever is judged by it is judged again.
        """
        kept = self.editions.get(facts.edition)
        if kept is not None:
            return kept
        return Edition(self.audits[facts.plan], self.policy)

    def audited(self, facts: Facts) -> tuple[Found, int, int]:
        """What the audit finds, and the credits in all and of headquarters' examinations.

        Whoever has a certificate becomes 毕业 by it, which is nothing against it.
        """
        found, total, hq = self.edition_of(facts).audit(facts.entry, facts.standing, facts.passes)
        if found and facts.standing is Standing.GRADUATED and facts.file.stage in GRADUATED_STAGES:
            found = tuple(one for one in found if one.code != "ELIG-STATUS")
        return found, total, hq

    def academic(self, facts: Facts) -> Found:
        """What the audit finds."""
        return self.audited(facts)[0]

    def round_of(self, facts: Facts, asked: ActDetails) -> RoundPolicy | None:
        """The round applied for, or the one the file already is in.

        A returned file is applied for anew: the round it once was in says nothing about the next
        one.
        """
        if facts.file.stage is Stage.RETURNED:
            return self.policy.round(asked.round_name)
        return self.policy.round(asked.round_name or facts.file.round_name)

    def open_round(self, *, early: bool = False) -> RoundPolicy | None:
        """The round that an application of today goes to; None without one, or in a closed batch."""
        if self.closed_on is not None or self.closing:
            return None
        return self.policy.open_round(self.today, self.closed_rounds, early=early)

    def filing_round(self, *, early: bool = False) -> RoundPolicy | None:
        """The round, open or to come, in which one can still be filed; None when there is none."""
        if self.closed_on is not None or self.closing:
            return None
        return self.policy.filing_round(self.today, self.closed_rounds, early=early)


Gate = Callable[[Facts, Bench, ActDetails], Found]


def span(opens: date | None, closes: date | None) -> str:
    """A window in words."""
    return f"{opens or '不限'} 至 {closes or '不限'}"


def batch_open(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """七.1: open to the end of the closing date, or to the moment when headquarters closed the
    batch.
    """
    if bench.reopening:
        return (Finding("BATCH-RESTORING", bench.policy.code),)
    if bench.closing:
        return (Finding("BATCH-CLOSING", bench.policy.code),)
    closes = bench.closed_on or bench.policy.closes_at
    if bench.closed_on is None and bench.today <= closes:
        return NOTHING
    return (Finding("BATCH-CLOSED", need=closes.isoformat(), has=bench.today.isoformat()),)


def round_open(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """三.4: applications only inside the round's window."""
    turn = bench.round_of(facts, asked)
    if turn is None:
        return (_no_round(bench),)
    closed = bench.closed_rounds.get(turn.name)
    if closed is None and turn.window.contains(bench.today):
        return NOTHING
    window = span(turn.opens, turn.closes)
    if closed is not None:
        window += f"（{closed} 已提前关闭）"
    found = Finding("ROUND-CLOSED", turn.name, need=window, has=bench.today.isoformat())
    if closed is None and bench.today < turn.opens:
        return (found,)
    return (replace(found, turn=found.desk, next_step=_instead(bench)),)


def _no_round(bench: Bench) -> Finding:
    """That no round is open, and which one to wait for; the next batch where there is none, or this
    one is closed.
    """
    nearest = bench.policy.next_round(bench.today, bench.closed_rounds)
    if nearest is not None and bench.filing_round() is not None:
        need = f"下一轮「{nearest.name}」{nearest.opens} 开始"
        return Finding("ROUND-NONE", need=need, has=bench.today.isoformat())
    found = Finding("ROUND-NONE", need="本批次没有以后的轮次", has=bench.today.isoformat())
    return replace(found, turn=found.desk, next_step=_instead(bench))


def _instead(bench: Bench) -> str:
    """Where one files after the end of a round: in one that is open or comes, else in the next
    batch.
    """
    turn = bench.filing_round()
    if turn is None:
        return "转入下一毕业批次"
    return f"在「{turn.name}」（{turn.opens} 至 {turn.closes}）提交"


def right_round(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """三.3: the early report takes only 专科 students who go on to 本科."""
    turn = bench.policy.round(asked.round_name)
    if turn is None or turn.kind is RoundKind.NORMAL:
        return NOTHING
    if facts.level is Level.JUNIOR and facts.goes_on:
        return NOTHING
    return (Finding("ROUND-EARLY", need="续读本科的专科学生", has=facts.level.label),)


def review_time(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """三.1, 三.2: outside the review window one is told; only the batch's closing date blocks."""
    turn = bench.policy.round(facts.file.round_name)
    # An earlier program let a round be removed: no photo deadline binds such a file.
    if turn is None and facts.file.round_name:
        missing = f"规定里没有「{facts.file.round_name}」，请总部补回这一轮"
        return (Finding("ROUND-NONE", need=missing, has=str(bench.today), turn=Desk.HQ),)
    if turn is None or Window(turn.review_from, turn.review_to).contains(bench.today):
        return NOTHING
    window = span(turn.review_from, turn.review_to)
    code = "REVIEW-LATE"
    if turn.review_from is not None and bench.today < turn.review_from:
        code = "REVIEW-EARLY"
    desk = None
    # What the college has passed waits for headquarters, which need not explain it to itself.
    if facts.file.stage is Stage.ENDORSED:
        desk = Desk.HQ
    return (Finding(code, turn.name, window, bench.today.isoformat(), Severity.WARN, desk),)


def one_live_file(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """One live file per 学号 over all batches."""
    if not facts.file.other_live:
        return NOTHING
    if facts.file.other_graduated:
        return (Finding("GRADUATED", facts.file.other_live),)
    return (Finding("FILE-LIVE", facts.file.other_live),)


def degree_half(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """Degree findings drop the degree half, never the graduation, so they only warn."""
    if not asked.with_degree:
        return NOTHING
    if facts.level is Level.JUNIOR:
        return (Finding("DEGREE-LEVEL", has=facts.level.label, severity=Severity.WARN),)
    return tuple(
        Finding(code, "", need, has, Severity.WARN) for code, need, has in facts.degree_findings
    )


def not_own_file(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """Separation of duties: nobody acts on their own file, alone or as the second person.

    The closing of a batch is about the batch: whoever is left lapses with it, by the word of two.
    """
    own = facts.student_no in asked.own and not asked.closing
    return refuse_if(own, "OWN-FILE")


def not_my_own(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """Separation of duties: nobody reviews what they filed or endorsed, for whatever desk."""
    if asked.actor == facts.file.applied_by:
        return (Finding("DUTY", need="审核", has="申请"),)
    if asked.actor == facts.file.endorsed_by and facts.file.stage is not Stage.APPLIED:
        return (Finding("DUTY", need="总部审核", has="学院审核"),)
    return NOTHING


def two_people(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
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


def two_people_when_approved(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """HQ's send_back of what it has approved needs a second person."""
    if facts.file.stage is not Stage.APPROVED:
        return NOTHING
    return two_people(facts, bench, asked)


def reasoned(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """A reason code, and words when the reason is 其他."""
    return unreasoned(asked)


def unreasoned(asked: ActDetails) -> Found:
    """What is missing of the reason, whoever it is about."""
    if asked.reason is None or (asked.reason is ReasonCode.OTHER and not asked.note.strip()):
        return (Finding("REASON"),)
    return NOTHING


def statement(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """A student who defers signs a statement each time."""
    return refuse_unless(asked.statement, "STATEMENT")


def explained(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """七.3 查缺补漏: no file in motion lapses without an explanation."""
    if facts.file.stage in (Stage.APPLIED, Stage.ENDORSED) and not facts.file.explained:
        return (Finding("EXPLAIN"),)
    return NOTHING


def after_last_step(facts: Facts, bench: Bench, asked: ActDetails) -> Found:
    """No step is dated before the one it follows; a clock set back is a fault of the machine."""
    last = facts.file.last_at
    if last is None or bench.now is None or bench.now >= last:
        return NOTHING
    return (Finding("CLOCK", need=f"{last:%Y-%m-%d %H:%M}", has=f"{bench.now:%Y-%m-%d %H:%M}"),)
