"""`graduand batch load|open|close`: a batch's policy, and whether it takes work."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    Refused,
    the_actor,
    the_batch,
    the_file,
    the_person,
    the_round,
)
from graduand.models import Batch
from graduand.office import accounts, acts, batches, closing
from graduand.rulebook.policy import PolicyRefused
from graduand.rulebook.terms import Desk


class Command(OfficeCommand):
    """The policy is validated as a whole and versioned."""

    help = "批次：load 载入政策，open / close 开放或关闭"
    judges = True

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("load", "open", "close"), help="load、open 或 close")
        parser.add_argument("subject", metavar="FILE|BATCH", help="政策文件（.toml），或毕业批次")
        parser.add_argument("--round", help="只开放或关闭这一轮")
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个总部账号载入或关闭")
        parser.add_argument("--reason", metavar="T", default="", help="load：推迟照片截止日期的原因")
        parser.add_argument("--second", metavar="USER", help="load：推迟照片截止日期的第二人")

    def work(self, options: dict[str, Any]) -> bool:
        try:
            if options["action"] == "load":
                self._load(options)
            else:
                self._switch(options)
        except PolicyRefused as refused:
            for problem in refused.problems:
                self.say(problem)
            raise Refused(f"政策文件有 {len(refused.problems)} 处问题，没有载入") from refused
        except (batches.BatchRefused, acts.NotAllowed) as refused:
            raise Refused(str(refused)) from refused
        return True

    def _load(self, options: dict[str, Any]) -> None:
        actor, second, extension = the_actor(options["actor"]), the_person(options["second"]), None
        if actor is not None and actor.desk is not Desk.HQ:
            raise Refused(f"批次政策由总部载入，账号「{options['actor']}」属于{actor.desk.label}")
        if second is not None:
            actor, extension = actor or accounts.system_actor(Desk.HQ), batches.Extension(options["reason"], second)
        loaded = batches.load_file(the_file(options["subject"]), actor.user_id if actor else None, extension)
        for warning in loaded.policy.warnings:
            self.say(f"提醒：{warning}")
        plain = {
            "batch": loaded.batch.code, "version": loaded.version, "changed": loaded.changed, "listed": loaded.listed,
            "not_listed": loaded.not_listed.total, "warnings": list(loaded.policy.warnings),
        }  # fmt: skip
        how = "已载入" if loaded.changed else "与现行政策相同，未改动"
        line = f"批次 {loaded.batch.code} 的政策{how}（第 {loaded.version} 版），新列入 {loaded.listed} 人"
        self.result(plain, "，".join(filter(None, (line, str(loaded.not_listed), f"提醒 {len(loaded.policy.warnings)} 条"))))

    def _switch(self, options: dict[str, Any]) -> None:
        batch, opening = the_batch(options["subject"]), options["action"] == "open"
        name, lapsed = the_round(batch, options["round"]), 0
        if name is not None:
            batches.switch_round(batch, name, opening=opening)
        elif opening:
            batches.reopen(batch)
        else:
            lapsed = self._close(batch, options["actor"])
        plain = {"batch": batch.code, "round": name or "", "open": opening, "lapsed": lapsed}
        line = f"批次 {batch.code}" + (f"「{name}」" if name else "") + f"已{'开放' if opening else '关闭'}"
        self.result(plain, line + (f"，未办结转 {lapsed} 人" if lapsed else ""))

    def _close(self, batch: Batch, username: str | None) -> int:
        actor = the_actor(username) or accounts.system_actor(Desk.HQ)
        with self.watching("未办结转") as watch:
            act = closing.close(batch, actor, watch)
        return act.done if act else 0
