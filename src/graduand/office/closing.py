"""Closing a batch: whoever is left lapses into the next one, nobody in motion without an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet

from graduand.models import Act, Batch, Candidate
from graduand.office import accounts, acts, batches, finishing, moves, reopening, trail, typed
from graduand.office.queue import halting, leases, orders
from graduand.office.refusal import Refused
from graduand.queries import clock, gaps, tasks
from graduand.queries.scope import Actor, actor_of
from graduand.queries.verdicts import chunks
from graduand.rulebook import rights
from graduand.rulebook.account_terms import Deed
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Desk, JobState, Stage, Verb
from graduand.rulebook.work_terms import WorkKind

IN_MOTION = (Stage.APPLIED.value, Stage.ENDORSED.value)
SHOWN = 5
NOTE_LENGTH = 120
# Files of one act, and those explained in one transaction.
AN_ACT, PIECE = 5_000, 1_000


def unexplained(batch: Batch) -> str:
    """The closing checklist (七.3): a sentence that names files in motion without an explanation, "" for none."""
    files = Candidate.objects.filter(batch=batch, aside=False, stage__in=IN_MOTION, explanation="")
    count = files.count()
    if not count:
        return ""
    some = "、".join(islice(files.order_by("student__number").values_list("student__number", flat=True), SHOWN))
    return (
        f"批次 {batch.code} 还有 {count} 份在办档案没有说明未办结的原因（七.3）：{some}{'等' if count > SHOWN else ''}。"
        "请先办结，或在「查缺补漏与关闭」逐项说明后再关闭"
    )


def close(batch: Batch, actor: Actor, progress: moves.Progress | None = None) -> Act | None:
    """Lapse the rest and close; returns the last act, None when nobody was left (七.1, 七.3).

    Refused as a whole, with nothing changed, while anybody is left without an explanation. Killed half way, it is
    finished by closing again. Raises Refused, also for anybody but headquarters.
    """
    acts.acting_desk(actor, Verb.LAPSE)
    batch.refresh_from_db()
    lapsed = None
    for last_time in (False, False, True):
        if silent := unexplained(batch) or ready(batch):
            raise Refused(silent)
        lapsed = _lapse_the_rest(batch, actor, progress) or lapsed
        try:
            batches.close(batch, by=actor.user_id)
        except batches.StillOpen:
            if last_time:
                raise
            continue  # somebody was listed, or came back from another batch, while the others lapsed
        break
    finishing.settle()
    return lapsed


def _lapse_the_rest(batch: Batch, actor: Actor, progress: moves.Progress | None) -> Act | None:
    """Everybody who is not through, an act for some thousands at a time; returns the last act."""
    lapsed = None
    for killed in _lapsing(batch):
        lapsed = moves.carry_out(killed)
    files = Candidate.objects.filter(batch=batch, aside=False)
    left = files.filter(stage__in=[stage.value for stage in STEPS[Verb.LAPSE].stages])
    ids = list(left.order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), AN_ACT):
        wish = acts.Wish(Verb.LAPSE, said={"closing": True})
        act = acts.confirm(batch, ids[start : start + AN_ACT], actor, wish)
        lapsed = moves.carry_out(act, _going_on(progress, start, len(ids)))
    return lapsed


def _going_on(progress: moves.Progress | None, before: int, total: int) -> moves.Progress | None:
    return None if progress is None else lambda done, _: progress(before + done, total)


def _lapsing(batch: Batch) -> QuerySet[Act]:
    """What an earlier closing has left half done."""
    return Act.objects.filter(batch=batch, verb=Verb.LAPSE.value, asked__closing=True, finished_at=None)


def explain(batch: Batch, gap: str, centre: int | None, note: str, actor: Actor) -> int:
    """Write down why these files were not finished (查缺补漏): of a gap of the batch, of one centre or of all.

    In short transactions, each with its line in the trail; killed, who is left still stands in the gap. Who has an
    explanation, or has left the gap meanwhile, keeps what he has. Returns how many were explained. Raises Refused.
    """
    said = _explanation(batch, note, actor)
    if gap not in gaps.names(batch):
        raise Refused(f"批次 {batch.code} {'已' if batch.closed_at else '还没有'}关闭，请刷新页面后重新选择")
    rows = gaps.left(batch, gap)
    rows = rows.filter(centre=centre) if centre is not None else rows
    return _write_explanation(batch, rows, said, actor, gap)


def explain_named(batch: Batch, ids: Sequence[int], note: str, actor: Actor) -> int:
    """The same for files that are named one by one, by the rules of the page. Returns how many. Raises Refused."""
    said = _explanation(batch, note, actor)
    lapsing = [stage.value for stage in STEPS[Verb.LAPSE].stages]
    rows = Candidate.objects.filter(batch=batch, pk__among=list(ids), aside=False, stage__in=lapsing)
    return _write_explanation(batch, rows.filter(explanation=""), said, actor)


def _explanation(batch: Batch, note: str, actor: Actor) -> str:
    """The reason with who gave it and when. Raises Refused."""
    note = typed.words(note)
    if not note:
        raise Refused("请写明原因")
    if early := gaps.not_begun(batch):
        raise Refused(early)
    if batch.reopening:
        raise Refused(f"{batch.shut}，不用说明原因")
    if len(note) > NOTE_LENGTH:
        raise Refused(f"原因有 {len(note)} 个字，超过 {NOTE_LENGTH} 个字")
    return f"{note}（{actor.name}，{clock.today()}）"[:200]


def _write_explanation(batch: Batch, rows: QuerySet[Candidate], said: str, actor: Actor, gap: str = "") -> int:
    ids = list(rows.order_by("id").values_list("id", flat=True))
    pieces = (rows.filter(pk__among=list(piece)) for piece in chunks(ids, PIECE))
    return sum(_explain_piece(batch, gap, piece, said, actor) for piece in pieces)


def _explain_piece(batch: Batch, gap: str, rows: QuerySet[Candidate], said: str, actor: Actor) -> int:
    """Those of `rows` who still have no reason, and the line in the trail about them."""
    with transaction.atomic():
        count = rows.update(explanation=said)
        if count:
            trail.note(Deed.EXPLAINED, actor=actor.user_id, batch=batch.code, gap=gap, people=count)
    return count


def ready(batch: Batch) -> str:
    """Why the batch can't be closed yet, "" when it can: every gap explained or signed off."""
    if batch.closed_at is not None:
        return batch.shut
    if reopening.under_way(batch):
        return f"批次 {batch.code} 停止了上一次关闭，正在把已结转的人列回名单，请等恢复完成"
    if early := gaps.not_begun(batch):
        return f"{early}；误载入、还没有办理过的批次可以删除"
    if again := gaps.being_judged(batch):
        return f"还有 {again:,} 人正在重新审核，是否满足条件尚未确定，请等审核完成"
    counts = gaps.counts(batch)
    said = [_named(batch, name, n) for name, n in counts.items() if n]
    return f"还有{'、'.join(said)}没有说明，请先办结或在「查缺补漏与关闭」逐项说明" if said else ""


