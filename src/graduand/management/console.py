"""What our commands have in common: sentences for wrong calls, exit codes, a progress bar."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graduand.faults import met_full_disk
from graduand.models import Batch, Unit, User
from graduand.office import account_log
from graduand.office.account_log import Origin
from graduand.office.audit import rejudging
from graduand.office.duties import roll_forward
from graduand.office.installation import deployment, homes
from graduand.office.outgoing import drafts
from graduand.office.people import own_accounts
from graduand.office.records.files import returning
from graduand.office.refusal import RefusalKind, Refused
from graduand.queries.queue import open_plans
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import batch_code
from graduand.rulebook.canon import BadText, canon_number
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import UnitKind
from graduand.rulebook.words import led_by

REFUSED = 1
MISUSED = 2
EXIT_CODES = {
    RefusalKind.STATE: REFUSED,
    RefusalKind.RIGHTS: REFUSED,
    RefusalKind.NOT_YOURS: REFUSED,
    RefusalKind.INSTALLATION: MISUSED,
    RefusalKind.INPUT: MISUSED,
}
# Shown together with the place of a returned file.
KEPT = f"保留 {drafts.FETCHED_WITHIN.days} 天"
Watch = Callable[[int, int], None]
_USAGE = (
    (re.compile(r"the following arguments are required: (.*)"), "缺少参数：{}"),
    (re.compile(r"unrecognized arguments: (.*)"), "不认识的参数：{}"),
    (re.compile(r"argument (.*): expected .*"), "参数 {} 后面缺少值"),
    (
        re.compile(r"argument (.*): invalid choice: '?([^']*)'? \(choose from (.*)\)"),
        "参数 {} 的值「{}」不对，可用：{}",
    ),
    (re.compile(r"argument (.*): empty"), "参数 {} 的值是空的；脚本里的变量可能没有取到值"),
    (re.compile(r"argument (.*): invalid \w+ value: '?([^']*)'?"), "参数 {} 的值「{}」看不懂"),
    (re.compile(r"argument (.*): not allowed with argument (.*)"), "参数 {} 不能与 {} 同时使用"),
)


class UsageProblem(CommandError):
    """Called wrongly: exit code 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, returncode=MISUSED)


