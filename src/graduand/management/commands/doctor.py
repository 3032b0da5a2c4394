"""`graduand doctor`: look this installation over."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from graduand.management.console import OfficeCommand
from graduand.office.installation import checkup


class Command(OfficeCommand):
    """Each part with ok or what is wrong; exit code 1 when anything is."""

    help = "检查这套安装：数据库、目录、密钥、时钟、任务"
    needs_tables = False

    def work(self, options: dict[str, Any]) -> bool:
        lines = checkup.check()
        wrong = sum(line.wrong for line in lines)
        text = "\n".join(
            f"{'✗' if line.wrong else '✓'} {line.part}：{line.state}"
            + (f"。{line.advice}" if line.advice else "")
            for line in lines
        )
        closing = f"{wrong} 处有问题" if wrong else "一切正常"
        self.result(
            {"ok": not wrong, "lines": [asdict(line) for line in lines]}, f"{text}\n{closing}"
        )
        return not wrong
