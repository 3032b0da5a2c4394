"""What is said of a round's grades beside lists and on home, as long as a college has not declared them done."""

from __future__ import annotations

from graduand.pages.door.access import Visit
from graduand.pages.frame.season.deadlines import round_today
from graduand.queries.season.grades import Declaration, colleges_of, declarations, undeclared
from graduand.queries.season.seasons import Season
from graduand.rulebook.calendar import by_day

GRADES = "/grades"


def pending_note(visit: Visit, season: Season | None) -> str:
    """A sentence for the lists of the round to speak of; "" once every college of mine has declared."""
    turn = round_today(season.policy, visit.today, season.closed_rounds) if season else None
    if season is None or turn is None or turn.scores_by is None or not season.batch.is_open:
        return ""
    waiting = undeclared(colleges_of(visit.actor), season.batch.pk, turn.name)
    if not waiting:
        return ""
    late = "，已过期" if visit.today > turn.scores_by else ""
    return (
        f"「{turn.name}」的成绩（综合实践复核、成绩发布）尚未申报完成：{'、'.join(waiting)}，"
        f"应于 {by_day(turn.scores_by)}完成{late}。此前名单和判断还可能变化。"
    )


def overdue(visit: Visit) -> list[Declaration]:
    """What should have been declared by now: an alarm at the college and at headquarters; their centres are told."""
    running = [season for season in visit.unfinished if season.batch.is_open]
    soon = [season for season in running if any(_due(season, visit))]
    if not soon:
        return []
    return [one for one in declarations(soon, colleges_of(visit.actor)) if one.late(visit.today)]


def _due(season: Season, visit: Visit) -> list[bool]:
    """For each round with a day for its grades whether that day is over: only then is anything asked of the database."""
    return [
        visit.today > turn.scores_by for turn in season.policy.rounds if turn.scores_by is not None
    ]
