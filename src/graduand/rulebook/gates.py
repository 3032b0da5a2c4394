"""What a judgement rests on, and the gates of the days, of the desk and of what must be stated.

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

GateFindings = tuple[Finding, ...]
NOTHING: GateFindings = ()
NOBODY = ActDetails(actor=0, desk=Desk.CENTRE)


class Edition(NamedTuple):
    """The rules that a person is judged by: a compiled plan, and the policy."""

    audit: PlanAudit
    policy: BatchPolicy


@dataclass(frozen=True, slots=True)
class Basis:
    """What a judgement rests on: the policy, the compiled plans, and the day.

    `editions` are the plans and policies that the batch's certificates were numbered by, by their
    keys. `closed_on` and `closed_rounds` are what headquarters closed by hand, before the policy's
    days ran out. `reopening`: two people want the batch open again and its list is not back yet.
    `closing`: two people want it closed, and whoever is left lapses.
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
        """The rules by which a person is judged: those that the certificate was numbered by, else
        today's.

        Plans and policies change freely after the number; only a fact about the person stops a
        certificate. An edition made after this basis belongs to a plan that has another version
        now: whoever is judged by it is judged again.
        """
        kept = self.editions.get(facts.edition)
        if kept is not None:
            return kept
        return Edition(self.audits[facts.plan], self.policy)

    def audited(self, facts: Facts) -> tuple[GateFindings, int, int]:
        """What the audit finds, and the credits in all and of headquarters' examinations.

        Whoever has a certificate becomes 毕业 by it, which is nothing against it.
        """
        found, total, hq = self.edition_of(facts).audit(facts.entry, facts.standing, facts.passes)
        if found and facts.standing is Standing.GRADUATED and facts.file.stage in GRADUATED_STAGES:
            found = tuple(finding for finding in found if finding.code != "ELIG-STATUS")
        return found, total, hq

    def academic(self, facts: Facts) -> GateFindings:
        """What the audit finds."""
        return self.audited(facts)[0]

    def round_of(self, facts: Facts, asked: ActDetails) -> RoundPolicy | None:
        """The round applied for, or the one that the file is in already.

        A returned file is applied for anew: its earlier round says nothing about the next one.
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


Gate = Callable[[Facts, Basis, ActDetails], GateFindings]


def span(opens: date | None, closes: date | None) -> str:
    """A window in words."""
    return f"{opens or '不限'} 至 {closes or '不限'}"


def batch_open(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.1: open to the end of the closing date, or to the moment when headquarters closed the
    batch.
    """
    if basis.reopening:
        return (Finding("BATCH-RESTORING", basis.policy.code),)
    if basis.closing:
        return (Finding("BATCH-CLOSING", basis.policy.code),)
    closes = basis.closed_on or basis.policy.closes_at
    if basis.closed_on is None and basis.today <= closes:
        return NOTHING
    return (Finding("BATCH-CLOSED", need=closes.isoformat(), has=basis.today.isoformat()),)


