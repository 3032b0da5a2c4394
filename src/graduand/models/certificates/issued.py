"""What a certificate and its archive say. Both are written when the number is given, the
certificate's again with each amendment, and no row ever changes.
"""

from __future__ import annotations

from django.db import models

from graduand.models.act import Act
from graduand.models.certificates.certificate import Certificate, DegreeCertificate
from graduand.models.sealed import SealedField


class IssuedContent(models.Model):
    """One version; the last one is valid. Append-only.

    `sha256` is the hash of `body` (rulebook/certificates/certificate_content.py), which holds the
    keyed hash of `id_no`. `act` numbered or amended it; None: filled in afterwards (补录) for a
    certificate that was numbered before contents were stored.
    """

    version = models.PositiveSmallIntegerField()
    body = models.TextField()
    id_no = SealedField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    act = models.ForeignKey(
        Act, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.sha256[:8]} v{self.version}"


class CertificateContent(IssuedContent):
    """What a graduation certificate says."""

    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="contents", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "version"], name="certificate_content_once_a_version"
            ),
        ]


class DegreeContent(IssuedContent):
    """What a degree certificate says."""

    certificate = models.ForeignKey(
        DegreeCertificate, on_delete=models.PROTECT, related_name="contents", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "version"], name="degree_content_once_a_version"
            ),
        ]


class ArchiveContent(models.Model):
    """What the papers of the archive say besides the certificate, fixed with its number.
    Append-only.

    `body` is a text of rulebook/papers/archive_content.py, compressed and sealed: it holds
    telephone numbers and addresses. `digest` is its keyed hash. `act` numbered the certificate;
    None: filled in afterwards (补录).
    """

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, related_name="archive"
    )
    body = models.BinaryField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    act = models.ForeignKey(
        Act, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return self.digest[:8]
