"""Which lists there are, by key: each page declares its own here, the frame and the home page count with them."""

from __future__ import annotations

from typing import Any

LISTS: dict[str, Any] = {}
"""key -> ListSpec (pages/frame/listing.py), filled when the pages are imported."""
