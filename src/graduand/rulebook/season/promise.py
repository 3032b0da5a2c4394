"""一: when a student can expect the certificate, or why that is not known yet; a date is given only
where it will hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from graduand.rulebook.calendar import by_day, promise_due
from graduand.rulebook.clauses import ACADEMIC_CODES, MARK_CODES, Finding
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.terms import Stage

ON_ITS_WAY = frozenset({Stage.APPROVED, Stage.CERTIFIED, Stage.SHIPPED})
IN_REVIEW = frozenset({Stage.APPLIED, Stage.ENDORSED})
_HALTED = {
    Stage.RETURNED: "要等材料补正后重新提交",
    Stage.DEFERRED: "已暂缓毕业，恢复后才能办理",
    Stage.REJECTED: "审核没有通过；如有异议，请联系学习中心申诉",
    Stage.LAPSED: "本批次没有办结，转入下一毕业批次",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """`by` is the day, None where none can be given; `why` then says what it depends on."""

    by: date | None = None
    why: str = ""


def expectation(
    stage: Stage,
    policy: BatchPolicy,
    round_name: str | None,
    findings: Sequence[Finding] | None,
    approved: date | None,
    today: date,
) -> Expectation | None:
    """What a student may be told; None once the certificate is there to be taken. `findings` None:
    not judged.
    """
    if stage in (Stage.RECEIVED, Stage.COLLECTED):
        return None
    against = _against(stage, findings)
    if against:
        if stage is Stage.APPROVED and findings:
            against += _mended(_due(policy, approved), today)
        return Expectation(why=against)
    if stage in ON_ITS_WAY:
        return _promised(_due(policy, approved), today)
    if stage not in IN_REVIEW:
        return Expectation(why="要等学习中心提交毕业申请")
    filing_round = policy.round(round_name)
    end = filing_round.review_to if filing_round else None
    if policy.promise.start != "issue_date" or end is None or end > policy.promise_due:
        return Expectation(why=f"还在审核，准予毕业后再告诉您日期{_until(end)}")
    return _promised(policy.promise_due, today)


def _until(end: date | None) -> str:
    if not end:
        return ""
    return f"（本轮审核到 {end} 为止）"


def _against(stage: Stage, findings: Sequence[Finding] | None) -> str:
    """What prevents the certificate for now; "" for nothing."""
    if stage in _HALTED:
        return _HALTED[stage]
    if findings is None:
        return "还没有审核您的毕业条件"
    blocking = [found for found in findings if found.blocks]
    academic = [found for found in blocking if found.code in ACADEMIC_CODES]
    if others := [finding.clause.title for finding in academic if finding.code not in MARK_CODES]:
        return f"毕业条件还没有满足：{'、'.join(others)}"
    if academic:
        return "毕业条件还没有满足，要等成绩"
    if not blocking:
        return ""
    return f"还有问题没有解决：{blocking[0].clause.title}"


def _mended(due: date, today: date) -> str:
    """What it costs an approved student to leave unresolved what has changed since: there is no
    last day for it, only the promised one.
    """
    late = f"要在通知承诺的 {by_day(due)}领到证书，请尽早解决"
    if due < today:
        late = f"通知承诺的 {due} 已过"
    return f"。没有截止日期，什么时候解决，什么时候编号制证；{late}"


def _due(policy: BatchPolicy, approved: date | None) -> date:
    if policy.promise.start == "approved" and approved is not None:
        return promise_due(approved, policy.promise.months, policy.promise.pauses)
    return policy.promise_due


def _promised(due: date, today: date) -> Expectation:
    if due < today:
        return Expectation(why=f"已经过了通知承诺的 {due}，请与学习中心联系")
    return Expectation(by=due)
