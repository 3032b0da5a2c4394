"""缺号: the order numbers of a lot that no file holds, or holds any longer, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Max

from graduand.models import Act, Candidate, Event, Lot, Refusal
from graduand.models.engine import Ids
from graduand.rulebook.terms import Verb

REFUSED = "申请时未通过"
RACED = "同时被他人办理"
SETTLED = "此前已经上报"
WAITING = "尚未办理"
STOPPED = "办理停止，没有申请"
# Files whose number was reserved when the act was confirmed, and that were not filed by it: the
# number stays empty (七.2).
NEVER_FILED = frozenset({REFUSED, RACED, SETTLED, WAITING, STOPPED})
# What takes a number away again, as a reader says it.
TAKEN = {
    Verb.WITHDRAW.value: "已撤回",
    Verb.DEFER.value: "已暂缓",
    Verb.APPLY.value: "补正后用新号",
    Verb.RELIST.value: "随批次关闭结转，已重新列入",
    Verb.RELIST_DEFERRED.value: "随批次关闭结转，恢复暂缓",
}
MOST_NUMBERS = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """The numbers of one lot that were lost in one way, in order."""

    why: str
    numbers: tuple[int, ...]

    @property
    def filed(self) -> bool:
        """Whether these people were filed in the lot, and left it later."""
        return self.why not in NEVER_FILED

    def __str__(self) -> str:
        shown = "、".join(str(number) for number in self.numbers[:MOST_NUMBERS])
        if len(self.numbers) > MOST_NUMBERS:
            shown += f" 等 {len(self.numbers)} 个"
        return f"{shown} {self.why}"


Files = dict[int, dict[int, int]]


def files_of(lots: Sequence[Lot]) -> Files:
    """Lot -> (number -> file), of whom each was confirmed for, read with its act; one query, none
    without lots.
    """
    if not lots:
        return {}
    last = _last_numbers(lots)
    return {lot.pk: _files(lot, last[lot.act_id]) for lot in lots}


def gaps(lots: Sequence[Lot], known: Files) -> dict[int, tuple[Gap, ...]]:
    """Lot -> its gaps, of lots that hold fewer people than the numbers of `known`; three queries,
    none without.
    """
    if not lots:
        return {}
    files = {lot.pk: known[lot.pk] for lot in lots}
    everybody = Ids({file for numbers in files.values() for file in numbers.values()})
    now = dict(Candidate.objects.filter(id__among=everybody).values_list("id", "lot"))
    lost = {
        pk: {number: file for number, file in numbers.items() if now.get(file) != pk}
        for pk, numbers in files.items()
    }
    gone = Ids({file for numbers in lost.values() for file in numbers.values()})
    reasons = _Reasons(_refused(lots, gone), _steps(gone))
    return {lot.pk: reasons.of(lot, lost[lot.pk]) for lot in lots}


def _last_numbers(lots: Sequence[Lot]) -> dict[int, int]:
    """Act -> the last number of its block."""
    blocks = Lot.objects.filter(act__in={lot.act_id for lot in lots}).order_by().values("act")
    ends = blocks.annotate(end=Max(F("first_no") + F("size"))).values_list("act", "end")
    return {act: end - 1 for act, end in ends}


def _files(lot: Lot, last: int) -> dict[int, int]:
    """Number -> file: an act freezes its files in the order of its numbers, the last one at the
    end.
    """
    items = lot.act.items
    numbers = range(lot.first_no, lot.first_no + lot.size)
    return {number: items[len(items) - 1 - (last - number)] for number in numbers}


def _refused(lots: Sequence[Lot], gone: Ids) -> dict[tuple[int, int], bool]:
    """(act, file) -> whether somebody else was quicker."""
    rows = Refusal.objects.filter(act__in={lot.act_id for lot in lots}, candidate_id__among=gone)
    return {
        (act, file): raced for act, file, raced in rows.values_list("act", "candidate", "raced")
    }


def _steps(gone: Ids) -> dict[int, list[tuple[int, str]]]:
    """File -> (act, verb) of the steps that give a number or take it away, oldest first."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = Event.objects.filter(candidate_id__among=gone, verb__in=list(TAKEN)).order_by("id")
    for file, act, verb in rows.values_list("candidate", "act", "verb"):
        found.setdefault(file, []).append((act, verb))
    return found


@dataclass(frozen=True, slots=True)
class _Reasons:
    """What is known of the files that hold no number of their lot."""

    refused: dict[tuple[int, int], bool]
    steps: dict[int, list[tuple[int, str]]]

    def of(self, lot: Lot, lost: dict[int, int]) -> tuple[Gap, ...]:
        """The gaps of one lot, by its first number."""
        numbers: dict[str, list[int]] = {}
        for number, file in lost.items():
            numbers.setdefault(self._why(lot.act, file), []).append(number)
        return tuple(Gap(why, tuple(each)) for why, each in numbers.items())

    def _why(self, act: Act, file: int) -> str:
        raced = self.refused.get((act.pk, file))
        if raced:
            return RACED
        if raced is not None:
            return REFUSED
        steps = self.steps.get(file, [])
        place = next(
            (n for n, (by, verb) in enumerate(steps) if by == act.pk and verb == Verb.APPLY.value),
            None,
        )
        if place is not None and place + 1 < len(steps):
            return TAKEN[steps[place + 1][1]]
        if act.items.index(file) < act.cursor:
            return SETTLED
        if act.finished_at is not None:
            return STOPPED
        return WAITING
