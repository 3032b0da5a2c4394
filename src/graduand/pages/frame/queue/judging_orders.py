"""重新审核 was pressed: what was ordered, how far it is, and what it changed.

The address of the page that follows carries the earlier state, so that nothing is stored for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import QuerySet

from graduand.models import Batch, Candidate, Judgement
from graduand.pages.frame.base import address
from graduand.queries import clock, judging
from graduand.queries.review.finding_codes import codes_of
from graduand.queries.scope import Actor, visible
from graduand.rulebook.audit.academics import credits_text
from graduand.rulebook.clauses import CLAUSES, MASK_BITS
from graduand.rulebook.words import led_by

# What an address carries of a file's last verdict (codes, credits), and of a batch (people due,
# people fit).
_BEFORE = re.compile(r"(\d{1,18})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class OrderNote:
    """What a page says under the button; `url` shows the people being judged, "" without any."""

    text: str
    url: str = ""
    here: str = ""


def mark_of_file(file: Candidate) -> str:
    """The last verdict of `file` as an address carries it; "" before any."""
    row: Judgement | None = getattr(file, "judgement", None)
    if row is None:
        return "0-0"
    return f"{row.codes}-{row.total}"


def of_file(file: Candidate, before: str) -> OrderNote | None:
    """What became of the verdict of `file`; None where nobody asked for one."""
    row: Judgement | None = getattr(file, "judgement", None)
    match = _BEFORE.fullmatch(before)
    if match is None or row is None:
        return None
    before_codes = codes_of(int(match[1]))
    codes = codes_of(row.codes)
    changes = [
        led_by("新出现：", _titles(codes - before_codes)),
        led_by("不再有：", _titles(before_codes - codes)),
    ]
    if int(match[2]) != row.total:
        changes.append(f"总学分 {credits_text(int(match[2]))} → {credits_text(row.total)}")
    result = "；".join(part for part in changes if part) or "结果与之前相同"
    return OrderNote(f"已按现有资料重新审核，{result}。")


def _titles(codes: frozenset[str]) -> str:
    return "、".join(CLAUSES[code].title for code in MASK_BITS if code in codes)


def mark_of_batch(batch: Batch, actor: Actor, due: int) -> str:
    """Who was ordered to be judged, and how many were fit, as an address carries it."""
    return f"{due}-{_fit(batch, actor)}"


def of_batch(batch: Batch, actor: Actor, before: str) -> OrderNote | None:
    """How far it is, or what it changed among the people whom the actor sees.

    None where nobody asked for it.
    """
    match = _BEFORE.fullmatch(before)
    if match is None:
        return None
    due = int(match[1])
    if not due:
        return OrderNote(
            "名单上每个人的判断都是最新的，没有需要重新审核的。资料或规定一有变化，系统会自动重新审核。"
        )
    left = judging.waiting(_people(batch, actor), clock.today())
    if left is not None:
        url = address("/candidates", [("batch", batch.code), ("judging", "1")])
        again = address(f"/batches/{batch.code}", [("judged", before)])
        return OrderNote(
            f"已安排重新审核 {due:,} 人，还有 {left.count:,} 人{left.words}；{left.outlook}。",
            url,
            again,
        )
    fit_before = int(match[2])
    fit = _fit(batch, actor)
    change = f"由 {fit_before:,} 人变为 {fit:,} 人"
    if fit == fit_before:
        change = f"仍为 {fit:,} 人"
    return OrderNote(f"已重新审核 {due:,} 人，满足毕业条件的{change}。")


def _fit(batch: Batch, actor: Actor) -> int:
    return _people(batch, actor).filter(judgement__fit=True).count()


def _people(batch: Batch, actor: Actor) -> QuerySet[Candidate]:
    return visible(actor, Candidate.objects.filter(batch=batch, aside=False))
