"""Writing down what the papers of the archive say, in the transaction that gives the number."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime

from graduand.models import ArchiveContent, key_ring
from graduand.office.certificates.issuing.rows import db_bytes, db_time, insert
from graduand.rulebook.papers.archive_content import Archive, body_of

_COLUMNS = ("certificate_id", "body", "digest", "made_at", "act_id")
# The text is a few kilobytes per person, written while others wait: the quickest level of
# compression leaves a fifth of it.
_LEVEL = 1


def keep(archives: Iterable[tuple[int, str, Archive]], at: datetime, act: int | None) -> None:
    """Store (certificate, its number, archive): compressed and sealed, with the keyed hash of the
    text.
    """
    ring = key_ring()
    moment = db_time(at)
    rows = []
    for certificate, number, archive in archives:
        body = body_of(archive, number)
        sealed = db_bytes(ring.seal_bytes(zlib.compress(body.encode(), _LEVEL)))
        rows.append((certificate, sealed, ring.digest(body), moment, act))
    insert(ArchiveContent, _COLUMNS, rows)
