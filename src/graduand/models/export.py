"""What left the program in bulk: each file for another system, with who, when, how many and its hash."""

from __future__ import annotations

from django.db import models

from graduand.models.account import User
from graduand.models.batch import Batch, Round


class Export(models.Model):
    """One written file. `run` counts the files of a kind and batch; `rows` went out, `held_back` did not."""

    kind = models.CharField(max_length=20)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="exports", db_index=False)
    round = models.ForeignKey(Round, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    run = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    held_back = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "kind", "run"], name="export_run_once")]

    def __str__(self) -> str:
        return self.name
