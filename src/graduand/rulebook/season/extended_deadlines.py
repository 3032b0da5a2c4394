"""What a new version of a policy gives more time for, by what a person gets: renaming a round, or
leaving it out for a while, gives nobody more time unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from graduand.rulebook.season.policy import BatchPolicy
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import RoundKind


@dataclass(frozen=True, slots=True)
class ExtendedDeadlines:
    """Sentences: `photos` by the round whose photo deadline is later than it was for anybody,
    `closings` in order.
    """

    photos: dict[str, str] = field(default_factory=dict)
    closings: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return (*self.photos.values(), *self.closings)


def find_extensions(so_far: Sequence[BatchPolicy], new: BatchPolicy) -> ExtendedDeadlines:
    """What `new` makes later; `so_far` are all versions that were in force, oldest first, the last
    one still is.

    A round is compared with what last had its name, and, day by day, with the rounds that were last
    open on its days; a day on which nobody could apply any more is more time for whoever was too
    late.
    """
    if not so_far:
        return ExtendedDeadlines()
    photos = {}
    closings = []
    for filing_round in new.rounds:
        if said := _photo_later(so_far, filing_round):
            photos[filing_round.name] = said
        if said := _closes_later(so_far, filing_round) or _begins_again(so_far, filing_round):
            closings.append(said)
    if new.closes_at > so_far[-1].closes_at:
        closings.append(f"批次截止 {so_far[-1].closes_at} 改为 {new.closes_at}")
    before = so_far[-1].degree.closes
    after = new.degree.closes
    if before is not None and (after is None or after > before):
        closings.append(f"学位申请截止 {before} 改为 {after or '不限'}")
    return ExtendedDeadlines(photos, tuple(closings))


def _photo_later(so_far: Sequence[BatchPolicy], filing_round: RoundPolicy) -> str:
    then = filing_round.photo_deadline or "不限"
    old = _of_name(so_far, filing_round.name)
    if old is not None and _deadline(filing_round) > _deadline(old):
        return f"「{filing_round.name}」照片截止 {old.photo_deadline} 改为 {then}"
    for rounds in _same_days(so_far, filing_round):
        last = max(rounds, key=_deadline)
        if _deadline(filing_round) > _deadline(last):
            return f"「{filing_round.name}」照片截止 {then}，晚于同期「{last.name}」的 {last.photo_deadline}"
    return ""


def _closes_later(so_far: Sequence[BatchPolicy], filing_round: RoundPolicy) -> str:
    old = _of_name(so_far, filing_round.name)
    if old is not None:
        if filing_round.closes > old.closes:
            return f"「{filing_round.name}」申请截止 {old.closes} 改为 {filing_round.closes}"
        return ""
    before = [known for rounds in _same_days(so_far, filing_round) for known in rounds]
    last = max(before, key=lambda known: known.closes, default=None)
    if last is None or filing_round.closes <= last.closes:
        return ""
    return f"「{filing_round.name}」申请截止 {filing_round.closes}，晚于同期「{last.name}」的 {last.closes}"


def _begins_again(so_far: Sequence[BatchPolicy], filing_round: RoundPolicy) -> str:
    """A day of `filing_round` on which no round was open to its people, after one that had ended:
    it is that one's extension.
    """
    kinds = (filing_round.kind, RoundKind.NORMAL)
    known = [
        known_round
        for policy in so_far
        for known_round in policy.rounds
        if known_round.kind in kinds
    ]
    days = {filing_round.opens, *(_day_after(known_round.closes) for known_round in known)}
    for day in sorted(day for day in days if filing_round.window.contains(day)):
        ended = max(
            (known_round for known_round in known if known_round.closes < day),
            key=lambda known_round: known_round.closes,
            default=None,
        )
        if ended is not None and not any(known_round.window.contains(day) for known_round in known):
            return f"「{filing_round.name}」{day} 起可以申请，此前「{ended.name}」已于 {ended.closes} 截止"
    return ""


def _deadline(filing_round: RoundPolicy) -> date:
    return filing_round.photo_deadline or date.max


def _of_name(so_far: Sequence[BatchPolicy], name: str) -> RoundPolicy | None:
    """The last round of that name."""
    return next(
        (
            filing_round
            for policy in reversed(so_far)
            if (filing_round := policy.round(name)) is not None
        ),
        None,
    )


def _same_days(
    so_far: Sequence[BatchPolicy], filing_round: RoundPolicy
) -> Iterator[list[RoundPolicy]]:
    """The rounds to which people could apply before on a day of `filing_round`: on each day those
    of the last version with any.

    Between two days on which some round begins or ends nothing changes, so only these are looked
    at. Whom an early round takes may apply to a normal one too, the others to no early one.
    """
    kinds = (filing_round.kind, RoundKind.NORMAL)
    known = [[rule for rule in policy.rounds if rule.kind in kinds] for policy in reversed(so_far)]
    days = {filing_round.opens}
    for rule in (rule for rounds in known for rule in rounds):
        days.update(
            day
            for day in (rule.opens, _day_after(rule.closes))
            if filing_round.window.contains(day)
        )
    for day in sorted(days):
        found = ([rule for rule in rounds if rule.window.contains(day)] for rounds in known)
        if there := next(filter(None, found), None):
            yield there


def _day_after(day: date) -> date:
    if day < date.max:
        return day + timedelta(days=1)
    return day
