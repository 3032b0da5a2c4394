"""The list of files that one explanation is about: for the person who gives it, and for the one who
agrees to what rests on it.
"""

from __future__ import annotations

from graduand.pages.frame.base import address
from graduand.queries.listing import BATCH
from graduand.queries.season.gaps import Explanation


def explained_by(code: str, explanation: Explanation) -> str:
    """Its address; `code` is the batch."""
    return address(
        "/candidates",
        [(BATCH, code), ("stage", explanation.stage.value), ("explained", explanation.text)],
    )
