"""The list of whom one explanation is about: for who gives it, and who agrees to what rests on it."""

from __future__ import annotations

from graduand.pages.frame.base import address
from graduand.queries.listing import BATCH
from graduand.queries.season.gaps import Explanation


def explained_by(code: str, said: Explanation) -> str:
    """Its address; `code` is the batch."""
    return address(
        "/candidates", [(BATCH, code), ("stage", said.stage.value), ("explained", said.text)]
    )
