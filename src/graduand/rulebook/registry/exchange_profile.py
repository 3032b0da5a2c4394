"""The profile of a file for the national registry: its fields in order, where each takes its text, and
how one is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date
from typing import Any, NamedTuple

from graduand.rulebook.calendar import Term
from graduand.rulebook.certificates.certificate_content import Content
from graduand.rulebook.terms import Desk, Level

ENCODINGS = {"gbk": "GBK", "gb18030": "GB18030"}
MAX_WIDTH = 254
_FIELD_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,9}")
# The registry's list of 学制.
YEARS = ("1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5", "5.5", "6", "7", "8")


class FieldSource(NamedTuple):
    """Where a field takes its text from, and where a missing text can be corrected."""

    text: Callable[[Content, ExchangeProfile], str]
    where: str
    desk: Desk


@dataclass(frozen=True, slots=True)
class ExchangeField:
    """A field of the file: `width` in bytes of the encoding; `text` is the literal of source
    `text`.

    `allowed` lists the only texts that the registry takes; empty = anything.
    """

    name: str
    title: str
    width: int
    source: str
    text: str = ""
    required: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExchangeProfile:
    """The file's fields in order. `substitute` stands for a character that the encoding lacks; ""
    holds the row back.

    `levels` are the registry's words for 学历层次. The first field is the registry's key.
    """

    fields: tuple[ExchangeField, ...]
    encoding: str = "gbk"
    substitute: str = ""
    levels: Mapping[str, str] = made_by(
        default_factory=lambda: {level.value: level.label for level in Level}
    )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExchangeProfile:
        """Read a profile (examples/xueli.toml). Raises ProfileRefused naming every wrong value."""
        problems = _unknown(data, ("encoding", "substitute", "levels", "fields"), "")
        encoding = str(data.get("encoding", PROFILE.encoding)).lower()
        if encoding not in ENCODINGS:
            problems.append(f"encoding 应是 {'、'.join(ENCODINGS)} 之一，现为 {encoding!r}")
        substitute = str(data.get("substitute", PROFILE.substitute))
        if not substitute.isascii():
            problems.append("substitute 只能用半角字符")
        levels = data.get("levels", {})
        problems += _unknown(levels, tuple(level.value for level in Level), "levels")
        fields = _fields(data["fields"], problems) if "fields" in data else PROFILE.fields
        problems += _wrong_fields(fields)
        if problems:
            raise ProfileRefused(problems)
        return cls(
            fields,
            encoding,
            substitute,
            {**PROFILE.levels, **{key: str(word) for key, word in levels.items()}},
        )


class ProfileRefused(ValueError):
    """The profile can't be used; `problems` are sentences in Chinese, one each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = problems


# -- where the texts come from ---------------------------------------------------------------------------------


