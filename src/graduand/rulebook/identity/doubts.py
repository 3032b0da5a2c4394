"""A doubt of the registry in words: what its case still needs, which desk has to act next, what it
means for a file.
"""

from __future__ import annotations

from graduand.rulebook.calendar import office_day
from graduand.rulebook.facts import CASE_DESK, Case, Chsi
from graduand.rulebook.terms import CaseState, ChsiVerdict, Desk, Stage

DOUBT = "CHSI-DOUBT"
# A person in doubt may be filed (四.1): at these stages the doubt stops nothing yet.
STILL_FILED = frozenset({Stage.LISTED, Stage.RETURNED, Stage.DEFERRED})
FILED_FIRST = "可以先申请，备案以前不予审核"
NORMAL_SINCE = "总部维持存疑之后，学信网转为正常：由总部凭新的数据备案"
UPHELD_NEXT = "总部已决定维持存疑；以后有新的证明材料，或学信网转为正常的，由总部改为备案通过"


def verdict_text(chsi: Chsi | None, case: Case | None) -> str:
    """What the registry says now, and what it said before, where a newer 正常 came while a case
    holds.
    """
    if chsi is None:
        return "无反馈数据"
    if case is None or not _is_normal_again(chsi, case):
        return chsi.verdict.label
    return f"{chsi.verdict.label}（曾为{case.verdict.label}）"


def _is_normal_again(chsi: Chsi | None, case: Case) -> bool:
    return chsi is not None and chsi.verdict is ChsiVerdict.NORMAL and case.state.holds


def unfiled(chsi: Chsi | None, case: Case | None) -> str:
    """`备案通过：身份复核「已报总部」，2023-07-12 立案，由总部办理`."""
    if case is None or not case.state.holds:
        return f"{CaseState.CLEARED.label}：还没有立案，请总部重新导入学信网反馈"
    opened = office_day(case.opened_at)
    cleared = CaseState.CLEARED.label
    if _is_normal_again(chsi, case):
        cleared += "（转为正常不会自动结案）"
    return f"{cleared}：身份复核「{case.state.label}」，{opened} 立案，{who_has(case.state)}"


def who_has(state: CaseState) -> str:
    """Which desk has to act next in a case that holds: `由学院办理`; "" for an upheld case, which waits
    for nobody.
    """
    if state is CaseState.UPHELD:
        return "总部已作决定"
    return f"由{CASE_DESK[state].label}办理"


def next_step(case: Case | None) -> str:
    """What is done next where the clause's own text would be wrong: no case was opened yet, or it
    was decided.
    """
    if case is None or not case.state.holds:
        return "重新导入学信网反馈，由系统立案"
    if case.state is CaseState.UPHELD:
        return UPHELD_NEXT
    return ""


def next_desk_of(case: Case | None) -> Desk:
    """The desk that has to act next in the case of a doubt; headquarters where no case was opened."""
    if case is not None and case.state.holds:
        return CASE_DESK[case.state]
    return Desk.HQ
