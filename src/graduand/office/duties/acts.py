"""Confirmed acts, carried out piece by piece."""

from __future__ import annotations

from collections.abc import Collection

from graduand.models import Act
from graduand.office import acts, moves
from graduand.office.queue.kinds import Duty, WorkProgress, WorkSummary
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Verb


class Acts(Duty):
    """An act that is stopped ends itself: what is left of it is ordered anew, for whoever is there
    then.
    """

    kind = WorkKind.ACT
    ends_itself = True
    after_stop = "办理了前 {done} 人，其余 {left} 人没有变化，可以重新办理。"
    size = moves.PIECE

    def advance(self, subject: int) -> WorkProgress:
        act = moves.advance(subject, self.size)
        return WorkProgress(act.cursor, act.total, act.finished_at is not None)

    def end(self, subject: int, by: int) -> bool:
        return acts.end(subject)

    @classmethod
    def about(cls, subjects: Collection[int]) -> dict[int, WorkSummary]:
        rows = Act.objects.filter(pk__in=subjects).defer("items")
        return {act.pk: _about(act) for act in rows}


def title(act: Act) -> str:
    """`批量申请毕业`; of one file, the verb alone."""
    label = Verb(act.verb).label
    if act.asked.get("with_degree"):
        label += "+学位"
    if act.total == 1:
        return label
    return f"批量{label}"


def _about(act: Act) -> WorkSummary:
    return WorkSummary(
        title(act),
        act.confirmed_at,
        act.cursor,
        act.total,
        act.finished_at,
        act.done,
        act.refused + act.raced,
        through=act.cursor >= act.total,
    )
