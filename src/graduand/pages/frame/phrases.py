"""Parts of sentences that several pages write: brackets, counts."""

from __future__ import annotations


def in_brackets(text: str) -> str:
    """`（text）`; "" where there is no text."""
    if not text:
        return ""
    return f"（{text}）"


def counted(number: int, *, more: bool) -> str:
    """`1,138`; `1,138+` where there are more and counting stopped there."""
    if more:
        return f"{number:,}+"
    return f"{number:,}"
