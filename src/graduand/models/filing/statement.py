"""The student's signed statement that a deferral rests on (annex 2): a sealed scan, or the place
where the paper is kept.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.act import Act
from graduand.models.candidate import Candidate


class Statement(models.Model):
    """One statement of one candidate for one act; append-only.

    A scan has `kind` (pdf, jpeg, png), `sha256` of its bytes and `file`, the hash under which the
    sealed bytes are stored. A paper has the day of its signature and the `place` where it is kept.
    """

    act = models.ForeignKey(
        Act, on_delete=models.PROTECT, related_name="statements", db_index=False
    )
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(max_length=4, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    signed_on = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "candidate"], name="statement_once_an_act"),
            models.CheckConstraint(
                condition=(
                    Q(signed_on=None, place="")
                    & ~Q(kind="")
                    & ~Q(sha256="")
                    & ~Q(file="")
                    & Q(size__gt=0)
                )
                | (Q(kind="", sha256="", file="", size=0, signed_on__isnull=False) & ~Q(place="")),
                name="statement_scan_or_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act_id} {self.candidate_id}"
