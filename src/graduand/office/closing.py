"""Closing a batch: whoever is left lapses into the next one, nobody in motion without an explanation."""

from __future__ import annotations

from itertools import islice

from graduand.models import Act, Batch, Candidate
from graduand.office import acts, batches, moves
from graduand.queries.scope import Actor
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import Stage, Verb

IN_MOTION = (Stage.APPLIED.value, Stage.ENDORSED.value)
SHOWN = 5


def unexplained(batch: Batch) -> str:
    """The closing checklist (七.3): a sentence that names files in motion without an explanation, "" for none."""
    files = Candidate.objects.filter(batch=batch, stage__in=IN_MOTION, explanation="")
    count = files.count()
    if not count:
        return ""
    some = "、".join(islice(files.order_by("student__number").values_list("student__number", flat=True), SHOWN))
    return (
        f"批次 {batch.code} 还有 {count} 份在办档案没有说明未办结的原因（七.3）：{some}{'等' if count > SHOWN else ''}。"
        f"请先办结，或用 graduand act lapse {batch.code} --students 名单 --note 原因 逐一说明后再关闭"
    )


def close(batch: Batch, actor: Actor, progress: moves.Progress | None = None) -> Act | None:
    """Lapse the rest and close; returns the act, None when nobody was left (七.1, 七.3).

    Refused as a whole, with nothing changed, while a file in motion has no explanation. Killed half way, it is
    finished by closing again. Raises BatchRefused, and NotAllowed for anybody but headquarters.
    """
    acts.acting_desk(actor, Verb.LAPSE)
    if silent := unexplained(batch):
        raise batches.BatchRefused(silent)
    files = Candidate.objects.filter(batch=batch)
    left = files.filter(stage__in=[stage.value for stage in STEPS[Verb.LAPSE].stages])
    ids = list(left.values_list("id", flat=True))
    lapsed = acts.do(batch, ids, actor, acts.Wish(Verb.LAPSE, said={"closing": True}), progress) if ids else None
    batches.close(batch)
    return lapsed
