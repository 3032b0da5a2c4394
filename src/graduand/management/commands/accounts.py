"""`graduand accounts activate|disable|enable USER…`: one-time codes for people who cannot sign in
yet.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from graduand.management.console import OfficeCommand, UsageProblem, asked_target, the_unit
from graduand.models import Unit
from graduand.office.outgoing import list_exports
from graduand.office.people import account_codes, own_accounts
from graduand.rulebook.calendar import OFFICE_ZONE
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.terms import Desk

HEADERS = ("账号", "姓名", "单位", "激活码", "有效期至")
LEAVING = list_exports.ListExport(
    Leaves.ACCOUNT_CODES, "激活码", (), (), HEADERS, (18, 14, 24, 36, 18)
)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}"


class Command(OfficeCommand):
    """Codes are printed to stdout or into a workbook, once: only their hashes are stored."""

    help = "发放激活码，停用或恢复账号"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "deed",
            metavar="DEED",
            choices=("activate", "disable", "enable"),
            help="activate、disable、enable",
        )
        parser.add_argument("users", metavar="USER", nargs="*", help="账号")
        parser.add_argument(
            "--new", action="store_true", help="activate：所有还没有密码的账号（如刚导入的）"
        )
        parser.add_argument(
            "--unit", metavar="CODE", help="与 --new 同用：只要这个单位及其下属单位的账号"
        )
        parser.add_argument(
            "--out", metavar="OUT.xlsx", help="激活码写到这个工作簿；请线下分发，用后删除"
        )

    def work(self, options: dict[str, Any]) -> bool:
        if options["deed"] != "activate":
            return self._set_active(options["users"], active=options["deed"] == "enable")
        if bool(options["users"]) == options["new"]:
            raise UsageProblem("请写出账号，或用 --new 表示所有还没有密码的账号")
        target = asked_target(options["out"])
        unit = the_unit(options["unit"])
        # Before any code is made, which a failure would lose
        by = own_accounts.system_actor(Desk.HQ)
        made = _codes(unit, options)
        summary = f"激活码 {len(made)} 个，7 天内有效，各用一次"
        if target is None:
            self._show(made, summary)
            return True
        rows = [
            (code.username, code.name, code.unit, code.text, _stamp(code.until)) for code in made
        ]
        list_exports.deliver(by, LEAVING, rows, target)
        plain = {"made": len(made), "file": str(target), "codes": []}
        self.result(plain, f"{summary}，见 {target}")
        return True

    def _show(self, made: list[account_codes.Code], summary: str) -> None:
        """Print the codes on stdout."""
        codes = [{"account": code.username, "code": code.text} for code in made]
        lines = [f"{code.username}  {code.name}  {code.text}" for code in made]
        plain = {"made": len(made), "file": "", "codes": codes}
        self.result(plain, "\n".join([*lines, summary]))

    def _set_active(self, users: list[str], *, active: bool) -> bool:
        if not users:
            raise UsageProblem("请写出账号")
        changed = account_codes.set_active(users, active=active)
        done = f"停用账号 {changed} 个，登录中的设备已退出"
        if active:
            done = f"恢复账号 {changed} 个"
        self.result({"changed": changed}, done)
        return True


def _codes(unit: Unit | None, options: dict[str, Any]) -> list[account_codes.Code]:
    """Make codes for the accounts without a password, or for the accounts that are named."""
    if options["new"]:
        return account_codes.for_new(unit)
    return account_codes.for_named(options["users"])
