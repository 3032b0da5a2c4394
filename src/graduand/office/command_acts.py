"""A verb on many files, as a command asks for it: which files, at which desk, and one outcome for
all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.db import IntegrityError
from django.db.models import Q, QuerySet

from graduand.models import Act, Batch, Candidate, DegreeCertificate, Refusal, Unit
from graduand.office import acts
from graduand.office.account_log import Origin
from graduand.office.acts import ActRequest, ResumedActs
from graduand.office.dispatch import parcels
from graduand.office.filing import statements
from graduand.office.installation import deployment
from graduand.office.outgoing import list_exports
from graduand.office.people import own_accounts
from graduand.office.people.second_person import second_requests
from graduand.office.people.second_person.second_requests import (
    UNASKED,
    WAITS,
    UnaskedFile,
    WaitingRequest,
)
from graduand.office.progress import Progress
from graduand.office.refusal import Refused, not_allowed
from graduand.office.season.ending import closing, finishing
from graduand.queries import scope
from graduand.queries.certificates import rosters
from graduand.queries.filing.candidates import stored
from graduand.queries.scope import Actor
from graduand.queries.season.seasons import naming_next_of
from graduand.queries.side_tracks import case_of
from graduand.rulebook.journey import step_of
from graduand.rulebook.judging import may_act
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.steps import Step, Track
from graduand.rulebook.terms import DegreeState, Desk, Level, Stage, Verb

log = structlog.get_logger(__name__)
UNKNOWN = "UNKNOWN"
NOT_HERE = "没有这个学号，或不在本次办理的范围内"
RACED = "处理时已被他人办理，请刷新后查看最新状态"
BY_CLOSING = (
    "全批次的未办结转随关闭批次办理：在「查缺补漏与关闭」逐项说明后，用 graduand batch close {code} 提出，由两位总部人员关闭；"
    "个别学生请用 --students 说明是谁，用 --note 写明原因"
)
BACK_BY_NAME = "「退回学院」须有人负责，逐份核对收回的证书：用 --as 说明由谁办理，用 --students 说明收回了哪些学生的证书"
ONLY_IN_PERSON = "正式系统里第二人须登录网页，在「待同意事项」中同意；请去掉 --second 再提出"
HEADERS = ("学号", "姓名", "学习中心", "原因", "下一步")
WIDTHS = (18, 12, 24, 60, 60)


@dataclass(frozen=True, slots=True)
class CommandAct:
    """What is asked for. `actor` None: the program acts at the desk of each file's step.

    `students` None: everybody in the verb's origin stages, of `centre` and of `round_name` when
    given (for apply that is the round applied to). `counted`: the 学号 found in the parcels, for
    receive. `papers`: the students' statements, for defer.
    """

    batch: Batch
    request: ActRequest
    actor: Actor | None = None
    centre: Unit | None = None
    students: tuple[str, ...] | None = None
    counted: tuple[str, ...] | None = None
    papers: statements.StatementPapers | None = None

    @property
    def verb(self) -> Verb:
        return self.request.verb


@dataclass(slots=True)
class CommandOutcome:
    """The tally of everything that one command did.

    `unknown` are the 学号 that belong to nobody, `waiting` the files that a second person has to
    agree to first, `unasked` those that a question waits for already, `early` the warnings about
    numbering now.
    """

    verb: Verb
    batch: str
    acts: list[Act] = field(default_factory=list)
    resumed: ResumedActs = field(default_factory=ResumedActs)
    unknown: tuple[str, ...] = ()
    waiting: list[WaitingRequest] = field(default_factory=list)
    unasked: list[UnaskedFile] = field(default_factory=list)
    early: tuple[str, ...] = ()
    file: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The summary that `--json` prints."""
        codes: Counter[str] = Counter()
        for act in self.acts:
            codes.update(act.by_code)
        if self.unknown:
            codes[UNKNOWN] = len(self.unknown)
        if self.waiting:
            codes[WAITS] = len(self.waiting)
        if self.unasked:
            codes[UNASKED] = len(self.unasked)
        sums = {
            name: sum(getattr(act, name) for act in self.acts)
            for name in ("done", "refused", "raced", "unchanged", "warned")
        }
        sums["refused"] += len(self.unknown) + len(self.waiting) + len(self.unasked)
        return {
            "verb": self.verb.value,
            "batch": self.batch,
            **sums,
            "by_code": dict(codes),
            "file": self.file,
        }

    @property
    def complete(self) -> bool:
        """Whether no file was refused, none waits and no race was lost."""
        nobody = not (self.unknown or self.waiting or self.unasked)
        return nobody and all(not act.refused and not act.raced for act in self.acts)


