"""Whether a roster comes early: a round in which one can still apply, or be approved, has people for a later roster."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from graduand.rulebook.calendar import by_day
from graduand.rulebook.policy import BatchPolicy, RoundPolicy


def too_soon(policy: BatchPolicy, rounds: Collection[str], closed: Collection[str], today: date) -> tuple[str, ...]:
    """A sentence on each of `rounds` that is not over, without a full stop; `closed` names the rounds closed by hand."""
    turns = (turn for turn in policy.rounds if turn.name in rounds)
    said = ((turn, _goes_on(turn, turn.name in closed, today)) for turn in turns)
    return tuple(f"「{turn.name}」还没有结束（{why}），以后准予毕业的只能列入下一份花名册" for turn, why in said if why)


def _goes_on(turn: RoundPolicy, closed: bool, today: date) -> str:
    """What of the round is still open, and until when; "" when it is over."""
    filing = f"申请在 {by_day(turn.closes)}" if today <= turn.closes and not closed else ""
    review = f"审核在 {by_day(turn.review_to)}" if turn.review_to and today <= turn.review_to else ""
    return "，".join(filter(None, (filing, review)))
