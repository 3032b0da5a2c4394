"""`graduand papers BATCH --kind 登记表 --out DIR`: the papers of the season as PDF."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    asked_numbers,
    the_actor,
    the_batch,
    the_round,
    the_unit,
    writing_into,
)
from graduand.office.papers import printing
from graduand.office.papers.print_tally import STOPPED, PrintTally
from graduand.office.people import own_accounts
from graduand.rulebook.terms import Desk, PaperKind

# How many refused people the command names before it points to the workbook.
SHOWN = 5
NOBODY = "在您的管理和所选的范围内没有准予毕业的学生"
NOTHING_AMENDED = "没有更正后等待重新打印的证书"


class Command(OfficeCommand):
    """Exit code 1 when somebody's paper could not be printed.

    DIR/snags-<kind>-<batch>.xlsx says whose, why, and what to do. Where the run was limited (to a
    centre, a round), the name of the workbook says that too.
    """

    help = "打印材料（PDF）：登记表、成绩单、报名登记表、毕业证书、花名册、装箱单、签领表"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--kind", required=True, help=PaperKind.labels())
        parser.add_argument(
            "--out", metavar="DIR", required=True, help="写到这个目录下以种类命名的文件夹"
        )
        parser.add_argument("--merge", action="store_true", help="每个学习中心合成一个文件")
        parser.add_argument("--centre", metavar="CODE", help="只打印这个单位（单位代码）的学生")
        parser.add_argument("--round", help="只打印这一轮")
        parser.add_argument(
            "--students", metavar="FILE", help="只打印这些学生：文本文件，一行一个学号"
        )
        parser.add_argument(
            "--amended", action="store_true", help="只打印更正后待重新打印的（毕业证书）"
        )
        parser.add_argument(
            "--as", dest="actor", metavar="USER", help="以这个账号打印（只打印其可见的学生）"
        )

    def work(self, options: dict[str, Any]) -> bool:
        batch = the_batch(options["batch"])
        kind = _kind(options["kind"])
        out = Path(options["out"])
        if options["amended"] and kind is not PaperKind.CERTIFICATE:
            raise UsageProblem("--amended 只用于毕业证书")
        actor = the_actor(options["actor"]) or own_accounts.system_actor(Desk.HQ)
        self.note(actor.user_id, "papers", batch.code, kind.label)
        with self.watching(f"打印{kind.label}") as watch, writing_into(out):
            tally = printing.print_papers(
                batch,
                kind,
                out,
                actor,
                merge=options["merge"],
                centre=the_unit(options["centre"]),
                round_name=the_round(batch, options["round"]),
                amended=options["amended"],
                students=asked_numbers(options["students"]),
                progress=watch,
            )
        self._report(tally, _where(tally, amended=options["amended"]))
        return not tally.refused

    def _report(self, tally: PrintTally, where: str) -> None:
        for note in tally.notes:
            self.say(note)
        stopped = (row for row in tally.snags if row[4] == STOPPED)
        for who, name, _, _, _, reason, *_ in islice(stopped, SHOWN):
            self.say(f"{who} {name}：{reason}")
        if tally.file:
            self.say(
                f"不能打印 {tally.refused} 人，提醒 {tally.warned} 人，名单和原因见 {tally.file}"
            )
        line = (
            f"批次 {tally.batch} {tally.kind.label}：{tally.people} 人，写出 {tally.written} 个文件，"
            f"未变 {tally.unchanged} 个，不能打印 {tally.refused} 人，提醒 {tally.warned} 人"
        )
        self.result(tally.as_dict(), f"{line}；{where}")


def _where(tally: PrintTally, *, amended: bool) -> str:
    """Where the papers were written, or why there are none."""
    if tally.people:
        return str(tally.out)
    if amended:
        return NOTHING_AMENDED
    return NOBODY


def _kind(text: str) -> PaperKind:
    kind = PaperKind.of(text)
    if kind is None:
        raise UsageProblem(f"没有「{text}」这种材料，可用：{PaperKind.labels()}")
    return kind
