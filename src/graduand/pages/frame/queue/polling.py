"""How often a page of long work looks again by itself."""

from __future__ import annotations

# Seconds before each look: it slows, and after the last one it stops.
WAITS = (1, 1, 1, 2, 2, 3, 3, 5, 5, *(8,) * 10, *(15,) * 40)


def wait_after(looks: int) -> int:
    """The seconds before the next look."""
    return WAITS[min(looks, len(WAITS) - 1)]


def looks_again(looks: int) -> bool:
    """Whether the page looks again at all."""
    return looks < len(WAITS)
