"""A batch loaded by mistake is deleted, as long as nothing has happened to any file of it.

Its row stays, marked, with the versions of its policy: what was in force once can be read for ever,
and the same code can be loaded again. The files go piece by piece; killed, the worker or the next
command goes on.
"""

from __future__ import annotations

from django.db import connection, transaction

from graduand.models import (
    Act,
    Batch,
    Candidate,
    Document,
    Event,
    Forecast,
    IncomingNumber,
    Judgement,
    ListEntry,
    Refusal,
    Stale,
    Statement,
)
from graduand.models.engine import engine_of
from graduand.office import account_log, picks
from graduand.office.queue import halting, orders
from graduand.office.refusal import Refused, not_allowed
from graduand.office.season.ending import closing
from graduand.queries import clock
from graduand.queries.identity.case_files import CASE_VERBS
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import office_day
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, Verb

# Of each file six tables are emptied, so a piece is smaller than one of a list that is made.
PIECE = 500
# Tables that hold what was noted of files to which nothing has happened, and last the files
# themselves.
_NOTED = (Refusal, ListEntry, Stale, Judgement, Forecast)


def why_not(batch: Batch) -> str:
    """Why the batch can't be deleted, in a sentence; "" when it can."""
    if batch.deleted_at is not None:
        return f"批次 {batch.code} 已经删除"
    if done := _what_was_done(batch):
        return done
    if Act.objects.filter(batch=batch, finished_at=None).exists():
        return f"批次 {batch.code} 有正在进行的批量办理，请等它结束或停止后再删除"
    papers = (
        Statement.objects.filter(candidate__batch=batch),
        Document.objects.filter(candidate__batch=batch),
    )
    if any(rows.exists() for rows in papers):
        return f"批次 {batch.code} 已存有学生的声明或档案材料，不能删除；不再办理的，请关闭批次"
    return ""


def _what_was_done(batch: Batch) -> str:
    """The step that keeps the batch, by name; the steps of an identity case last: they are the
    person's, and are only recorded here when the person stood in no batch that had begun.
    """
    events = (
        Event.objects.filter(candidate__batch=batch)
        .order_by("id")
        .select_related("candidate__student")
    )
    first = events.exclude(verb__in=CASE_VERBS).first() or events.first()
    if first is None:
        return ""
    what = (
        f"{first.candidate.student.number} 已于 {office_day(first.at)}「{Verb(first.verb).label}」"
    )
    if first.verb in CASE_VERBS:
        what = f"身份核查的经过记在这一批次的档案里：{what}"
    return f"批次 {batch.code} 已有办理记录（{what}），不能删除；不再办理的，请关闭批次"


def _mark_deleted(batch: Batch, actor: Actor) -> None:
    """Mark the batch as closed, too, so that it is not among the open batches."""
    now = clock.now()
    marked = Batch.objects.filter(pk=batch.pk, deleted_at=None).update(
        deleted_at=now,
        deleted_by_id=actor.user_id,
        policy=None,
        listed_to=None,
        closing_since=None,
        closed_at=now,
        finished_at=None,
    )
    if not marked:
        raise Refused(f"批次 {batch.code} 已由他人删除")


def delete(batch: Batch, actor: Actor) -> None:
    """Delete the batch: from now on it is in no list, and its files go in the background. Raises
    Refused.
    """
    if actor.desk is not Desk.HQ:
        raise not_allowed(f"批次由总部删除，您的岗位是{actor.desk.label}")
    with transaction.atomic():
        # The row is locked until we commit, so no step is under way and the counts are final.
        _mark_deleted(batch, actor)
        if why := why_not(Batch(pk=batch.pk, code=batch.code)):
            raise Refused(why)
        picks.expire(batch.pk)
        closing.withdraw(batch.pk, actor.user_id)
        orders.order(
            WorkKind.DELETING,
            batch.pk,
            actor.user_id,
            Candidate.objects.filter(batch=batch).count(),
        )
        account_log.note(Deed.BATCH_DELETED, actor=actor.user_id, batch=batch.code)


def advance(subject: int, size: int = PIECE) -> tuple[int, int, bool]:
    """Delete the next files of a deleted batch; (gone, total, whether all are)."""
    halting.obey(WorkKind.DELETING, subject)
    left = _delete_piece(subject, size)
    job = jobs.job_of(WorkKind.DELETING, subject)
    total = left
    if job is not None:
        total = job.total
    return max(total - left, 0), total, left == 0


def _delete_piece(batch: int, size: int) -> int:
    """Delete at most `size` files; returns how many are left."""
    files = Candidate.objects.filter(batch=batch, batch__deleted_at__isnull=False)
    with transaction.atomic(), connection.cursor() as cursor:
        ids = list(files.order_by("id").values_list("id", flat=True)[:size])
        # Deleted without reading: Django would first read every row, to find rows that refer to it.
        # The foreign keys hold all the same.
        for model in _NOTED:
            engine_of().delete(cursor, model._meta.db_table, "candidate_id", ids)
        engine_of().delete(cursor, Candidate._meta.db_table, "id", ids)
        if len(ids) < size:
            IncomingNumber.objects.filter(batch=batch).delete()
    return files.count()


def complete(batch: Batch) -> None:
    """Delete what is left of a deleted batch, here and now."""
    while _delete_piece(batch.pk, PIECE):
        pass
    orders.leave(WorkKind.DELETING, batch.pk)


def order_half_done() -> int:
    """Order the rest of deletions that a killed process left half done; returns how many."""
    half = Batch.objects.filter(deleted_at__isnull=False, candidates__isnull=False).values_list(
        "pk", flat=True
    )
    left = set(half.distinct()) - jobs.unsettled(WorkKind.DELETING)
    for batch in left:
        orders.order(WorkKind.DELETING, batch, None, Candidate.objects.filter(batch=batch).count())
    return len(left)


def resume() -> None:
    """Go on with every deletion that a killed process left half done."""
    for batch in Batch.objects.filter(
        deleted_at__isnull=False, candidates__isnull=False
    ).distinct():
        complete(batch)
