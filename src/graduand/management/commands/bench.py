"""`graduand bench`: the figures in the README, re-measured on this machine."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from graduand.benchmarks import audit, exports, imports, lists, moves, papers, photos, serve
from graduand.benchmarks.measuring.timing import NotDone
from graduand.management.console import REFUSED

MEASURES = {
    "audit": (audit.measure, (10_000, 100_000)),
    "exports": (exports.measure, (10_000,)),
    "import": (imports.measure, (5_000,)),
    "lists": (lists.measure, (200_000,)),
    "moves": (moves.measure, (50_000,)),
    "papers": (papers.measure, (500,)),
    "photos": (photos.measure, (1_000,)),
    "serve": (serve.measure, (5_000,)),
}


class Command(BaseCommand):
    """Each figure and its floor are measured in the same run.

    Work that was not done gives no figure, and exit code 1.
    """

    help = "重新测量 README 中的性能数字（使用单独的临时数据库）"
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=sorted(MEASURES), help="测什么")
        parser.add_argument("--students", type=_people, nargs="+", help="人数，可写多个")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        measure, sizes = MEASURES[options["what"]]
        for size in options["students"] or sizes:
            figures = self._measured(measure, size)
            if options["json"]:
                print(json.dumps(figures, ensure_ascii=False))
                continue
            for name, value in figures.items():
                if isinstance(value, list):
                    _table(value)
                elif isinstance(value, int | float):
                    print(f"{name:32} {value:,}")
                else:
                    print(f"{name:32} {value}")
            print()

    @staticmethod
    def _measured(
        measure: Callable[[int, Callable[[str], None]], dict[str, Any]], size: int
    ) -> dict[str, Any]:
        try:
            return measure(
                size, lambda text: print(f"\r{text}", end="", file=sys.stderr, flush=True)
            )
        except NotDone as problem:
            print(f"\n{problem}", file=sys.stderr)
            sys.exit(REFUSED)
        finally:
            print(file=sys.stderr)


def _people(text: str) -> int:
    """The number of people: at least one, since there has to be something to measure."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("人数须为 1 或更多")
    return int(text)


def _table(rows: list[dict[str, Any]]) -> None:
    """The figures as a table under their names."""
    print("  ".join(f"{name:>12}" for name in rows[0]))
    for row in rows:
        print("  ".join(f"{value:>12}" for value in row.values()))
