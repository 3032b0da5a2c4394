"""The terms of background work: every kind of it that the queue knows, and where work was ordered."""

from __future__ import annotations

from graduand.rulebook.words import Word


class WorkKind(Word):
    """A kind of long work, done in the background."""

    ACT = "act", "批量办理"
    AUDIT = "audit", "重新判断毕业条件"
    PHOTOS = "photos", "导入照片"
    FACES = "faces", "人脸比对"
    SHEET = "sheet", "导入数据"
    PLAN = "plan", "写入导入的数据"
    POLICY = "policy", "试判规定"
    CLOSING = "closing", "关闭批次"
    DELETING = "deleting", "删除批次"
    REOPENING = "reopening", "重新开放批次"
    DAYS = "days", "办结到期的批次"
    LOOK = "look", "查找须重新判断的人"
    HALF_DONE = "half_done", "接着办中断的批次工作"
    RETENTION = "retention", "删除过期的文件"
    SWEEP = "sweep", "清理草稿"


# Recurring work; each kind has one row, under this subject.
PERIODIC = frozenset(
    {WorkKind.DAYS, WorkKind.LOOK, WorkKind.HALF_DONE, WorkKind.RETENTION, WorkKind.SWEEP}
)
ONLY = 0


class Channel(Word):
    """Where an act was ordered."""

    WEB = "web", "网页"
    COMMAND = "command", "命令行"
