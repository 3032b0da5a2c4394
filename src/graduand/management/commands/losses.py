"""`graduand losses BATCH`: the people without a certificate, by centre, and the desks that could
clear the reason.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    asked_target,
    the_actor,
    the_batch,
    the_unit,
)
from graduand.office.audit import auditing
from graduand.office.season import losses
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.terms import Verb
from graduand.rulebook.words import led_by


class Command(OfficeCommand):
    """First judges everybody who is due, since the report reads the stored judgements."""

    help = "未获证书的学生：按学习中心列出原因、应由谁解决、最迟日期"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--centre", help="只列这个单位（单位代码）的学生")
        parser.add_argument("--as", dest="actor", metavar="USER", help="只列出这个账号看得到的")
        parser.add_argument("--out", metavar="OUT.xlsx", help="逐人逐条写成工作簿")

    def work(self, options: dict[str, Any]) -> bool:
        batch = the_batch(options["batch"])
        actor = the_actor(options["actor"])
        centre = the_unit(options["centre"])
        target = asked_target(options["out"])
        try:
            with self.watching("毕业审核") as watch:
                auditing.run(batch, progress=watch)
        except LookupError as problem:
            raise UsageProblem(str(problem)) from problem
        rows = losses.report(batch, actor, centre)
        counted = losses.by_centre(rows)
        file = ""
        if target is not None:
            file = str(losses.workbook(batch, actor, rows, target))
        sums = {"lost": sum(c.lost for c in counted), "open": sum(c.open for c in counted)}
        plain = {"batch": batch.code, **sums, "centres": [asdict(c) for c in counted], "file": file}
        summary = f"批次 {batch.code}：已失去本批机会 {sums['lost']} 人，尚可补救 {sums['open']} 人"
        self.result(plain, "\n".join([*map(_line, counted), f"{summary}{led_by('；', file)}"]))
        return True


def _line(centre: losses.CentreLosses) -> str:
    reasons = "，".join(f"{_title(code)} {n}" for code, n in centre.by_code.items())
    return f"{centre.code} {centre.name}　失去 {centre.lost}　可补救 {centre.open}　{reasons}"


def _title(code: str) -> str:
    if code in CLAUSES:
        return CLAUSES[code].title
    if code == Verb.REJECT:
        return Verb.REJECT.label
    return f"尚未「{Verb(code).label}」"
