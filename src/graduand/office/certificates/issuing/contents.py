"""Stores what each version of a certificate says, in the transaction that numbers or amends the
certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from graduand.models import CertificateContent, DegreeContent, key_ring
from graduand.models.engine import Ids
from graduand.office.certificates.issuing.rows import db_bytes, db_time, insert
from graduand.office.chunk import Chunk
from graduand.queries.certificates.issued import IssuedPapers
from graduand.rulebook.certificates.certificate_content import Content, body_of, hash_of

_COLUMNS = ("certificate_id", "version", "body", "id_no", "sha256", "made_at", "act_id")


def keep_first(
    papers: IssuedPapers, contents: Mapping[int, Content], chunk: Chunk
) -> dict[int, int]:
    """Store what certificates that were just numbered say, by candidate, as version 1. Returns the
    certificates' ids by candidate.
    """
    return keep_next(papers, {pk: (1, content) for pk, content in contents.items()}, chunk)


def keep_next(
    papers: IssuedPapers, versions: Mapping[int, tuple[int, Content]], chunk: Chunk
) -> dict[int, int]:
    """Store a (version, content) of the valid certificate of each candidate. Returns the
    certificates' ids by candidate.
    """
    valid = papers.certificates.objects.filter(candidate_id__among=Ids(versions), voided_at=None)
    certificates = dict(valid.values_list("candidate_id", "id"))
    rows = ((certificates[pk], *version) for pk, version in versions.items())
    keep(papers.contents, rows, chunk.at, chunk.act.pk)
    return certificates


def keep(
    model: type[CertificateContent | DegreeContent],
    contents: Iterable[tuple[int, int, Content]],
    at: datetime,
    act: int | None,
) -> None:
    """Insert rows of (certificate, version, content). The 证件号 is stored sealed; what enters the
    hash is its keyed digest.
    """
    ring = key_ring()
    moment = db_time(at)
    rows = []
    for certificate, version, content in contents:
        body = body_of(content, ring.digest(content.id_no))
        sealed = b""
        if content.id_no:
            sealed = ring.seal(content.id_no)
        rows.append((certificate, version, body, db_bytes(sealed), hash_of(body), moment, act))
    insert(model, _COLUMNS, rows)
