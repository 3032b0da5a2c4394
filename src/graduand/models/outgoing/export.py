"""The files that left the program in bulk for another system: who wrote each, when, how many rows,
and its hash.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.people.account import User
from graduand.models.season.batch import Batch, Round
from graduand.rulebook.people.account_terms import FileState


class Export(models.Model):
    """One file, on record before its first byte. `run` counts the files of one kind and batch;
    `rows` were written, `held_back` were not. While it is being written its writer holds its
    `draft` in the home; a failed one says `why`.
    """

    kind = models.CharField(max_length=20)
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="exports", db_index=False
    )
    round = models.ForeignKey(
        Round, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    run = models.PositiveIntegerField()
    # The limits of the export, one entry each; [] for the whole batch, as far as the writer may see
    # it.
    part = models.JSONField(default=list, db_default=[])
    name = models.CharField(max_length=200)
    state = models.CharField(
        max_length=8,
        choices=FileState.choices(),
        default=FileState.WRITING.value,
        db_default=FileState.WRITTEN.value,
    )
    sha256 = models.CharField(max_length=64, blank=True)
    draft = models.CharField(max_length=80, blank=True, default="", db_default="")
    why = models.CharField(max_length=200, blank=True, default="", db_default="")
    rows = models.PositiveIntegerField()
    held_back = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "kind", "run"], name="export_run_once"),
            models.CheckConstraint(
                condition=Q(state=FileState.WRITING.value, sha256="", why="")
                | Q(state=FileState.WRITTEN.value, why="") & ~Q(sha256="")
                | Q(state=FileState.FAILED.value, sha256="") & ~Q(why=""),
                name="export_state_says_what_or_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name
