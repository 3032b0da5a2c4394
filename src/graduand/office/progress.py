"""How far long work is, told to whoever watches."""

from __future__ import annotations


def unwatched(_done: int, _total: int) -> None:
    """Progress that nobody watches."""
