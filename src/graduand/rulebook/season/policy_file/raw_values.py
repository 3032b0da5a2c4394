"""What somebody brings as a policy can be kept by every database, and printed: looked at before it
is read.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from graduand.rulebook.canon import NAME_MAX, hidden_in, odd_sign
from graduand.rulebook.season.policy_file.keys import ROUND_NAME_MAX

LONGEST = 200
# No day, code, count or size of a policy is larger.
LARGEST = 10**12
# What is written as text, and is printed as it was written: the most characters of each.
_TEXTS = {
    "school.name": 100,
    "rounds.name": ROUND_NAME_MAX,
    "principals.name": NAME_MAX,
    "contacts.people": NAME_MAX,
    "contacts.phone": 60,
    "contacts.email": LONGEST,
    "contacts.address": LONGEST,
}
_LISTED = "contacts.people"  # several, or one
_LINES = "contacts.address"  # of several lines


def odd_values(value: Any, where: str = "") -> list[str]:
    """A sentence for each value that no policy has: texts that hide a mark, are too long, or are no
    text; numbers that are none, or larger than any; hours.
    """
    if isinstance(value, dict):
        return _of_table(value, where)
    if isinstance(value, list):
        return [told for found in value for told in odd_values(found, where)]
    if isinstance(value, str):
        text = value.replace("\n", " ") if where == _LINES else value
        problem = _of_text(text, _TEXTS.get(where, LONGEST))
    elif isinstance(value, datetime | time):
        problem = "应只写日期，不写时刻"
    elif isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:
        problem = "不是数，或数太大"  # nan is in no range
    else:
        problem = ""
    return [f"{where}：{problem}"] if problem else []


def _of_table(table: dict[str, Any], where: str) -> list[str]:
    problems = []
    holder = where or "政策"
    for key, found in table.items():
        if problem := _of_text(key, LONGEST):
            problems.append(f"{holder}的一个键：{problem}")
            continue
        path = f"{where}.{key}".lstrip(".")
        if path in _TEXTS and not _is_text(found, path):
            problems.append(f"{path} 应是文字，请加引号")
        else:
            problems += odd_values(found, path)
    return problems


def _is_text(found: Any, path: str) -> bool:
    if path == _LISTED and isinstance(found, list):
        return all(isinstance(item, str) for item in found)
    return isinstance(found, str)


def _of_text(text: str, most: int) -> str:
    if len(text) > most:
        return f"有 {len(text)} 个字，最多 {most} 个字"
    return odd_sign(text) or hidden_in(text)
