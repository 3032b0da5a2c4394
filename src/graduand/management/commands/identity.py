"""`graduand identity BATCH`: who has an identity case, its state, and which desk acts next."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from graduand.management.console import OfficeCommand, asked_target, the_actor, the_batch
from graduand.office.identity import cases
from graduand.queries.identity.cases import CaseRow
from graduand.rulebook.words import led_by


class Command(OfficeCommand):
    """Lists the cases that hold a file; `graduand act case_…` moves a case."""

    help = "身份复核：列出案件、进度和由谁办理（办理用 act case_…）"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--all", action="store_true", help="连同已经备案通过的")
        parser.add_argument("--as", dest="actor", metavar="USER", help="只列出这个账号看得到的")
        parser.add_argument("--out", metavar="OUT.xlsx", help="写成工作簿")

    def work(self, options: dict[str, Any]) -> bool:
        batch = the_batch(options["batch"])
        actor = the_actor(options["actor"])
        rows = cases.cases(batch, actor, decided=options["all"])
        file = ""
        if target := asked_target(options["out"]):
            file = str(cases.workbook(batch, actor, rows, target))
        plain = {"batch": batch.code, "cases": [asdict(row) for row in rows], "file": file}
        summary = f"批次 {batch.code} 没有未备案通过的身份复核"
        if rows:
            summary = f"批次 {batch.code} 身份复核 {len(rows)} 件"
        self.result(plain, "\n".join([*map(_line, rows), f"{summary}{led_by('，', file)}"]))
        return True


def _line(row: CaseRow) -> str:
    """A line: the verdict of the registry, the state of the case, then the desk that acts next."""
    told = f"{row.student_no} {row.name}　{row.centre}　立案：{row.verdict}　学信网最新：{row.registry}　"
    line = f"{told}{row.state}（{row.since} 立案）"
    if not row.desk:
        return line
    return f"{line}　由{row.desk}办理"
