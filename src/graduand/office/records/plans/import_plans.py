"""A confirmed import is a plan: written in pieces, resumed when killed, sent back when ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from graduand.models import ImportPlan, Intake, PlannedStudent, RefusedRow, User
from graduand.models.engine import engine_of
from graduand.office import account_log
from graduand.office.progress import Progress
from graduand.office.queue import leases, orders
from graduand.office.queue.leases import Lease
from graduand.office.records.files import plan_files
from graduand.office.records.import_rights import permission
from graduand.office.records.kinds import reader_of
from graduand.office.records.plans.plan_following import STUDENTS_AT_A_TIME, follow, record_of
from graduand.office.records.rows import ImportContext, ImportRow
from graduand.office.records.tables import table_of
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock, stations
from graduand.queries.queue import open_plans
from graduand.queries.scope import Actor
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Deed, Extent
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import SheetKind

from . import import_losses
from .writing import WritingPace, rest, write_rows

ATTEMPTS = 3
# How long (seconds) a worker writes before it looks again at the clock, at its stop and at which
# plan is next.
SLICE = 2.0
BEAT = 5.0  # seconds between two signs of life
LOST = "待写入的数据文件不见了或已损坏，其余的行没有导入；请重新导入这个文件，已写入的会记为未变"
NO_LONGER = "导入人已没有导入这张表的权限，其余的行没有导入"
NOT_YOURS = "您不能终止这项导入；可以终止的是能导入这张表的人员"
# The parts of a plan that never change after it was confirmed, and are not read again for every
# piece.
_STAYS = (
    "id",
    "kind",
    "intake",
    "made_at",
    "file",
    "rows",
    "pieces",
    "place",
    "confirmed_at",
    "told",
)


class PlanWriter(Enum):
    """Who writes a plan: a command, which waits for its turn; a page, unless somebody is before it;
    or the worker.

    One that is ALONE with the database, as whoever makes a demonstration is, leaves nobody a turn
    between two pieces.
    """

    COMMAND = "command"
    ALONE = "alone"
    PAGE = "page"
    WORKER = "worker"


def draft(
    kind: SheetKind,
    by: User | None,
    students: Mapping[int, int],
    writing: plan_files.PlanWriting,
    head: Mapping[str, Any],
    failures: Mapping[str, Any],
    source: Path | None = None,
) -> ImportPlan:
    """Everything that a confirmation needs, durable and without any meaning before it: the rows,
    and whose they are.

    `source`: the sender's own file, where nothing else keeps it.
    """
    name = writing.keep(head, failures, source)
    plan = ImportPlan.objects.create(
        kind=kind.value, by=by, file=name, rows=writing.count, pieces=writing.pieces
    )
    every = sorted(students.items())
    for start in range(0, len(every), STUDENTS_AT_A_TIME):
        some = [(plan.pk, *pair) for pair in every[start : start + STUDENTS_AT_A_TIME]]
        with transaction.atomic(), connection.cursor() as cursor:
            engine_of().insert(
                cursor, table_of(PlannedStudent), ["plan_id", "student_id", "piece"], some
            )
    return plan


def forget(plan: ImportPlan) -> None:
    """Discard a draft that is not confirmed after all."""
    if ImportPlan.objects.filter(pk=plan.pk, confirmed_at=None).exists():
        PlannedStudent.objects.filter(plan=plan).delete()
        ImportPlan.objects.filter(pk=plan.pk, confirmed_at=None).delete()
        plan_files.throw_away(plan.file)


def order(plan: ImportPlan, carrier: PlanWriter) -> Lease | None:
    """The job of a plan being confirmed: the worker's, or ours on a lease until we are killed."""
    orders.order(WorkKind.PLAN, plan.pk, plan.by_id, plan.rows)
    if carrier is PlanWriter.WORKER:
        return None
    return leases.take(WorkKind.PLAN, plan.pk, carrier.value)


