"""Judgement follows the facts: the worker's part of it, what a command does before it ends, and the
search for what was missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from graduand.models import Batch, Candidate
from graduand.office.audit import auditing, forecasts, granted_degrees
from graduand.office.progress import Progress
from graduand.office.queue import orders
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import judging
from graduand.queries.basis import basis_of
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor, visible
from graduand.rulebook.people import rights
from graduand.rulebook.queue.work_terms import WorkKind

# How many people a worker judges before it looks again at the clock, at its stop and at who is due.
CHUNKS_A_STEP = 10


def advance(subject: int) -> tuple[int, int, bool, date | None]:
    """Judge the next people of a batch who are due: (judged, all, whether none is left, the next
    day on which somebody is due).
    """
    batch = Batch.objects.select_related("policy").get(pk=subject)
    everybody = batch.candidates.count()
    if batch.policy is None or batch.deleted_at is not None:
        return everybody, everybody, True, None
    basis = basis_of(batch)
    size = auditing.chunk_size()
    # A new policy's verdicts may be prepared; the work ends only when the last one is stored.
    if batch.closed_at is None and forecasts.swap(batch, size):
        return 0, everybody, False, None
    due = auditing.due(batch, basis)
    for start in range(0, min(len(due), size * CHUNKS_A_STEP), size):
        auditing.refresh(due[start : start + size], basis)
    left = max(0, len(due) - size * CHUNKS_A_STEP)
    more = (
        granted_degrees.check_due(
            granted_degrees.rows_due().filter(candidate__batch=batch), basis, CHUNKS_A_STEP
        )
        or left > 0
    )
    if more:
        return everybody - left, everybody, False, None
    return everybody - left, everybody, True, auditing.next_day(batch, basis.today)


def ordered() -> dict[int, int]:
    """Batch -> how often its judging was ordered."""
    return jobs.orders(WorkKind.AUDIT)


def catch_up(before: Mapping[int, int], progress: Progress | None = None) -> int:
    """Judge here and now everybody who is due in the batches that were ordered since `before`;
    returns how many people.

    A worker may do the same at the same time: both get the same judgement, and it is written once.
    """
    touched = [pk for pk, times in ordered().items() if times != before.get(pk)]
    batches = judging.followed_batches().filter(pk__in=touched).order_by("code")
    return sum(auditing.run(batch, progress=progress).refreshed for batch in batches)


def look() -> int:
    """Order the judging of every batch in which somebody is due and no order exists; returns how
    many batches.

    Every cause orders its judging itself. This finds what was missed: a clock turned back, tables
    changed by hand.
    """
    found = set()
    for batch in judging.followed_batches():
        owed = granted_degrees.rows_due().filter(candidate__batch=batch)
        if auditing.due_rows(batch, basis_of(batch)).exists() or owed.exists():
            found.add(batch.pk)
    found -= jobs.waiting(WorkKind.AUDIT)
    orders.order_again(WorkKind.AUDIT, found)
    return len(found)


def judge_again(batch: Batch, actor: Actor, file: Candidate | None = None) -> int:
    """重新审核, which nobody needs: one file here and now, or whoever is due in a batch; returns
    how many of the actor's.

    The work is the batch's: only who sees all of it finds it among the own tasks, with its counts,
    and may stop it. Raises Refused.
    """
    if not rights.may_rejudge(actor.roles):
        raise not_allowed("重新审核由审核或管理批次规定的人员办理")
    if not judging.follows(batch, file):
        raise Refused(f"{batch.shut}，判断保留关闭时的结果")
    if file is None:
        due = visible(actor, auditing.due_rows(batch, basis_of(batch))).count()
        by = None
        if actor.centres is None:
            by = actor.user_id
        orders.order_again(WorkKind.AUDIT, {batch.pk}, by)
        return due
    with transaction.atomic():
        auditing.mark([(file.pk, batch.pk, True)], "要求重新审核")
        auditing.judge_few([file.pk])
    return 1