def run(command_act: CommandAct, progress: Progress | None = None) -> CommandOutcome:
    """Finish what a killed run left, then do the act. Raises Refused."""
    if command_act.actor is not None:
        acts.acting_desk(command_act.actor, command_act.verb)
    if command_act.request.second is not None and not deployment.is_demo():
        raise not_allowed(ONLY_IN_PERSON)
    _refuse_nameless(command_act)
    outcome = CommandOutcome(
        command_act.verb, command_act.batch.code, resumed=acts.resume(command_act.batch, progress)
    )
    ids, outcome.unknown = _meant(command_act)
    if command_act.verb is Verb.LAPSE:
        _explain(command_act, ids)
    if command_act.verb is Verb.CERTIFY:
        outcome.early = rosters.numbered_early(command_act.batch, ids)
    if undone := finishing.would_undo(command_act.batch, command_act.verb):
        outcome.early = (undone,)
    origin = Origin.of_command()
    ids = _asked_for_two(command_act, ids, outcome, origin)
    for actor, group in _by_desk(command_act, ids):
        act = _confirmed(
            command_act, group, actor, replace(command_act.request, key=uuid4().hex, origin=origin)
        )
        try:
            outcome.acts.append(acts.carry_out(act, "command", progress))
        except IntegrityError as error:
            log.exception("act failed", act=act.pk, verb=act.verb, batch=command_act.batch.code)
            raise Refused(
                f"「{command_act.verb.label}」（第 {act.pk} 项）没有办完：{acts.WENT_WRONG}"
            ) from error
    return outcome


def _confirmed(command_act: CommandAct, ids: list[int], actor: Actor, request: ActRequest) -> Act:
    """The act; a deferral comes with a statement of each student, as on the page (annex 2)."""
    if command_act.verb is not Verb.DEFER:
        return acts.confirm(command_act.batch, ids, actor, request, job=True)
    if command_act.papers is None:  # refused, each of them by name
        return acts.confirm(command_act.batch, ids, actor, request, job=True)
    given = command_act.papers.given(statements.deferrable_files(ids, actor))
    return statements.confirm(command_act.batch, ids, actor, request, given)


def _asked_for_two(
    command_act: CommandAct, ids: list[int], outcome: CommandOutcome, origin: Origin
) -> list[int]:
    """`ids` without the files that now wait for a second person."""
    if (
        command_act.actor is None
        or command_act.request.second is not None
        or not step_of(command_act.verb).may_take_two
    ):
        return ids
    waiting = second_requests.waiting_files(
        command_act.batch, ids, command_act.actor, command_act.request
    )
    asked = second_requests.ask(
        command_act.batch, waiting, command_act.actor, command_act.request, origin.address
    )
    outcome.waiting, outcome.unasked = asked
    left = set(waiting)
    return [pk for pk in ids if pk not in left]


def _meant(command_act: CommandAct) -> tuple[list[int], tuple[str, ...]]:
    """(candidates, 学号 that belong to nobody the actor sees)."""
    people = _range(command_act)
    if command_act.counted is not None:
        return _counted(people, command_act.counted)
    if command_act.students is None:
        people = people.filter(aside=False)
        return list(_at_origin(people, command_act).values_list("id", flat=True)), ()
    return _named(people, command_act.students)


def _at_origin(people: QuerySet[Candidate], command_act: CommandAct) -> QuerySet[Candidate]:
    """All files at a place where the step starts; for a degree, those whose level has one."""
    step = step_of(command_act.verb)
    places = [
        place.value
        for place, owner in step.origins
        if command_act.actor is None or may_act(command_act.actor.desk, owner)
    ]
    if step.during is not None:
        people = people.filter(stage__in=[stage.value for stage in step.during])
    if step.track is Track.DEGREE:
        return people.filter(degree__in=places).exclude(student__level=Level.JUNIOR.value)
    if step.track is Track.DEGREE_PAPER:
        people = people.filter(degree=DegreeState.GRANTED.value)
        return people.exclude(
            degree_certificates__in=DegreeCertificate.objects.filter(voided_at=None)
        )
    return people.filter(stage__in=places)


def _range(command_act: CommandAct) -> QuerySet[Candidate]:
    people = Candidate.objects.filter(batch=command_act.batch)
    if command_act.actor is not None:
        people = scope.visible(command_act.actor, people)
    if command_act.centre is not None:
        people = people.filter(Q(centre=command_act.centre) | Q(centre__parent=command_act.centre))
    if command_act.request.round_name and command_act.verb is not Verb.APPLY:
        people = people.filter(round__name=command_act.request.round_name)
    return people


def _named(
    people: QuerySet[Candidate], numbers: Sequence[str]
) -> tuple[list[int], tuple[str, ...]]:
    rows = people.filter(student__number__among=list(numbers)).values_list("student__number", "id")
    found = dict(rows)
    return [found[n] for n in numbers if n in found], tuple(n for n in numbers if n not in found)


