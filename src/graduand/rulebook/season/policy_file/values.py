"""Reading single values of a policy: each wrong one leaves a sentence, and the reading goes on."""

from __future__ import annotations

from datetime import date
from typing import Any

from graduand.rulebook.calendar import parse_date


class Values:
    """Collects what is wrong (`problems`) and what is only said (`warnings`), in Chinese sentences."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def _keys(self, table: Any, known: tuple[str, ...], where: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            self.problems.append(f"{where} 应是一组键值")
            return {}
        for key in table:
            if key not in known:
                name = f"{where}.{key}" if where else key
                self.problems.append(f"不认识的键 {name}，可用：{'、'.join(known)}")
        return {k: v for k, v in table.items() if k in known}

    def _day(self, value: Any, where: str) -> date | None:
        try:
            # A number is 20230720 as people type it, never the serial day of a spreadsheet.
            return parse_date(value if isinstance(value, date) else str(value))
        except ValueError as error:
            self.problems.append(f"{where}：{error}")
            return None

    def _int(self, value: Any, where: str, least: int = 0, most: int = 10_000) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.problems.append(f"{where} 应是不小于 {least} 的整数，现为 {value!r}")
            return least
        if value > most:
            self.problems.append(f"{where} 不应大于 {most}，现为 {value}")
            return least
        return value

    def _word(self, words: Any, value: Any, where: str) -> Any:
        found = words.of(str(value))
        if found is None:
            self.problems.append(
                f"{where} 应是 {'、'.join(w.value for w in words)} 之一，现为 {value!r}"
            )
            return next(iter(words))
        return found

    def _choice(self, words: Any, key: str) -> Any:
        """One of `words`; the first of them where the policy has no such key."""
        return self._word(words, self.data.get(key, next(iter(words))), key)

    def _list(self, value: Any, where: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.problems.append(f"{where} 应是一个列表，现为 {value!r}")
        return []

    def _yes(self, value: Any, where: str) -> bool:
        if not isinstance(value, bool):
            self.problems.append(f"{where} 应是 true 或 false，现为 {value!r}")
        return value is True
