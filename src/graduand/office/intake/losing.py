"""What an import says of those who have applied, or wait for their certificate: before it whom it is about, after it who is
left without what they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graduand.models import Candidate
from graduand.models.engine import Ids
from graduand.office import audit
from graduand.queries import lost_conditions

from .rows import Context, Kind

_LOST = "不再符合条件（"


def remarks(kind: Kind, context: Context) -> tuple[str, ...]:
    """Before anything is written: how many of the students whose facts would change have applied. One query."""
    if not kind.judged or not context.touched:
        return ()
    told = lost_conditions.by_stage(lost_conditions.under_way(context.touched, context.actor))
    return (f"有改动的学生中，{told}：导入后按新资料重新审核，不再符合条件的在导入结果中列出",) if told else ()


def following(kind: Kind, context: Context) -> dict[str, Any]:
    """Of rows just written: what is needed to say afterwards who lost the conditions. Nobody has been judged anew yet."""
    if not kind.judged or not context.touched:
        return {}
    files = lost_conditions.with_nothing_against(context.touched, context.actor)
    return {lost_conditions.ASKED: files} if files else {}


def lost(files: Sequence[int]) -> list[int]:
    """Who of `files`, against whom there was nothing, has something now: who was not judged since is judged here."""
    audit.judge_due(files)
    return lost_conditions.with_something_against(files)


def words(files: Sequence[int]) -> tuple[str, ...]:
    """The sentence about whoever has lost the conditions, of those who were judged anew."""
    if not files:
        return ("导入后已重新审核，其中没有人因此不再符合条件",)
    told = lost_conditions.by_stage(Candidate.objects.filter(id__among=Ids(files)))
    todo = "请逐人核对：录入有误的更正后重新导入，属实的由审核岗位办理；已编号的由总部核实"
    return (f"导入后有 {len(files):,} 人{_LOST}{told}），{todo}",)


def speaks_of_lost(sentence: str) -> bool:
    """Whether it is that sentence: a page leads to these people."""
    return _LOST in sentence
