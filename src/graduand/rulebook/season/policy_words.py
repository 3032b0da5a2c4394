"""The keys and values of a policy in the words of the office: for its form, for what changed, for
its problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graduand.rulebook.photos.spec import EXAMINES
from graduand.rulebook.season.policy_file.keys import (
    EXTRA_GATES,
    PROMISE_STARTS,
    ROSTER_KEYS,
    WEEKDAYS,
)
from graduand.rulebook.season.policy_terms import IncompleteArchive, RegistrationAsked
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind
from graduand.rulebook.words import Word

STARTS = dict(zip(PROMISE_STARTS, ("发证日期", "准予毕业之日"), strict=True))
DAYS = dict(zip(WEEKDAYS, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))
GATES = dict(zip(EXTRA_GATES, ("思想品德鉴定", "前置学历核验", "学生确认个人信息"), strict=True))
EXAMINED = dict(zip(EXAMINES, ("人像", "只看文件"), strict=True))
# Keys that the form does not show; the others have their label there.
LABELS: Mapping[str, str] = {
    "school.code": "学校代码",
    "school.name": "学校名称",
    "school.type_digit": "办学类型代码",
    "promise.pauses": "不计入承诺的日子",
    "photo.format": "照片格式",
    "photo.warn_bytes": "照片偏大的字节数",
    "photo.min_bytes": "照片最小字节数",
    "degree.exclude_exempt": "学位平均分不计免修免考",
    "degree.courses_passed": "学位课程须全部通过",
    "degree.languages": "学位外语",
    "extra_gates": "另外核对的条件",
    "principals": "院（校）长",
    "dossier": "毕业档案材料",
    "roster_key": "花名册排列",
    "school": "学校",
    "progression": "续读本科",
    "promise": "领证承诺",
    "photo": "毕业照片",
    "degree": "学位",
    "contacts": "联系方式",
    "rounds": "轮次",
    "photo.examine": "照片检查",
    "incomplete_archive": "档案材料不全的证书",
    "registration_asked": "学信网可查询后才发放证书",
}

# The limits of the photo's automatic check.
PHOTO_LIMITS: Mapping[str, str] = {
    "small_bytes": "文件偏小的字节数",
    "max_pixels": "像素上限",
    "quality_min": "压缩质量下限",
    "quality_good": "压缩质量良好",
    "dpi": "分辨率",
    "face_score": "人脸可信度下限",
    "second_face": "第二张脸的宽度",
    "face_width_min": "脸宽下限",
    "face_width_max": "脸宽上限",
    "eyes_min": "眼睛高度下限",
    "eyes_max": "眼睛高度上限",
    "head_top_min": "头顶距离下限",
    "head_top_max": "头顶距离上限",
    "off_centre_max": "偏离中线上限",
    "roll_max": "头部倾斜上限",
    "hue_min": "背景色调下限",
    "hue_max": "背景色调上限",
    "chroma_min": "背景彩度下限",
    "lightness_min": "背景亮度下限",
    "lightness_max": "背景亮度上限",
    "blue_doubt": "蓝色存疑的幅度",
    "blue_patches": "蓝色区块数下限",
    "uneven_max": "背景不匀上限",
    "frame_max": "边框色差上限",
    "flat_max": "下部单色的上限",
    "blur_warn": "偏模糊的界限",
    "blur_max": "模糊上限",
    "motion_min": "晃动下限",
    "motion_max": "晃动上限",
    "light_min": "脸部亮度下限",
    "light_max": "脸部亮度上限",
    "clipped_max": "过曝过暗的上限",
    "contrast_min": "脸部对比度下限",
    "asymmetry_max": "左右亮度差上限",
    "face_chroma_min": "脸部彩度下限",
    "same_person": "同一人的相似度",
    "look_person": "须人工比对的相似度",
    "same_picture": "同一张照片的相似度",
    "look_duplicate": "疑为同一张的相似度",
}


def label_of(key: str) -> str:
    """What the office calls a key that the form does not show; "" for one that it does."""
    table, _, name = key.partition(".")
    if table == "photo" and name in PHOTO_LIMITS:
        return f"照片检查：{PHOTO_LIMITS[name]}"
    return LABELS.get(key, "")


def words_of(key: str, value: Any) -> str:
    """A value as the office says it; — for none."""
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        if value:
            return "是"
        return "否"
    if isinstance(value, list):
        return "、".join(_word(key, item) for item in value)
    return _word(key, value)


def _word(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _row(value)
    return _SAID.get(key.rpartition("」")[2], str)(value)


def _row(row: Mapping[str, Any]) -> str:
    """A principal: from when, who."""
    return f"{row.get('from', '')} 起 {row.get('name', '')}".strip()


def _labels(words: type[Word]) -> Callable[[Any], str]:
    def said(value: Any) -> str:
        known = words.of(str(value))
        if known is not None:
            return known.label
        return str(value)

    return said


def _table(known: Mapping[str, str]) -> Callable[[Any], str]:
    return lambda value: known.get(str(value), str(value))


_SAID: Mapping[str, Callable[[Any], str]] = {
    "numbering": _labels(Numbering),
    "dossier": _labels(PaperKind),
    "kind": _labels(RoundKind),
    "roster_key": _table(ROSTER_KEYS),
    "promise.from": _table(STARTS),
    "progression.weekday": _table(DAYS),
    "extra_gates": _table(GATES),
    "incomplete_archive": _labels(IncompleteArchive),
    "photo.examine": _table(EXAMINED),
    "photo.format": _table({"jpeg": "JPEG"}),
    "registration_asked": _labels(RegistrationAsked),
}
