"""Closing a batch: files that are left lapse into the next one, none in motion without an
explanation.

Two people agree to it; from then on the batch takes no work, and the worker lapses the files that
are left, piece by piece. It ends with the batch closed, or, when stopped, refused or given up, with
every file where it was before (`undo`, `reopening`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from graduand.models import Act, Batch, Candidate, Job, User
from graduand.models.engine import engine_of
from graduand.office import account_log, acts, moves, typed_texts
from graduand.office.people import own_accounts
from graduand.office.queue import halting, orders
from graduand.office.refusal import Refused, not_allowed
from graduand.office.season import batches
from graduand.office.season.ending import finishing, reopening
from graduand.queries import clock, judging
from graduand.queries.queue import jobs, standstill
from graduand.queries.scope import Actor
from graduand.queries.season import gaps
from graduand.queries.verdicts import chunks
from graduand.rulebook.journey import STEPS
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.terms import Desk, JobState, Stage, Verb
from graduand.rulebook.words import name_some

IN_MOTION = (Stage.APPLIED.value, Stage.ENDORSED.value)
SHOWN = 5
NOTE_LENGTH = 120
NOT_CLOSED = "批次没有关闭，名单恢复后可以继续办理；要关闭，请重新提出"
# Files of one act, those that lapse in one transaction, and those explained in one.
AN_ACT = 2_000
PIECE = moves.PIECE
EXPLAINED = 1_000


def unexplained(batch: Batch) -> str:
    """The closing checklist (七.3): a sentence that names files in motion without an explanation, ""
    for none.
    """
    files = Candidate.objects.filter(batch=batch, aside=False, stage__in=IN_MOTION, explanation="")
    count = files.count()
    if not count:
        return ""
    numbers = files.order_by("student__number").values_list("student__number", flat=True)
    some = name_some(list(numbers[:SHOWN]), SHOWN, count)
    return (
        f"批次 {batch.code} 还有 {count} 份在办档案没有说明未办结的原因（七.3）：{some}。"
        "请先办结，或在「查缺补漏与关闭」逐项说明后再关闭"
    )


def order(batch: Batch, first: Actor) -> None:
    """Two people want it closed: from now on it takes no work, and the worker lapses whoever is
    left, piece by piece.

    In one transaction; refused as a whole, with nothing changed, while anybody is left without an
    explanation, and for anybody but headquarters. Raises Refused.
    """
    acts.acting_desk(first, Verb.LAPSE)
    with transaction.atomic():
        # The row is locked until we commit: no file changes its stage while we look for files that
        # are left.
        takes_work = Batch.objects.filter(
            pk=batch.pk, closed_at=None, closing_since=None, deleted_at=None
        )
        if not takes_work.update(closing_since=clock.now(), listed_to=None):
            raise Refused(f"{Batch.objects.get(pk=batch.pk).shut}，请刷新查看")
        if why := unexplained(batch) or _in_the_way(batch):
            raise Refused(why)
        orders.order(WorkKind.CLOSING, batch.pk, first.user_id, _left(batch).count())


def _left(batch: Batch) -> QuerySet[Candidate]:
    """The files that are not finished, and lapse with the closing."""
    files = Candidate.objects.filter(batch=batch, aside=False)
    return files.filter(stage__in=[stage.value for stage in STEPS[Verb.LAPSE].stages])


def advance(subject: int, size: int | None = None) -> tuple[int, int, bool]:
    """Do the next piece: (lapsed, all of them, whether the batch is closed). After a kill it
    continues where it stopped.

    Raises WorkStopped, and Refused with the reason: then the batch is not closed, and the files
    that have lapsed come back before anybody can work in the batch again.
    """
    halting.obey(WorkKind.CLOSING, subject)
    batch = Batch.objects.get(pk=subject)
    job = jobs.job_of(WorkKind.CLOSING, subject)
    if job is None or job.state == JobState.CANCELLED:
        raise halting.WorkStopped  # the closing was withdrawn after the job was claimed
    if batch.closing_since is None:
        if batch.closed_at is not None and not batch.reopening:
            return job.total, job.total, True
        raise Refused(NOT_CLOSED)  # a killed process undid the closing, and did not record that
    try:
        closed = _next_piece(batch, job, size or PIECE)
    except Refused as why:
        undo(subject)
        raise Refused(f"批次没有关闭：{why}") from why
    if closed:
        return job.total, job.total, True
    return job.total - min(_left(batch).count(), job.total), job.total, False


def _next_piece(batch: Batch, job: Job, size: int) -> bool:
    """Lapse some more files; with the last ones the batch is closed, which is returned. Raises
    Refused.
    """
    act = _lapsing(batch).order_by("id").first() or _next_act(batch, job.by)
    if act is not None:
        act = moves.advance(act.pk, size)
        if act.finished_at is not None and act.refused and not act.done:
            # Every further act would be refused, too.
            raise Refused(reopening.first_reason(act))
        return False
    try:
        batches.close(batch, by=job.by_id)
    except batches.StillOpen:
        return False  # a file came back from another batch after we looked
    finishing.settle()
    return True


def _next_act(batch: Batch, first: User | None) -> Act | None:
    """An act for the next ones who lapse; None when nobody is left. Raises Refused."""
    ids = list(_left(batch).order_by("id").values_list("id", flat=True)[:AN_ACT])
    if not ids:
        return None
    actor = own_accounts.actor_today(first)
    if actor is None or not rights.may(actor.roles, actor.desk, Verb.LAPSE):
        raise Refused("提出人已不在岗位；请由在岗的同事重新提出")
    with transaction.atomic():
        # Held until we commit: the last acts of a closing that was just undone are not confirmed.
        if not Batch.objects.filter(pk=batch.pk, closing_since__isnull=False).update(
            closing_since=batch.closing_since
        ):
            raise halting.WorkStopped
        second = reopening.second_of(batch, BatchSwitch.CLOSE, actor)
        request = acts.ActRequest(Verb.LAPSE, second=second, answers={"closing": True})
        return acts.confirm(batch, ids, actor, request)


def _lapsing(batch: Batch) -> QuerySet[Act]:
    """The acts that were confirmed and are not finished."""
    return Act.objects.filter(
        batch=batch, verb=Verb.LAPSE.value, asked__closing=True, finished_at=None
    )


def undo(subject: int) -> None:
    """The batch was not closed, whatever the reason: every file returns to where it was, with the
    application, its order and the college's decision; until then nobody works in the batch.

    Nobody else could bring back the files that have lapsed: a file is listed again with the opening
    of a batch, or not at all. They come back in nobody's name, so no account that ends leaves this
    half done, and no one person stops it.
    """
    with transaction.atomic():
        given_up = Batch.objects.filter(pk=subject, closing_since__isnull=False)
        if given_up.update(
            closing_since=None, closed_at=clock.now(), listed_to="", closing_undone=True
        ):
            _lapsing(Batch(pk=subject)).update(finished_at=clock.now())
            _bring_back(subject)


def _bring_back(subject: int) -> None:
    reopening.bring_back(subject, own_accounts.program(Desk.HQ).pk)


def undo_half_done() -> int:
    """Undo closings that were given up or that no worker continues, and finish undoings that were
    left half done; returns how many.
    """
    begun = Batch.objects.filter(closing_since__isnull=False).values_list("pk", flat=True)
    left = set(begun) - set(jobs.open_jobs(WorkKind.CLOSING).values_list("subject", flat=True))
    for subject in left:
        undo(subject)
    undone = Batch.objects.filter(closing_undone=True, deleted_at=None).values_list("pk", flat=True)
    stuck = set(undone) - set(jobs.open_jobs(WorkKind.REOPENING).values_list("subject", flat=True))
    for subject in stuck:
        _bring_back(subject)
    return len(left) + len(stuck)


def explain(batch: Batch, gap: str, centre: int | None, note: str, actor: Actor) -> int:
    """Write down why these files were not finished (查缺补漏): of a gap of the batch, of one centre or
    of all.

    In short transactions, each with its line in the account log; after a kill the rest is still in
    the gap. A file that has an explanation, or has left the gap meanwhile, stays as it is. Returns
    how many were explained. Raises Refused.
    """
    explanation = _explanation(batch, note, actor)
    if gap not in gaps.names(batch):
        raise Refused(f"批次 {batch.code} {_closed_or_not(batch)}，请刷新页面后重新选择")
    rows = gaps.left(batch, gap)
    if centre is not None:
        rows = rows.filter(centre=centre)
    return _write_explanation(
        batch, rows, explanation, actor, gap=gap, reason=typed_texts.words(note)
    )


def _closed_or_not(batch: Batch) -> str:
    if batch.closed_at:
        return "已关闭"
    return "还没有关闭"


def explain_named(batch: Batch, ids: Sequence[int], note: str, actor: Actor) -> int:
    """Write an explanation for files that are named one by one, by the rules of the page. Returns
    how many. Raises Refused.
    """
    said = _explanation(batch, note, actor)
    lapsing = [stage.value for stage in STEPS[Verb.LAPSE].stages]
    rows = Candidate.objects.filter(
        batch=batch, pk__among=list(ids), aside=False, stage__in=lapsing
    )
    rows = rows.filter(explanation="")
    return _write_explanation(batch, rows, said, actor, reason=typed_texts.words(note))


def say_anew(
    said: gaps.Explanation, batch: Batch, note: str, actor: Actor, numbers: Sequence[str] = ()
) -> int:
    """Write another reason instead of `said`, for all files it is about or for those of `numbers`
    (学号).

    In short transactions, as when it was given. Returns how many. Raises Refused.
    """
    text = _explanation(batch, note, actor)
    return _instead(said, batch, text, actor, numbers, reason=typed_texts.words(note))


def take_back(
    said: gaps.Explanation, batch: Batch, actor: Actor, numbers: Sequence[str] = ()
) -> int:
    """Delete their reason: the files are in their gap again. Returns how many. Raises Refused."""
    _explaining(batch, actor)
    return _instead(said, batch, "", actor, numbers)


def _instead(
    said: gaps.Explanation,
    batch: Batch,
    text: str,
    actor: Actor,
    numbers: Sequence[str],
    **about: Any,
) -> int:
    rows = gaps.with_explanation(batch, said.stage, said.text)
    if numbers:
        rows = rows.filter(number__among=sorted(numbers))
        missing = sorted(set(numbers) - set(rows.values_list("number", flat=True)))
        if missing:
            raise Refused(f"这一条说明里没有学号 {name_some(missing, SHOWN)}，请核对")
    changed = _write_explanation(
        batch, rows, text, actor, again="改写" if text else "撤回", **about
    )
    if not changed:
        raise Refused("这一条说明刚刚已有变化，请刷新页面后重新选择")
    return changed


def _explaining(batch: Batch, actor: Actor) -> None:
    """Raises Refused where nothing is to be explained, and for anybody but headquarters."""
    if actor.desk is not Desk.HQ:
        raise not_allowed(f"未办结的原因由总部说明，您的岗位是{actor.desk.label}")
    if early := gaps.not_begun(batch):
        raise Refused(early)
    if batch.reopening or batch.closing_since is not None:
        raise Refused(f"{batch.shut}，不用说明原因")
    if batch.finished_at is not None:
        raise Refused(f"批次 {batch.code} 已办结，说明不再更改")


def _explanation(batch: Batch, note: str, actor: Actor) -> str:
    """The reason with who gave it and when. Raises Refused."""
    note = typed_texts.words(note)
    if not note:
        raise Refused("请写明原因")
    _explaining(batch, actor)
    if len(note) > NOTE_LENGTH:
        raise Refused(f"原因有 {len(note)} 个字，超过 {NOTE_LENGTH} 个字")
    return f"{note}（{actor.name}，{clock.today()}）"[: gaps.LONGEST]


def _write_explanation(
    batch: Batch, rows: QuerySet[Candidate], explanation: str, actor: Actor, **about: Any
) -> int:
    ids = list(rows.order_by("id").values_list("id", flat=True))
    pieces = (rows.filter(pk__among=list(piece)) for piece in chunks(ids, EXPLAINED))
    return sum(_explain_piece(batch, piece, explanation, actor, about) for piece in pieces)


def _explain_piece(
    batch: Batch, rows: QuerySet[Candidate], said: str, actor: Actor, about: Mapping[str, Any]
) -> int:
    """The files of `rows` whose reason was not changed meanwhile, and the line in the account log
    about them.

    Raises Refused when two people have closed the batch since the last piece, or declared it
    finished: they agreed to what was written before.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            engine_of().hold_batches(cursor)
        _explaining(Batch.objects.get(pk=batch.pk), actor)
        count = rows.update(explanation=said)
        if count:
            account_log.note(
                Deed.EXPLAINED, actor=actor.user_id, batch=batch.code, people=count, **about
            )
    return count


