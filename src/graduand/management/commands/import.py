"""`graduand import KIND FILE`: one workbook into the tables, once all of it passes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    import_word,
    retention_note,
    the_file,
    the_person,
    the_target,
)
from graduand.office.duties import roll_forward
from graduand.office.people import own_accounts
from graduand.office.records.files.tallies import IntakeTally
from graduand.office.records.importing import import_sheet
from graduand.rulebook.people import rights
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import SheetKind


class Command(OfficeCommand):
    """A trial makes the same check and writes nothing; rows that fail are returned in the sender's
    file.
    """

    help = "导入工作簿或 CSV（KIND 如 students 或 学生，见 --help）"
    judges = True

    def arguments(self, parser: ArgumentParser) -> None:
        kinds = "、".join(f"{kind.value} {kind.label}" for kind in SheetKind)
        parser.add_argument("kind", metavar="KIND", help=kinds)
        parser.add_argument("file", metavar="FILE", help=".xlsx 或 .csv")
        parser.add_argument("--trial", action="store_true", help="试导：检查并报告，什么也不写入")
        parser.add_argument("--partial", action="store_true", help="只导入没有问题的行")
        parser.add_argument(
            "--clear", action="store_true", help="空单元格清空已有内容（不写则空单元格不改动）"
        )
        parser.add_argument(
            "--errors", metavar="OUT.xlsx", help="把带「错误原因」的工作簿写到这个文件"
        )
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个账号导入")

    def before(self, options: dict[str, Any]) -> frozenset[WorkKind]:
        """Earlier imports of the same sheet are finished first, since they are written in the order
        of their confirmation.
        """
        if options["trial"]:
            return frozenset()
        return roll_forward.IMPORTS

    def work(self, options: dict[str, Any]) -> bool:
        kind = SheetKind.of(options["kind"])
        if kind is None:
            raise UsageProblem(f"没有「{options['kind']}」这种表，可用：{SheetKind.labels()}")
        path = the_file(options["file"])
        by = the_person(options["actor"]) or own_accounts.program(rights.desk_of_import(kind))
        errors = the_target(options["errors"], f"{path.stem}-错误.xlsx")
        if not options["trial"]:
            self.note(by.pk, "import", kind.value)
        with self.watching(f"导入{kind.label}") as watch:
            tally = import_sheet(
                kind,
                path,
                by=by,
                trial=options["trial"],
                partial=options["partial"],
                errors=errors,
                progress=watch,
                clear=options["clear"],
            )
        if kind is SheetKind.UNITS and not options["trial"]:
            own_accounts.settle_headquarters()
        self._report(tally)
        return tally.ok

    def _report(self, tally: IntakeTally) -> None:
        for sentence in (
            *tally.problems,
            *tally.notes,
            *(f"提醒：{text}" for text in tally.warnings),
        ):
            self.say(sentence)
        word = import_word(trial=tally.trial)
        line = f"{word}「{tally.kind.label}」{tally.rows} 行：{tally.counts}"
        if tally.file:
            todo = "改好后再导入" if tally.wrong else "不用改，可以直接再导入"
            line += f"；{todo}：{tally.file}{retention_note(tally.file)}"
        self.result(tally.as_dict(), line)
