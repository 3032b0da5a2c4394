"""Which files come back when a closed batch is opened again, to which stage, and which of them had
applied and must be filed anew.

A closing that did not take place is another case: every file returns to where it was.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, In

from graduand.models import Act, Batch, Candidate, Event
from graduand.queries import clock
from graduand.queries.basis import in_force
from graduand.queries.listing import Criterion, negated_unless, yes_no
from graduand.rulebook.journey import STEPS
from graduand.rulebook.terms import LIVE_STAGES, Stage, Verb

# The step that brings a file back to where a closing found it.
BACK_TO = {
    Stage.RETURNED: Verb.RELIST_RETURNED,
    Stage.APPLIED: Verb.RELIST_APPLIED,
    Stage.ENDORSED: Verb.RELIST_ENDORSED,
    Stage.LISTED: Verb.RELIST,
    Stage.DEFERRED: Verb.RELIST_DEFERRED,
}
VERBS = tuple(BACK_TO.values())
# The criteria of who is filed anew since the batch was opened again, and of whose application
# lapsed with it.
REFILE = "refile"
CARRIED = "carried"
# Files that were filed before the closing: the application ended with it, and has to be made once
# more.
FILED = (Stage.RETURNED, Stage.APPLIED, Stage.ENDORSED)
TO_THE_APPLICATION = tuple(BACK_TO[stage] for stage in FILED)
_STEPS = [verb.value for verb in STEPS]


def lapsed_by_closing(batch: Batch | int) -> QuerySet[Any]:
    """Whom a closing of the batch lapsed, with the stage `left` before it.

    What was done since beside the journey, as a case that runs on, changes nothing.
    """
    by_closing = Act.objects.filter(batch=batch, verb=Verb.LAPSE.value, asked__closing=True).values(
        "pk"
    )
    files = Candidate.objects.filter(batch=batch, stage=Stage.LAPSED.value)
    files = files.alias(lapsed_by=_last_lapse("act")).filter(lapsed_by__in=by_closing)
    return files.annotate(left=_last_lapse("from_stage"))


def _last_lapse(column: str) -> Subquery:
    lapses = Event.objects.filter(candidate=OuterRef("pk"), verb=Verb.LAPSE.value).order_by("-id")
    return Subquery(lapses.values(column)[:1])


class ReturnStep(NamedTuple):
    """Files that come back by one step; `undone`: with all that they had before the closing."""

    verb: Verb
    ids: list[int]
    undone: bool = False


def next_ones(batch: Batch, most: int) -> ReturnStep:
    """The first of those who still come back; no ids when there is nobody left.

    Of an undone closing everybody comes to where it found them, but for who has applied in another
    batch meanwhile. With an opening that two people asked for, who had not deferred comes to the
    list, and files a new application.
    """
    rows = lapsed_by_closing(batch).order_by("id")
    for stage, verb in BACK_TO.items() if batch.closing_undone else ():
        there = rows.filter(left=stage.value)
        if stage in FILED:
            there = there.exclude(Exists(_live_elsewhere(batch)))
        if ids := list(there.values_list("id", flat=True)[:most]):
            return ReturnStep(verb, ids, undone=True)
    ids = list(rows.exclude(left=Stage.DEFERRED.value).values_list("id", flat=True)[:most])
    if ids:
        return ReturnStep(Verb.RELIST, ids)
    return ReturnStep(Verb.RELIST_DEFERRED, list(rows.values_list("id", flat=True)[:most]))


def _live_elsewhere(batch: Batch) -> QuerySet[Candidate]:
    live = Candidate.objects.filter(
        student=OuterRef("student"), stage__in=[stage.value for stage in LIVE_STAGES]
    )
    return live.exclude(batch=batch)


def to_be_filed_anew(yes: bool) -> Q:
    """Who had applied before a closing and stands on the list since its opening, with nothing done
    since.

    Of whom nothing was ever done there is no last step: a word for that keeps them among the
    others.
    """
    steps = Event.objects.filter(candidate=OuterRef("pk"), verb__in=_STEPS).order_by("-id")
    back = Exact(_or_none(Subquery(steps.values("verb")[:1])), Verb.RELIST.value)
    had = In(_or_none(_last_lapse("from_stage")), [stage.value for stage in FILED])
    came = Q(stage=Stage.LISTED.value) & Q(back) & Q(had)
    return negated_unless(yes, came)


def after_a_closing() -> tuple[Criterion, ...]:
    """What a list of files is asked for."""
    return (
        yes_no(REFILE, "重新开放后须重新申请", to_be_filed_anew, rare=True),
        yes_no(CARRIED, "申请随关闭结转、还没有重新提交", carried_over, rare=True),
    )


def carried_over(yes: bool) -> Q:
    """Who had applied when the batch was closed, or was sent back before, and has not been filed
    anywhere since.
    """
    live = [stage.value for stage in LIVE_STAGES]
    filed = Candidate.objects.filter(student=OuterRef("student"), stage__in=live)
    had = In(_or_none(_last_lapse("from_stage")), [stage.value for stage in FILED])
    gone = Q(stage=Stage.LAPSED.value) & Q(had) & ~Q(Exists(filed))
    return negated_unless(yes, gone)


def _or_none(word: Subquery) -> Coalesce:
    return Coalesce(word, Value(""))


def consequences(batch: Batch) -> str:
    """What opening it now would do, in sentences: who comes back as what, who is filed anew, who
    stays out, until when.
    """
    rows = lapsed_by_closing(batch).alias(gone=Exists(_live_elsewhere(batch))).order_by()
    found = dict(
        rows.filter(gone=False).values("left").annotate(n=Count("id")).values_list("left", "n")
    )
    out = rows.filter(gone=True).count()
    stages = [stage for stage in Stage if found.get(stage.value)]
    parts = "，".join(f"{stage.label} {found[stage.value]:,}" for stage in stages)
    sentences = [f"恢复 {sum(found.values()):,} 人"]
    if parts:
        sentences[0] += f"（关闭前：{parts}）"
    if anew := sum(found.get(stage.value, 0) for stage in FILED):
        sentences.append(
            f"其中 {anew:,} 人关闭前已经申请，恢复为未申请，须由学习中心重新申请，另编上报顺序"
        )
    if waiting := found.get(Stage.DEFERRED.value, 0):
        sentences.append(f"{waiting:,} 人仍为暂缓毕业，不参加全选申请")
    if out:
        sentences.append(f"另有 {out:,} 人已在其他批次申请或领证，不再列入")
    return "；".join([*sentences, "关闭时写的未办结原因不再算数", _round_words(batch)])


def _round_words(batch: Batch) -> str:
    """In which round they can be filed, and until when the batch is open."""
    policy, closed_rounds = in_force(batch)
    filing_round = policy.open_round(clock.today(), closed_rounds)
    today = clock.today()
    ends = f"批次 {policy.closes_at} 截止"
    if today > policy.closes_at:
        return f"{ends}，已过期：须先延长截止日期才能申请"
    if filing_round:
        return f"现在可在「{filing_round.name}」申请，{filing_round.closes} 截止"
    return f"现在没有开放的轮次，不能申请；{ends}"
