"""The sheets of results and of what a degree needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graduand.rulebook.records import cell_parsers as cells
from graduand.rulebook.records import day_parsers as days
from graduand.rulebook.records.columns.column import (
    MARK,
    TERM,
    code_column,
    day_column,
    document_no_column,
    student_no_column,
    text_column,
    word_column,
    yes_no_column,
)
from graduand.rulebook.records.sheets import Problem, SheetColumn, SheetSpec
from graduand.rulebook.terms import GradeWord, ObtainedBy, SheetKind


def _settle_result(values: dict[str, Any]) -> Sequence[Problem]:
    if values["obtained_by"] is None:
        values["obtained_by"] = ObtainedBy.EXAM
        if values["grade"] is GradeWord.EXEMPT:
            values["obtained_by"] = ObtainedBy.EXEMPTION
    return ()


RESULTS = SheetSpec(
    SheetKind.RESULTS,
    ("student_no", "course_code", "term", "sitting"),
    (
        student_no_column(),
        code_column("课程代码", "course_code"),
        SheetColumn("成绩", "grade", cells.mark_or_word("成绩"), required=True, form=MARK),
        word_column("取得方式", "obtained_by", ObtainedBy),
        SheetColumn("学期", "term", days.term, required=True, form=TERM),
        day_column("发布日期", "published_on", required=True),
        yes_no_column("复核通过", "reviewed"),
        SheetColumn(
            "考试次序",
            "sitting",
            cells.integer("考试次序", 1, 99),
            default=1,
            form="1–99 的整数；空表示 1",
        ),
        yes_no_column("作废", "voided", default=False),
    ),
    _settle_result,
    frozenset({"grade", "obtained_by"}),
    note="先导入学生，再导入成绩",
)

DEGREES = SheetSpec(
    SheetKind.DEGREES,
    ("student_no",),
    (
        student_no_column(),
        SheetColumn("论文成绩", "thesis_grade", cells.mark_or_word("论文成绩"), form=MARK),
        text_column("学位外语类别", "language_kind", 100),
        SheetColumn(
            "学位外语成绩",
            "language_score",
            cells.mark_or_word("学位外语成绩", 1000),
            form="0–1000 的数，或合格、不合格等",
        ),
        day_column("学位外语取得日期", "language_on"),
        day_column("证明有效期至", "language_valid_until"),
        document_no_column("证书号", "language_certificate_no"),
    ),
    note="申请学位的论文与外语成绩",
)
