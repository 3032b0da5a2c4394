"""毕业生登记表 (annex 1): what must stand on it, 「无」 for the starred, the order of the study history."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from graduand.rulebook.terms import Level

NOTHING = "无"

# The labels of the annex, in its order; note 2: everything is filled in, nothing stays blank.
REQUIRED = (
    "姓名",
    "学号",
    "出生日期",
    "性别",
    "民族",
    "证件类型",
    "证件号",
    "政治面貌",
    "学生类别",
    "学历层次",
    "学习专业",
    "入学时间",
    "毕业时间",
    "毕业实习单位及主要内容",
)
STARRED = ("工作单位", "单位电话", "手机", "家庭电话", "E-mail", "在校期间受过何种奖励和处分")
THESIS = "毕业论文及毕业设计题目"
REGISTRATION_NO = "电子注册号"

_PAPER_LEVELS = {Level.JUNIOR: "专科", Level.TOP_UP: "专科起点本科", Level.BACHELOR: "本科"}
_TOO_EARLY = ("小学", "初中", "初级中学")
_TOO_LATE = ("大学", "学院")
_STILL_SCHOOL = ("附中", "附属", "中学", "高中", "中专", "中职", "职高", "技校")


class FormFinding(NamedTuple):
    """A gap in the form: FORM-EMPTY:栏目, FORM-THESIS (warning), FORM-HISTORY:…,
    FORM-APPRAISAL:count.
    """

    code: str
    argument: str

    @property
    def warns(self) -> bool:
        """True for what is said but keeps nobody: a thesis title is no condition at 专科."""
        return self.code in ("FORM-THESIS", "FORM-HISTORY-START")


@dataclass(frozen=True, slots=True)
class SchoolingLine:
    """One line of 主要学习经历; days are the first of their month, `until` is None while it lasts."""

    since: date
    until: date | None
    place: str


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """The form's own content: `fields` by the annex's labels, empty or missing when not on record.

    `appraisal` is the text of 自我鉴定, or None where it is written by hand and not held here.
    """

    level: Level
    fields: Mapping[str, str]
    history: Sequence[SchoolingLine] = ()
    appraisal: str | None = None


def form_findings(form: RegistrationForm, min_chars: int) -> list[FormFinding]:
    """Everything that keeps the form from being complete, in the annex's order; empty when it is."""
    found = [FormFinding("FORM-EMPTY", label) for label in REQUIRED if not _text(form, label)]
    if not _text(form, THESIS):
        found.append(_without_thesis(form.level))
    found += history_findings(form.history)
    if form.appraisal is not None and (length := appraisal_length(form.appraisal)) < min_chars:
        found.append(FormFinding("FORM-APPRAISAL", str(length)))
    return found


def history_findings(history: Sequence[SchoolingLine]) -> list[FormFinding]:
    """Note 6: from upper secondary school on, in the order of time, each line complete.

    Lines are judged in the order of `ordered_history`. A first line that reads as an earlier or a
    later school is a warning only: names of schools do not always tell.
    """
    if not history:
        return [FormFinding("FORM-HISTORY", "空")]
    lines = ordered_history(history)
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.place.strip():
            found.append(FormFinding("FORM-HISTORY", f"第{number}行没有学校"))
        if line.until is not None and line.until < line.since:
            found.append(FormFinding("FORM-HISTORY", f"第{number}行止早于起"))
    for number, (before, after) in enumerate(zip(lines, lines[1:], strict=False), start=2):
        if before.until is None or after.since < before.until:
            found.append(FormFinding("FORM-HISTORY", f"第{number}行与上一行时间重叠"))
    if not _starts_at_upper_secondary(lines[0].place):
        found.append(FormFinding("FORM-HISTORY-START", lines[0].place))
    return found


def ordered_history(history: Sequence[SchoolingLine]) -> list[SchoolingLine]:
    """The lines as they are printed, earliest first."""
    return sorted(history, key=lambda line: (line.since, line.until or date.max, line.place))


def printed_fields(form: RegistrationForm) -> dict[str, str]:
    """Every label with what is printed: 「无」 for an empty starred one, and for no thesis at 专科.

    The registration number stays blank before the certificate is numbered.
    """
    printed = {label: _text(form, label) for label in (*REQUIRED, REGISTRATION_NO)}
    printed |= {label: _text(form, label) or NOTHING for label in STARRED}
    printed[THESIS] = _text(form, THESIS)
    if form.level is Level.JUNIOR:
        printed[THESIS] = printed[THESIS] or NOTHING
    return printed


def appraisal_length(text: str) -> int:
    """Characters of a text as a reader counts them: neither spaces nor invisible marks (W17)."""
    return sum(
        1 for char in text if not char.isspace() and unicodedata.category(char)[0] not in "CM"
    )


def paper_level(level: Level) -> str:
    """学历层次 as papers print it: 专升本 is 专科起点本科 (note 5)."""
    return _PAPER_LEVELS[level]


def _without_thesis(level: Level) -> FormFinding:
    """专科 may have no thesis: 「无」 is printed then."""
    if level is Level.JUNIOR:
        return FormFinding("FORM-THESIS", "")
    return FormFinding("FORM-EMPTY", THESIS)


def paper_category(category: str, level: Level) -> str:
    """学生类别 as papers print it: 开放 is 开放教育专科 or 开放教育本科 (note 4); others as they are."""
    if category.strip() not in ("开放", "开放教育"):
        return category.strip()
    if level is Level.JUNIOR:
        return "开放教育专科"
    return "开放教育本科"


def _text(form: RegistrationForm, label: str) -> str:
    return form.fields.get(label, "").strip()


def _starts_at_upper_secondary(place: str) -> bool:
    if any(word in place for word in _TOO_EARLY):
        return "高中" in place
    return any(word in place for word in _STILL_SCHOOL) or not any(
        word in place for word in _TOO_LATE
    )