def carry_out(
    plan: ImportPlan, lease: Lease, progress: Progress, *, alone: bool = False
) -> ImportPlan:
    """Write a confirmed plan here and now, on the lease of its job; what is before it in turn is
    written first.

    `alone`: nobody waits for the database meanwhile.
    """
    pace = WritingPace(alone=alone)
    reported_at = time.monotonic()
    while plan.finished_at is None:
        advance(_ahead_of(plan, pace) or plan, pace)
        look_again(plan)
        if time.monotonic() - reported_at > BEAT:
            lease.beat(plan.done)
            reported_at = time.monotonic()
        progress(plan.done, plan.rows)
    lease.end(plan.done, plan.rows)
    orders.leave(WorkKind.PLAN, plan.pk)
    return plan


def fresh(pk: int) -> ImportPlan:
    """The plan as it is now, with its record and its people."""
    return ImportPlan.objects.select_related("intake", "by", "ended_by").get(pk=pk)


def look_again(plan: ImportPlan) -> None:
    """See what became of a plan, and of its people."""
    moving = [
        field.name for field in ImportPlan._meta.concrete_fields if field.name not in _STAYS
    ]  # Django's documented door
    plan.refresh_from_db(fields=moving)


def _ahead_of(plan: ImportPlan, pace: WritingPace) -> ImportPlan | None:
    """The plan before ours. Plans are written in order: once there is none before it, none will
    come.
    """
    if pace.is_first:
        return None
    first = open_plans.ahead_of(plan)
    pace.is_first = first is None
    return first


def roll_forward(progress: Progress) -> list[ImportPlan]:
    """Finish what is confirmed and not through, in order; returns these plans.

    Somebody else may be at it: the piece that one of us has written, the other leaves alone.
    """
    plans = list(open_plans.unfinished())
    return [
        carry_out(plan, leases.take(WorkKind.PLAN, plan.pk, "forward"), progress) for plan in plans
    ]


def advance_slice(subject: int, pace: WritingPace) -> tuple[int, int, bool]:
    """The worker's next slice of a plan, or of one before it: (rows done, rows, none left).

    `pace` is the same for all slices of one plan: how many rows fit is learned once.
    """
    began = time.monotonic()
    plan = fresh(subject)
    while plan.finished_at is None and time.monotonic() - began < SLICE:
        advance(_ahead_of(plan, pace) or plan, pace)
        look_again(plan)
    return plan.done, plan.rows, plan.finished_at is not None


def advance(plan: ImportPlan, pace: WritingPace) -> None:
    """The next piece of a plan, or the next step of what follows, unless somebody else did it."""
    if plan.ended_at is not None or plan.cursor >= plan.pieces:
        follow(plan)
        return
    for left in reversed(range(ATTEMPTS)):
        try:
            _write_next(plan, pace)
        except FileNotFoundError:
            stop(plan.pk, None, LOST)
        except Refused:
            stop(plan.pk, None, NO_LONGER)
        except (IntegrityError, OperationalError) as error:
            thrown_out = isinstance(error, OperationalError) and engine_of().was_thrown_out(error)
            if not left or not (thrown_out or isinstance(error, IntegrityError)):
                raise
            continue
        return


# -- the rows


def _write_next(plan: ImportPlan, pace: WritingPace) -> None:
    with plan_files.OpenPlanFile(plan.file) as kept:
        head = kept.head()
        rows, upto = kept.rows(head, plan.cursor, plan.pieces, pace.rows)
    kind = SheetKind(plan.kind)
    allowed = permission(plan.by, kind)
    if allowed.extent.value != head["extent"]:
        raise not_allowed(NO_LONGER)
    context = ImportContext(
        plan.by,
        clock.now(),
        clock.today(),
        allowed.centres,
        frozenset(head["absent"]),
        allowed.actor,
        head["clear"],
        record_of(plan),
        piecewise=True,
    )
    began = time.monotonic()
    _write(plan, rows, upto, context, head)
    took = time.monotonic() - began
    pace.learn(len(rows), took)
    if upto < plan.pieces and not pace.alone:
        rest(took)


