"""`graduand grades BATCH`: which colleges have declared their grades; declaring them, or
withdrawing that.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    somebody,
    the_actor,
    the_batch,
    the_round,
    the_unit,
)
from graduand.models import Unit
from graduand.office.people import own_accounts
from graduand.office.season import grades
from graduand.queries.scope import Actor
from graduand.queries.season.grades import Declaration, colleges_of, declarations
from graduand.queries.season.seasons import seasons
from graduand.rulebook.calendar import by_day
from graduand.rulebook.terms import Desk


class Command(OfficeCommand):
    """Without --round it only prints who has declared."""

    help = "成绩申报：哪些学院已申报综合实践复核和成绩发布完成；申报或撤回"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--round", help="申报这一轮；不写只列出")
        parser.add_argument(
            "--college", metavar="CODE", help="学院的单位代码；申报人属于一个学院时可不写"
        )
        parser.add_argument(
            "--as", dest="actor", metavar="USER", help="以这个账号办理；申报和撤回须写明"
        )
        parser.add_argument("--note", metavar="T", type=str, default="", help="说明；撤回时是原因")
        parser.add_argument("--withdraw", action="store_true", help="撤回申报")

    def work(self, options: dict[str, Any]) -> bool:
        batch = the_batch(options["batch"])
        actor = the_actor(options["actor"]) or own_accounts.system_actor(Desk.HQ)
        name = the_round(batch, options["round"])
        if name is not None:
            actor = somebody(options["actor"], "成绩申报") or actor
            self.note(actor.user_id, "grades", batch.code, name)
            self._declare(
                batch.rounds.get(name=name), _college(actor, options["college"]), actor, options
            )
        shown = [season for season in seasons() if season.batch.pk == batch.pk]
        rows = declarations(shown, colleges_of(actor))
        plain = {"batch": batch.code, "rounds": [_plain(row) for row in rows]}
        lines = [
            f"{row.round_name}　{row.college}　应于 {by_day(row.due)}　{row.by or '未申报'}"
            for row in rows
        ]
        self.result(plain, "\n".join(lines) or f"批次 {batch.code} 没有需要申报的轮次")
        return True

    def _declare(
        self, filing_round: Any, college: Unit, actor: Actor, options: dict[str, Any]
    ) -> None:
        if options["withdraw"]:
            grades.withdraw(filing_round, college, actor, options["note"])
        else:
            grades.declare(filing_round, college, actor, options["note"])


def _plain(row: Declaration) -> dict[str, Any]:
    return {
        "round": row.round_name,
        "college": row.college,
        "due": row.due.isoformat(),
        "by": row.by,
        "at": row.at.isoformat() if row.at else None,
    }


def _college(actor: Actor, code: str | None) -> Unit:
    """The college that is named, else the only college that the actor works for. Raises
    UsageProblem.
    """
    named = the_unit(code)
    if named is not None:
        return named
    colleges = list(Unit.objects.filter(pk__in=colleges_of(actor)).order_by("code")[:2])
    if len(colleges) != 1:
        raise UsageProblem("请用 --college 说明是哪个学院")
    return colleges[0]
