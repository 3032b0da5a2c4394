"""What was imported: the file, who, when, the counts, and the rows as they were before."""

from __future__ import annotations

from django.db import models

from graduand.models.account import User
from graduand.models.sealed import SealedField


class Intake(models.Model):
    """One import of one file; trial runs are recorded too. `kind` is a sheet kind or a photo kind."""

    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    trial = models.BooleanField()
    partial = models.BooleanField(default=False)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class IntakeChange(models.Model):
    """A row as it was before an import replaced it; sealed, since it may hold personal identifiers."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="changes")
    key = models.CharField(max_length=200)
    before = SealedField()

    def __str__(self) -> str:
        return self.key