def _write(
    plan: ImportPlan,
    rows: Sequence[ImportRow],
    upto: int,
    context: ImportContext,
    head: Mapping[str, Any],
) -> None:
    """One piece, one transaction; it is ours when the cursor is still where we read it."""
    kind = reader_of(SheetKind(plan.kind), Extent(head["extent"]))
    with transaction.atomic():
        unwritten = ImportPlan.objects.filter(
            pk=plan.pk, cursor=plan.cursor, ended_at=None, finished_at=None
        )
        if not unwritten.update(cursor=upto, done=F("done") + len(rows)):
            return
        counts = write_rows(kind, rows, context, compared=head["compared"])
        refuse_rows(plan, context)
        PlannedStudent.objects.filter(plan=plan, piece__gte=plan.cursor, piece__lt=upto).delete()
        Intake.objects.filter(pk=record_of(plan)).update(
            refused=F("refused") + len(context.problems),
            **{name: F(name) + n for name, n in asdict(counts).items()},
        )
        if more := kind.following(context) | import_losses.facts_before(kind, context):
            ImportPlan.objects.filter(pk=plan.pk).update(follow=merged(plan.follow, more))


def refuse_rows(plan: ImportPlan, context: ImportContext) -> None:
    """Record the rows that were confirmed and are not written after all."""
    RefusedRow.objects.bulk_create(
        RefusedRow(
            plan=plan, row=row, reasons=json.dumps([list(p) for p in found], ensure_ascii=False)
        )
        for row, found in context.problems.items()
    )


def merged(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """What follows two pieces: counts are added, lists joined."""
    found = dict(before)
    for name, value in more.items():
        if isinstance(value, list):
            found[name] = sorted({*found.get(name, ()), *value})
        else:
            found[name] = found.get(name, 0) + value
    return found


# -- ended


def may_end(plan: ImportPlan, actor: Actor) -> bool:
    """Whoever may import that sheet, and sees the record of this import."""
    if rights.import_extent(actor.roles, actor.desk, SheetKind(plan.kind)) is None:
        return False
    return stations.intakes(actor).filter(pk=record_of(plan)).exists()


def end(pk: int, actor: Actor) -> bool:
    """终止: what is written stays, the rest goes back to its sender. False when nothing was left to
    end.

    Raises Refused, ImportPlan.DoesNotExist.
    """
    plan = ImportPlan.objects.get(pk=pk)
    if not may_end(plan, actor):
        raise not_allowed(NOT_YOURS)
    with transaction.atomic():
        ended = stop(pk, actor.user_id)
        if ended:
            account_log.note(
                Deed.STOPPED, actor=actor.user_id, work=WorkKind.PLAN.value, subject=pk
            )
    return ended


def stop(pk: int, by: int | None, why: str = "") -> bool:
    """Writes no more of it; its job goes on with what follows, given up or not. False if nothing was
    left to end.
    """
    left = ImportPlan.objects.filter(pk=pk, ended_at=None, finished_at=None, cursor__lt=F("pieces"))
    ended = bool(left.update(ended_at=clock.now(), ended_by_id=by, ended_why=why))
    if ended:
        orders.restart_failed(WorkKind.PLAN, pk)
    return ended


# -- what a killed process left


def sweep() -> int:
    """Delete drafts not confirmed for a day, and files of no plan; returns how many."""
    old = clock.real_now() - timedelta(seconds=plan_files.ABANDONED)
    drafts = list(ImportPlan.objects.filter(confirmed_at=None, made_at__lt=old))
    for plan in drafts:
        forget(plan)
    return len(drafts) + plan_files.sweep(
        _files(ImportPlan.objects.filter(finished_at=None).values_list("file", flat=True))
    )


def _files(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names) - {""}
