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
class AgendaEntry:
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


def agenda(policy: BatchPolicy) -> tuple[AgendaEntry, ...]:
    """Every day that the policy names or computes, by date."""
    found = [entry for rule in policy.rounds for entry in _of_round(policy, rule)]
    found.append(
        AgendaEntry(policy.issue_date, policy.issue_date, "毕业证书发证日期", "batch", "七.4")
    )
    found.append(AgendaEntry(policy.closes_at, policy.closes_at, "批次截止", "batch", "七.1"))
    start = "发证日期" if policy.promise.start == "issue_date" else "准予毕业"
    if policy.promise.start == "issue_date":
        why = f"{start}后 {policy.promise.months} 个月"
        found.append(
            AgendaEntry(
                policy.promise_due, policy.promise_due, "承诺的领证期限", "batch", "一", why=why
            )
        )
    if policy.progression is not None:
        last = policy.progression.admissions_close
        found.append(AgendaEntry(last, last, "本科招生截止", "batch", "三.3"))
    if policy.degree.opens and policy.degree.closes:
        found.append(
            AgendaEntry(policy.degree.opens, policy.degree.closes, "学位申请", "apply", "学位")
        )
    return tuple(sorted(found, key=lambda entry: (entry.first, entry.last, entry.what)))


def _of_round(policy: BatchPolicy, rule: RoundPolicy) -> list[AgendaEntry]:
    source = "三.4"
    why = ""
    if rule.kind is RoundKind.EARLY:
        source = "三.3"
        why = _early_words(policy)
    if rule.closes_assumed:
        why = "没有写明，以审核截止为准"
    found = [AgendaEntry(rule.opens, rule.closes, "毕业申请", "apply", source, rule.name, why)]
    if rule.scores_by:
        found.append(
            AgendaEntry(rule.scores_by, rule.scores_by, "成绩提交截止", "scores", "三.1", rule.name)
        )
    if rule.photo_deadline:
        found.append(
            AgendaEntry(
                rule.photo_deadline, rule.photo_deadline, "照片截止", "photo", "四.2(2)", rule.name
            )
        )
    if rule.review_from and rule.review_to:
        found.append(
            AgendaEntry(rule.review_from, rule.review_to, "毕业审核", "review", "三.1", rule.name)
        )
    return found


def _early_words(policy: BatchPolicy) -> str:
    rule = policy.progression
    if rule is None:
        return ""
    weeks = f"前 {rule.weeks_before} 周"
    if rule.weeks_before == 1:
        weeks = "前一周"
    return f"招生截止 {rule.admissions_close} {weeks}的周{WEEKDAYS[rule.weekday]}"
