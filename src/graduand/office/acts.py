"""Confirming an act: its files are frozen, order numbers are reserved; `moves` carries it out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from graduand.logs import scrub
from graduand.models import Act, Batch, Candidate, Counter, Lot, Refusal, Round, Statement, User
from graduand.models.engine import CodePoint
from graduand.office import account_log, moves, typed_texts
from graduand.office.account_log import Origin
from graduand.office.dispatch import waybills
from graduand.office.filing.signed_statements import SignedStatements
from graduand.office.progress import Progress
from graduand.office.queue import halting, leases, orders
from graduand.office.refusal import Refused, not_allowed, not_yours
from graduand.queries import clock, scope
from graduand.queries.basis import basis_of
from graduand.queries.scope import Actor
from graduand.queries.verdicts import asked_of
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import ActDetails
from graduand.rulebook.journey import step_of
from graduand.rulebook.judging import may_act
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, Role, Verb

log = structlog.get_logger(__name__)
WENT_WRONG = "处理出错，已办理的部分保留；请联系管理员查看日志"
# Files that moved to another unit while the confirmation was open.
_LOST = Finding("RIGHTS")


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What a person asks for, on a form or at the command line.

    `picked`: the files were frozen when the person saw all of them; those that have moved to
    another unit since are refused by name and do not stop the others. `origin`: where the act came
    from. `statements`: what the students signed, without which nobody defers.
    """

    verb: Verb
    round_name: str | None = None
    second: User | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid4().hex)
    picked: bool = False
    origin: Origin = field(default_factory=Origin)
    statements: SignedStatements | None = None


def do(
    batch: Batch,
    ids: Sequence[int],
    actor: Actor,
    request: ActRequest,
    progress: Progress | None = None,
) -> Act:
    """Confirm and carry out at once; the same key a second time gives the stored outcome."""
    return moves.carry_out(confirm(batch, ids, actor, request), progress)


def confirm(
    batch: Batch, ids: Sequence[int], actor: Actor, request: ActRequest, *, job: bool = False
) -> Act:
    """Freeze `ids` in one short transaction: the idempotency key, the lots, the block of order
    numbers.

    Raises Refused when the desk has no such step, and when an id is not visible to the actor.
    `job` also leaves a row for the worker.
    """
    desk = acting_desk(actor, request.verb)
    request = replace(request, answers=waybills.tidied(request.answers))
    typed_texts.refuse_unclear_proxy(request.verb, request.answers, _visible(batch, ids, actor))
    try:
        return _confirm(batch, ids, actor, request, desk, job=job)
    except IntegrityError:
        # The same key was confirmed by a second request between our look and our write (a double
        # click).
        known = _known(batch, ids, actor, request)
        if known is None:
            raise
        return known


def proxy_problems(
    batch: Batch, ids: Sequence[int], actor: Actor, request: ActRequest
) -> list[str]:
    """Everything that `confirm` would refuse in what was written about a proxy."""
    return typed_texts.proxy_problems(request.verb, request.answers, _visible(batch, ids, actor))


def _known(batch: Batch, ids: Sequence[int], actor: Actor, request: ActRequest) -> Act | None:
    """The act of this key; only the person who used the key gets it, for the same verb and files."""
    known = Act.objects.filter(key=request.key).first()
    if known is None:
        return None
    asked = (actor.user_id, request.verb.value, batch.pk, set(ids))
    if (known.actor_id, known.verb, known.batch_id, set(known.items)) != asked:
        raise not_allowed("此操作编号已用于另一次办理，请刷新页面后重试")
    return known


def _confirm(
    batch: Batch, ids: Sequence[int], actor: Actor, request: ActRequest, desk: Desk, *, job: bool
) -> Act:
    # Read before the transaction, so that nobody waits for it: each chunk checks once more who may
    # be acted on.
    frozen = _frozen(batch, ids, actor, request.verb)
    visible = [pk for pk, _ in frozen]
    with transaction.atomic():
        known = _known(batch, ids, actor, request)
        if known is not None:
            return known
        now = clock.now()
        if Batch.objects.filter(pk=batch.pk, deleted_at__isnull=False).exists():
            raise not_allowed(f"批次 {batch.code} 已删除，没有办理任何学生")
        gone = _gone(frozen, ids, picked=request.picked)
        if request.verb is Verb.SHIP and (
            problem := waybills.problem_with(visible, request.answers)
        ):
            raise not_allowed(problem)
        act = _new_act(batch, actor, request, desk, visible, gone, now)
        _refuse_lost(act, gone)
        if request.verb is Verb.DEFER and request.statements is not None:
            _keep_statements(act, request.statements, visible)
        if request.verb is Verb.APPLY and act.round_id is not None and frozen:
            _reserve(act, act.round_id, [centre for _, centre in frozen])
        _note_act(act, batch, actor, request, now)
        if job:
            orders.order(WorkKind.ACT, act.pk, actor.user_id, act.total)
        return act


