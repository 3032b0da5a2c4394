"""The words of a whole batch: where it stands, and what two people do with it."""

from __future__ import annotations

from graduand.rulebook.words import Word


class BatchState(Word):
    """Where a batch stands."""

    PREPARING = "preparing", "准备中"
    FILING = "filing", "申请中"
    DUE = "due", "已截止，待关闭"
    CLOSING = "closing", "正在关闭"
    CLOSED = "closed", "已关闭，办理中"
    REOPENING = "reopening", "正在恢复名单"
    FINISHED = "finished", "已办结"


class BatchSwitch(Word):
    """What two people of headquarters do with a whole batch."""

    CLOSE = "close", "关闭批次"
    REOPEN = "reopen", "重新开放批次"
    FINISH = "finish", "办结批次"
