"""The sheets of plans, their modules and their courses."""

from __future__ import annotations

from graduand.rulebook.records import cell_parsers as cells
from graduand.rulebook.records.columns.column import (
    code_column,
    credits_column,
    text_column,
    word_column,
    yes_no_column,
)
from graduand.rulebook.records.sheets import SheetColumn, SheetSpec
from graduand.rulebook.terms import CourseNature, Level, SheetKind

PLANS = SheetSpec(
    SheetKind.PLANS,
    ("code",),
    (
        code_column("专业规则代码", "code"),
        code_column("专业代码", "major_code"),
        text_column("专业名称", "major_name", 100, required=True),
        word_column("学历层次", "level", Level, required=True),
        credits_column("最低总学分", "min_credits"),
        credits_column("最低总部考试学分", "min_hq_credits"),
        SheetColumn(
            "最短学期数",
            "min_semesters",
            cells.integer("最短学期数", 0, 40),
            required=True,
            form="0–40 的整数",
        ),
        SheetColumn(
            "最长年限",
            "max_years",
            cells.integer("最长年限", 1, 40),
            required=True,
            form="1–40 的整数（年）",
        ),
        SheetColumn(
            "免修免考比例上限",
            "exemption_cap",
            cells.share("免修免考比例上限"),
            form="0–1 的数或百分比，如 0.4；空表示不限",
        ),
        text_column("学制", "schooling", 20),
        text_column("授予学位", "degree_name", 100),
        text_column("学位门类", "degree_field", 100),
    ),
    note="各专业的毕业要求",
)

MODULES = SheetSpec(
    SheetKind.MODULES,
    ("plan_code", "name"),
    (
        code_column("专业规则代码", "plan_code"),
        text_column("模块名称", "name", 100, required=True),
        credits_column("最低学分", "min_credits"),
    ),
    note="先导入专业规则，再导入模块",
)

COURSES = SheetSpec(
    SheetKind.COURSES,
    ("plan_code", "code"),
    (
        code_column("专业规则代码", "plan_code"),
        code_column("课程代码", "code"),
        text_column("课程名称", "name", 100, required=True),
        credits_column("学分", "credits"),
        text_column("模块名称", "module", 100, required=True),
        word_column("课程性质", "nature", CourseNature, required=True),
        yes_no_column("总部考试", "hq_exam", required=True),
        yes_no_column("综合实践", "practice", required=True),
        yes_no_column("必须通过", "must_pass", required=True),
        yes_no_column("学位课", "degree_course", default=False),
        yes_no_column("毕业论文", "thesis", default=False),
    ),
    note="先导入模块，再导入课程",
)
