"""Deciding on one file at the review desk: passed, sent back or rejected at once, on exactly what was looked at."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.models import Act, Batch
from graduand.office import acts, typed_texts
from graduand.office.queue import orders
from graduand.queries.scope import Actor
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, ReasonCode, Verb

PASSES = {Desk.COLLEGE: Verb.ENDORSE, Desk.HQ: Verb.APPROVE}
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer pressed. `seen` is the last act on the file that the page showed, `key` the form's own."""

    verb: Verb
    seen: int
    key: str
    reason: ReasonCode | None = None
    note: str = ""

    @property
    def lacks(self) -> str:
        """What the form still lacks, in a sentence; "" when nothing."""
        if self.verb in PASSES.values():
            return ""
        if self.reason is None:
            return "请选择原因。"
        if self.reason is ReasonCode.OTHER and not typed_texts.words(self.note):
            return "原因选「其他」时，请写明说明。"
        return ""


def decide(batch: Batch, file: int, actor: Actor, decision: Decision) -> Act:
    """Carry the decision out; the act says whether the file moved, was refused or had been moved by
    somebody else.

    The same key again answers with the same act. Killed half way, the worker does the rest. Raises
    Refused as `acts.confirm`.
    """
    said = {"seen": decision.seen, "note": decision.note[:LONGEST_NOTE]}
    if decision.reason is not None:
        said["reason"] = decision.reason.value
    act = acts.confirm(
        batch,
        [file],
        actor,
        acts.ActRequest(decision.verb, answers=said, key=decision.key),
        job=True,
    )
    act = acts.carry_out(act, "desk")
    # A decision is in the file's history; 我的任务 is only for work that takes a while.
    orders.forget(WorkKind.ACT, act.pk)
    return act