def _counted(
    people: QuerySet[Candidate], numbers: Sequence[str]
) -> tuple[list[int], tuple[str, ...]]:
    """The files found, and those that should have been: the latter are refused by name, as a
    discrepancy.
    """
    found, unknown = _named(people, numbers)
    everybody = list(people.filter(stage=Stage.SHIPPED.value).values_list("id", flat=True))
    expected = parcels.travelling(everybody, with_parcels_of=found)
    parcels.count(expected, found)
    return [*found, *(pk for pk in expected if pk not in set(found))], unknown


def _refuse_nameless(command_act: CommandAct) -> None:
    """Everybody lapses with the closing that two people agree to, as on the page; a file that
    lapses before it is named, by a named person.

    That a paper has come back is recorded for named students, by a person who has seen it: it is
    then printed once more.
    """
    if command_act.verb is Verb.LAPSE:
        if command_act.students is None:
            raise Refused(BY_CLOSING.format(code=command_act.batch.code))
        if command_act.actor is None:
            raise Refused(
                "「未办结转」须由两位总部人员共同办理：用 --as 说明由谁提出，用 --note 写明原因"
            )
    if (
        command_act.verb is Verb.RECALL
        and not deployment.is_demo()
        and (command_act.actor is None or command_act.students is None)
    ):
        raise Refused(BACK_BY_NAME)


def _explain(command_act: CommandAct, ids: Sequence[int]) -> None:
    """Files lapse with a reason of their own (notice 七.3): the note of those named, never of
    everybody.
    """
    if command_act.actor is not None:
        closing.explain_named(
            command_act.batch,
            ids,
            str(command_act.request.answers.get("note", "")),
            command_act.actor,
        )


def _by_desk(command_act: CommandAct, ids: Sequence[int]) -> Iterator[tuple[Actor, list[int]]]:
    """The actor: the person named, else the program at the desk that each file's step belongs to."""
    if command_act.actor is not None or not ids:
        if command_act.actor is not None and ids:
            yield command_act.actor, list(ids)
        return
    step = step_of(command_act.verb)
    owners = _owners(step, ids)
    groups: dict[Desk, list[int]] = {}
    for pk in ids:
        groups.setdefault(owners.get(pk) or step.desk, []).append(pk)
    for desk, group in groups.items():
        yield own_accounts.system_actor(desk), group


def _owners(step: Step, ids: Sequence[int]) -> dict[int, Desk | None]:
    """The desk that each file's step belongs to, given where the file or the case is."""
    if step.track is Track.CASE:
        return {pk: step.desk_at(case.state) for pk, case in case_of(ids).items()}
    if step.track not in (Track.STAGE, Track.DEGREE):
        return {}
    kind = step.track.value
    rows = Candidate.objects.filter(id__among=list(ids)).values_list("id", step.track.name.lower())
    return {pk: step.desk_at(kind(place)) for pk, place in rows}


# -- who was refused
# -------------------------------------------------------------------------------------------


def refused_rows(outcome: CommandOutcome) -> Iterator[tuple[str, ...]]:
    """One line per person: 学号, 姓名, 学习中心, 原因, 下一步; after the refused the unasked, the unknown 学号
    last.
    """
    made = [act.pk for act in outcome.acts]
    naming = naming_next_of(outcome.batch)
    rows = Refusal.objects.filter(act__in=made).select_related(
        "candidate__student", "candidate__centre"
    )
    for row in rows.order_by("candidate__student__number").iterator(chunk_size=2_000):
        found = [f for f in stored(row.findings) if f.blocks]
        reasons = "；".join(f"{f.sentence}（{f.clause.source}）" for f in found) or RACED
        todo = "；".join(dict.fromkeys(f"{f.desk.label}：{f.todo}" for f in found))
        yield (
            row.candidate.student.number,
            row.candidate.student.name,
            row.candidate.centre.name,
            naming(reasons),
            naming(todo),
        )
    for one in outcome.unasked:
        yield one.number, one.name, one.centre, one.why, "等那一项答复以后再提出，或在那里答复"
    for number in outcome.unknown:
        yield number, "", "", NOT_HERE, "核对学号、学习中心和轮次"


def refused_workbook(outcome: CommandOutcome, actor: Actor | None, target: Path) -> Path:
    """Write who was refused and why to `target`, on record in the name of `actor`; returns it.
    Raises OSError.
    """
    asked = [("batch", outcome.batch), *(("act", str(act.pk)) for act in outcome.acts)]
    leaving = list_exports.ListExport(Leaves.ACT_REFUSED, "未办理", asked, (), HEADERS, WIDTHS)
    by = actor or own_accounts.system_actor(step_of(outcome.verb).desk)
    return list_exports.deliver(by, leaving, list(refused_rows(outcome)), target)
