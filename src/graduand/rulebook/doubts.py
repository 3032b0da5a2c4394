"""A doubt of the registry in words: what its case still needs, whose turn it is, what it means for a file."""

from __future__ import annotations

from graduand.rulebook.calendar import office_day
from graduand.rulebook.facts import CASE_DESK, Case
from graduand.rulebook.terms import CaseState, Desk, Stage

DOUBT = "CHSI-DOUBT"
# Who is in doubt may be filed (四.1): at these stages the doubt stops nothing yet.
STILL_FILED = frozenset({Stage.LISTED, Stage.RETURNED, Stage.DEFERRED})
FILED_FIRST = "可以先申请，备案以前不予审核"


def unfiled(case: Case | None) -> str:
    """`备案通过：身份复核「已报总部」，2023-07-12 立案，由总部办理`."""
    if case is None or not case.state.holds:
        return f"{CaseState.CLEARED.label}：还没有立案，请总部重新导入学信网反馈"
    opened, desk = office_day(case.opened_at), turn_of(case)
    return f"{CaseState.CLEARED.label}：身份复核「{case.state.label}」，{opened} 立案，由{desk.label}办理"


def turn_of(case: Case | None) -> Desk:
    """Whose turn it is in the case of a doubt; headquarters' where none was opened."""
    return CASE_DESK[case.state] if case is not None and case.state.holds else Desk.HQ
