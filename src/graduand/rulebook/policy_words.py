"""The keys and values of a policy in the words of the office: for its form, for what changed, for its problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graduand.rulebook.policy import EXTRA_GATES, PROMISE_STARTS, ROSTER_KEYS, WEEKDAYS
from graduand.rulebook.terms import Numbering, PaperKind, RoundKind

STARTS = dict(zip(PROMISE_STARTS, ("发证日期", "准予毕业之日"), strict=True))
DAYS = dict(zip(WEEKDAYS, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))
GATES = dict(zip(EXTRA_GATES, ("思想品德鉴定", "前置学历核验", "学生确认个人信息"), strict=True))
# What the form does not show; what it does has its label there.
LABELS: Mapping[str, str] = {
    "school.code": "学校代码", "school.name": "学校名称", "school.type_digit": "办学类型代码",
    "promise.pauses": "不计入承诺的日子", "photo.format": "照片格式", "photo.warn_bytes": "照片偏大的字节数",
    "photo.min_bytes": "照片最小字节数", "degree.exclude_exempt": "学位平均分不计免修免考", "degree.languages": "学位外语",
    "extra_gates": "另外核对的条件", "principals": "院（校）长", "dossier": "毕业档案材料", "roster_key": "花名册排列",
}  # fmt: skip


def words_of(key: str, value: Any) -> str:
    """A value as the office says it; — for none."""
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_word(key, one) for one in value)
    return _word(key, value)


def _word(key: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _row(value)
    return _SAID.get(key.rpartition("」")[2], str)(value)


def _row(row: Mapping[str, Any]) -> str:
    """A principal: from when, who."""
    return f"{row.get('from', '')} 起 {row.get('name', '')}".strip()


def _labels(words: type[Numbering | PaperKind | RoundKind]) -> Callable[[Any], str]:
    def said(value: Any) -> str:
        known = words.of(str(value))
        return known.label if known is not None else str(value)

    return said


def _table(known: Mapping[str, str]) -> Callable[[Any], str]:
    return lambda value: known.get(str(value), str(value))


_SAID: Mapping[str, Callable[[Any], str]] = {
    "numbering": _labels(Numbering), "dossier": _labels(PaperKind), "kind": _labels(RoundKind),
    "roster_key": _table(ROSTER_KEYS), "promise.from": _table(STARTS), "progression.weekday": _table(DAYS),
    "extra_gates": _table(GATES),
}  # fmt: skip
