"""`graduand doctor`: check this installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from graduand.management.console import OfficeCommand
from graduand.office.installation import checkup
from graduand.office.installation.checkup_line import CheckupLine
from graduand.rulebook.words import led_by


class Command(OfficeCommand):
    """Prints for each part ok or what is wrong; exit code 1 when anything is wrong."""

    help = "检查这套安装：数据库、目录、密钥、时钟、任务"
    needs_tables = False

    def work(self, options: dict[str, Any]) -> bool:
        lines = checkup.check()
        wrong = sum(line.wrong for line in lines)
        closing = "一切正常"
        if wrong:
            closing = f"{wrong} 处有问题"
        plain = {"ok": not wrong, "lines": [asdict(line) for line in lines]}
        self.result(plain, "\n".join([*map(_line, lines), closing]))
        return not wrong


def _line(line: CheckupLine) -> str:
    mark = "✗" if line.wrong else "✓"
    return f"{mark} {line.part}：{line.state}{led_by('。', line.advice)}"
