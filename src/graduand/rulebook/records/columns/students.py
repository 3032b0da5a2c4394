"""The sheets about a student's person: the record, the schooling, the student's own word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graduand.rulebook.records import cell_parsers as cells
from graduand.rulebook.records import day_parsers as days
from graduand.rulebook.records.code_tables import NATION_EXTRAS, NATIONS, POLITICS
from graduand.rulebook.records.columns.column import (
    TERM,
    code_column,
    day_column,
    document_no_column,
    person_column,
    phone_column,
    student_no_column,
    text_column,
    word_column,
    yes_no_column,
)
from graduand.rulebook.records.sheets import Problem, SheetColumn, SheetSpec
from graduand.rulebook.terms import ConfirmedBy, IdKind, Level, PriorCheck, Sex, SheetKind, Standing

LONG_TEXT = 2000
_NATIONS = (*(f"{nation}族" for nation in NATIONS), *NATION_EXTRAS)


def _settle_history(values: dict[str, Any]) -> Sequence[Problem]:
    # 至今 sorts after every month
    if values["end"] < values["start"]:
        return (Problem("止", f"止（{values['end']}）早于起（{values['start']}）"),)
    return ()


STUDENTS = SheetSpec(
    SheetKind.STUDENTS,
    ("student_no",),
    (
        student_no_column(),
        person_column(),
        word_column("性别", "sex", Sex, required=True),
        day_column("出生日期", "birth_date", required=True),
        SheetColumn(
            "民族",
            "nation",
            cells.nation,
            required=True,
            form="国家标准的民族名称，如 汉族",
            words=_NATIONS,
        ),
        word_column("证件类型", "id_kind", IdKind, required=True),
        document_no_column("证件号", "id_number", "证件号码", "身份证号", required=True),
        SheetColumn(
            "政治面貌",
            "politics",
            cells.politics,
            default="",
            form="国家标准的名称，如 群众",
            words=tuple(POLITICS),
        ),
        SheetColumn("入学年度学期", "entry_term", days.term, required=True, form=TERM),
        word_column("学籍状态", "standing", Standing, required=True),
        code_column("学习中心代码", "centre_code"),
        text_column("学生类别", "category", 40, required=True),
        word_column("学历层次", "level", Level, required=True),
        code_column("专业规则代码", "plan_code"),
        text_column("班级名称", "class_name", 100),
        code_column("班级代码", "class_code", required=False),
        phone_column("手机", "phone", "手机号", "手机号码"),
        SheetColumn("邮箱", "email", cells.email, default="", form="邮箱地址"),
        yes_no_column("续读本科", "goes_on", default=False),
        SheetColumn(
            "考生号",
            "exam_no",
            cells.exam_no,
            default="",
            aliases=("KSH",),
            raw=True,
            form="文本格式；没有考生号的留空，用学号代替；不能填身份证号",
        ),
        text_column("培养分部", "branch", 100),
    ),
    note="先有单位、专业规则，再导入学生",
)

PROFILES = SheetSpec(
    SheetKind.PROFILES,
    ("student_no",),
    (
        student_no_column(),
        day_column("报名日期", "enrolled_on"),
        text_column("前置学历层次", "prior_level", 40),
        text_column("前置毕业学校", "prior_school", 100),
        SheetColumn(
            "前置毕业时间",
            "prior_graduated",
            days.month_or_day,
            default="",
            form="年月或日期，如 2009-07",
        ),
        document_no_column("前置证书编号", "prior_certificate_no"),
        word_column("前置学历核验", "prior_check", PriorCheck),
        text_column("家庭住址", "home_address", 300),
        text_column("工作单位", "employer", 200),
        phone_column("单位电话", "employer_phone"),
        phone_column("家庭电话", "home_phone"),
        text_column("毕业实习单位及内容", "internship", LONG_TEXT),
        text_column("论文题目", "thesis_title", 300),
        text_column("奖惩", "awards", LONG_TEXT),
        text_column("职业", "occupation", 100),
        text_column("初审意见", "first_opinion", LONG_TEXT),
        day_column("初审日期", "first_opinion_on"),
        text_column("复审意见", "second_opinion", LONG_TEXT),
        day_column("复审日期", "second_opinion_on"),
        text_column("终审意见", "final_opinion", LONG_TEXT),
        day_column("终审日期", "final_opinion_on"),
    ),
    note="用于报名登记表和登记表",
)

HISTORIES = SheetSpec(
    SheetKind.HISTORIES,
    ("student_no", "start"),
    (
        student_no_column(),
        SheetColumn("起", "start", days.month, required=True, form="年月，如 2006-09"),
        SheetColumn(
            "止", "end", days.month_or_now, required=True, form="年月，如 2009-07；在读的填 至今"
        ),
        text_column("地点与学校", "place", 200, required=True),
    ),
    _settle_history,
    frozenset({"start", "end"}),
    note="自高中起的学习经历",
)

CONFIRMATIONS = SheetSpec(
    SheetKind.CONFIRMATIONS,
    ("student_no",),
    (
        student_no_column(),
        day_column("确认日期", "confirmed_on", required=True),
        word_column("确认方式", "method", ConfirmedBy, required=True),
    ),
    note="学生本人核对信息的记录",
)
