"""The words of long work: every kind of it that the queue knows."""

from __future__ import annotations

from graduand.rulebook.terms import Word


class WorkKind(Word):
    """A kind of long work, done in the background."""

    ACT = "act", "批量办理"
    AUDIT = "audit", "重新判断毕业条件"
    PHOTOS = "photos", "导入照片"
    FACES = "faces", "人脸比对"
    SHEET = "sheet", "导入数据"
    POLICY = "policy", "试判规定"
    CLOSING = "closing", "关闭批次"
    DELETING = "deleting", "删除批次"
