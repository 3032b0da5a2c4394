"""What an import says of those who have applied, were sent back, or wait for their certificate:
before it whom it is about, after it who is left without what they need, and who has it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from graduand.models import Candidate
from graduand.models.engine import Ids
from graduand.office.audit import auditing
from graduand.office.records.rows import ImportContext, SheetImporter
from graduand.queries.review import lost_conditions
from graduand.rulebook.terms import Stage

_LOST = "不再符合条件（"
_REGAINED = "转为符合条件（"
_WITHOUT = "不再符合学位条件（"

# How many people who have not applied are judged while the result waits.
MOST_NOT_APPLIED = 500
# The consequences for people who have the conditions now.
_TODO = (
    (tuple(map(Stage, lost_conditions.STOPPED)), "停下的办理可以继续"),
    ((Stage.RETURNED,), "退回补正的，由学习中心重新提交"),
    ((Stage.LISTED,), "未申请的，学习中心可以申请"),
)


@dataclass(frozen=True, slots=True)
class LosingOutcome:
    """The files against which there was nothing, and of them those that are held up now; the same
    the other way round; those with a degree that stood, and of them whose fails now.
    """

    sound: Sequence[int]
    lost: list[int]
    held_up: Sequence[int]
    regained: list[int]
    awarded: Sequence[int] = ()
    without: Sequence[int] = ()

    def kept(self) -> dict[str, list[int]]:
        """What the plan of the import keeps of it, for the lists of these people."""
        kept = {}
        if self.sound:
            kept[lost_conditions.FOUND] = self.lost
        if self.held_up:
            kept[lost_conditions.REGAINED] = self.regained
        if self.awarded:
            kept[lost_conditions.LOST_DEGREE] = list(self.without)
        return kept


def remarks(kind: SheetImporter, context: ImportContext) -> tuple[str, ...]:
    """Before anything is written: how many of the students whose facts would change have applied,
    or a degree. Two queries.
    """
    return (*_who_applied(kind, context), *_who_has_a_degree(kind, context))


def _who_has_a_degree(kind: SheetImporter, context: ImportContext) -> tuple[str, ...]:
    if not kind.of_degrees or not context.touched:
        return ()
    if not (
        many := len(
            lost_conditions.awarded(lost_conditions.under_way(context.touched, context.actor))
        )
    ):
        return ()
    return (
        f"有改动的学生中，已授予学位 {many:,} 人：导入后按新资料重新核对学位条件，不再符合的在导入结果中列出",
    )


def _who_applied(kind: SheetImporter, context: ImportContext) -> tuple[str, ...]:
    if not kind.judged or not context.touched:
        return ()
    stages = lost_conditions.by_stage(
        lost_conditions.under_way(context.touched, context.actor, lost_conditions.STOPPED)
    )
    if not stages:
        return ()
    return (
        f"有改动的学生中，{stages}：导入后按新资料重新审核，这些人中不再符合条件和转为符合条件的在导入结果中列出；"
        "还没有申请的，重新审核后看「毕业申请」名单",
    )


def facts_before(
    kind: SheetImporter, context: ImportContext, *, whole: bool = False
) -> dict[str, Any]:
    """Of rows just written: what is needed to say afterwards whom they were decisive for. Nobody
    has been judged anew yet.

    `whole`: they are all the rows of the import. Who may apply because of it is told of where these
    are a few that somebody has mended; a file about everybody makes a list of its own, that of the
    applications.
    """
    if not context.touched or not (kind.judged or kind.of_degrees):
        return {}
    under_way = lost_conditions.under_way(context.touched, context.actor)
    asked: dict[str, list[int]] = {}
    if kind.of_degrees:
        asked[lost_conditions.AWARDED] = lost_conditions.awarded(under_way)
    if kind.judged:
        asked |= _decisive(context, under_way, whole=whole)
    return {name: files for name, files in asked.items() if files}


def _decisive(
    context: ImportContext, under_way: QuerySet[Candidate], *, whole: bool
) -> dict[str, list[int]]:
    """Against whom there is nothing, and who is held up."""
    stopped = lost_conditions.under_way(context.touched, context.actor, lost_conditions.STOPPED)
    held_up = lost_conditions.held_up(stopped)
    if whole:
        held_up += _not_applied(context)
    return {
        lost_conditions.ASKED: lost_conditions.sound(under_way),
        lost_conditions.HELD_UP: sorted(held_up),
    }


def _not_applied(context: ImportContext) -> list[int]:
    """Who could not apply until now; nobody where these are many. One query."""
    files = lost_conditions.under_way(context.touched, context.actor, (Stage.LISTED.value,)).filter(
        aside=False
    )
    found = lost_conditions.held_up(files)
    if len(found) > MOST_NOT_APPLIED:
        return []
    return found


def judge_lost(
    sound: Sequence[int], held_up: Sequence[int], awarded: Sequence[int]
) -> LosingOutcome:
    """What became of them: who was not judged since is judged here, the degree with it."""
    auditing.judge_due([*sound, *held_up, *awarded])
    without: list[int] = []
    if awarded:
        without = lost_conditions.without_degree(_files(awarded))
    lost = lost_conditions.held_up(_files(sound))
    regained = lost_conditions.sound(_files(held_up))
    return LosingOutcome(sound, lost, held_up, regained, awarded, without)


def _files(files: Sequence[int]) -> QuerySet[Candidate]:
    return Candidate.objects.filter(id__among=Ids(files))


def words(outcome: LosingOutcome) -> list[str]:
    """The sentences about them."""
    sentences = []
    if outcome.lost:
        todo = (
            "请逐人核对：录入有误的更正后重新导入，属实的由审核岗位办理；已编号的由总部核实；"
            "学信网身份存疑的，在「身份核查」办理"
        )
        told = lost_conditions.tally(_files(outcome.lost))
        sentences.append(f"导入后有 {told.people:,} 人{_LOST}{told.words}），{todo}")
    elif outcome.sound:
        sentences.append("导入后已重新审核，其中没有人因此不再符合条件")
    if outcome.regained:
        told = lost_conditions.tally(_files(outcome.regained))
        todo = "；".join(
            words for stages, words in _TODO if any(stage.label in told.words for stage in stages)
        )
        sentences.append(f"导入后有 {told.people:,} 人{_REGAINED}{told.words}），{todo}")
    still = list(
        _files(outcome.held_up)
        .filter(stage__in=lost_conditions.STOPPED)
        .values_list("id", flat=True)
    )
    if still := sorted(set(still).difference(outcome.regained)):
        held = lost_conditions.tally(_files(still))
        sentences.append(f"导入后仍不符合条件的有 {held.people:,} 人：{held.words}")
    return sentences + _of_degrees(outcome)


def _of_degrees(outcome: LosingOutcome) -> list[str]:
    if outcome.without:
        people = lost_conditions.tally(_files(outcome.without))
        todo = "请逐人核对：录入有误的更正后重新导入，属实的由总部决定"
        return [f"导入后有 {people.people:,} 人授予学位后{_WITHOUT}{people.words}），{todo}"]
    if outcome.awarded:
        return ["导入后已重新核对学位条件，已授予学位的没有人因此不再符合"]
    return []


def speaks_of_lost(sentence: str) -> bool:
    """Whether it is the sentence about whoever is left without the conditions: a page leads to
    these people.
    """
    return _LOST in sentence


def speaks_of_regained(sentence: str) -> bool:
    """Whether it is the sentence about whoever has the conditions again: a page leads to these
    people, too.
    """
    return _REGAINED in sentence


def speaks_of_degrees(sentence: str) -> bool:
    """Whether it is the sentence about whoever is left without the conditions of the degree: a page
    leads to these people.
    """
    return _WITHOUT in sentence
