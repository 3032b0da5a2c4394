"""What lists and the home page say of a round's grades until all colleges have declared them."""

from __future__ import annotations

from graduand.pages.door.access import Visit
from graduand.pages.frame.season.deadlines import round_today
from graduand.queries.season.grades import Declaration, colleges_of, declarations, undeclared
from graduand.queries.season.seasons import Season
from graduand.rulebook.calendar import by_day

GRADES = "/grades"


def pending_note(visit: Visit, season: Season | None) -> str:
    """A sentence for the lists of the round to speak of; "" once every college has declared."""
    if season is None or not season.batch.is_open:
        return ""
    filing_round = round_today(season.policy, visit.today, season.closed_rounds)
    if filing_round is None or filing_round.scores_by is None:
        return ""
    waiting = undeclared(colleges_of(visit.actor), season.batch.pk, filing_round.name)
    if not waiting:
        return ""
    due = f"应于 {by_day(filing_round.scores_by)}完成"
    if visit.today > filing_round.scores_by:
        due += "，已过期"
    return (
        f"「{filing_round.name}」的成绩（综合实践复核、成绩发布）尚未申报完成：{'、'.join(waiting)}，"
        f"{due}。此前名单和判断还可能变化。"
    )


def overdue(visit: Visit) -> list[Declaration]:
    """What should have been declared by now: an alarm at the college and at headquarters."""
    running = [season for season in visit.unfinished if season.batch.is_open]
    # Before such a day is over nothing is asked of the database.
    soon = [season for season in running if any(_due(season, visit))]
    if not soon:
        return []
    return [
        declaration
        for declaration in declarations(soon, colleges_of(visit.actor))
        if declaration.late(visit.today)
    ]


def _due(season: Season, visit: Visit) -> list[bool]:
    """For each round with a day for its grades whether that day is over."""
    return [
        visit.today > filing_round.scores_by
        for filing_round in season.policy.rounds
        if filing_round.scores_by is not None
    ]