def round_open(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """三.4: applications only inside the round's window."""
    filing_round = basis.round_of(facts, asked)
    if filing_round is None:
        return (_no_round(basis),)
    closed = basis.closed_rounds.get(filing_round.name)
    if closed is None and filing_round.window.contains(basis.today):
        return NOTHING
    window = span(filing_round.opens, filing_round.closes)
    if closed is not None:
        window += f"（{closed} 已提前关闭）"
    found = Finding("ROUND-CLOSED", filing_round.name, need=window, has=basis.today.isoformat())
    if closed is None and basis.today < filing_round.opens:
        return (found,)
    return (replace(found, next_desk=found.desk, next_step=_instead(basis)),)


def _no_round(basis: Basis) -> Finding:
    """The finding that no round is open, and which one to wait for; the next batch where there is
    none, or this one is closed.
    """
    nearest = basis.policy.next_round(basis.today, basis.closed_rounds)
    if nearest is not None and basis.filing_round() is not None:
        need = f"下一轮「{nearest.name}」{nearest.opens} 开始"
        return Finding("ROUND-NONE", need=need, has=basis.today.isoformat())
    found = Finding("ROUND-NONE", need="本批次没有以后的轮次", has=basis.today.isoformat())
    return replace(found, next_desk=found.desk, next_step=_instead(basis))


def _instead(basis: Basis) -> str:
    """Where to file after the end of a round: in one that is open or still to come, else in the
    next batch.
    """
    filing_round = basis.filing_round()
    if filing_round is None:
        return "转入下一毕业批次"
    return f"在「{filing_round.name}」（{filing_round.opens} 至 {filing_round.closes}）提交"


def right_round(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """三.3: the early report takes only 专科 students who go on to 本科."""
    filing_round = basis.policy.round(asked.round_name)
    if filing_round is None or filing_round.kind is RoundKind.NORMAL:
        return NOTHING
    if facts.level is Level.JUNIOR and facts.goes_on:
        return NOTHING
    return (Finding("ROUND-EARLY", need="续读本科的专科学生", has=facts.level.label),)


def review_time(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """三.1, 三.2: outside the review window there is a warning; only the batch's closing date blocks."""
    filing_round = basis.policy.round(facts.file.round_name)
    # An earlier program let a round be removed: no photo deadline binds such a file.
    if filing_round is None and facts.file.round_name:
        missing = f"规定里没有「{facts.file.round_name}」，请总部补回这一轮"
        return (Finding("ROUND-NONE", need=missing, has=str(basis.today), next_desk=Desk.HQ),)
    if filing_round is None or Window(filing_round.review_from, filing_round.review_to).contains(
        basis.today
    ):
        return NOTHING
    window = span(filing_round.review_from, filing_round.review_to)
    code = "REVIEW-LATE"
    if filing_round.review_from is not None and basis.today < filing_round.review_from:
        code = "REVIEW-EARLY"
    desk = None
    # What the college has passed waits for headquarters, which need not explain it to itself.
    if facts.file.stage is Stage.ENDORSED:
        desk = Desk.HQ
    return (Finding(code, filing_round.name, window, basis.today.isoformat(), Severity.WARN, desk),)


def one_live_file(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """One live file per 学号 over all batches."""
    if not facts.file.other_live:
        return NOTHING
    if facts.file.other_graduated:
        return (Finding("GRADUATED", facts.file.other_live),)
    return (Finding("FILE-LIVE", facts.file.other_live),)


def degree_half(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Degree findings drop the degree half, never the graduation, so they only warn."""
    if not asked.with_degree:
        return NOTHING
    if facts.level is Level.JUNIOR:
        return (Finding("DEGREE-LEVEL", has=facts.level.label, severity=Severity.WARN),)
    return tuple(
        Finding(code, "", need, has, Severity.WARN) for code, need, has in facts.degree_findings
    )


def not_own_file(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Separation of duties: nobody acts on their own file, alone or as the second person.

    The closing of a batch concerns the batch: whoever is left lapses with it, on the word of two
    people.
    """
    own = facts.student_no in asked.own and not asked.closing
    return refuse_if(own, "OWN-FILE")


def not_my_own(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Separation of duties: nobody reviews what they filed or endorsed, for whatever desk."""
    if asked.actor == facts.file.applied_by:
        return (Finding("DUTY", need="审核", has="申请"),)
    if asked.actor == facts.file.endorsed_by and facts.file.stage is not Stage.APPLIED:
        return (Finding("DUTY", need="总部审核", has="学院审核"),)
    return NOTHING


def two_people(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
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


def two_people_when_approved(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """HQ's send_back of what it has approved needs a second person."""
    if facts.file.stage is not Stage.APPROVED:
        return NOTHING
    return two_people(facts, basis, asked)


def reasoned(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A reason code, and words when the reason is 其他."""
    return unreasoned(asked)


def unreasoned(asked: ActDetails) -> GateFindings:
    """What is missing of the reason, whoever it is about."""
    if asked.reason is None or (asked.reason is ReasonCode.OTHER and not asked.note.strip()):
        return (Finding("REASON"),)
    return NOTHING


def statement(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A student who defers signs a statement each time."""
    return refuse_unless(asked.statement, "STATEMENT")


def explained(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.3 查缺补漏: no file in motion lapses without an explanation."""
    if facts.file.stage in (Stage.APPLIED, Stage.ENDORSED) and not facts.file.explained:
        return (Finding("EXPLAIN"),)
    return NOTHING


def after_last_step(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """No step is dated before the one it follows; a clock set back is a fault of the machine."""
    last = facts.file.last_at
    if last is None or basis.now is None or basis.now >= last:
        return NOTHING
    return (Finding("CLOCK", need=f"{last:%Y-%m-%d %H:%M}", has=f"{basis.now:%Y-%m-%d %H:%M}"),)
