"""Files that went wrong once, one of each kind: a set of data of its own beside the repository, and
what is right for each.

GRADUAND_INPUTS, or ../shared/inputs; where it is absent, its tests are skipped with the reason.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from graduand.models import PlanRow, Student, Unit
from graduand.rulebook.calendar import Term
from tests.machine import needs

INPUTS = Path(
    os.environ.get("GRADUAND_INPUTS") or Path(__file__).resolve().parents[3] / "shared" / "inputs"
)


@dataclass(frozen=True)
class Sent:
    """What an import of the file is to say: counts, and sentences that must stand among what is told."""

    kind: str = "students"
    by: str = "college"
    created: int = 0
    refused: int = 0
    warned: int = 0
    says: tuple[str, ...] = ()
    unreadable: bool = False


SEX = "第 2 行：性别「不知道」不认识；可填：男、女"
TEXTS = ("第 2 行：学号带有 {}，已去掉", "第 2 行：证件号带有 {}，已去掉")
SENT = {
    "f00-plain-one-bad-row.xlsx": Sent(refused=1, says=(SEX,)),
    "e05-empty-fill.xlsx": Sent(refused=1, says=(SEX,)),
    "e10b-strict-bad.xlsx": Sent(refused=1, says=(SEX,)),
    "e11-style-oob.xlsx": Sent(refused=1, says=(SEX,)),
    "b01-merged-range.xlsx": Sent(
        "chsi", "hq", refused=1, says=("有 1 处合并单元格，只有左上角那一格有内容",)
    ),
    "x31-backslash-parts.xlsx": Sent(created=1),
    "x32-utf16-customxml.xlsx": Sent(created=1),
    "x33-no-customxml.xlsx": Sent(created=1),
    "x20-total-row.xlsx": Sent(created=1, says=("第 3 行「合计 1人」是合计，没有读取",)),
    "c18-title-line.csv": Sent(
        created=1, says=("第 1 行「云岭学院学生信息表」在表头上面，没有读取",)
    ),
    "c20-open-quote.csv": Sent(
        unreadable=True,
        says=(
            "第 2 行有一个引号没有配对，它后面的行被并成了一格，无法分列；请在这一行补上或删去引号，或另存为 .xlsx 再上传",
        ),
    ),
    "c11-equals-quote.csv": Sent(
        created=1, warned=1, says=tuple(text.format('="…"') for text in TEXTS)
    ),
    "c12-apostrophe.csv": Sent(
        created=1, warned=1, says=tuple(text.format("开头的 '") for text in TEXTS)
    ),
    "n02-question-mark-name.xlsx": Sent(
        refused=2,
        says=(
            "第 2、3 行：姓名第 2 个字符是问号，原来的字已在转换编码时丢失，请按证件重新输入（U+003F）",
        ),
    ),
    "n03-digit-slash-star-name.xlsx": Sent(
        created=5,
        warned=5,
        says=tuple(
            f"第 {row} 行：姓名「{name}」的第 {place} 个字符「{char}」在姓名里少见；请与证件核对"
            for row, name, place, char in (
                (2, "张三1", 3, "1"),
                (3, "张三/李四", 3, "/"),
                (4, "阿卜杜拉*买买提", 5, "*"),
                (5, "阿卜杜拉—买买提", 5, "—"),
                (6, "张三，", 3, "，"),
            )
        ),
    ),
    "h10-numeric-2015.10.xlsx": Sent(
        "histories",
        "a",
        refused=1,
        says=(
            "第 2 行：年月「2015.1」是数字，分不清 1 月和 10 月；请把该列设为文本，写成 2015-10",
        ),
    ),
    "i01-fpr18-bad-check-and-birth.xlsx": Sent(
        created=2,
        warned=2,
        says=("第 2 行：证件号校验码不对，可能录错一位", "第 3 行：证件号中的出生日期不存在"),
    ),
    "i03-zwsp-after-date.xlsx": Sent(created=1),
    "i04-hk-permit-type.xlsx": Sent(created=1),
    "m08-x77E5.xlsx": Sent(created=1),
}

# What is on record of a student afterwards, where the right answer is about the value.
STORED = {
    "i01-fpr18-bad-check-and-birth.xlsx": [
        ("2118999000009", "id_problems", 2),
        ("2118999000010", "id_problems", 4),
    ],
    "i03-zwsp-after-date.xlsx": [("2118999000013", "birth", "1988-03-09")],
    "i04-hk-permit-type.xlsx": [
        ("2118999000014", "id_kind", "C"),
        ("2118999000014", "id_problems", 0),
    ],
    "m08-x77E5.xlsx": [("2117151001443", "name", "林知远")],
    "c12-apostrophe.csv": [("2117151000215", "name", "林知远")],
}


# Pictures: the verdict, and what is said of the lower part.
PICTURES = {
    "photos/p00-base.jpg": ("pass", ""),
    "photos/p31-grey-bottom.jpg": (
        "fail",
        "照片下部 42% 是一整块单色，像是没有传完或被遮盖，请重新提供完整的照片",
    ),
    "photos/p43-datestamp26.jpg": (
        "review",
        "照片下部像是印有日期或文字，请人工确认；有的请使用没有日期的原图",
    ),
}


def path_of(name: str) -> Path:
    """The file; the test is skipped where the set is absent."""
    path = INPUTS / name
    return path if path.is_file() else Path(needs.missing(f"the set of files {INPUTS}"))


def make_ready(college: Unit) -> None:
    """The unit, the plan and the student that the files speak of."""
    centre = Unit.objects.create(code="3101", name="云岭学习中心", kind="centre", parent=college)
    plan = PlanRow.objects.create(
        code="Z-XZGL",
        major_code="590206",
        major_name="行政管理",
        level="junior",
        min_total=1200,
        min_hq=0,
        min_semesters=5,
        max_years=8,
    )
    other = Unit.objects.filter(kind="centre").order_by("code").exclude(pk=centre.pk)[0]
    Student.objects.create(
        number="2117151001501",
        name="林知远",
        sex="2",
        birth="1990-05-14",
        nation="汉族",
        id_kind="A",
        id_no="E1234567",
        standing="enrolled",
        entry=Term.parse("2021春").ordinal,
        level="junior",
        centre=other,
        category="开放",
        plan=plan,
    )


def stored(name: str) -> list[tuple[str, str, object]]:
    """STORED, as it is on record."""
    return [
        (number, field, type(value)(_text(getattr(Student.objects.get(number=number), field))))
        for number, field, value in STORED.get(name, [])
    ]


def _text(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
