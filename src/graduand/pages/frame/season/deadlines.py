"""Deadlines in words: until when, how much time is left, the state of a round's steps today
(Beijing time).
"""

from __future__ import annotations

from collections.abc import Collection, Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from graduand.models import Batch
from graduand.queries.season.seasons import Season
from graduand.rulebook.calendar import by_day, midnight, office_day
from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import RoundKind, Stage
from graduand.rulebook.words import led_by

MINUTE = timedelta(minutes=1)
LAST_DAY = timedelta(hours=24)
# The stages of the files that a step still has to do. While there are any the step is not done,
# whatever the day.
AT_STEP = {
    "学院审核": frozenset({Stage.APPLIED}),
    "总部审核": frozenset({Stage.ENDORSED}),
    "证书制作": frozenset({Stage.APPROVED}),
    "发放签领": frozenset({Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED}),
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """`until` is the last minute that counts; `urgent`: less than a day is left, or none."""

    what: str
    until: datetime
    left_words: str
    left: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class StepMark:
    """One mark of a step bar; `state` is done, now, open, halt or ""."""

    label: str
    note: str
    state: str = ""
    urgent: bool = False


def left(span: timedelta) -> str:
    """`3 天 4 小时`, `4 小时 20 分`, `20 分钟`."""
    minutes = int(span.total_seconds() // 60)
    days = minutes // 1440
    hours = minutes % 1440 // 60
    if days:
        return f"{days} 天 {hours} 小时"
    if hours:
        return f"{hours} 小时 {minutes % 60} 分"
    return f"{minutes} 分钟"


def deadline(what: str, last_day: date, now: datetime) -> Deadline:
    """The end of `last_day`, the day itself included."""
    end = midnight(last_day + timedelta(days=1))
    if now >= end:
        return Deadline(what, end - MINUTE, "已截止", "", urgent=True)
    return Deadline(what, end - MINUTE, "还有", left(end - now), urgent=end - now <= LAST_DAY)


def round_today(policy: BatchPolicy, day: date, closed: Container[str]) -> RoundPolicy | None:
    """The normal round that pages speak of on `day`: the open one, else one in review or to come,
    else the last.

    `closed` names the rounds closed by hand; nobody is told to file there, since their days no
    longer count.
    """
    normal = policy.rounds_of(RoundKind.NORMAL, closed)
    waiting = (rule for rule in normal if day <= (rule.review_to or rule.closes))
    return policy.open_round(day, closed) or next(waiting, None) or next(reversed(normal), None)


def filing_ends(season: Season, filing_round: RoundPolicy, now: datetime) -> Deadline:
    """Until when one can apply in a round, or from when on if it has not begun.

    Once the batch is closed its closing is shown instead, since those days no longer count.
    """
    if season.batch.closing_since is not None:
        return Deadline(
            f"批次 {season.code} 正在关闭",
            season.batch.closing_since,
            "不再申请和审核",
            "",
            urgent=False,
        )
    if season.batch.closed_at is not None:
        return Deadline(
            f"批次 {season.code} 已关闭", season.batch.closed_at, "不再申请和审核", "", urgent=False
        )
    opens = midnight(filing_round.opens)
    if now < opens:
        words = f"{filing_round.closes} 截止；现在还不能申请，距开始还有"
        return Deadline(
            f"{filing_round.name}申请开始", opens, words, left(opens - now), urgent=False
        )
    return deadline(f"{filing_round.name}申请截止", filing_round.closes, now)


def season_state(season: Season, now: datetime) -> tuple[str, str]:
    """(the state of a batch today in a few words, until when or from when)."""
    if not season.batch.is_open:
        return _shut_state(season.batch)
    today = office_day(now)
    if today > season.policy.closes_at:
        return "已截止", "不再申请和审核，待总部关闭；制证、寄送、签领继续办理"
    filing_round = round_today(season.policy, today, season.closed_rounds)
    if filing_round is None:
        return "没有轮次", "请总部核对批次规定"
    if today < filing_round.opens:
        return f"{filing_round.name}未开始", f"{filing_round.opens} 起申请，正在准备"
    if today > filing_round.closes:
        return (
            f"{filing_round.name}申请已截止",
            f"审核、制证、签领继续；批次截止 {season.policy.closes_at}",
        )
    ends = deadline("", filing_round.closes, now)
    return f"{filing_round.name}申请中", f"截止 {filing_round.closes} 23:59，还有 {ends.left}"


def after_the_last_day(season: Season) -> str:
    """What nobody can do any more in a batch past its last day, and what headquarters can, without
    a full stop.
    """
    return (
        f"批次 {season.code} 已于 {season.policy.closes_at} 截止，不能再审核通过："
        "由总部查缺补漏后关闭，未办结的转入下一毕业批次；要继续审核的，由总部写明原因、两人延长批次截止"
    )


def early_report(season: Season, day: date) -> str:
    """Why 续读本科 has no round of its own today, and what happens to these students; "" while it has
    one.
    """
    if not season.batch.is_open or season.early_round(day) is not None:
        return ""
    why = _no_early_round(season, day)
    filing_round = season.open_round(day)
    if filing_round is None:
        return f"{why}；现在没有开放的轮次，不能申请。"
    return (
        f"{why}；现在申请的续读学生进入「{filing_round.name}」，与其他学生一起办理，不必另外上报。"
    )


def _no_early_round(season: Season, day: date) -> str:
    """Why 续读本科 has no round of its own today."""
    early = season.policy.rounds_of(RoundKind.EARLY)
    if not early:
        return f"{season.code} 批次没有续读本科单独上报的轮次"
    for filing_round in early:
        if filing_round.opens > day and filing_round.name not in season.closed_rounds:
            return f"「{filing_round.name}」{filing_round.opens} 开始"
    return f"续读本科单独上报「{early[-1].name}」已截止"


def _shut_state(batch: Batch) -> tuple[str, str]:
    """The state of a batch that takes no work, and what still goes on in it."""
    if batch.finished_at is not None:
        return "已办结", "不再列入待办；没有发完的证书仍可寄送、签领"
    if batch.reopening:
        return "正在恢复名单", "恢复完成后重新开放；制证、寄送、签领照常办理"
    if batch.closing_since is not None:
        return "正在关闭", "不再申请和审核，未办结的正在结转；制证、寄送、签领照常办理"
    return "已关闭", "不再申请和审核，制证、寄送、签领继续办理"


def short(day: date) -> str:
    """`7-16`."""
    return f"{day.month}-{day.day:02d}"


def season_steps(
    policy: BatchPolicy,
    filing_round: RoundPolicy,
    now: datetime,
    day: date,
    own_step: str = "",
    stages: Collection[Stage] = (),
    *,
    undeclared: bool = False,
) -> list[StepMark]:
    """The six steps of a round, by the dates of the policy. Of the steps that run today `own_step`
    is marked as the current one.

    A step whose days are over goes on, late, while files are left there: `stages` are those that
    have any in the batch. So does the step of the grades while they are `undeclared`.
    """
    filing_end = deadline("", filing_round.closes, now)
    rows = _dated_steps(policy, filing_round, filing_end, day)
    states = {label: _state(opens, closes, day) for label, _, opens, closes in rows}
    late = {
        label
        for label in _unfinished_steps(stages, undeclared=undeclared)
        if states[label] == "done"
    }
    states = _with_now(states | dict.fromkeys(late, "open"), own_step)
    if filing_end.urgent and filing_end.left:
        late.add("中心申请")
    return [
        StepMark(label, note, states[label], urgent=label in late) for label, note, _, _ in rows
    ]


def _with_now(states: dict[str, str], own_step: str) -> dict[str, str]:
    """The states, with one of the open steps marked as the current one: `own_step`, else the first."""
    running = [label for label, state in states.items() if state == "open"]
    if not running:
        return states
    if own_step in running:
        return states | {own_step: "now"}
    return states | {running[0]: "now"}


def _unfinished_steps(stages: Collection[Stage], *, undeclared: bool) -> set[str]:
    """The steps that still have something to do, whatever the day."""
    labels = {label for label, at in AT_STEP.items() if at.intersection(stages)}
    if undeclared:
        labels.add("成绩与照片")
    return labels


def _dated_steps(
    policy: BatchPolicy, filing_round: RoundPolicy, filing_end: Deadline, day: date
) -> tuple[tuple[str, str, date | None, date], ...]:
    """(step, its days in words, first day, last day) of the six; None: the first step has no first
    day.
    """
    ready = max(
        filter(None, (filing_round.scores_by, filing_round.photo_deadline)),
        default=filing_round.opens,
    )
    first = filing_round.review_from or filing_round.opens
    last = filing_round.review_to or filing_round.closes
    filing = f"{filing_round.opens} 开始"
    if day >= filing_round.opens:
        filing = f"截止 {filing_round.closes} 23:59{led_by('，余 ', filing_end.left)}"
    return (
        ("成绩与照片", _brought(filing_round, ready), None, ready),
        ("中心申请", filing, filing_round.opens, filing_round.closes),
        ("学院审核", f"{first} 至 {last}", first, last),
        ("总部审核", "按上报先后办理", first, last),
        ("证书制作", f"发证日期 {policy.issue_date}", last, policy.closes_at),
        ("发放签领", by_day(policy.promise_due), policy.issue_date, policy.promise_due),
    )


def _brought(filing_round: RoundPolicy, ready: date) -> str:
    """Until when grades and photos count for a round, and what happens to a later photo."""
    words = []
    if filing_round.scores_by:
        words.append(f"成绩 {by_day(filing_round.scores_by)}发布")
    if filing_round.photo_deadline:
        words.append(f"照片 {by_day(filing_round.photo_deadline)}交齐，晚交的不进本轮初审名单")
    return "；".join(words) or by_day(ready)


def _state(opens: date | None, closes: date, day: date) -> str:
    if day > closes:
        return "done"
    if opens is None or opens <= day:
        return "open"
    return ""
