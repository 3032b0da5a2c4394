"""The chunks of one printed file bound together; the same chunks give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence


def bound(pieces: Sequence[bytes]) -> bytes:
    """One PDF with the pages of all `pieces` in order, and with the metadata of the first one."""
    if len(pieces) == 1:
        return pieces[0]
    import pikepdf

    with pikepdf.open(io.BytesIO(pieces[0])) as whole:
        for piece in pieces[1:]:
            with pikepdf.open(io.BytesIO(piece)) as more:
                whole.pages.extend(more.pages)
        stream = io.BytesIO()
        whole.save(stream, deterministic_id=True)
    return stream.getvalue()
