"""How far background work is, told to whoever watches."""

from __future__ import annotations

from collections.abc import Callable

# Called after each piece with how much is done, of how much.
Progress = Callable[[int, int], None]


def unwatched(_done: int, _total: int) -> None:
    """Progress that nobody watches."""
