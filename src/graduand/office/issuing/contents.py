"""Writing down what certificates say, a version a certificate, in the transaction that numbers or amends them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from graduand.models import CertificateContent, DegreeContent, key_ring
from graduand.office.issuing.rows import db_bytes, db_time, insert
from graduand.rulebook.certificate_content import Content, body_of, hash_of

_COLUMNS = ("certificate_id", "version", "body", "id_no", "sha256", "made_at", "act_id")


def keep(model: type[CertificateContent | DegreeContent], contents: Iterable[tuple[int, int, Content]], at: datetime,
         act: int | None) -> None:  # fmt: skip
    """Keep (certificate, version, content); the 证件号 is sealed, and enters the hash keyed."""
    ring, moment, rows = key_ring(), db_time(at), []
    for certificate, version, content in contents:
        body = body_of(content, ring.digest(content.id_no))
        sealed = db_bytes(ring.seal(content.id_no) if content.id_no else b"")
        rows.append((certificate, version, body, sealed, hash_of(body), moment, act))
    insert(model, _COLUMNS, rows)