def _named(batch: Batch, gap: str, count: int) -> str:
    """`在办未结 3 人（2013104000328 陶听雨、…等）`: whom the refusal is about."""
    some = "、".join(gaps.first_names(batch, gap, SHOWN))
    return f"{gaps.GAPS[gap]} {count:,} 人（{some}{'等' if count > SHOWN else ''}）"


def order(batch: Batch, first: int) -> None:
    """Two people want it closed: the worker lapses whoever is left, chunk by chunk, and closes. Raises Refused."""
    if why := ready(batch):
        raise Refused(why)
    orders.order(WorkKind.CLOSING, batch.pk, first)


def withdraw(batch: int, by: int) -> None:
    """The batch that two people wanted closed is deleted: what they agreed to was about that one, not the next of its code."""
    halting.withdraw(WorkKind.CLOSING, batch, by)


def undo(subject: int) -> None:
    """A closing was stopped before the batch was closed: whom it has lapsed is listed again, by the worker.

    Nobody else could bring them back: a file is listed again with the opening of a closed batch, or not at all.
    """
    batch, job = Batch.objects.get(pk=subject), tasks.job_of(WorkKind.CLOSING, subject)
    if batch.closed_at is not None or batch.deleted_at is not None:
        return
    _lapsing(batch).update(finished_at=clock.now())
    actor = actor_of(job.by, clock.today()) if job is not None and job.by is not None else None
    able = actor is not None and rights.may(actor.roles, actor.desk, Verb.RELIST)
    reopening.bring_back(batch, actor if actor is not None and able else accounts.system_actor(Desk.HQ))


def _beat(batch: int, done: int, total: int) -> None:
    """How far it is, and that somebody is at work. Raises Stopped."""
    halting.obey(WorkKind.CLOSING, batch)
    leases.beat(WorkKind.CLOSING, batch, done, total)


def advance(subject: int) -> tuple[int, int, bool]:
    """Close an ordered batch; killed, it goes on where it stopped. What stands against it is said on the job.

    Raises Stopped between two pieces: the batch stays open, no command goes on with it, and `undo` lists again who has
    lapsed.
    """
    batch, job = Batch.objects.get(pk=subject), tasks.job_of(WorkKind.CLOSING, subject)
    if job is None or job.state == JobState.CANCELLED:
        raise halting.Stopped  # withdrawn since it was claimed
    lapsed = Candidate.objects.filter(batch=batch, stage=Stage.LAPSED.value)
    if batch.closed_at is None:
        actor = actor_of(job.by, clock.today()) if job.by is not None else None
        try:
            if actor is None:
                raise Refused("提出人已不在岗位，没有关闭；请由在岗的同事重新提出")
            close(batch, actor, lambda done, total: _beat(subject, done, total))
        except Refused as why:
            orders.say(WorkKind.CLOSING, subject, str(why))
        except halting.Stopped:
            _lapsing(batch).update(finished_at=clock.now())
            raise
    count = lapsed.count()
    return count, count, True
