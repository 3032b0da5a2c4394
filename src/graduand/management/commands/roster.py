"""`graduand roster BATCH`: freeze the roster of the approved."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from graduand.management.console import OfficeCommand, the_actor, the_batch, the_round
from graduand.office.duties import roll_forward
from graduand.office.people import own_accounts
from graduand.office.refusal import unusable
from graduand.office.season import batches
from graduand.queries import stations
from graduand.queries.certificates import rosters
from graduand.rulebook.terms import Desk


class Command(OfficeCommand):
    """A file that is already on a roster keeps its place."""

    help = "冻结毕业生花名册"
    first = roll_forward.IMPORTS

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--round", help="只做这一轮")
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个总部账号办理")

    def work(self, options: dict[str, Any]) -> bool:
        batch = the_batch(options["batch"])
        name = the_round(batch, options["round"])
        actor = the_actor(options["actor"]) or own_accounts.system_actor(Desk.HQ)
        if actor.desk is not Desk.HQ:
            raise unusable(f"花名册由总部冻结，账号「{options['actor']}」属于{actor.desk.label}")
        self.note(actor.user_id, "roster", batch.code)
        waiting = [
            filing_round
            for filing_round, _ in stations.off_roster_by_round(actor, batch)
            if name in (None, filing_round)
        ]
        for text in rosters.rounds_not_over(batch, waiting):
            self.say(f"提醒：{text}")
        made = batches.freeze_roster(batch, actor.user_id, name)
        lists = [
            {"number": roster.number, "round": roster.round.name, "size": roster.size}
            for roster in made
        ]
        line = "，".join(
            f"第 {roster['number']} 号（{roster['round']}）{roster['size']} 人" for roster in lists
        )
        plain = {
            "batch": batch.code,
            "rosters": lists,
            "listed": sum(roster.size for roster in made),
        }
        self.result(plain, f"批次 {batch.code} 花名册：{line or '没有新的准予毕业的学生'}")
        return True
