"""`graduand init`: make or upgrade the database, and the first account of headquarters."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command

from graduand.management.console import Misused, OfficeCommand, Refused
from graduand.models import User
from graduand.office import accounts, deployment
from graduand.office.issuing import backfill


class Command(OfficeCommand):
    """Safe to run again: what is there stays."""

    help = "建库或升级数据库，建立第一个总部账号"
    needs_tables = False

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", metavar="NAME", help="第一个总部账号；密码取自 GRADUAND_ADMIN_PASSWORD 或现场输入")

    def work(self, options: dict[str, Any]) -> bool:
        call_command("migrate", interactive=False, verbosity=0)
        deployment.follow_clock(settings.GRADUAND_NOW)
        self._fill()
        name, made = options["admin"], False
        if name and User.objects.filter(username=name).exists():
            self.say(f"账号「{name}」已经存在，未改动")
        elif name:
            try:
                accounts.first_account(name, self._password())
            except accounts.AccountRefused as problem:
                raise Refused(str(problem)) from problem
            made = True
        people = accounts.headquarters_accounts()
        if people == 0:
            self.say("还没有总部账号，请运行 graduand init --admin 账号名")
        elif people == 1:
            self.say("提示：作废、申诉重审等须双人办理，还需要第二个总部账号")
        line = f"数据库已就绪，总部账号 {people} 个" + (f"，新建「{name}」" if made else "")
        self.result({"database": "ready", "admin": name if made else "", "accounts": people}, line)
        return True

    def _fill(self) -> None:
        """What an earlier program did not keep of its certificates."""
        filled = backfill.fill()
        if filled.contents or filled.degrees:
            self.say(f"已补录 {filled.contents} 份证书的内容、{filled.degrees} 份学位证书")
        if filled.left:
            self.say(f"还有 {filled.left} 份证书不能补录内容：政策没有写明发证日期在任的院（校）长，请补上 principals 后再运行")

    def _password(self) -> str:
        given = os.environ.get("GRADUAND_ADMIN_PASSWORD", "")
        if given:
            return given
        if not sys.stdin.isatty():
            raise Misused("请用环境变量 GRADUAND_ADMIN_PASSWORD 给出密码，或在终端里运行")
        first = getpass.getpass("密码：")
        if first != getpass.getpass("再输一遍："):
            raise Misused("两次输入的密码不一样")
        return first
