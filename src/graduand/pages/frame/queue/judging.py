"""What a page says of those who are being judged again: how many, since when, why, until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import HttpRequest

from graduand.pages.frame.base import address, number_of
from graduand.queries import judging
from graduand.queries.judging import JudgingBacklog, StaleMark
from graduand.queries.listing import ListFilter
from graduand.queries.queue import standstill

# The filters about a verdict, which match no file that is being judged.
VERDICT = frozenset({"fit", "clear", "photo", "chsi", "code", "judging"})
# Seconds between two looks: quick at first, slower, then no more.
WAITS = (2, 2, 3, 5, 8, 13, 20, 30, 30, 60, 60, 60)


def waits_for_verdict(mark: StaleMark) -> str:
    """Why a step that stands on the verdict can't be done now."""
    return f"正在重新审核（{mark.words}），完成后再办理"


def again(mark: StaleMark | None) -> str:
    """What the page of one file says with its last verdict; "" when the verdict counts."""
    if mark is None:
        return ""
    last = "还没有判断"
    if mark.judged_on:
        last = f"下面是 {mark.judged_on} 的判断，可能已有变化"
    outlook = "完成后刷新即可看到"
    if judging.stands_still():
        outlook = standstill.words()
    return f"正在重新审核（{mark.words}）：{last}；{outlook}。"


@dataclass(frozen=True, slots=True)
class JudgingStrip:
    """The line above a list.

    `beside` says that these people are not among the rows, `url` shows just them; `poll` is the
    address of the next look after `wait` seconds, "" when it looks no more; `here` the list itself.
    """

    waiting: JudgingBacklog | None
    beside: bool
    url: str
    poll: str
    wait: int
    here: str

    @property
    def over(self) -> bool:
        """Everybody has been judged since the first look."""
        return self.waiting is None


def strip(
    request: HttpRequest, today: date, path: str, asked: ListFilter, people: Any
) -> JudgingStrip | None:
    """The line for a list of `people` filtered by `asked`; None while nobody is being judged.

    It counts those who match everything but the filters about the verdict.
    """
    rest = [pair for pair in asked.pairs() if pair[0] not in VERDICT]
    waiting = judging.waiting(people.filter(ListFilter(asked.criteria, tuple(rest)).where()), today)
    looked = number_of(request.GET.get("poll"))
    if waiting is None and not looked:
        return None
    question = [
        (name, value) for name, values in request.GET.lists() if name != "poll" for value in values
    ]
    only = address(path, [*rest, ("judging", "1")])
    beside = len(rest) < len(asked.pairs()) and asked["judging"] != "1"
    line = JudgingStrip(waiting, beside, only, "", WAITS[-1], address(path, question))
    if looked >= len(WAITS):
        return line
    line = replace(line, wait=WAITS[looked])
    if waiting is None:
        return line
    return replace(line, poll=address(path, [*question, ("poll", str(looked + 1))]))
