"""What differs between two policies, in words: for who changes one and who agrees to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graduand.pages.frame.season.policy_form import FIELD_LABELS, ROUND_LABELS
from graduand.rulebook.calendar import BadDate, parse_date
from graduand.rulebook.season.policy_words import label_of, words_of

_LANGUAGES = "degree.languages."


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(what, before, after) of each value that differs, rounds by their name."""
    old = _understood(_flat(before))
    new = _understood(_flat(after))
    changed = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    return [
        (_label(key), words_of(key, old.get(key)), words_of(key, new.get(key))) for key in changed
    ]


def _understood(values: Mapping[str, Any]) -> dict[str, Any]:
    """Days as the policy reads them, however they were written: the same day is no difference."""
    return {key: _day(value) for key, value in values.items()}


def _day(value: Any) -> Any:
    """A day that is written in parts, as its ISO form; anything else as it is."""
    if not isinstance(value, str) or not any(sign in value for sign in "-./年"):
        return value
    try:
        return parse_date(value).isoformat()
    except BadDate:
        return value


def _flat(source: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The values by their keys, those of a table as `table.key`, of a round as `「round」key`."""
    values: dict[str, Any] = {}
    for key, value in source.items():
        if key == "rounds":
            for row in value:
                values |= _flat_round(row)
        elif isinstance(value, Mapping):
            values |= _flat(value, f"{above}{key}.")
        else:
            values[f"{above}{key}"] = value
    return values


def _flat_round(row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a round, and that there is one of its name."""
    title = f"「{row.get('name', '')}」"
    values = {f"{title}{key}": value for key, value in row.items() if key != "name"}
    return {**values, title: "有"}


def _label(key: str) -> str:
    if key.startswith("「"):
        name, _, what = key.partition("」")
        return f"{name}」{ROUND_LABELS.get(what, what) or '这一轮'}"
    if key.startswith(_LANGUAGES):
        return f"学位外语「{key.removeprefix(_LANGUAGES)}」最低成绩"
    return label_of(key) or FIELD_LABELS.get(key, key)