def _new_act(
    batch: Batch,
    actor: Actor,
    request: ActRequest,
    desk: Desk,
    visible: list[int],
    gone: list[int],
    now: datetime,
) -> Act:
    """The row of the act; those in `gone` come first in it and count as refused from the start."""
    items = [*gone, *visible]
    ships = actor.desk is Desk.COLLEGE and request.verb is Verb.SHIP
    return Act.objects.create(
        key=request.key,
        verb=request.verb.value,
        batch=batch,
        round=_round(batch, request, now),
        actor_id=actor.user_id,
        desk=actor.desk.value,
        acted_for=desk is not actor.desk,
        second=request.second,
        unit_id=actor.unit_id if ships else None,
        asked=_kept(request),
        items=items,
        total=len(items),
        confirmed_at=now,
        finished_at=None if visible else now,
        cursor=len(gone),
        refused=len(gone),
        by_code={_LOST.code: len(gone)} if gone else {},
        channel=request.origin.channel.value,
        os_user=request.origin.os_user[:64],
        host=request.origin.host[:64],
    )


def _refuse_lost(act: Act, gone: list[int]) -> None:
    lost = json.dumps([_LOST.as_row()], ensure_ascii=False)
    Refusal.objects.bulk_create(Refusal(act=act, candidate_id=pk, findings=lost) for pk in gone)


def _note_act(act: Act, batch: Batch, actor: Actor, request: ActRequest, now: datetime) -> None:
    account_log.note(
        Deed.ACTED,
        actor=actor.user_id,
        address=request.origin.address,
        verb=act.verb,
        batch=batch.code,
        act=act.pk,
        files=act.total,
        second=act.second_id,
        now=now,
    )


def acting_desk(actor: Actor, verb: Verb) -> Desk:
    """The desk of the step that `actor` may do; a higher one when headquarters acts for it."""
    owners = [desk for _, desk in step_of(verb).origins]
    if not rights.may(actor.roles, actor.desk, verb):
        mine = "、".join(role.label for role in Role if role in actor.roles)
        raise not_allowed(
            f"您的角色「{mine}」没有「{verb.label}」的权限；需要时请管理员授予相应角色"
        )
    if actor.desk in owners:
        return actor.desk
    for desk in owners:
        if may_act(actor.desk, desk):
            return desk
    raise not_allowed(f"「{verb.label}」由{owners[0].label}办理，您的岗位是{actor.desk.label}")


def _frozen(batch: Batch, ids: Sequence[int], actor: Actor, verb: Verb) -> list[tuple[int, int]]:
    """(candidate, centre) in the order of lots: by 单位代码, inside it by 学号.

    Numbers are given in the order of application, over all chunks of the act (七.2).
    """
    lots = (CodePoint("centre__code"), CodePoint("student__number"))
    order = ("round__position", "reported_no") if verb is Verb.CERTIFY else lots
    return list(_visible(batch, ids, actor).order_by(*order).values_list("id", "centre_id"))


def _visible(batch: Batch, ids: Sequence[int], actor: Actor) -> QuerySet[Candidate]:
    return scope.visible(
        actor, Candidate.objects.filter(batch=batch, batch__deleted_at=None, id__among=ids)
    )


def _gone(frozen: list[tuple[int, int]], ids: Sequence[int], *, picked: bool) -> list[int]:
    """The files of `ids` that the actor does not see, in no lot. Raises Refused unless `picked`."""
    gone = sorted(set(ids).difference(pk for pk, _ in frozen))
    if gone and not picked:
        raise not_yours(f"所选 {len(set(ids))} 人中有不存在或不属于您的学生，全部未办理")
    return gone


def _round(batch: Batch, request: ActRequest, now: datetime) -> Round | None:
    """The round applied to: the named one, else the open normal round."""
    name = request.round_name
    if request.verb is not Verb.APPLY:
        return None
    if name is None and (planned := basis_of(batch, now).open_round()):
        name = planned.name
    if not name:
        return None
    return Round.objects.filter(batch=batch, name=name).first()


