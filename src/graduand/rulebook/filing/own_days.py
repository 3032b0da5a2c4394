"""Until which day something must be there for a student who has not applied, and what happens
otherwise.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from graduand.rulebook.calendar import by_day
from graduand.rulebook.clauses import EXPIRED, TOO_EARLY
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy

_BARRED = {
    EXPIRED: "入学年度学期登记有误的，请联系学习中心，由学院在 {last}核对更正后，才能提交申请；"
    "确已超过最长学习年限的，不能毕业，以后的批次也不能申请。",
    TOO_EARLY: "您不属于本批次的毕业对象，本批次不提交申请；转入{next}后，按那个批次的规定重新审核。",
}


def days_to_keep(
    policy: BatchPolicy,
    rule: RoundPolicy,
    closed: Container[str],
    today: date,
    *,
    photo: bool,
    grades: bool,
    barred: str = "",
    next_batch: str,
) -> tuple[str, ...]:
    """Whole sentences for the round that the student would be filed in; `photo` and `grades` say
    what is still missing, `barred` by which code it is that nothing done until a day helps.

    `closed` names the rounds closed by hand, `next_batch` is where the student goes on, in words.
    """
    if barred in _BARRED:
        return (_BARRED[barred].format(last=by_day(rule.closes), next=next_batch),)
    after = policy.next_round(rule.closes, closed)
    otherwise = f"本批次不能毕业，转入{next_batch}"
    if after:
        otherwise = f"只能等「{after.name}」（{after.opens} 起申请）"
    sentences = []
    if photo and rule.photo_deadline:
        sentences.append(_photo(rule, rule.photo_deadline, otherwise, today))
    if grades and rule.scores_by and today <= rule.scores_by:
        sentences.append(_grades(rule, rule.scores_by))
    sentences.append(_application(rule, otherwise, today))
    return tuple(sentences)


def _photo(rule: RoundPolicy, last: date, otherwise: str, today: date) -> str:
    if today > last:
        return f"「{rule.name}」的毕业照片已于 {last} 截止；现在才交的不进入「{rule.name}」的初审名单，{otherwise}。"
    return (
        f"毕业照片须在 {by_day(last)}交到学习中心，并检查合格；"
        f"之后才交的不进入「{rule.name}」的初审名单，{otherwise}。"
    )


def _grades(rule: RoundPolicy, last: date) -> str:
    return f"所缺课程的成绩由学院在 {by_day(last)}发布；之后才发布的，可能赶不上「{rule.name}」的申请。"


def _application(rule: RoundPolicy, otherwise: str, today: date) -> str:
    begins = ""
    if today < rule.opens:
        begins = f"自 {rule.opens} 起、"
    return f"学习中心{begins}在 {by_day(rule.closes)}为您提交申请；到那天条件还没有满足、还没有提交的，{otherwise}。"
