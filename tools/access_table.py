"""Prints who may open which page, from the rules that the views themselves carry."""

import os
import tempfile

import django


def _ready() -> None:
    """Django with a home of its own: the table needs the addresses, no data."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "graduand.settings")
    os.environ.setdefault("GRADUAND_HOME", tempfile.mkdtemp(prefix="graduand-"))
    django.setup()


_ready()

from graduand import urls  # noqa: E402  # after Django is ready
from graduand.pages.door.access import AccessRule, rule_of  # noqa: E402  # as above
from graduand.rulebook.journey import SIDE_STEPS, STEPS  # noqa: E402  # as above
from graduand.rulebook.judging import may_act  # noqa: E402  # as above
from graduand.rulebook.outgoing.privacy import FIELDS  # noqa: E402  # as above
from graduand.rulebook.people.account_terms import GUARDED, OFFICERS, Extent, Function  # noqa: E402  # as above
from graduand.rulebook.people.rights import (  # noqa: E402  # as above
    DESK_OF_ROLE,
    FUNCTIONS,
    MAY_IMPORT,
    Importable,
    extent_of,
    role_has,
)
from graduand.rulebook.steps import Step  # noqa: E402  # as above
from graduand.rulebook.terms import Role  # noqa: E402  # as above

YES, NO = "●", ""
HEAD = """# 谁能打开哪一页

每个页面自己声明谁能打开（`pages/door/access.py`），这张表由声明打印，`tests/security/test_access_matrix.py` 逐格验证：
没有 ● 的岗位得到「没有找到」，什么也不改变；有 ● 的岗位只见得到本单位的学生、账号和文件，别单位的同样是「没有找到」。
「再验证」的页面要求 10 分钟内验证过身份。工作人员在启用二次验证之前只能打开「我的账号」。

"""
VERBS_HEAD = """## 操作

出处是 `rulebook/journey.py`（岗位）和 `rulebook/people/rights.py`（角色），由
`tests/office/people/test_rights.py` 逐格验证。○ 是总部代办。
批量办理进行中，每一批次都重新核对办理人的权限。

"""
IMPORTS_HEAD = """## 导入

出处是 `rulebook/people/rights.py`：事实属于职能，由谁导入按职能规定；由
`tests/security/rights/test_import_rights.py` 逐格验证（页面和命令）。
新生只由学院或总部管理导入。未用 `--as` 指明人员的命令由系统账号代办，不受此表限制，
但记入审计记录（操作系统用户和主机），不算两人中的一人；总部岗位和系统管理、安全管理、审计不由账号表授予。

"""
FUNCTIONS_HEAD = """各角色的职能：

"""
FIELDS_HEAD = """## 字段

出处是 `rulebook/outgoing/privacy.py`。L3 在页面上掩码，选定用途后可看 60 秒，每次记录；L4 不在页面上显示，也不导出。

"""


def _opens(rule: AccessRule, role: Role) -> str:
    return (
        YES if rule.open_to != "named" or role in rule.who or DESK_OF_ROLE[role] in rule.who else NO
    )


def _row(address: str, rule: AccessRule | None) -> list[str]:
    if rule is None:
        return [f"`/{address}`", "**没有声明**", *(NO for _ in Role), NO, NO]
    how = {("GET", "HEAD"): "看", ("POST",): "办"}.get(rule.methods, "看、办")
    nobody = YES if rule.open_to == "anybody" else NO
    return [
        f"`/{address}`",
        how,
        *(_opens(rule, role) for role in Role),
        nobody,
        "是" if rule.fresh else NO,
    ]


def _does(role: Role, step: Step) -> str:
    owners = {owner for _, owner in step.origins}
    if not role_has(role, step.verb):
        return NO
    desk = DESK_OF_ROLE[role]
    if desk in owners:
        return YES
    return "○" if any(may_act(desk, owner) for owner in owners) else NO


def _brings(role: Role, kind: Importable) -> str:
    extent = extent_of(role, kind)
    if extent is None:
        return NO
    return YES if extent is Extent.WHOLE else extent.label


def _imports(table) -> str:  # type: ignore[no-untyped-def]  # the maker of Markdown tables
    """The matrix of sheets and roles, and the functions that it follows from."""
    able = [role for role in Role if FUNCTIONS.get(role)]
    rows = [
        [f"{kind.label} `{kind.value}`", *(_brings(role, kind) for role in able)]
        for kind in MAY_IMPORT
    ]
    functions = [
        [role.label, "、".join(one.label for one in Function if one in FUNCTIONS[role])]
        for role in able
    ]
    text = IMPORTS_HEAD + table("|".join(["数据", *(role.label for role in able)]), rows)
    return text + FUNCTIONS_HEAD + table("角色|职能", functions)


def access_table(table) -> str:  # type: ignore[no-untyped-def]  # the maker of Markdown tables
    """The matrix of addresses and roles, and that of fields."""
    rows = [_row(str(one.pattern), rule_of(one.callback)) for one in urls.urlpatterns]
    verbs = "、".join(
        f"{verb.label}（`{verb.value}`）" for verb in sorted(GUARDED, key=lambda verb: verb.value)
    )
    officers = "、".join(role.label for role in OFFICERS)
    headers = "|".join(["地址", "方式", *(role.label for role in Role), "未登录", "再验证"])
    text = HEAD + table(headers, sorted(rows)) + f"办理中须再验证身份的动词：{verbs}。\n\n"
    worked = [role for role in Role if any(_does(role, step) for step in STEPS.values())]
    verbs_of = [
        [f"{step.verb.label} `{step.verb.value}`", *(_does(role, step) for role in worked)]
        for step in (*STEPS.values(), *SIDE_STEPS.values())
    ]
    text += VERBS_HEAD + table("|".join(["操作", *(role.label for role in worked)]), verbs_of)
    text += _imports(table)
    text += (
        f"三员分离：{officers}互不兼任，也不兼任业务岗位（数据库约束 `grant_one_officer_role`）。\n\n"
        + FIELDS_HEAD
    )
    fields = [
        [
            field.label,
            field.level.value,
            "掩码" if field.masked else "原样",
            "、".join(role.label for role in Role if role in field.seers)
            if field.masked
            else "能看到该生的岗位",
        ]
        for field in FIELDS.values()
    ]
    return text + table("字段|分级|页面上|谁可看明文", fields)
