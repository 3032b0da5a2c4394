"""The sheets that come from the national registry and from headquarters' numbering."""

from __future__ import annotations

from graduand.rulebook.records import day_parsers as days
from graduand.rulebook.records.columns.column import (
    day_column,
    digits_column,
    document_no_column,
    person_column,
    student_no_column,
    text_column,
    there_column,
    word_column,
    yes_no_column,
)
from graduand.rulebook.records.sheets import SheetColumn, SheetSpec
from graduand.rulebook.terms import ChsiVerdict, Level, Sex, SheetKind

CHSI = SheetSpec(
    SheetKind.CHSI,
    ("student_no", "as_of"),
    (
        student_no_column(),
        person_column(),
        there_column("录取照片", "admission_photo"),
        there_column("学历照片", "credential_photo"),
        word_column("核验结果", "verdict", ChsiVerdict, required=True),
        day_column("数据日期", "as_of", required=True),
        word_column("性别", "sex", Sex),
        day_column("出生日期", "birth_date"),
        document_no_column("证件号", "id_number", "证件号码", "身份证号"),
        text_column("专业名称", "major_name", 100),
        word_column("层次", "level", Level),
    ),
    note="学信网下载的照片与核验状态",
)

NUMBERS = SheetSpec(
    SheetKind.NUMBERS,
    ("student_no",),
    (
        student_no_column(),
        digits_column("电子注册号", "registration_no", 18, required=True),
        digits_column("学位证书编号", "degree_no", 16),
        SheetColumn("毕业批次", "batch_code", days.batch, default="", form="6 位批次，如 202307"),
    ),
    note="总部返回的电子注册号",
)

REGISTERED = SheetSpec(
    SheetKind.REGISTERED,
    ("student_no",),
    (
        student_no_column(),
        person_column(),
        digits_column("证书编号", "registration_no", 18, required=True),
        day_column("毕业日期", "graduated_on", required=True),
        yes_no_column("可查询", "queryable", required=True),
        day_column("注册日期", "registered_on"),
    ),
    note="学历注册后的查询结果",
)