def _keep_statements(act: Act, given: SignedStatements, files: Sequence[int]) -> None:
    """The statements of the students whom the deferral can move; no others signed one."""
    stages = [stage.value for stage in step_of(Verb.DEFER).stages]
    kept = (
        Candidate.objects.filter(pk__among=list(files), stage__in=stages)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Statement.objects.bulk_create(given.row(act, pk) for pk in kept)


def _kept(request: ActRequest) -> dict[str, Any]:
    """What the act stores of the request: texts and names of files may hold 证件号 and phones, which
    are masked.

    Carriers' numbers stay as they are, since they may be as long. That students signed something is
    stated by what they signed alone.
    """
    said = dict(request.answers)
    relation = said.pop("relation", "")  # of a proxy, stored together with the proxy's name
    if said.get("note") or relation:
        said["note"] = typed_texts.note(request.verb, request.answers)
    if request.verb is Verb.DEFER:
        said.pop("statement", None)
        if request.statements is not None:
            said["statement"] = request.statements.told
        return said
    if isinstance(said.get("statement"), dict):
        said["statement"] = {**said["statement"], "name": scrub(said["statement"].get("name", ""))}
    return said


def _reserve(act: Act, round_id: int, centres: Iterable[int]) -> None:
    """A lot for each centre, its block of order numbers following the one before."""
    sizes: dict[int, int] = {}
    for centre in centres:
        sizes[centre] = sizes.get(centre, 0) + 1
    number = Counter.reserve(f"lot:{round_id}", len(sizes))
    first = Counter.reserve(f"reported:{round_id}", sum(sizes.values()))
    lots = []
    for offset, (centre, size) in enumerate(sizes.items()):
        lots.append(
            Lot(
                act=act,
                round_id=round_id,
                centre_id=centre,
                number=number + offset,
                first_no=first,
                size=size,
            )
        )
        first += size
    Lot.objects.bulk_create(lots)


@dataclass(frozen=True, slots=True)
class ResumedActs:
    """Acts that a killed process left unfinished: those finished now, and those that fail again,
    with the reason.
    """

    done: list[Act] = field(default_factory=list)
    stuck: list[tuple[Act, str]] = field(default_factory=list)


def resume(batch: Batch, progress: Progress | None = None) -> ResumedActs:
    """Carry out what a killed process left half done in `batch`; what lapses or comes back with a
    batch is not asked for by itself, and goes on with its closing or opening.

    What fails again is named and stays undone (`doctor` counts it); nobody who works on the batch
    has to wait for it.
    """
    resumed = ResumedActs()
    left = Act.objects.filter(batch=batch, finished_at=None, total__gt=0).exclude(
        asked__has_key="closing"
    )
    for act in left.order_by("id"):
        try:
            resumed.done.append(moves.carry_out(act, progress))
            orders.leave(WorkKind.ACT, act.pk)
        except Refused as why:
            resumed.stuck.append((act, str(why)))
        except Exception:  # any error would occur again each time: the other acts go on
            log.exception("act failed", act=act.pk, verb=act.verb, batch=batch.code)
            resumed.stuck.append((act, WENT_WRONG))
    return resumed


def carry_out(
    act: Act, what: str, progress: Progress | None = None, size: int = moves.PIECE
) -> Act:
    """Do a confirmed act here and now, on the lease of its job: if this process is killed, the
    worker takes over once the lease has run out.

    `what` names who is doing it: a command, a desk.
    """
    lease = leases.take(WorkKind.ACT, act.pk, what)
    while act.finished_at is None:
        act = moves.advance(act.pk, size)
        lease.beat(act.cursor)
        if progress is not None:
            progress(act.cursor, act.total)
    lease.end(act.cursor, act.total)
    return act


def end(act: int) -> bool:
    """End an act; what is done stays done. False when it had ended already."""
    return bool(Act.objects.filter(pk=act, finished_at=None).update(finished_at=clock.now()))


def cancel(act: int, actor: Actor) -> bool:
    """Stop a confirmed act of `actor` before its next piece: what is done stays done, the rest is
    left where it is.

    False when it had ended already, or is somebody else's.
    """
    if not Act.objects.filter(pk=act, actor=actor.user_id).exists():
        return False
    with transaction.atomic():
        ended = end(act)
        if ended:
            halting.withdraw(WorkKind.ACT, act, actor.user_id)
            account_log.note(
                Deed.STOPPED, actor=actor.user_id, work=WorkKind.ACT.value, subject=act
            )
    return ended


def asked_by(actor: Actor, request: ActRequest) -> ActDetails:
    """The details that a confirmed act would carry, for a preview."""
    act = Act(
        verb=request.verb.value,
        actor_id=actor.user_id,
        desk=actor.desk.value,
        second=request.second,
        round=Round(name=request.round_name) if request.round_name else None,
        asked=_kept(request),
    )
    return asked_of(act)
