"""The words of the photo station: what became of a picture, what a person decided and why."""

from __future__ import annotations

from graduand.rulebook.words import Word


class PhotoOutcome(Word):
    """What became of one picture of an upload."""

    WAITING = "waiting", "待检查"
    CREATED = "created", "新增"
    UPDATED = "updated", "替换"
    UNCHANGED = "unchanged", "未变"
    REFUSED = "refused", "未导入"


class PhotoReview(Word):
    """Whether a person must look at a stored picture, and what that person said."""

    NONE = "", "无需审核"
    PENDING = "pending", "待人工审核"
    ACCEPTED = "accepted", "人工审核合格"
    REFUSED = "refused", "人工审核不合格"

    @classmethod
    def at_first(cls, *, doubtful: bool) -> PhotoReview:
        """The state of a picture that nobody has looked at yet: doubtful ones wait for a person."""
        if doubtful:
            return cls.PENDING
        return cls.NONE


class PhotoReason(Word):
    """Why a person refuses a picture."""

    PERSON = "person", "不是本人"
    REGISTRY = "registry", "与学信网照片不一致"
    BACKDROP = "backdrop", "背景不合格"
    POSE = "pose", "姿势、表情或穿戴不合格"
    QUALITY = "quality", "不清晰或光线不合格"
    RETOUCHED = "retouched", "有修图痕迹"
    OTHER = "other", "其他"


class PhotoSource(Word):
    """How a picture came."""

    ZIP = "zip", "批量导入"
    SINGLE = "single", "单张上传"
    REPAIR = "repair", "修复"
