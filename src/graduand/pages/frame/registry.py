"""Which lists there are, by key: each page declares its own, the frame and the home count them."""

from __future__ import annotations

from typing import Any

from graduand.rulebook.people.account_terms import Leaves

LISTS: dict[str, Any] = {}
"""key -> ListSpec (pages/frame/lists/list_spec.py), filled when the pages are imported."""


def what_left(key: str) -> str:
    """What left under a key, in words: the title of its list, or of an export without a list."""
    spec = LISTS.get(key)
    if spec is not None:
        return str(spec.title)
    known = Leaves.of(key)
    if known is not None:
        return known.label
    return key