def eight_digits(day: date) -> str:
    """A date as the exchange files write it: YYYYMMDD."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def schooling_years(years: str, min_semesters: int) -> str:
    """学制 in years: as the plan says (「2.5年」 is 2.5); from 最短学期数 where it is silent: 5 are 2.5."""
    plain = years.strip().removesuffix("年").strip().removesuffix(".0")
    if plain or not min_semesters:
        return plain
    return f"{min_semesters / 2:g}"


_STUDENTS = "「学生」表"
_PLANS = "「专业规则」表"
_POLICY = "批次政策"
_NUMBERS = "编号制证"
PROFILE_ITSELF = "导出方案"
_CENTRE = Desk.CENTRE
_HQ = Desk.HQ
SOURCES: dict[str, FieldSource] = {
    "student_no": FieldSource(lambda c, _f: c.student_no, _STUDENTS, _CENTRE),
    "exam_no": FieldSource(lambda c, _f: c.exam_no, _STUDENTS, _CENTRE),
    # no examination, no 考生号; the 学号 stands for it.
    "exam_or_student_no": FieldSource(lambda c, _f: c.exam_no or c.student_no, _STUDENTS, _CENTRE),
    "name": FieldSource(lambda c, _f: c.name, _STUDENTS, _CENTRE),
    "sex": FieldSource(lambda c, _f: c.sex.label, _STUDENTS, _CENTRE),
    "birth": FieldSource(lambda c, _f: eight_digits(c.birth), _STUDENTS, _CENTRE),
    "id_no": FieldSource(lambda c, _f: c.id_no, _STUDENTS, _CENTRE),
    "school_code": FieldSource(lambda c, _f: c.school_code, f"{_POLICY}的 school.code ", _HQ),
    "school_name": FieldSource(lambda c, _f: c.school_name, f"{_POLICY}的 school.name ", _HQ),
    "principal": FieldSource(lambda c, _f: c.principal, f"{_POLICY}的 principals ", _HQ),
    "major_code": FieldSource(lambda c, _f: c.major_code, _PLANS, _HQ),
    "major_name": FieldSource(lambda c, _f: c.major_name, _PLANS, _HQ),
    "years": FieldSource(lambda c, _f: schooling_years(c.years, 0), _PLANS, _HQ),
    "years_or_semesters": FieldSource(
        lambda c, _f: schooling_years(c.years, c.min_semesters), _PLANS, _HQ
    ),
    "level": FieldSource(lambda c, f: f.levels[c.level.value], _STUDENTS, _CENTRE),
    "entry_date": FieldSource(
        lambda c, _f: eight_digits(Term.from_ordinal(c.entry).entry_date), _STUDENTS, _CENTRE
    ),
    "issue_date": FieldSource(lambda c, _f: eight_digits(c.issued), _NUMBERS, _HQ),
    "number": FieldSource(lambda c, _f: c.number, _NUMBERS, _HQ),
    "form": FieldSource(lambda c, _f: c.form, _NUMBERS, _HQ),
    "text": FieldSource(lambda _c, _f: "", PROFILE_ITSELF, _HQ),
}

# Order and names as 学历注册 has them. Widths that no published table gives for this file (YXMC,
# BJYJL, XZM, BZ) are taken from its sister files; with the literals of XXXS and CC they are a
# deployment's to confirm, in a profile of its own (examples/xueli.toml). 发证日期 is 毕业日期
# (七.4).
PROFILE = ExchangeProfile(
    (
        ExchangeField("KSH", "考生号", 18, "exam_or_student_no"),
        ExchangeField("XM", "姓名", 40, "name"),
        ExchangeField("XB", "性别", 2, "sex"),
        ExchangeField("CSRQ", "出生日期", 8, "birth"),
        ExchangeField("SFZH", "身份证号", 18, "id_no"),
        ExchangeField("YXDM", "院校代码", 5, "school_code"),
        ExchangeField("YXMC", "院校名称", 40, "school_name"),
        ExchangeField("ZYDM", "专业代码", 6, "major_code"),
        ExchangeField("ZYMC", "专业名称", 50, "major_name"),
        ExchangeField("XZ", "学制", 3, "years_or_semesters", allowed=YEARS),
        ExchangeField("XXXS", "学习形式", 10, "form"),
        ExchangeField("CC", "层次", 12, "level"),
        ExchangeField("RXRQ", "入学日期", 8, "entry_date"),
        ExchangeField("BYRQ", "毕业日期", 8, "issue_date"),
        ExchangeField("BJYJL", "毕结业结论", 10, "text", "毕业"),
        ExchangeField("ZSBH", "证书编号", 18, "number"),
        ExchangeField("XZM", "校长名", 40, "principal"),
        ExchangeField("BZ", "备注", 40, "text", required=False),
    )
)


# -- reading a profile -----------------------------------------------------------------------------------------


def _unknown(table: Any, known: Sequence[str], where: str) -> list[str]:
    if not isinstance(table, Mapping):
        return [f"{where} 应是一张表"]
    return [f"{where}{'.' if where else ''}{key}：不认识的键" for key in table if key not in known]


def _fields(rows: Any, problems: list[str]) -> tuple[ExchangeField, ...]:
    if not isinstance(rows, list):
        problems.append("fields 应是一列 [[fields]]")
        return ()
    known = ("name", "title", "width", "source", "text", "required", "allowed")
    made = []
    for row in rows:
        wrong = _unknown(row, known, "fields")
        wrong += [
            f"fields 的每一项都要有 {key}" for key in known[:4] if not wrong and key not in row
        ]
        if wrong:
            problems += wrong
            continue
        allowed = row.get("allowed", [])
        made.append(
            ExchangeField(
                str(row["name"]),
                str(row["title"]),
                row["width"],
                str(row["source"]),
                str(row.get("text", "")),
                bool(row.get("required", True)),
                tuple(map(str, allowed if isinstance(allowed, list) else [allowed])),
            )
        )
    return tuple(made)


def _wrong_fields(fields: Sequence[ExchangeField]) -> list[str]:
    found = []
    if not fields:
        found.append("fields 至少要有一项")
    for field in fields:
        if _FIELD_NAME.fullmatch(field.name) is None:
            found.append(
                f"字段名 {field.name!r} 应以大写字母开头，由不超过 10 个大写字母、数字组成"
            )
        if type(field.width) is not int or not 1 <= field.width <= MAX_WIDTH:
            found.append(f"{field.name}.width 应是 1–{MAX_WIDTH} 字节，现为 {field.width!r}")
        if field.source not in SOURCES:
            found.append(f"{field.name}.source 不认识 {field.source!r}，可用：{'、'.join(SOURCES)}")
    twice = [name for name, times in Counter(field.name for field in fields).items() if times > 1]
    return found + [f"字段 {name} 出现了不止一次" for name in twice]