def ready(batch: Batch) -> str:
    """Why the batch can't be closed yet, "" when it can: every gap explained or signed off."""
    if batch.is_open:
        return _in_the_way(batch)
    return batch.shut


def _in_the_way(batch: Batch) -> str:
    """What must be done, or said, before an open batch is closed."""
    if early := gaps.not_begun(batch):
        return f"{early}；误载入、还没有办理过的批次可以删除"
    if again := gaps.being_judged(batch):
        then = "请等审核完成"
        if judging.stands_still():
            then = standstill.words()
        return f"还有 {again:,} 人正在重新审核，是否满足条件尚未确定，{then}"
    counts = gaps.counts(batch)
    gaps_in_words = [_named(batch, name, n) for name, n in counts.items() if n]
    if not gaps_in_words:
        return ""
    return f"还有{'、'.join(gaps_in_words)}没有说明，请先办结或在「查缺补漏与关闭」逐项说明"


def _named(batch: Batch, gap: str, count: int) -> str:
    """`在办未结 3 人（2013104000328 陶听雨、…等）`: whom the refusal is about."""
    some = name_some(gaps.first_names(batch, gap, SHOWN), SHOWN, count)
    return f"{gaps.GAPS[gap]} {count:,} 人（{some}）"


def withdraw(batch: int, by: int) -> None:
    """The batch that two people wanted closed is deleted: what they agreed to was about that one,
    not the next of its code.
    """
    halting.withdraw(WorkKind.CLOSING, batch, by)
