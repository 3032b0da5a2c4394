"""The sheets of units and of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graduand.rulebook.records import cell_parsers as cells
from graduand.rulebook.records.columns.column import (
    code_column,
    day_column,
    person_column,
    phone_column,
    student_no_column,
    text_column,
    word_column,
)
from graduand.rulebook.records.sheets import Problem, SheetColumn, SheetSpec
from graduand.rulebook.terms import Role, SheetKind, UnitKind


def _settle_unit(values: dict[str, Any]) -> Sequence[Problem]:
    if values["kind"] is UnitKind.HQ and values["parent_code"]:
        return (Problem("上级单位代码", "总部没有上级单位；请清空这一格"),)
    if values["kind"] is not UnitKind.HQ and not values["parent_code"]:
        return (Problem("上级单位代码", f"{values['kind'].label}必须填写上级单位代码"),)
    if values["code"] == values["parent_code"]:
        return (Problem("上级单位代码", "上级单位不能是单位自己"),)
    return ()


def _settle_user(values: dict[str, Any]) -> Sequence[Problem]:
    problems = []
    is_student = values["role"] is Role.STUDENT
    if is_student and not values["student_no"]:
        problems.append(Problem("学号", "角色是学生时必须填写学号"))
    if not is_student and values["student_no"]:
        problems.append(Problem("学号", "只有角色是学生的账号才填学号；请清空这一格"))
    if values["classes"] and values["role"] is not Role.CLASS_TEACHER:
        problems.append(Problem("班级代码", "只有角色是班主任的账号才填班级代码；请清空这一格"))
    if values["starts"] and values["ends"] and values["ends"] < values["starts"]:
        problems.append(Problem("止", f"止（{values['ends']}）早于起（{values['starts']}）"))
    return problems


UNITS = SheetSpec(
    SheetKind.UNITS,
    ("code",),
    (
        code_column("单位代码", "code"),
        text_column("单位名称", "name", 100, required=True),
        word_column("单位类型", "kind", UnitKind, required=True),
        code_column("上级单位代码", "parent_code", required=False),
        text_column("联系人", "contact", 100),
        phone_column("联系电话", "phone"),
        text_column("邮寄地址", "address", 300),
    ),
    _settle_unit,
    frozenset({"code", "kind", "parent_code"}),
    note="总部、学院、学习中心",
)

USERS = SheetSpec(
    SheetKind.USERS,
    ("username",),
    (
        SheetColumn(
            "账号",
            "username",
            cells.account_name,
            required=True,
            form="登录用的账号，不超过 64 个字符",
        ),
        person_column(),
        code_column("单位代码", "unit_code"),
        word_column("角色", "role", Role, required=True),
        day_column("起", "starts"),
        day_column("止", "ends"),
        SheetColumn("邮箱", "email", cells.email, default="", form="邮箱地址"),
        student_no_column(required=False),
        SheetColumn(
            "班级代码",
            "classes",
            cells.codes("班级代码"),
            default="",
            form="只用于班主任；几个班用「、」隔开，空表示本中心全部班级",
        ),
    ),
    _settle_user,
    frozenset({"role", "student_no", "starts", "ends", "classes"}),
    note="总部和管理岗位另须两人办理",
)
