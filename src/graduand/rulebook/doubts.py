"""A doubt of the registry in words: what its case still needs, whose turn it is, what it means for a file."""

from __future__ import annotations

from graduand.rulebook.calendar import office_day
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import CASE_DESK, Case
from graduand.rulebook.terms import CaseState, Desk, Stage

DOUBT = "CHSI-DOUBT"
# Who is in doubt may be filed (四.1): at these stages the doubt stops nothing yet.
STILL_FILED = frozenset({Stage.LISTED, Stage.RETURNED, Stage.DEFERRED})
FILED_FIRST = "可以先申请，备案以前不予审核"
_TODO = {
    Desk.CENTRE: "提交学生身份复核表等材料，经学院上报总部备案",
    Desk.COLLEGE: "审核复核材料，上报总部备案",
    Desk.HQ: "作出备案决定",
}
_NOT_OPENED = "还没有立案，请总部重新导入学信网反馈"


def unfiled(case: Case | None) -> str:
    """`备案通过：身份复核「已报总部」，2023-07-12 立案，由总部办理`."""
    if case is None or not case.state.holds:
        return f"{CaseState.CLEARED.label}：{_NOT_OPENED}"
    opened, desk = office_day(case.opened_at), CASE_DESK[case.state]
    return f"{CaseState.CLEARED.label}：身份复核「{case.state.label}」，{opened} 立案，{_turn(desk)}"


def _turn(desk: Desk) -> str:
    return f"由{desk.label}办理"


def desk_of(doubt: Finding) -> Desk:
    """Whose turn it is in the case that a stored finding tells of; headquarters' where none was opened."""
    return next((desk for desk in _TODO if doubt.need.endswith(_turn(desk))), Desk.HQ)


def todo_of(doubt: Finding) -> str:
    """What that desk does next."""
    return "重新导入学信网反馈" if doubt.need.endswith(_NOT_OPENED) else _TODO[desk_of(doubt)]
