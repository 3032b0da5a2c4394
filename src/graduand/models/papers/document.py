"""Papers of a candidate's archive that have arrived (notice 五.1)."""

from __future__ import annotations

from django.db import models

from graduand.models.candidate import Candidate
from graduand.rulebook.terms import PaperKind


class Document(models.Model):
    """One paper, present since `ready_at`."""

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="documents", db_index=False
    )
    kind = models.CharField(max_length=20, choices=PaperKind.choices())
    ready_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["candidate", "kind"], name="document_once_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.kind}"
