"""The console entry `graduand`: our verbs, a sentence for a traceback, exit codes 0, 1, 2."""

from __future__ import annotations

import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility, get_commands
from django.core.management.base import CommandError
from django.db import Error, connection

from graduand.environment import INTERRUPTED, BadEnvironment, keep_temporary_files
from graduand.faults import fault_in_text

OK = 0
REFUSED = 1
MISUSED = 2


def main() -> int:
    """Run `sys.argv`; returns 0 (all done), 1 (something was refused) or 2 (called wrongly)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "graduand.settings")
    os.umask(0o077)  # files that a command writes hold personal data
    argv = sys.argv[:]
    try:
        return _run(argv)
    except (ImproperlyConfigured, BadEnvironment) as problem:
        return _complain(f"设置有误：{problem}")
    except CommandError as problem:
        return _complain(str(problem), problem.returncode)
    except KeyboardInterrupt:
        return _complain("已中断；已提交的部分保留，再运行一次即可接着做完。", INTERRUPTED)
    # the driver's own error comes where a cursor is closed on a connection that broke
    except (Error, connection.Database.Error) as problem:
        return _complain(_database_sentence(str(problem).strip() or type(problem).__name__))


def _database_sentence(message: str) -> str:
    """What the database says, and what fits it."""
    todo = "请运行 graduand doctor 检查。"
    if fault := fault_in_text(message, settings.GRADUAND_HOME):
        todo = fault.operator
    return f"数据库无法使用（{message.splitlines()[0]}）。{todo}"


def _run(argv: list[str]) -> int:
    """Dispatch to a command; an unknown verb is a wrong call, not a refusal."""
    django.setup()  # only after this does Django know our commands
    keep_temporary_files(settings.GRADUAND_HOME)
    verb = next(iter(argv[1:]), "help")
    if verb in {"help", "-h", "--help"} and len(argv) <= 2:
        sys.stdout.write(overview())
        return OK
    if verb not in {"help", "--version"} and verb not in get_commands():
        return _complain(f"没有「{verb}」这个命令。运行 graduand help 查看全部命令。")
    try:
        ManagementUtility(argv).execute()
    except SystemExit as stop:
        if stop.code is None:
            return OK
        if isinstance(stop.code, int):
            return stop.code
        return REFUSED
    return OK


def overview() -> str:
    """The verbs of this program (not Django's own), one per line with its Chinese help."""
    utility = ManagementUtility(["graduand"])
    ours = sorted(name for name, app in get_commands().items() if app == "graduand")
    lines = [f"  {name:<10} {utility.fetch_command(name).help.splitlines()[0]}" for name in ours]
    closing = "graduand 命令 --help 查看该命令的参数。"
    return "\n".join(["用法：graduand 命令 [参数]", "", *lines, "", closing, ""])


def _complain(sentence: str, code: int = MISUSED) -> int:
    """Write `sentence` to stderr and return `code`."""
    sys.stderr.write(sentence + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
