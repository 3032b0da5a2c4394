"""Writing down what certificates say, a version a certificate, in the transaction that numbers or
amends them.
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
    """What the certificates that were just numbered say, by candidate; returns their certificates."""
    return keep_next(papers, {pk: (1, content) for pk, content in contents.items()}, chunk)


def keep_next(
    papers: IssuedPapers, versions: Mapping[int, tuple[int, Content]], chunk: Chunk
) -> dict[int, int]:
    """A version and what it says of the valid certificate of each candidate; returns these
    certificates.
    """
    valid = papers.certificates.objects.filter(candidate_id__among=Ids(versions), voided_at=None)
    certificates = dict(valid.values_list("candidate_id", "id"))
    made_of = ((certificates[pk], *version) for pk, version in versions.items())
    keep(papers.contents, made_of, chunk.at, chunk.act.pk)
    return certificates


def keep(
    model: type[CertificateContent | DegreeContent],
    contents: Iterable[tuple[int, int, Content]],
    at: datetime,
    act: int | None,
) -> None:
    """Keep (certificate, version, content); the 证件号 is sealed, and enters the hash keyed."""
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
