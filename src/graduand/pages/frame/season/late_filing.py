"""Until when a file that came back can be filed again, and what follows after all rounds."""

from __future__ import annotations

from datetime import date

from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import Desk

_NOT_HERE = "补正后不能在本批次重新提交"
_OVER = f"本批次各轮次的申请都已截止，{_NOT_HERE}"
_EXTENDED = "总部可以写明原因、由两人同意延长轮次；不延长的，本批次关闭后转入下一毕业批次"
_SHUT = f"本批次已关闭，{_NOT_HERE}"
_CARRIED = "总部办理「未办结转」以后，在下一毕业批次申请"
_NEEDLESS = "不必补正材料的，请不要退回。"
# The warning for a person who sends a file back that late; and the one when the batch is closed,
# too.
WARNING = (
    f"{_OVER}：要在本批次毕业，须先由总部写明原因、两人同意延长轮次；不延长的，只能等本批次关闭后转入下一毕业批次，本批次领不到证书。"
    f"{_NEEDLESS}"
)
WARNING_CLOSED = f"{_SHUT}：退回以后，{_CARRIED}，本批次领不到证书。{_NEEDLESS}"


def refiling_sentence(
    filing_round: RoundPolicy | None, today: date, *, closed: bool = False
) -> str:
    """What happens to a file that was sent back; `filing_round` takes it again, None: none does."""
    if filing_round is None:
        return f"{_too_late(closed=closed)}。材料请先补正"
    until = f"重新提交：「{filing_round.name}」{filing_round.closes} 截止"
    if filing_round.opens > today:
        return f"补正后请{filing_round.opens} 起{until}"
    return f"补正后请{until}"


def stranded_sentence(desk: Desk, *, closed: bool) -> str:
    """What happens to all files of a batch that were sent back, as the home page says it."""
    words = f"退回补正，{_too_late(closed=closed)}"
    if desk is Desk.CENTRE:
        return f"{words}。请先补正材料，并告诉学生"
    return words


def to_carry() -> str:
    """What happens to all files of a batch that were sent back, for headquarters, which carries
    them over.
    """
    return f"退回补正，{_SHUT}：请在档案页办理「未办结转」，学生才能在下一毕业批次申请"


def _too_late(*, closed: bool) -> str:
    if closed:
        return f"{_SHUT}：{_CARRIED}"
    return f"{_OVER}：{_EXTENDED}"
