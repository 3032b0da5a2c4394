"""`graduand batch load|open|close|finish|delete`: a batch's policy, and whether it takes work."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    account_of,
    somebody,
    the_actor,
    the_batch,
    the_file,
    the_person,
    the_round,
)
from graduand.models import Batch, Candidate, Consent
from graduand.office import account_log, command_acts
from graduand.office.duties import roll_forward
from graduand.office.installation import deployment
from graduand.office.people import own_accounts
from graduand.office.people.second_person import consent_answers
from graduand.office.people.second_person.second_requests import WAITS
from graduand.office.refusal import Refused
from graduand.office.season import batches, deleting, extensions, listing, rounds
from graduand.office.season.ending import switching
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.season.policy import PolicyRefused
from graduand.rulebook.terms import Desk, JobState, Stage

ACTIONS = {"open": BatchSwitch.REOPEN, "close": BatchSwitch.CLOSE, "finish": BatchSwitch.FINISH}
ROUND_DONE = {"open": "开放", "close": "关闭"}
_BY_THE_WORKER = {BatchSwitch.CLOSE: WorkKind.CLOSING, BatchSwitch.REOPEN: WorkKind.REOPENING}


def _only_in_the_demo() -> None:
    if not deployment.is_demo():
        raise Refused(command_acts.ONLY_IN_PERSON)


class Command(OfficeCommand):
    """The policy is validated as a whole and versioned; two people close, open and finish."""

    help = "批次：load 载入政策，open / close / finish 开放、关闭、办结，delete 删除"
    judges = True
    first = roll_forward.BATCHES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action",
            choices=("load", *ACTIONS, "delete"),
            help="load、open、close、finish 或 delete",
        )
        parser.add_argument("subject", metavar="FILE|BATCH", help="政策文件（.toml），或毕业批次")
        parser.add_argument("--round", help="只开放或关闭这一轮")
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个总部账号办理")
        parser.add_argument(
            "--reason",
            metavar="T",
            type=str,
            default="",
            help="开放、关闭、办结或推迟照片截止日期的原因",
        )
        parser.add_argument(
            "--second", metavar="USER", help="第二人；正式系统里由第二人在网页上同意"
        )
        parser.add_argument("--confirmed", action="store_true", help="delete：确认删除")

    def work(self, options: dict[str, Any]) -> bool:
        listing.resume()
        deleting.resume()
        action = options["action"]
        try:
            if action == "load":
                return self._load(options)
            if action not in ("delete", "load") and not options["round"]:
                return self._switch(options)
            if action == "delete":
                self._delete(options)
            else:
                self._switch_round(options)
        except PolicyRefused as refused:
            for problem in refused.problems:
                self.say(problem)
            raise Refused(f"政策文件有 {len(refused.problems)} 处问题，没有载入") from refused
        return True

    def _load(self, options: dict[str, Any]) -> bool:
        actor = the_actor(options["actor"])
        second = the_person(options["second"])
        extension = None
        if actor is not None and actor.desk is not Desk.HQ:
            raise Refused(f"批次政策由总部载入，账号「{options['actor']}」属于{actor.desk.label}")
        if second is not None:
            _only_in_the_demo()
            actor = actor or own_accounts.system_actor(Desk.HQ)
            extension = batches.Extension(options["reason"], second)
        source = batches.read_file(the_file(options["subject"]))
        if second is None and (longer := extensions.list_extensions(source)):
            return self._ask_for_longer(source, actor, options["reason"], longer)
        self.note(account_of(actor), "batch load")
        self._loaded(batches.load(source, account_of(actor), extension))
        return True

    def _loaded(self, loaded: batches.LoadOutcome) -> None:
        """Print which version is in force now, and how many people were listed."""
        for warning in loaded.policy.warnings:
            self.say(f"提醒：{warning}")
        plain = {
            "batch": loaded.batch.code,
            "version": loaded.version,
            "changed": loaded.changed,
            "listed": loaded.listed,
            "not_listed": loaded.not_listed.total,
            "warnings": list(loaded.policy.warnings),
        }
        how = "与现行政策相同，未改动"
        if loaded.changed:
            how = "已载入"
        line = f"批次 {loaded.batch.code} 的政策{how}（第 {loaded.version} 版），新列入 {loaded.listed} 人"
        parts = (line, str(loaded.not_listed), f"提醒 {len(loaded.policy.warnings)} 条")
        self.result(plain, "，".join(filter(None, parts)))

    def _ask_for_longer(
        self, source: dict[str, Any], actor: Actor | None, reason: str, longer: tuple[str, ...]
    ) -> bool:
        """Ask a second person for longer deadlines, which come into force only when that person
        agrees in the browser.
        """
        what = "；".join(longer)
        if actor is None:
            raise Refused(
                f"{what}：须由两位总部人员共同办理，用 --as 说明由谁提出，用 --reason 写明原因"
            )
        row = extensions.ask(source, actor, reason, address=account_log.Origin.of_command().address)
        self._waits(row.detail["code"], what, row)
        return False

    def _delete(self, options: dict[str, Any]) -> None:
        """Delete the batch in two steps, as on the page: without the confirmation only print what
        would happen.
        """
        batch = the_batch(options["subject"])
        actor = somebody(options["actor"], "删除批次") or own_accounts.system_actor(Desk.HQ)
        people = Candidate.objects.filter(batch=batch).count()
        if why := deleting.why_not(batch):
            raise Refused(why)
        if not options["confirmed"]:
            raise Refused(
                f"将删除批次 {batch.code} 和它的名单（{people} 人），政策版本保留；确认请加 --confirmed"
            )
        self.note(actor.user_id, "batch delete", batch.code)
        deleting.delete(batch, actor)
        deleting.complete(batch)
        self.result(
            {"batch": batch.code, "deleted": people},
            f"批次 {batch.code} 已删除，名单 {people} 人，政策版本保留",
        )

    def _switch_round(self, options: dict[str, Any]) -> None:
        batch = the_batch(options["subject"])
        name = the_round(batch, options["round"])
        if options["action"] == "finish" or name is None:
            raise UsageProblem("--round 只用于 open 和 close")
        actor = the_actor(options["actor"]) or own_accounts.system_actor(Desk.HQ)
        opening = options["action"] == "open"
        rounds.switch(
            batch, name, actor, opening=opening, address=account_log.Origin.of_command().address
        )
        plain = {"batch": batch.code, "round": name, "open": opening, "lapsed": 0}
        self.result(plain, f"批次 {batch.code}「{name}」已{ROUND_DONE[options['action']]}")

    def _switch(self, options: dict[str, Any]) -> bool:
        """Ask for a switch that takes two people; it is done when the other one agrees.

        In the demo, which may name the second person too, it is done at once.
        """
        batch = the_batch(options["subject"])
        do = ACTIONS[options["action"]]
        actor = the_actor(options["actor"])
        second = the_actor(options["second"])
        if actor is None:
            raise Refused(
                f"「{do.label}」须由两位总部人员共同办理：用 --as 说明由谁提出，用 --reason 写明原因"
            )
        if second is not None:
            _only_in_the_demo()
        row = switching.ask(
            actor, batch, do, options["reason"], address=account_log.Origin.of_command().address
        )
        if second is None:
            if told := row.detail.get("told"):
                self.say(f"{told}。")
            self._waits(batch.code, f"{do.label} {batch.code}", row)
            return False
        consent_answers.decide(second, row.pk, agree=True)
        if do in _BY_THE_WORKER:
            self._go_on(batch, do)
        self._switched(batch, do)
        return True

    def _switched(self, batch: Batch, do: BatchSwitch) -> None:
        """Print the state of the batch after the switch."""
        batch.refresh_from_db()
        lapsed = Candidate.objects.filter(batch=batch, stage=Stage.LAPSED.value).count()
        plain = {
            "batch": batch.code,
            "round": "",
            "open": batch.closed_at is None,
            "lapsed": lapsed,
        }
        opened = "已开放"
        if batch.reopening:
            opened = "正在后台恢复名单，恢复完成后开放"
        words = {BatchSwitch.CLOSE: f"已关闭，未办结转 {lapsed} 人", BatchSwitch.REOPEN: opened}
        self.result(plain, f"批次 {batch.code} {words.get(do, '已办结')}")

    def _waits(self, code: str, what: str, row: Consent) -> None:
        self.say(
            f"「{what}」已提出（第 {row.pk} 号），由另一位总部人员在网页「待同意事项」中同意后办理"
        )
        self.result({"batch": code, "code": WAITS, "consent": row.pk}, f"{WAITS} {row.pk}")

    def _go_on(self, batch: Batch, do: BatchSwitch) -> None:
        """Do the worker's part at once, unless a worker was quicker."""
        with self.watching(do.label):
            roll_forward.batches()
        job = jobs.job_of(_BY_THE_WORKER[do], batch.pk)
        if job is not None and job.state == JobState.FAILED:
            raise Refused(f"批次 {batch.code}：{job.message}")
