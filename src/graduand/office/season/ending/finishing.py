"""A closed batch is finished when nothing in it is left to do, or when two people say so with a
reason for each file.

No finished batch has a certificate or degree that waits for headquarters, because it fails or
because its registration was cancelled: such a batch can't be finished, and one in which such a file
appears is taken up again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from graduand.models import Act, Batch
from graduand.office import account_log
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.certificates import cancelled
from graduand.queries.people import questions
from graduand.queries.season import batches, gaps
from graduand.rulebook.calendar import office_day
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.season.batch_terms import BatchSwitch
from graduand.rulebook.steps import Step
from graduand.rulebook.terms import Verb

# The steps by which a file comes back to be worked on again.
UNDOING = frozenset({Verb.VOID, Verb.UNCOLLECT, Verb.RECALL, Verb.SEND_BACK, Verb.DEREGISTER})
# How headquarters decides on a file that waits for it. A degree that fails can't be confirmed: it
# is in order or it is taken back.
_CERTIFICATE = f"证书仍然有效的「{Verb.CONFIRM_ISSUE.label}」，属实的「{Verb.VOID.label}」"
_WAYS = {
    "degree_lost": f"学位的成绩、材料有误的由学院更正，属实的「{Verb.DEGREE_DECLINE.label}」",
    cancelled.NAME: (
        f"注册已注销的「{Verb.VOID.label}」，学信网重新注册的导入「注册结果」，"
        f"登记错了的「{Verb.REREGISTER.label}」"
    ),
}


def settle() -> int:
    """Mark every closed batch in which nothing is left to do; returns how many. Two questions while
    there is none.
    """
    take_up_undecided()  # files found by a judging while a batch was being finished
    return sum(_finish(batches.with_nothing_left(), batch) for batch in batches.with_nothing_left())


def _finish(open_ones: QuerySet[Batch], batch: Batch, by: int | None = None) -> bool:
    """Mark the batch if it still is one of `open_ones`, and say so in the account log; by None
    where it ended by itself.
    """
    with transaction.atomic():
        now = clock.now()
        if not open_ones.filter(pk=batch.pk).update(finished_at=now, resumed_at=None):
            return False
        second = questions.second_of_switch(batch, BatchSwitch.FINISH, by)
        account_log.note(Deed.BATCH_FINISHED, actor=by, batch=batch.code, second=second)
    return True


def take_up_again(act: Act, step: Step, files: Collection[int]) -> None:
    """A file of a finished batch comes back to a desk: the batch has work again."""
    if step.verb in UNDOING:
        take_up(act, files)


def take_up(act: Act, files: Collection[int]) -> None:
    """A finished batch no longer is: the account log says by whom, by which step and on whose file."""
    detail = {"verb": act.verb, "act": act.pk, "files": len(files), "file": min(files)}
    _resume(Batch.objects.filter(pk=act.batch_id), act.actor_id, **detail, second=act.second_id)


def take_up_undecided() -> None:
    """Finished batches in which a file waits for headquarters no longer are; called with the
    judging that finds it.
    """
    _resume(batches.finished_too_early(), None)


def _resume(found: QuerySet[Batch], by: int | None, **detail: Any) -> None:
    """Those of them that are finished are so no more, which the account log tells. Read first: a
    chunk shares the batches with others, and writes one only where it must.
    """
    for pk, code in list(found.filter(finished_at__isnull=False).values_list("pk", "code")):
        finished = Batch.objects.filter(pk=pk, finished_at__isnull=False)
        with transaction.atomic():
            now = clock.now()
            if finished.update(finished_at=None, resumed_at=now):
                account_log.note(Deed.BATCH_RESUMED, actor=by, now=now, batch=code, **detail)


def would_undo(batch: Batch, verb: Verb) -> str:
    """A warning before a step that makes a finished batch unfinished, without a full stop; "" for
    other steps and batches. An amendment does so where it leaves an outdated paper to be replaced.
    """
    if batch.finished_at is None or verb not in {*UNDOING, Verb.AMEND}:
        return ""
    sentence = f"批次 {batch.code} 已于 {office_day(batch.finished_at)} 办结。办理以后"
    if verb is Verb.AMEND:
        sentence += "，有旧证要更换的，"
    return (
        f"{sentence}批次不再是「已办结」，恢复为「已关闭，办理中」，重新列入首页和待办，"
        "要由总部再次办结；由谁、因哪一步恢复，记入开关记录，总部首页有提醒"
    )


def why_not(batch: Batch) -> str:
    """Why the batch can't be declared finished, in a sentence; "" when it can."""
    if batch.closed_at is None:
        return f"批次 {batch.code} 还没有关闭，关闭后才能办结"
    if batch.reopening:
        return f"{batch.shut}，不能办结"
    if batch.finished_at is not None:
        return f"批次 {batch.code} 已办结"
    silent = gaps.counts(batch)
    parts = [f"{gaps.names(batch)[name]} {n:,} 人" for name, n in silent.items() if n]
    if parts:
        return f"还有{'、'.join(parts)}没有说明原因，请先办结或逐项说明"
    return _undecided(batch)


def _undecided(batch: Batch) -> str:
    """What headquarters has to decide first, and how; "" for nothing."""
    waiting = [left for left in batches.left_to_do(batch) if left.key in batches.UNDECIDED]
    if not waiting:
        return ""
    parts = "；".join(f"{left.label} {left.count:,} 人" for left in waiting)
    ways = "；".join(dict.fromkeys(_WAYS.get(left.key, _CERTIFICATE) for left in waiting))
    return f"{parts}，请先由总部决定：{ways}"


def declare(batch: Batch, by: int | None = None) -> None:
    """Two people declare it finished: what is left has its reasons. Raises Refused."""
    if why := why_not(batch):
        raise Refused(why)
    if not _finish(batches.decided_batches(), batch, by):
        raise Refused(f"批次 {batch.code} 已由他人办结或重新开放，请刷新查看")
