"""`graduand act` and its short forms: read the arguments, act, and report what was done."""

from __future__ import annotations

from argparse import ArgumentParser
from itertools import islice
from typing import Any

from graduand.management.console import (
    OfficeCommand,
    UsageProblem,
    asked_numbers,
    retention_note,
    the_actor,
    the_batch,
    the_file,
    the_person,
    the_round,
    the_target,
    the_unit,
)
from graduand.office import acts, command_acts
from graduand.office.duties import roll_forward
from graduand.office.filing import evidence, statements
from graduand.office.people import own_accounts
from graduand.office.people.second_person.second_requests import WAITS
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import parse_date
from graduand.rulebook.canon import BadText, canon_text
from graduand.rulebook.journey import NAMED_ONLY, step_of
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import HandoverMethod, ReasonCode, Verb
from graduand.rulebook.words import led_by

SHOWN = 5
_TYPED = ("note", "relation", "carrier", "tracking")
PAPERS = "材料：暂缓声明（一人为扫描件，多人为以学号命名的压缩包）、「已核查学信网」声明、备案材料、学信网更正结果"


class ActCommand(OfficeCommand):
    """One verb on many files; `verb` is fixed in the short forms."""

    verb: Verb | None = None
    judges = True

    def before(self, options: dict[str, Any]) -> frozenset[WorkKind]:
        """Numbering needs the imports to be finished first: it would refuse people whose rows are
        not written yet.
        """
        verb = self.verb or _verb(options["verb"])
        if verb in (Verb.CERTIFY, Verb.DEGREE_CERTIFY):
            return roll_forward.BATCHES | roll_forward.IMPORTS
        return roll_forward.BATCHES

    def arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments of `act`; every verb uses some of them."""
        self._whom(parser)
        self._grounds(parser)
        self._dispatch(parser)
        parser.add_argument("--errors", metavar="OUT.xlsx", help="未办理名单写到这个文件")

    def _whom(self, parser: ArgumentParser) -> None:
        """Add the arguments for the verb, the batch, the students and the actor."""
        if self.verb is None:
            parser.add_argument("verb", metavar="VERB", help=", ".join(v.value for v in Verb))
        parser.add_argument("batch", metavar="BATCH", help="毕业批次，如 202307")
        parser.add_argument("--round", help="轮次；申请时为申请到哪一轮")
        parser.add_argument("--centre", help="只办理这个单位（单位代码）的学生")
        parser.add_argument(
            "--students", metavar="FILE", help="只办理这些学生：文本文件，一行一个学号"
        )
        parser.add_argument("--as", dest="actor", metavar="USER", help="以这个账号办理")
        parser.add_argument("--second", metavar="USER", help="双人办理的第二人")
        parser.add_argument("--degree", action="store_true", help="同时申请学位")

    def _grounds(self, parser: ArgumentParser) -> None:
        """Add the arguments for the grounds of a step: reasons, days, papers."""
        parser.add_argument("--reason", metavar="CODE", help=f"原因：{ReasonCode.labels()}")
        parser.add_argument(
            "--note",
            metavar="T",
            type=str,
            default="",
            help="说明；备案、注销、更正的文号；核实后维持的依据",
        )
        parser.add_argument(
            "--relation",
            metavar="T",
            type=str,
            default="",
            help="代领人与学生的关系，姓名和证件写在 --note",
        )
        parser.add_argument(
            "--on",
            metavar="DATE",
            help="学信网注销注册（deregister，不写则为今天）或更正（amend）的日期",
        )
        parser.add_argument("--statement", metavar="FILE", help=PAPERS)
        parser.add_argument(
            "--signed-on", metavar="DATE", help="暂缓毕业（defer）：纸质声明的签字日期"
        )
        parser.add_argument(
            "--place", metavar="T", type=str, help="暂缓毕业（defer）：纸质声明存放在哪里"
        )

    def _dispatch(self, parser: ArgumentParser) -> None:
        """Add the arguments for parcels and the hand-over."""
        parser.add_argument("--carrier", type=str, default="", help="承运单位")
        parser.add_argument("--tracking", type=str, default="", help="运单号")
        parser.add_argument(
            "--counted", metavar="FILE", help="签收时包裹里实有的学号；没有的记为差异"
        )
        parser.add_argument("--method", help=f"领取方式：{HandoverMethod.labels()}")
        parser.add_argument("--confirmed", action="store_true", help="学生已核对证书与学信网一致")

    def work(self, options: dict[str, Any]) -> bool:
        """Parse, act, and return a workbook of the people who were refused."""
        command_act = _command_act(self.verb or _verb(options["verb"]), options)
        if options["errors"]:
            the_target(options["errors"])  # a bad path is refused before the work
        with self.watching(command_act.verb.label) as watch:
            outcome = command_acts.run(command_act, watch)
        self._tell(outcome)
        left_out = any(act.refused or act.raced for act in outcome.acts)
        if left_out or outcome.unknown or outcome.unasked:
            self._hand_back(outcome, command_act.actor, options["errors"])
        plain = outcome.as_dict()
        self.result(plain, _line(command_act, plain))
        return outcome.complete

    def _tell(self, outcome: command_acts.CommandOutcome) -> None:
        """Print on stderr: reminders, acts that were finished first, and acts that wait for a
        second person.
        """
        for text in outcome.early:
            self.say(f"提醒：{text}")
        for act in outcome.resumed.done:
            self.say(f"先办完了上次中断的「{Verb(act.verb).label}」：{act.done} 人")
        for act, why in outcome.resumed.stuck:
            self.say(
                f"上次中断的「{Verb(act.verb).label}」（第 {act.pk} 项）仍没有办完：{why}。本次办理照常进行"
            )
        for request in outcome.waiting:
            self.say(
                f"{WAITS} {request.consent}：「{outcome.verb.label}」{request.student}已提出，"
                "由另一位总部人员在网页「待同意事项」中同意后办理"
            )
            if request.let_stand:
                self.say(f"提出维持的事项：{'；'.join(request.let_stand)}")
            if request.fails is not None:
                self.say(f"学位不符合的各项：{'；'.join(request.fails) or '没有，各项条件均满足'}")
        if outcome.waiting:
            _warn_about_second(self, outcome)

    def _hand_back(
        self, outcome: command_acts.CommandOutcome, actor: Actor | None, target: str | None
    ) -> None:
        """Write the workbook, and print the first reasons on stderr."""
        number = 0
        if outcome.acts:
            number = outcome.acts[-1].pk
        path = the_target(target, f"refused-{outcome.verb.value}-{number}.xlsx")
        try:
            outcome.file = str(command_acts.refused_workbook(outcome, actor, path))
        except OSError as problem:
            self.say(f"未办理名单写不进 {path}：{problem.strerror or problem}")
        for who, name, _, reason, _ in islice(command_acts.refused_rows(outcome), SHOWN):
            self.say(f"{who}{led_by(' ', name)}：{reason}")
        if len(outcome.unknown) and outcome.as_dict()["refused"] > SHOWN:
            self.say(f"找不到的学号：{'、'.join(outcome.unknown[:20])}")
        _warn_about_second(self, outcome)


def _warn_about_second(command: OfficeCommand, outcome: command_acts.CommandOutcome) -> None:
    if (
        not {"SECOND", WAITS}.isdisjoint(outcome.as_dict()["by_code"])
        and own_accounts.headquarters_accounts() < 2
    ):
        command.say(
            "目前只有一个总部账号，双人办理的操作还需要第二个：导入「账号」表，或再运行 graduand init --admin"
        )


def _verb(text: str) -> Verb:
    verb = Verb.of(text)
    if verb is None:
        raise UsageProblem(f"没有「{text}」这个操作，可用：{'、'.join(v.value for v in Verb)}")
    return verb


def _command_act(verb: Verb, options: dict[str, Any]) -> command_acts.CommandAct:
    batch = the_batch(options["batch"])
    if verb in NAMED_ONLY and not options["students"]:
        raise UsageProblem(f"「{verb.label}」须用 --students 说明是哪些学生")
    if options["on"] and verb not in (Verb.DEREGISTER, Verb.AMEND):
        raise UsageProblem("--on 只用于登记注册注销（deregister）和更正证书内容（amend）")
    if options["counted"] and verb is not Verb.RECEIVE:
        raise UsageProblem("--counted 只用于签收（receive）")
    if options["counted"] and options["students"]:
        raise UsageProblem("--counted 与 --students 不能同时使用")
    if verb is not Verb.DEFER and (options["signed_on"] or options["place"]):
        raise UsageProblem("--signed-on 和 --place 只用于暂缓毕业（defer）")
    request = acts.ActRequest(
        verb,
        round_name=the_round(batch, options["round"]),
        second=the_person(options["second"]),
        answers=_said(verb, options),
    )
    return command_acts.CommandAct(
        batch,
        request,
        actor=the_actor(options["actor"]),
        centre=the_unit(options["centre"]),
        students=asked_numbers(options["students"]),
        counted=asked_numbers(options["counted"]),
        papers=_papers(verb, options),
    )


def _papers(verb: Verb, options: dict[str, Any]) -> statements.StatementPapers | None:
    """The signed statements for a deferral; None when none are named, and then everybody is
    refused.
    """
    scan = options["statement"]
    signed_on = options["signed_on"] or ""
    place = options["place"] or ""
    if verb is not Verb.DEFER or not (scan or signed_on or place):
        return None
    if not scan:
        return statements.StatementPapers(None, signed_on, place)
    if signed_on or place:
        raise UsageProblem("--statement 与 --signed-on、--place 不能同时使用")
    return statements.StatementPapers(the_file(scan), signed_on, place)


def _said(verb: Verb, options: dict[str, Any]) -> dict[str, Any]:
    """The options of the command line that are stored with the act."""
    reason = _reason(options["reason"])
    method = _method(options["method"])
    try:
        typed = {name: canon_text(options[name]) for name in _TYPED}
        day = _day(options["on"])
        statement = _statement(verb, options["statement"])
    except BadText as problem:
        raise UsageProblem(problem.message) from problem
    details: dict[str, Any] = {
        **typed,
        "reason": reason,
        "handover": method,
        "with_degree": options["degree"],
        "confirmed": options["confirmed"],
        "statement": statement,
        "on": day,
        "same_checked": bool(statement) and verb is Verb.APPLY,
    }
    return {name: value for name, value in details.items() if value}


def _reason(text: str | None) -> str:
    """The code of a reason; "" where none is given. Raises UsageProblem."""
    if not text:
        return ""
    reason = ReasonCode.of(text)
    if reason is None:
        known = "、".join(f"{word.value} {word.label}" for word in ReasonCode)
        raise UsageProblem(f"没有原因「{text}」，可用：{known}")
    return reason.value


def _method(text: str | None) -> str:
    """The stored value of a way of handing over; "" where none is given. Raises UsageProblem."""
    if not text:
        return ""
    method = HandoverMethod.of(text)
    if method is None:
        raise UsageProblem(f"没有领取方式「{text}」，可用：{HandoverMethod.labels()}")
    return method.value


def _day(text: str | None) -> str:
    """A day as ISO text; "" where none is given. Raises BadText."""
    if not text:
        return ""
    return parse_date(text).isoformat()


def _statement(verb: Verb, named: str | None) -> dict[str, Any] | None:
    """The paper that the step rests on; None for a deferral, for which each student has a
    statement.

    The registry's answer is kept sealed.
    """
    if not named or verb is Verb.DEFER:
        return None
    path = the_file(named)
    if verb is Verb.AMEND:
        return statements.sealed(path.read_bytes(), path.name)
    return {**evidence.keep(path)}


def _line(command_act: command_acts.CommandAct, plain: dict[str, Any]) -> str:
    target = step_of(command_act.verb).target.label
    parts = [
        f"{command_act.verb.label} {command_act.batch.code}：办理 {plain['done']} 人（{target}）"
    ]
    for name, label in (
        ("refused", "不能办理"),
        ("raced", "已被他人办理"),
        ("unchanged", "原已办理"),
        ("warned", "有提醒"),
    ):
        if plain[name]:
            parts.append(f"{label} {plain[name]} 人")
    if plain["file"]:
        parts.append(f"名单见 {plain['file']}{retention_note(plain['file'])}")
    return "，".join(parts)