class OfficeCommand(BaseCommand):
    """A command that follows the demo's clock, prints its result to stdout and everything else to
    stderr.

    Subclasses give `arguments(parser)` and `work(options)`; the latter returns whether all was
    done.
    """

    requires_system_checks = ()
    needs_tables = True
    # Whether the command changes facts that verdicts rest on; if so, the people concerned are
    # judged before it ends.
    judges = False
    # Kinds of work that are finished before the command begins, because it must not find them half
    # done.
    first: frozenset[WorkKind] = frozenset()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """The parser: Django's switches work unseen, and a wrong call is refused in Chinese."""
        parser = super().create_parser("graduand", subcommand, **kwargs)
        parser.register("type", None, _no_blank)  # for arguments without a type of their own
        parser.error = _complain  # type: ignore[method-assign]  # one sentence instead of the usage in English
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as Django does; `cli` prints errors as a sentence without a class name."""
        options = vars(self.create_parser(argv[0], argv[1]).parse_args(argv[2:]))
        try:
            self.execute(*options.pop("args", ()), **options)
        finally:
            connections.close_all()

    def add_arguments(self, parser: CommandParser) -> None:
        self.arguments(parser)
        parser.add_argument("--json", action="store_true", help="以一个 JSON 对象输出结果")

    def arguments(self, parser: ArgumentParser) -> None:
        """Add the command's own arguments."""

    def work(self, options: dict[str, Any]) -> bool:
        """Do the work; True when all was done, False when something was refused."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Follow the clock, do the work, and turn a refusal into the exit code."""
        self.json = bool(options.get("json"))
        try:
            if self.needs_tables:
                homes.check()
            if self.needs_tables and settings.GRADUAND_NOW is not None:
                deployment.follow_clock(settings.GRADUAND_NOW)
            self._roll_forward(self.before(options))
            with account_log.coming_from(Origin.of_command().address):
                complete = self._work_and_judge(options)
        except Refused as problem:
            raise CommandError(str(problem), returncode=EXIT_CODES[problem.kind]) from problem
        except BrokenPipeError:
            raise  # the reader of our output has ended, so nobody would read a message
        except OSError as problem:
            raise UsageProblem(file_sentence(problem)) from problem
        if not complete:
            sys.exit(REFUSED)

    def before(self, options: dict[str, Any]) -> frozenset[WorkKind]:
        """The kinds of work that are finished before this call of the command."""
        return self.first

    def _roll_forward(self, kinds: frozenset[WorkKind]) -> None:
        """Finish work of these kinds that a killed process or the worker left undone."""
        if not kinds:
            return
        with self.watching("先接着办上次没有办完的") as watch:
            plans = roll_forward.finish(kinds, watch)
        if plans:
            self.say(f"先接着写完了 {len(plans)} 项已确认的导入")
        for plan in plans:
            if plan.errors:
                place = returning.deliver(
                    plan, drafts.returned(f"{Path(open_plans.name_of(plan)).stem}-错误.xlsx")
                )
                self.say(
                    f"{open_plans.words(plan)}有没有导入的行，带「错误原因」的工作簿见 {place}（{KEPT}）"
                )

    def _work_and_judge(self, options: dict[str, Any]) -> bool:
        """Do the work, then the judging that it ordered, outside its transactions.

        The judging is done also when the work was refused half way.
        """
        if not self.judges or not self.needs_tables:
            return self.work(options)
        before = rejudging.ordered()
        try:
            return self.work(options)
        finally:
            with self.watching("重新审核") as watch:
                judged = rejudging.catch_up(before, watch)
            if judged:
                self.say(f"已重新审核 {judged} 人")

    def note(self, actor: int | None, *words: str) -> None:
        """Record what the command does in the account log; `actor` None: in nobody's name."""
        account_log.note(
            Deed.COMMANDED,
            actor=actor,
            address=Origin.of_command().address,
            command=" ".join(words),
        )

    def say(self, sentence: str) -> None:
        """A message to the person, on stderr; lost where the disk is full, as the work goes on."""
        with suppress(OSError):
            self.stderr.write(sentence)

    def result(self, plain: dict[str, Any], line: str) -> None:
        """The result on stdout: one JSON object with --json, else the line in Chinese."""
        if self.json:
            line = json.dumps(plain, ensure_ascii=False, default=str)
        self.stdout.write(line)

    @contextmanager
    def watching(self, title: str) -> Iterator[Watch]:
        """A progress bar on stderr when that is a terminal; otherwise silence."""
        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda _done, _total: None
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def file_sentence(problem: OSError) -> str:
    """A sentence: what stopped the reading or writing of a file, and what to do."""
    if met_full_disk(problem):
        return "磁盘已满，没有写完；请清理磁盘空间后再运行一次"
    reason = problem.strerror or str(problem)
    if not problem.filename:
        return f"读写文件时出错：{reason}"
    return f"文件 {problem.filename} 无法读写：{reason}"


def _no_blank(text: str) -> str:
    """Refuse an empty argument: an empty variable of a script names nobody, which is neither all
    nor none. Raises ArgumentTypeError. Arguments that may be empty have the type `str`.
    """
    if not text.strip():
        raise ArgumentTypeError("empty")
    return text


def _complain(message: str) -> NoReturn:
    for pattern, sentence in _USAGE:
        if match := pattern.fullmatch(message):
            raise UsageProblem(
                sentence.format(*(group.replace("'", "") for group in match.groups()))
            )
    raise UsageProblem(f"参数有误：{message}")


# -- parts of sentences ----------------------------------------------------------------------------


def import_word(*, trial: bool) -> str:
    """The word for an import or its trial."""
    if trial:
        return "试导"
    return "导入"


# -- what arguments mean ---------------------------------------------------------------------------


