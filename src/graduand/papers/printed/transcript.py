"""成绩单: one person's data for the template, and its rows alone, which are stored with the number."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.calendar import Term
from graduand.rulebook.certificates.paper_words import day_text, entry_text, month_text
from graduand.rulebook.filing.registration_form import paper_level
from graduand.rulebook.papers.paper_facts import Graduand
from graduand.rulebook.papers.transcript import CountedResult, CourseLine, Transcript, mark_text

FORM_OF_STUDY = "开放教育"


def transcript_paper(person: Graduand, issued: date) -> dict[str, Any]:
    """The data that the template prints for one person; the paper's day is the day of graduation
    (五.2).
    """
    fields = {
        "姓名": person.name,
        "学号": person.student_no,
        "性别": person.sex.label,
        "学习专业": person.major_name,
        "学历层次": paper_level(person.level),
        "学习形式": FORM_OF_STUDY,
        "学习中心": person.centre.name,
        "入学时间": entry_text(person.entry),
        "毕业时间": month_text(issued),
        "毕业日期": day_text(issued),
    }
    return {"fields": fields, **person.archive.marks}


def marks_of(earned: Transcript) -> dict[str, Any]:
    """The rows and the sums, as texts."""
    modules = [
        {
            "name": module.name,
            "need": credits_text(module.need),
            "has": credits_text(module.has),
            "courses": [_course(line) for line in module.courses],
        }
        for module in earned.modules
    ]
    return {
        "modules": modules,
        "outside": [_outside(result) for result in earned.outside],
        "total": {"has": credits_text(earned.total), "need": credits_text(earned.total_need)},
        "hq": {"has": credits_text(earned.hq), "need": credits_text(earned.hq_need)},
        "count": str(earned.count),
    }


def _course(line: CourseLine) -> dict[str, str]:
    course = line.course
    # 综合实践 passes only with 复核: a good mark without it earns no credits, and the paper says
    # why.
    note = ""
    if course.practice and line.result.passes and not line.passed:
        note = "未复核"
    if line.exempted:
        note = "免修免考"
    return {
        "code": course.code,
        "name": course.name,
        "nature": "综合实践" if course.practice else course.nature.label,
        "hq": "是" if course.hq_exam else "",
        "credits": credits_text(line.earned),
        "mark": mark_text(line.result.mark),
        "term": _term(line.result.term),
        "note": note,
    }


@lru_cache(256)
def _term(ordinal: int) -> str:
    return str(Term.from_ordinal(ordinal))


def _outside(result: CountedResult) -> dict[str, str]:
    return {
        "code": result.course,
        "name": "",
        "nature": "",
        "hq": "",
        "credits": "0",
        "mark": mark_text(result.mark),
        "term": _term(result.term),
        "note": "不计入",
    }
