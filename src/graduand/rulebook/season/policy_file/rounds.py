"""Reading the rounds of a policy: their days, in themselves and beside each other."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

from graduand.rulebook.season.policy_file.keys import ROUND_KEYS
from graduand.rulebook.season.policy_file.values import Values
from graduand.rulebook.season.policy_parts import Progression, RoundPolicy
from graduand.rulebook.terms import RoundKind


class RoundReader(Values):
    """Reads the rounds, and says which of their days contradict each other or the batch."""

    def _rounds(self, progression: Progression | None) -> tuple[RoundPolicy, ...]:
        rows = self.data.get("rounds")
        if rows is None:
            return ()
        if not isinstance(rows, list) or not rows:
            self.problems.append("rounds 至少要有一轮")
            return ()
        found = [self._round(row, place, progression) for place, row in enumerate(rows, 1)]
        kinds = {RoundKind.of(str(row.get("kind"))) for row in rows if isinstance(row, dict)}
        if progression is None and RoundKind.EARLY in kinds:
            self.problems.append(
                "有续读本科轮次，但没有 progression.admissions_close（招生截止日期）"
            )
        return tuple(r for r in found if r is not None)

    def _round(self, row: Any, place: int, progression: Progression | None) -> RoundPolicy | None:
        name = str(row.get("name", "")) if isinstance(row, dict) else ""
        where = f"rounds「{name or f'第 {place} 轮'}」"
        got = self._keys(row, ROUND_KEYS, where)
        if not name:
            self.problems.append(f"{where}.name 没有填写")
        kind = self._word(RoundKind, got.get("kind", "normal"), f"{where}.kind")
        days = {key: self._day(got[key], f"{where}.{key}") for key in ROUND_KEYS[2:] if key in got}
        opens = days.get("opens")
        computed = progression.closes if progression and kind is RoundKind.EARLY else None
        closes, assumed = self._closes(where, days, computed, written="closes" in got)
        # A day that cannot be read has its own sentence.
        if "opens" not in got:
            self.problems.append(f"{where}.opens 没有填写")
        if closes is None and "closes" not in got:
            self.problems.append(f"{where}.closes 没有填写，也没有审核截止日期可以代替")
        self._order(where.removeprefix("rounds"), opens, closes, days)
        if opens is None or closes is None:
            return None
        return RoundPolicy(
            name,
            kind,
            opens,
            closes,
            days.get("scores_by"),
            days.get("photo_deadline"),
            days.get("review_from"),
            days.get("review_to"),
            assumed,
        )

    def _closes(
        self, where: str, days: dict[str, date | None], computed: date | None, *, written: bool
    ) -> tuple[date | None, bool]:
        """The last day of applying, and whether the notice neither says nor implies it."""
        closes = days.get("closes")
        if computed and closes and closes != computed:
            self.problems.append(f"{where}.closes 为 {closes}，但按招生截止日期推算应为 {computed}")
        closes = closes or computed
        assumed = closes is None
        if assumed and not written and (closes := days.get("review_to")):
            self.warnings.append(
                f"{where} 没有写明申请截止日期（通知三.4），暂以审核截止 {closes} 为准"
            )
        return closes, assumed

    def _order(
        self, where: str, opens: date | None, closes: date | None, days: dict[str, date | None]
    ) -> None:
        """The days of one round, in themselves; also of a round that lacks another of its days."""
        first = days.get("review_from")
        last = days.get("review_to")
        if opens and closes and closes < opens:
            self.problems.append(f"{where}截止 {closes} 早于开始 {opens}")
        if first and last and last < first:
            self.problems.append(f"{where}审核截止 {last} 早于审核开始 {first}")

    def _between_rounds(self, rounds: tuple[RoundPolicy, ...], closes_at: date | None) -> None:
        say = self.problems.append
        names = Counter(r.name for r in rounds if r.name)
        for name in [name for name, times in names.items() if times > 1]:
            say(f"rounds「{name}」.name 与另一轮重复")
        for r in rounds:
            for day, what in ((r.closes, "申请截止"), (r.review_to, "审核截止")):
                if day and closes_at and day > closes_at:
                    say(f"「{r.name}」{what} {day} 晚于批次截止 {closes_at}")
        normal = sorted(
            (r for r in rounds if r.kind is RoundKind.NORMAL), key=lambda r: (r.opens, r.closes)
        )
        for first, then in pairwise(normal):
            if then.opens <= first.closes:
                say(f"「{first.name}」与「{then.name}」的申请时间重叠")
