"""`graduand export chsi BATCH --out DIR`: the 学历注册 file for the national registry."""

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
    the_file,
    the_round,
    writing_into,
)
from graduand.office.duties import roll_forward
from graduand.office.people import own_accounts
from graduand.office.registry import chsi_export
from graduand.rulebook.registry.exchange_profile import PROFILE, ExchangeProfile, ProfileRefused
from graduand.rulebook.terms import Desk
from graduand.rulebook.words import led_by

SHOWN = 5


class Command(OfficeCommand):
    """Exit code 1 when somebody was held back: DIR/held-back.xlsx says who, why, and what to do."""

    help = "导出：chsi 学信网学历注册文件（DBF 和 xlsx）"
    first = roll_forward.IMPORTS

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=(chsi_export.KIND,), help="chsi 学信网学历注册")
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--out", metavar="DIR", required=True, help="写到这个目录")
        parser.add_argument("--round", help="只导出这一轮")
        parser.add_argument(
            "--again",
            metavar="FILE",
            help="重新注册：只导出这些注册已注销的学生（文本文件，一行一个学号）",
        )
        parser.add_argument(
            "--profile",
            metavar="FILE.toml",
            help="导出方案（字段、宽度、写法），见 examples/xueli.toml",
        )
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个总部账号导出")

    def work(self, options: dict[str, Any]) -> bool:
        batch = the_batch(options["batch"])
        name = the_round(batch, options["round"])
        actor = the_actor(options["actor"]) or own_accounts.system_actor(Desk.HQ)
        profile = _profile(options["profile"])
        out = Path(options["out"])
        words = ["export", chsi_export.KIND, batch.code]
        if options["again"] is not None:
            words.append("again")
        self.note(actor.user_id, *words)
        with self.watching("导出学历注册") as watch, writing_into(out):
            tally = chsi_export.export(
                batch,
                out,
                actor,
                round_name=name,
                again=asked_numbers(options["again"]),
                profile=profile,
                progress=watch,
            )
        self._report(tally)
        return not tally.held_back

    def _report(self, tally: chsi_export.ExportTally) -> None:
        for note in tally.notes:
            self.say(f"提醒：{note}")
        for who, name, _, _, _, reason, *_ in islice(tally.held, SHOWN):
            self.say(f"{who} {name}：{reason}")
        if tally.held_back:
            self.say(f"暂不导出 {tally.held_back} 人，名单和原因见 {tally.held_file}")
        line = f"批次 {tally.batch} 学历注册：导出 {tally.rows} 人，暂不导出 {tally.held_back} 人"
        if not tally.rows and not tally.held_back:
            line += "；没有已编号制证的学生"
        self.result(tally.as_dict(), line + led_by("；", tally.file))


def _profile(text: str | None) -> ExchangeProfile:
    if text is None:
        return PROFILE
    try:
        return chsi_export.profile_file(the_file(text))
    except ProfileRefused as problem:
        raise UsageProblem(f"导出方案有误：{problem}") from problem
