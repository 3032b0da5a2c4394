"""`graduand audit BATCH`: judge everybody on record, and write the CSV."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from graduand.management.console import OfficeCommand, UsageProblem, Watch, asked_target, the_batch
from graduand.models import Batch
from graduand.office.audit import auditing
from graduand.office.audit.auditing import AuditTally
from graduand.office.duties import roll_forward
from graduand.office.outgoing import exports
from graduand.office.people import own_accounts
from graduand.office.season import listing
from graduand.rulebook.calendar import parse_date
from graduand.rulebook.canon import BadText
from graduand.rulebook.clauses import CLAUSES
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.terms import Desk


class Command(OfficeCommand):
    """Being unfit is not being refused: exit code 0."""

    help = "毕业审核：逐人判断是否满足毕业条件"
    first = roll_forward.BATCHES | roll_forward.IMPORTS

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--on", metavar="DATE", help="按这一天试判，结果不保存")
        parser.add_argument("--csv", metavar="OUT.csv", help="把结果写到这个文件（UTF-8 带 BOM）")

    def work(self, options: dict[str, Any]) -> bool:
        listing.resume()
        batch = the_batch(options["batch"])
        out = asked_target(options["csv"])
        day = _day(options["on"])
        try:
            with self.watching("毕业审核") as watch:
                judge = partial(_judge, batch, day, watch)
                tally = _on_record(judge, batch, out)
        except LookupError as problem:
            raise UsageProblem(str(problem)) from problem
        names = ("batch", "on", "judged", "fit", "unfit", "not_listed", "by_code", "file")
        plain = {name: getattr(tally, name) for name in names}
        plain["not_listed"] = tally.not_listed.total
        parts = (_line(tally), str(tally.not_listed), tally.file)
        self.result(plain, "；".join(filter(None, parts)))
        return True


def _line(tally: AuditTally) -> str:
    line = f"批次 {tally.batch} 按 {tally.on}：判断 {tally.judged} 人，满足 {tally.fit}，不满足 {tally.unfit}"
    reasons = "，".join(f"{CLAUSES[code].title} {n}" for code, n in tally.by_code.items())
    if not reasons:
        return line
    return f"{line}（{reasons}）"


def _judge(batch: Batch, day: date | None, watch: Watch, draft: Path | None) -> AuditTally:
    """Judge everybody, or with a `day` make a trial as of that day; with a `draft` write the CSV
    there.
    """
    if day is not None:
        return auditing.trial(batch, day, draft, watch)
    return auditing.run(batch, draft, watch)


def _on_record(
    judge: Callable[[Path | None], AuditTally], batch: Batch, out: Path | None
) -> AuditTally:
    """Judge and write the CSV, which is recorded like every list that leaves, since it names
    everybody in the batch.

    Without `out` no CSV is written.
    """
    if out is None:
        return judge(None)
    made: list[AuditTally] = []

    def write(draft: Path) -> int:
        made.append(judge(draft))
        return made[0].judged

    leaving = exports.LeavingFile(
        Leaves.AUDIT, [("batch", batch.code)], [], batch.candidates.filter(aside=False).count()
    )
    exports.deliver(own_accounts.system_actor(Desk.HQ), leaving, out, write)
    return replace(made[0], file=str(out))


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return parse_date(text)
    except BadText as problem:
        raise UsageProblem(f"--on：{problem.message}") from problem
