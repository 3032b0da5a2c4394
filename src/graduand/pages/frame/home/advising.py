"""The advice of notice 七.2 in words: who is ready, who will be and when, when to report."""

from __future__ import annotations

from datetime import timedelta

from graduand.pages.door.access import Visit
from graduand.pages.frame.menus.todo_entry import TodoEntry
from graduand.pages.frame.menus.todos import ENTRIES
from graduand.pages.frame.season.deadlines import left, round_today
from graduand.pages.frame.shell import people
from graduand.queries.basis import basis_of
from graduand.queries.filing.lots import Advice, lots
from graduand.queries.filing.lots import advice as advice_of
from graduand.queries.season.seasons import Season
from graduand.rulebook.calendar import midnight
from graduand.rulebook.terms import Desk


def ready(visit: Visit, season: Season) -> TodoEntry | None:
    """Who can be reported now: exactly the to-do of home; None while no round is open."""
    return ENTRIES["ready"].in_season(season, visit.today)


def advice(visit: Visit, season: Season | None) -> Advice | None:
    """For a centre in a round of `season` that is not over; None for others, who report nothing."""
    if season is None or visit.actor.desk is not Desk.CENTRE:
        return None
    filing_round = round_today(season.policy, visit.today, season.closed_rounds)
    if filing_round is None or visit.today > filing_round.closes:
        return None
    todo = ready(visit, season)
    if (
        todo is None and filing_round.opens <= visit.today
    ):  # its days are not over, but the batch is closed
        return None
    basis = basis_of(season.batch, visit.now)
    reported = lots(visit.actor).filter(round__batch=season.batch)
    count = None
    if todo is not None:
        count = todo.rows(visit).count()
    listed = people(visit).filter(batch=season.batch)
    return advice_of(listed, reported, filing_round, basis, count)


def words(advice: Advice, visit: Visit) -> str:
    """Two or three sentences."""
    return f"{_ready_now(advice)}{_ready_later(advice)}。{_when(advice, visit)}{_scattered(advice)}"


def _ready_now(advice: Advice) -> str:
    if advice.ready is None:
        return f"「{advice.round_name}」{advice.opens} 开始申请，现在还不能上报"
    return f"「{advice.round_name}」现在可以上报 {advice.ready:,} 人"


def _ready_later(advice: Advice) -> str:
    """Who will be ready before the round is over, by day."""
    if not advice.coming:
        return ""
    days = "、".join(f"{day} 起 {n:,} 人" for day, n in advice.coming)
    if advice.judged:
        return f"；截止前数据生效后还会满足条件的：{days}"
    return f"；截止前数据生效后可能满足条件的：{days}"


def _when(advice: Advice, visit: Visit) -> str:
    """When to report; never so late that the round is over."""
    ends = midnight(advice.closes + timedelta(days=1)) - visit.now
    remaining = f"本轮 {advice.closes} 截止，还有 {left(ends)}。"
    if advice.on is not None:
        return f"建议到 {advice.on} 一并集中上报。{remaining}"
    if advice.ready:
        return f"建议现在一次全部上报。{remaining}"
    return remaining


def _scattered(advice: Advice) -> str:
    """How scattered it has been so far."""
    if not advice.reported:
        return ""
    words = f"本轮已上报 {advice.reported} 批"
    if advice.small:
        words += f"，其中 {advice.small} 批人数较少；总部按上报先后办理，请适当集中"
    return f"{words}。"
