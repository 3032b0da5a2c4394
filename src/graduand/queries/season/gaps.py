"""查缺补漏 (notice 七.3): which files of a batch are not finished, by what is missing, and which of them
have no explanation.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from graduand.models import Batch, Candidate
from graduand.queries import clock
from graduand.queries.basis import in_force, policy_of
from graduand.queries.judging import judged, waiting_in
from graduand.queries.listing import UNKNOWN, BadFilter, Criterion
from graduand.queries.season.batches import ONWARD
from graduand.rulebook.canon import BadText, canon_text
from graduand.rulebook.terms import Stage

NOT_FILED = (Stage.LISTED.value, Stage.RETURNED.value, Stage.DEFERRED.value)
# The length of an explanation with its author and time, as the database stores it.
LONGEST = 200
IN_MOTION = (Stage.APPLIED.value, Stage.ENDORSED.value)
# What is explained before a batch is closed, and, once it is closed, before it is declared
# finished. A file that was sent back has been filed, and a deferral was requested: neither counts
# as never applied.
GAPS = {
    "motion": "在办未结",
    "returned": "退回补正",
    "unfiled": "满足毕业条件、尚未申请",
    "deferred": "满足毕业条件、暂缓毕业",
}
LEFT = {"onward": "已准予未领证"}
# What the next desk still has to do; the batch may be closed meanwhile.
OPEN = {
    "approved": ("待编号制证", Stage.APPROVED),
    "certified": ("待寄出", Stage.CERTIFIED),
    "shipped": ("寄送途中", Stage.SHIPPED),
    "received": ("待签领", Stage.RECEIVED),
}


def _who() -> dict[str, Q]:
    """Gap -> the condition. A file that is being judged again is in no gap yet, and closing waits
    for it.
    """
    fit = judged(Q(judgement__fit=True))
    return {
        "motion": Q(stage__in=IN_MOTION),
        "returned": Q(stage=Stage.RETURNED.value),
        "onward": Q(stage__in=ONWARD),
        "unfiled": fit & Q(stage=Stage.LISTED.value),
        "deferred": fit & Q(stage=Stage.DEFERRED.value),
    }


def not_begun(batch: Batch) -> str:
    """What holds of a batch before its first round opens, in a sentence; "" once it has begun.

    A batch in which somebody has filed has begun, whatever its dates were changed to since.
    """
    first = min(policy_of(batch).rounds, key=lambda filing_round: filing_round.opens)
    if clock.today() >= first.opens or _listed(batch).exclude(stage__in=NOT_FILED).exists():
        return ""
    return f"批次 {batch.code} 的申请还没有开始（「{first.name}」{first.opens} 起），没有要说明或关闭的"


def being_judged(batch: Batch) -> int:
    """How many of its people are being judged again."""
    found = waiting_in(batch)
    if not found:
        return 0
    return found.count


def names(batch: Batch) -> dict[str, str]:
    """The gaps of a batch: those of its closing, or, once it is closed, what is left after it."""
    if batch.closed_at is not None:
        return LEFT
    return GAPS


def unexplained(gap: str) -> Q:
    """The files in that gap without an explanation: the same for the checklist and for the list
    that it opens.
    """
    return _who()[gap] & Q(explanation="")


def left(batch: Batch, gap: str) -> QuerySet[Candidate]:
    """The files in that gap without an explanation."""
    return _listed(batch).filter(unexplained(gap))


def first_names(batch: Batch, gap: str, most: int) -> list[str]:
    """`学号 姓名` of the first of them, by 学号; one query."""
    rows = (
        left(batch, gap).order_by("student__number").values_list("student__number", "student__name")
    )
    return [f"{number} {name}" for number, name in rows[:most]]


def _listed(batch: Batch) -> QuerySet[Candidate]:
    """Who is worked on in this batch: nobody explains a file that is set aside."""
    return Candidate.objects.filter(batch=batch, aside=False)


def counts(batch: Batch) -> dict[str, int]:
    """Gap -> people without an explanation; one query."""
    found: dict[str, int] = _listed(batch).aggregate(**_sums(batch))
    return found


def _sums(batch: Batch) -> dict[str, Count]:
    return {name: Count("id", filter=unexplained(name)) for name in names(batch)}


def to_be_carried_over() -> Q:
    """Whom the closing of their batch carries over."""
    return Q(stage__in=(*NOT_FILED, *IN_MOTION))


def carried_over(batch: Batch) -> str:
    """What closing it now would do, in a sentence: who is carried over, by stage, how far its last
    day is, who still files.
    """
    stages = [Stage(value) for value in (*NOT_FILED, *IN_MOTION)]
    rows = _listed(batch).filter(to_be_carried_over()).order_by().values("stage")
    found = dict(rows.annotate(n=Count("id")).values_list("stage", "n"))
    parts = "，".join(
        f"{stage.label} {found[stage.value]:,}" for stage in stages if found.get(stage.value)
    )
    sentence = f"将结转 {sum(found.values()):,} 人"
    if parts:
        sentence += f"（{parts}）"
    policy, closed_rounds = in_force(batch)
    today = clock.today()
    closes = policy.closes_at
    sentence += f"；截止日期 {closes}"
    left = (closes - today).days
    if left <= 0:
        return f"{sentence}，已到期"
    rounds = (policy.open_round(today, closed_rounds, early=early) for early in (False, True))
    filing = "、".join(
        dict.fromkeys(f"「{filing_round.name}」" for filing_round in rounds if filing_round)
    )
    sentence += f"，还有 {left} 天"
    if filing:
        sentence += f"，{filing}还在申请中"
    return sentence


def by_centre(batch: Batch) -> list[tuple[int, str, str, list[int]]]:
    """(centre, code, name, people of each gap) of each centre with anybody unexplained; one query."""
    rows = (
        _listed(batch)
        .order_by()
        .values("centre", "centre__code", "centre__name")
        .annotate(**_sums(batch))
    )
    found = rows.order_by("centre__code").values_list(
        "centre", "centre__code", "centre__name", *names(batch)
    )
    return [(pk, code, name, sums) for pk, code, name, *sums in found if any(sums)]


class Explanation(NamedTuple):
    """Why the files of one stage were not finished: in whose words, and of how many."""

    stage: Stage
    text: str
    people: int


def explainable_stages(batch: Batch) -> tuple[str, ...]:
    """The stages at which a reason may be given or changed: for a file that lapsed with a closing
    it stays as it was.
    """
    if batch.closed_at is not None:
        return ONWARD
    return (*NOT_FILED, *IN_MOTION)


def explained(batch: Batch, some: slice = slice(None)) -> list[Explanation]:
    """What was explained, the most people first, or `some` of it; one query."""
    rows = _listed(batch).exclude(explanation="").order_by()
    found = (
        rows.values("stage", "explanation")
        .annotate(n=Count("id"))
        .order_by("-n", "stage", "explanation")
    )
    return [
        Explanation(Stage(stage), text, n)
        for stage, text, n in found.values_list("stage", "explanation", "n")[some]
    ]


def reasons(batch: Batch) -> list[tuple[Explanation, list[int]]]:
    """The reasons that still count for the next step, each with its files, the most first; one
    query. Those of files that lapsed with a closing no longer do.
    """
    rows = _listed(batch).exclude(explanation="").exclude(stage=Stage.LAPSED.value).order_by("id")
    found: dict[tuple[str, str], list[int]] = {}
    for stage, text, pk in rows.values_list("stage", "explanation", "id"):
        found.setdefault((stage, text), []).append(pk)
    ordered = sorted(found.items(), key=lambda row: (-len(row[1]), row[0]))
    return [
        (Explanation(Stage(stage), text, len(files)), files) for (stage, text), files in ordered
    ]


def with_explanation(batch: Batch, stage: Stage, text: str) -> QuerySet[Candidate]:
    """Whom one explanation is about."""
    anew = stage.value in explainable_stages(batch) and text
    if not anew:
        return Candidate.objects.none()
    return _listed(batch).filter(stage=stage.value, explanation=text)


def explanation() -> Criterion:
    """The criterion of a list: whom one explanation is about."""
    return Criterion(
        "explained", "未办结原因", lambda text: Q(explanation=text), check=_whole, rare=True
    )


def _whole(value: str) -> str:
    """An explanation is longer than what is searched for elsewhere. Raises BadFilter."""
    try:
        text = canon_text(value)
    except BadText as problem:
        raise BadFilter(problem.message) from problem
    if len(text) > LONGEST:
        raise BadFilter(UNKNOWN)
    return text


def carried(batch: Batch) -> tuple[int, int]:
    """(people who lapsed from this batch, of whom a later open batch lists); two queries."""
    gone = Candidate.objects.filter(batch=batch, stage=Stage.LAPSED.value)
    later = Candidate.objects.filter(batch__code__gt=batch.code, batch__closed_at=None).values(
        "student"
    )
    return gone.count(), gone.filter(student__in=later).count()
