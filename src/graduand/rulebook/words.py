"""What a word of the field is: a stored value, its Chinese label, the spellings that mean it; and
what a sentence writes of it, and of the first of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """Base of all terms: a stored value, a Chinese label, other accepted spellings."""

    label: str
    aliases: tuple[str, ...]

    def __new__(cls, value: str, label: str = "", *aliases: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        member.aliases = aliases
        return member

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The member whose label, alias or value is `text`; None when there is none."""
        for member in cls:
            if text in (member.label, member.value) or text in member.aliases:
                return member
        return None

    @classmethod
    def label_of(cls, value: str) -> str:
        """The label of a stored value; "" for none. Raises ValueError for a value of no member."""
        if not value:
            return ""
        return cls(value).label

    @classmethod
    def stored(cls, value: str | None) -> Self | None:
        """The member of a stored value; None where nothing is stored."""
        if not value:
            return None
        return cls(value)

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(value, label) pairs in order, as a form or a model field takes them."""
        return [(member.value, member.label) for member in cls]

    @classmethod
    def labels(cls) -> str:
        """The labels joined by 、 for a message."""
        return "、".join(member.label for member in cls)


def stored_value(word: Word | None) -> str:
    """The value as it is stored; "" for no word."""
    if word is None:
        return ""
    return word.value


def label_of(word: Word | None) -> str:
    """The label as people read it; "" for no word."""
    if word is None:
        return ""
    return word.label


def led_by(mark: str, text: str | None) -> str:
    """`text` with `mark` before it; "" where there is no text."""
    if not text:
        return ""
    return f"{mark}{text}"


def name_some(names: Sequence[str], most: int, total: int = 0) -> str:
    """The first `most` of `names`, joined by 、, and 等 where there are more.

    `total`: how many there are, where `names` are only the first of them.
    """
    shown = "、".join(names[:most])
    if max(total, len(names)) > most:
        return f"{shown}等"
    return shown


def name_and_count(names: Sequence[str], most: int, unit: str, total: int = 0) -> str:
    """The same, with the number of them all in units of `unit` where there are more than `most`."""
    shown = "、".join(names[:most])
    many = total or len(names)
    if many > most:
        return f"{shown} 等 {many} {unit}"
    return shown
