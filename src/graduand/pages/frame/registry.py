"""Which lists there are, by key: each page declares its own here, the frame and the home page count with them."""

from __future__ import annotations

from typing import Any

from graduand.rulebook.people.account_terms import Leaves

LISTS: dict[str, Any] = {}
"""key -> ListSpec (pages/frame/lists/list_spec.py), filled when the pages are imported."""


def what_left(key: str) -> str:
    """What left under a key, in words: the title of its list, or of what has no list."""
    spec, known = LISTS.get(key), Leaves.of(key)
    if spec is not None:
        return str(spec.title)
    return known.label if known else key
