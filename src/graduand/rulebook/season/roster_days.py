"""Whether a roster or a numbering comes early: a round in which one can still apply, or be
approved, has people for a later one; and what is on a certificate can't be changed any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from graduand.rulebook.calendar import by_day
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy


def too_soon(
    policy: BatchPolicy, rounds: Collection[str], closed: Collection[str], today: date
) -> tuple[str, ...]:
    """A sentence on each of `rounds` that is not over, without a full stop; `closed` names the
    rounds closed by hand.
    """
    told = _not_over(policy, rounds, closed, today)
    return tuple(f"{said}，以后准予毕业的只能列入下一份花名册" for said in told)


def numbered_too_soon(
    policy: BatchPolicy,
    rounds: Collection[str],
    closed: Collection[str],
    today: date,
    undeclared: Mapping[str, Collection[str]],
) -> tuple[str, ...]:
    """The same of whoever is numbered today; of each round also the colleges that have not declared
    its grades done.
    """
    told = [
        f"{said}，以后准予毕业的另外编号，排在这次之后"
        for said in _not_over(policy, rounds, closed, today)
    ]
    if today < policy.issue_date:
        told.append(
            f"发证日期 {policy.issue_date} 还没有到，有证书编号以后本批次的发证日期不能再改"
        )
    told += [
        f"「{filing_round}」的成绩还没有申报完成（{'、'.join(colleges)}），编号以后成绩有变化的，证书须由总部核实或作废"
        for filing_round, colleges in undeclared.items()
        if colleges
    ]
    return tuple(told)


def _not_over(
    policy: BatchPolicy, rounds: Collection[str], closed: Collection[str], today: date
) -> Iterator[str]:
    for filing_round in policy.rounds:
        if filing_round.name not in rounds:
            continue
        if why := _goes_on(filing_round, filing_round.name in closed, today):
            yield f"「{filing_round.name}」还没有结束（{why}）"


def _goes_on(filing_round: RoundPolicy, closed: bool, today: date) -> str:
    """What of the round is still open, and until when; "" when it is over."""
    still_open = []
    if today <= filing_round.closes and not closed:
        still_open.append(f"申请在 {by_day(filing_round.closes)}")
    if filing_round.review_to and today <= filing_round.review_to:
        still_open.append(f"审核在 {by_day(filing_round.review_to)}")
    return "，".join(still_open)
