"""`graduand init`: make or upgrade the database, and the first two accounts of headquarters."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command

from graduand.management.console import OfficeCommand, UsageProblem
from graduand.models import User
from graduand.office.certificates.issuing import backfill
from graduand.office.installation import deployment, homes
from graduand.office.people import own_accounts
from graduand.office.refusal import Refused

# The sources of the passwords of the first two accounts, in the order of the accounts' names.
VARIABLES = ("GRADUAND_ADMIN_PASSWORD", "GRADUAND_ADMIN_PASSWORD_2")


class Command(OfficeCommand):
    """Safe to run again: existing tables and accounts stay."""

    help = "建库或升级数据库，建立最初的总部账号"
    needs_tables = False

    def arguments(self, parser: ArgumentParser) -> None:
        told = "最初的总部账号，至多写两次；密码取自 GRADUAND_ADMIN_PASSWORD（第二个取自 GRADUAND_ADMIN_PASSWORD_2）或现场输入"
        parser.add_argument("--admin", metavar="NAME", action="append", help=told)

    def work(self, options: dict[str, Any]) -> bool:
        deployment.check_home()
        call_command("migrate", interactive=False, verbosity=0)
        homes.bind()
        deployment.follow_clock(settings.GRADUAND_NOW)
        self._fill()
        made = self._accounts(list(dict.fromkeys(options["admin"] or ())))
        people = own_accounts.headquarters_accounts()
        if people == 0:
            self.say("还没有总部账号，请运行 graduand init --admin 账号名")
        elif people == 1:
            self.say("提示：作废、申诉重审等须双人办理，还需要第二个总部账号")
        line = f"数据库已就绪，总部账号 {people} 个" + "".join(f"，新建「{name}」" for name in made)
        self.result({"database": "ready", "admin": made, "accounts": people}, line)
        return True

    def _accounts(self, names: list[str]) -> list[str]:
        """Make the first two accounts of an installation, all of `names` or none; returns the new
        ones. Further accounts are made in the pages.
        """
        known = set(User.objects.filter(username__in=names).values_list("username", flat=True))
        fresh = [name for name in names if name not in known]
        for name in known:
            self.say(f"账号「{name}」已经存在，未改动")
        there = own_accounts.headquarters_accounts()
        if fresh and there + len(fresh) > own_accounts.FIRST_ACCOUNTS:
            many = f"现有 {there} 个，这次要建 {len(fresh)} 个"
            raise Refused(
                f"init 只建立最初两个总部账号，{many}；其余账号请登录网页，在「人员与岗位」中建立"
            )
        own_accounts.first_accounts(self._passwords(fresh))
        return fresh

    def _fill(self) -> None:
        """Complete certificates of which an earlier program stored too little."""
        filled = backfill.fill()
        if filled.contents or filled.degrees:
            self.say(f"已补录 {filled.contents} 份证书的内容、{filled.degrees} 份学位证书")
        if filled.archives or filled.labels:
            self.say(f"已补录 {filled.archives} 份档案材料的内容、{filled.labels} 个包裹的收寄信息")
        if filled.editions:
            self.say(
                f"已补录 {filled.editions} 份证书编号时的专业规则和批次规定（专业规则按现有的）"
            )
        if filled.grants:
            self.say(f"已补录 {filled.grants} 人授予学位时的专业规则和批次规定（专业规则按现有的）")
        if filled.left:
            self.say(
                f"还有 {filled.left} 份证书不能补录内容：政策没有写明发证日期在任的院（校）长，请补上 principals 后再运行"
            )

    def _passwords(self, names: list[str]) -> dict[str, str]:
        """A password for each account, since the two people must not know each other's."""
        return {
            name: self._password(name, variable)
            for name, variable in zip(names, VARIABLES, strict=False)
        }

    def _password(self, name: str, variable: str) -> str:
        given = os.environ.get(variable, "")
        if given:
            return given
        if not sys.stdin.isatty():
            raise UsageProblem(
                f"请用环境变量 {variable} 给出「{name}」的密码，或在终端里运行，由本人输入"
            )
        first = getpass.getpass(f"「{name}」的密码：")
        if first != getpass.getpass("再输一遍："):
            raise UsageProblem("两次输入的密码不一样")
        return first
