"""毕业生登记表 and 报名登记表: one person's data for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from graduand.rulebook.calendar import parse_date
from graduand.rulebook.canon import BadText
from graduand.rulebook.certificates.paper_words import (
    day_text,
    entry_text,
    id_text,
    known_day,
    month_text,
)
from graduand.rulebook.filing.registration_form import (
    NOTHING,
    RegistrationForm,
    SchoolingLine,
    ordered_history,
    paper_category,
    paper_level,
    printed_fields,
)
from graduand.rulebook.papers.archive_content import Archive, Opinion
from graduand.rulebook.papers.paper_facts import Graduand

# 填表说明 of annex 1, word for word; its example of a 证件 is in note 3.
NOTES = (
    "毕业生须如实填写本表，填写时一律用钢笔或签字笔，字迹清楚。",
    "表内所列项目，须全部填写，不留空白；标有“*”的栏目，若无内容，填写“无”。",
    "无身份证号的军人、外籍学生在“证件号”一栏填写军官证、士兵证、护照等有效证件名称及号码。",
    "“学生类别”指开放教育本科、专科、一村一名大学生、助力计划等。",
    "“学历层次”指专科、专科起点本科等。",
    "“主要学习经历”自高中（或相当于高中）阶段依时间顺序填写。",
    "“分部”指省、自治区、直辖市、计划单列市、独立设置的省校及国开实验学院、八一学院、总参学院、空军学院、西藏学院、"
    "残疾人教育学院及各个行业学院。",
    "“学习中心”指分部直属教学点、地市级分校直属教学点、县级教学点、合作办学单位教学点。",
    "本表放入学生档案，长期保留。",
)
OPINION = "成绩合格　准予毕业"
HEAD_OFFICE = "国开总部"
OPINIONS = ("初审", "复审", "终审")


def form_of(person: Graduand, issued: date) -> RegistrationForm:
    """The form's content by the labels of annex 1; the day of graduation is the batch's (七.4)."""
    archive = person.archive
    profile = person.archive.profile
    fields = {
        **_identity(person),
        "学生类别": paper_category(archive.category, person.level),
        "毕业时间": month_text(issued),
        "电子注册号": person.number,
        "工作单位": profile.employer,
        "单位电话": profile.work_phone,
        "手机": archive.mobile,
        "家庭电话": profile.home_phone,
        "E-mail": archive.email,
        "毕业实习单位及主要内容": profile.internship,
        "毕业论文及毕业设计题目": profile.thesis_title,
        "在校期间受过何种奖励和处分": profile.awards,
    }
    return RegistrationForm(person.level, fields, archive.history)


def registration_form(person: Graduand, issued: date) -> dict[str, Any]:
    """The data that the template prints for one person."""
    fields = printed_fields(form_of(person, issued)) | {"毕业日期": day_text(issued)}
    archive = person.archive
    return {
        "fields": fields,
        "history": _lines(archive.history),
        "photo": person.photo,
        "least": str(archive.least),
    }


def _told(archive: Archive) -> dict[str, str]:
    """What the student stated at enrolment; each value may be empty."""
    profile = archive.profile
    return {
        "报名日期": known_day(profile.enrolled_on),
        "职业": profile.occupation,
        "工作单位": profile.employer,
        "单位电话": profile.work_phone,
        "家庭电话": profile.home_phone,
        "手机": archive.mobile,
        "E-mail": archive.email,
        "家庭住址": profile.home_address,
        "前置学历层次": profile.prior_level,
        "前置毕业学校": profile.prior_school,
        "前置毕业时间": profile.prior_graduated,
        "前置证书编号": profile.prior_certificate,
        "前置学历核验": profile.prior_check,
    }


def enrolment_form(person: Graduand, issued: date) -> dict[str, Any]:
    """The data that the template prints for one person; 归档日期 is the day of graduation (五.2)."""
    archive = person.archive
    fields = {
        **_identity(person),
        "学生类别": paper_category(archive.category, person.level),
        "学习中心": person.centre.name,
        **{what: text.strip() or NOTHING for what, text in _told(archive).items()},
        "毕业日期": day_text(issued),
    }
    opinions = {name: _opinion(archive.profile.opinions.get(name, Opinion())) for name in OPINIONS}
    return {
        "fields": fields,
        "history": _lines(archive.history),
        "photo": archive.admission_photo,
        "opinions": opinions,
    }


def _identity(person: Graduand) -> dict[str, str]:
    return {
        "姓名": person.name,
        "学号": person.student_no,
        "出生日期": day_text(person.birth),
        "性别": person.sex.label,
        "民族": person.archive.nation,
        "证件类型": person.id_kind.label,
        "证件号": id_text(person.id_kind, person.id_no),
        "政治面貌": person.archive.politics,
        "学历层次": paper_level(person.level),
        "学习专业": person.major_name,
        "入学时间": entry_text(person.entry),
    }


def _lines(history: Sequence[SchoolingLine]) -> list[list[str]]:
    return [[_months(period), period.place] for period in ordered_history(history)]


def _months(line: SchoolingLine) -> str:
    if line.until is None:
        return f"{month_text(line.since)}至今"
    return f"{month_text(line.since)}至{month_text(line.until)}"


def _opinion(opinion: Opinion) -> dict[str, str]:
    day = None
    with suppress(BadText):
        if opinion.on:
            day = parse_date(opinion.on)
    return {"text": opinion.text, "on": day_text(day)}
