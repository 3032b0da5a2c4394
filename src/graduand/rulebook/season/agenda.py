"""The days of a batch in order, as its policy fixes or computes them: for the calendar, the ICS
file and the notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import RoundKind

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Day:
    """One entry: the last day is included. `kind` is apply, review, photo, scores or batch; `why`
    says how a computed day came about, `source` is the notice's clause.
    """

    first: date
    last: date
    what: str
    kind: str
    source: str
    round_name: str = ""
    why: str = ""

    @property
    def words(self) -> str:
        """`2023 年 7 月 6 日（周四）至 7 月 16 日（周日）`, or one day; the year once where both are of the same
        one.
        """
        if self.first == self.last:
            return day_words(self.first)
        last = day_words(self.last)
        if self.first.year == self.last.year:
            last = last.removeprefix(f"{self.last.year} 年 ")
        return f"{day_words(self.first)}至 {last}"


def day_words(day: date) -> str:
    """`2023 年 7 月 6 日（周四）`: a season runs over the turn of the year."""
    return f"{day.year} 年 {day.month} 月 {day.day} 日（周{WEEKDAYS[day.weekday()]}）"


def agenda(policy: BatchPolicy) -> tuple[Day, ...]:
    """Every day that the policy names or computes, by date."""
    found = [one for turn in policy.rounds for one in _of_round(policy, turn)]
    found.append(Day(policy.issue_date, policy.issue_date, "毕业证书发证日期", "batch", "七.4"))
    found.append(Day(policy.closes_at, policy.closes_at, "批次截止", "batch", "七.1"))
    start = "发证日期" if policy.promise.start == "issue_date" else "准予毕业"
    if policy.promise.start == "issue_date":
        why = f"{start}后 {policy.promise.months} 个月"
        found.append(
            Day(policy.promise_due, policy.promise_due, "承诺的领证期限", "batch", "一", why=why)
        )
    if policy.progression is not None:
        last = policy.progression.admissions_close
        found.append(Day(last, last, "本科招生截止", "batch", "三.3"))
    if policy.degree.opens and policy.degree.closes:
        found.append(Day(policy.degree.opens, policy.degree.closes, "学位申请", "apply", "学位"))
    return tuple(sorted(found, key=lambda one: (one.first, one.last, one.what)))


def _of_round(policy: BatchPolicy, turn: RoundPolicy) -> list[Day]:
    source = "三.4"
    why = ""
    if turn.kind is RoundKind.EARLY:
        source = "三.3"
        why = _early_words(policy)
    if turn.closes_assumed:
        why = "没有写明，以审核截止为准"
    found = [Day(turn.opens, turn.closes, "毕业申请", "apply", source, turn.name, why)]
    if turn.scores_by:
        found.append(
            Day(turn.scores_by, turn.scores_by, "成绩提交截止", "scores", "三.1", turn.name)
        )
    if turn.photo_deadline:
        found.append(
            Day(turn.photo_deadline, turn.photo_deadline, "照片截止", "photo", "四.2(2)", turn.name)
        )
    if turn.review_from and turn.review_to:
        found.append(Day(turn.review_from, turn.review_to, "毕业审核", "review", "三.1", turn.name))
    return found


def _early_words(policy: BatchPolicy) -> str:
    turn = policy.progression
    if turn is None:
        return ""
    weeks = f"前 {turn.weeks_before} 周"
    if turn.weeks_before == 1:
        weeks = "前一周"
    return f"招生截止 {turn.admissions_close} {weeks}的周{WEEKDAYS[turn.weekday]}"