def the_batch(text: str) -> Batch:
    """The batch with this code, written 202307 or 2307. Raises UsageProblem."""
    try:
        code = batch_code(text)
    except BadText as problem:
        raise UsageProblem(problem.message) from problem
    batches = Batch.objects.filter(deleted_at=None)
    batch = batches.filter(code=code).first()
    if batch is None:
        known = "、".join(batches.order_by("code").values_list("code", flat=True))
        todo = led_by("已有：", known) or "请先运行 graduand batch load"
        raise UsageProblem(f"没有批次 {code}；{todo}")
    return batch


def the_round(batch: Batch, name: str | None) -> str | None:
    """The round of that name; None where no name is given. Raises UsageProblem."""
    if name is None:
        return None
    names = list(batch.rounds.order_by("position").values_list("name", flat=True))
    if name not in names:
        raise UsageProblem(f"批次 {batch.code} 没有轮次「{name}」，可用：{'、'.join(names)}")
    return name


def the_unit(code: str | None) -> Unit | None:
    """The unit of that code; None where no code is given. Raises UsageProblem."""
    if code is None:
        return None
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        centres = (
            Unit.objects.filter(kind=UnitKind.CENTRE.value)
            .order_by("code")
            .values_list("code", flat=True)
        )
        raise UsageProblem(f"没有单位「{code}」{led_by('，学习中心有：', '、'.join(centres[:20]))}")
    return unit


def the_actor(username: str | None) -> Actor | None:
    """The actor; None when the command names nobody. Raises Refused."""
    if not username:
        return None
    return own_accounts.actor_named(username)


def account_of(actor: Actor | None) -> int | None:
    """The id of the actor's account; None without an actor."""
    if actor is None:
        return None
    return actor.user_id


def somebody(username: str | None, what: str) -> Actor | None:
    """The actor of something that a person answers for; the demo may leave it to the program
    (None). Raises Refused.
    """
    if username is None and not deployment.is_demo():
        raise Refused(f"「{what}」须有人负责：请用 --as 说明由谁办理")
    return the_actor(username)


def the_person(username: str | None) -> User | None:
    """The account of that name; None where no name is given. Raises Refused."""
    if not username:
        return None
    return own_accounts.person(username)


def the_file(text: str) -> Path:
    """A file that can be read. Raises UsageProblem."""
    path = Path(text)
    if not path.is_file():
        raise UsageProblem(f"找不到文件 {text}")
    return path


def the_target(text: str | None, name: str = "") -> Path:
    """The path for a returned file: the path that was named, else `name` among the drafts of the
    home.

    A returned file names people, so by default it is not written to the working directory. Raises
    UsageProblem for a folder that does not exist.
    """
    if text is None:
        return drafts.returned(name)
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise UsageProblem(f"目录 {path.absolute().parent} 不存在")
    return path


def asked_target(text: str | None) -> Path | None:
    """The path for a file that was asked for; None when no path was named. Raises UsageProblem."""
    if not text:
        return None
    return the_target(text)


def retention_note(file: str) -> str:
    """For how long a returned file is kept; "" for one whose place the caller has chosen."""
    if not drafts.is_returned(Path(file)):
        return ""
    return f"（{KEPT}）"


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Turn errors while a folder is filled into usage problems."""
    try:
        yield
    except LookupError as problem:
        raise UsageProblem(str(problem)) from problem
    except OSError as problem:
        raise UsageProblem(f"目录 {folder} 写不进去：{problem.strerror}") from problem


def asked_numbers(text: str | None) -> tuple[str, ...] | None:
    """The 学号 in the file of that name; None when no file was named. Raises UsageProblem.

    An empty variable of a script names no file, and does not mean everybody.
    """
    if text is None:
        return None
    return numbers_in(the_file(text))


def numbers_in(path: Path) -> tuple[str, ...]:
    """The 学号 in a text file, one per line, each once. Raises UsageProblem for other files."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = path.read_text(encoding="gb18030")
        except UnicodeDecodeError as problem:
            raise UsageProblem(f"{path.name} 不是文本文件；应为一行一个学号") from problem
    numbers: dict[str, None] = {}
    for line in text.splitlines():
        if line.strip():
            try:
                numbers[canon_number(line)] = None
            except BadText as problem:
                raise UsageProblem(f"{path.name}：{problem.message}") from problem
    return tuple(numbers)
