"""`graduand demo`: an invented season to look at and to try things on."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from graduand.demo import season
from graduand.management.console import OfficeCommand, UsageProblem


class Command(OfficeCommand):
    """Refuses a database that holds real data."""

    help = "生成一个虚构的毕业季（先清除旧的演示数据）"
    judges = True
    needs_tables = False

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--students", type=int, default=600, metavar="N", help=f"人数，不少于 {season.LEAST}"
        )
        parser.add_argument(
            "--brief", action="store_true", help="不列出账号（随后启动网页时会列出）"
        )

    def work(self, options: dict[str, Any]) -> bool:
        if options["students"] < season.LEAST:
            raise UsageProblem(f"--students 不能少于 {season.LEAST}：各种情形至少各有一人")
        made = season.make(options["students"], self._tell())
        stages = "，".join(f"{label} {n}" for label, n in made.stages.items())
        line = f"虚构的毕业季已生成：学生 {made.students} 人（{stages}）"
        table = "" if options["brief"] else f"{season.table(list(made.accounts))}\n\n"
        self.result(asdict(made), f"{table}{line}")
        return True

    def _tell(self) -> Any:
        """Show progress in one line of a terminal; elsewhere print nothing."""
        if not sys.stderr.isatty():
            return lambda _text: None
        return lambda text: print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
