"""Why a student's application came back, as long as that holds: until the next application."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.models import Candidate
from graduand.queries.records.person import HistoryEvent
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import ReasonCode, Stage, Verb


def reason(history: list[HistoryEvent]) -> str:
    """Why the file was last sent back, as the beginning of a sentence; "" where no reason was
    given.
    """
    back = [event for event in history if event.step is Verb.SEND_BACK]
    if not back or not back[-1].told:
        return ""
    return f"原因：{back[-1].told}。"


def sent_back_before(file: Candidate, history: list[HistoryEvent]) -> bool:
    """Listed anew after it was sent back, and not filed since: the reason still holds."""
    steps = [event.step for event in history if event.step in (Verb.SEND_BACK, Verb.APPLY)]
    return file.stage == Stage.LISTED and steps[-1:] == [Verb.SEND_BACK]


def unclaimed(history: list[HistoryEvent]) -> bool:
    """The certificate lies at the college again because nobody came for it, and was not sent since."""
    moves = [event for event in history if event.step in (Verb.RECALL, Verb.SHIP, Verb.VOID)]
    return bool(moves) and moves[-1].reason == ReasonCode.UNCLAIMED


def deferral(file: Candidate, history: list[HistoryEvent]) -> str:
    """The sentence that the student deferred in a batch that has ended, and what that means here;
    "" otherwise.
    """
    steps = [event.step for event in history if event.step in (Verb.APPLY, Verb.DEFER, Verb.RESUME)]
    if file.stage != Stage.LISTED or steps[-1:] != [Verb.DEFER]:
        return ""
    now = f"您在以前的批次声明过暂缓毕业，那个批次已经结束，您已转入 {file.batch.code} 批次。"
    return f"{now}要在这个批次毕业的，请联系学习中心提交申请；要继续暂缓的，请向学习中心再次声明。"


def earlier(
    file: Candidate, others: list[Candidate], steps: Mapping[int, list[HistoryEvent]]
) -> list[HistoryEvent]:
    """What was done in the batch that carried over a file that is listed now.

    `steps` are those of each of `others`.
    """
    lapsed = [
        other
        for other in others
        if other.stage == Stage.LAPSED and other.batch.code < file.batch.code
    ]
    if file.stage != Stage.LISTED or not lapsed:
        return []
    return steps[max(lapsed, key=lambda other: other.batch.code).pk]


# Why an application lapsed with its batch, by the stage in which that found it.
_LEFT_AT = {
    Stage.APPLIED.label: "截止时学院还没有审核通过",
    Stage.ENDORSED.label: "学院已审核通过，截止时总部还没有审核通过",
    Stage.RETURNED.label: "申请退回补正以后，截止前没有重新提交",
}


def why_lapsed(steps: list[HistoryEvent]) -> str:
    """Why the application of a file that lapsed did not come to its end; "" without any."""
    moved = [event for event in steps if event.step in STEPS]
    if not moved or moved[-1].step is not Verb.LAPSE:
        return ""
    return _LEFT_AT.get(moved[-1].start, "")


def lapsed_before(file: Candidate, history: list[HistoryEvent]) -> str:
    """Why the application in the batch before the one that lists the file did not succeed, and what
    follows; "" otherwise.
    """
    if file.stage != Stage.LISTED:
        return ""
    why = why_lapsed(history)
    if not why:
        return ""
    return (
        f"{why}。您已转入 {file.batch.code} 批次，"
        "要由学习中心在这个批次重新提交申请，请留意学习中心通知。"
    )
