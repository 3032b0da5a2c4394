"""What was imported: the file that was sent, who, when, the counts, and the rows as they were
before.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.people.account import User
from graduand.models.sealed import SealedField
from graduand.rulebook.terms import SheetKind


class SheetUpload(models.Model):
    """A workbook on its way through the steps 上传, 校验预览, 结果; the file itself is kept sealed under
    its hash.

    `key` is the idempotency key. `looked_at`: the trial is over, and `checked` is its record unless
    the file could not be read. `confirmed_at`: the person wants it; `finished_at`: the real run is
    over, `done` is its record. `said` are the messages to show (JSON: problems, warnings, notes,
    columns), `errors` the hash of the workbook that goes back. `clear`: an empty cell empties the
    value on record, instead of leaving it.
    """

    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=SheetKind.choices())
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
    checked = models.ForeignKey(
        "Intake", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    partial = models.BooleanField(default=False)
    clear = models.BooleanField(default=False, db_default=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.ForeignKey(
        "Intake", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    said = SealedField()
    errors = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(checked__isnull=False, looked_at__isnull=False),
                name="sheet_confirmed_after_a_look",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(confirmed_at__isnull=False),
                name="sheet_finished_after_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["by", "-id"], name="sheet_upload_of_a_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Intake(models.Model):
    """One import of one file; trial runs are recorded too. `kind` is a sheet kind or a photo kind.

    `kept`: some of its rows were written. What was uploaded in the browser names its `upload`,
    which is written once at most.
    """

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
    kept = models.BooleanField(default=False)
    upload = models.ForeignKey(
        SheetUpload, null=True, blank=True, on_delete=models.PROTECT, related_name="intakes"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["upload"], condition=Q(kept=True), name="sheet_upload_kept_once"
            ),
            models.CheckConstraint(
                condition=Q(kept=False) | Q(trial=False), name="intake_trial_keeps_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class IntakeChange(models.Model):
    """A row as it was before an import replaced it; sealed, since it may hold personal identifiers."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="changes")
    key = models.CharField(max_length=200)
    before = SealedField()

    class Meta:
        # A student's page looks up the former value of each mark.
        indexes = [models.Index(fields=["key"], name="intake_change_by_key")]

    def __str__(self) -> str:
        return self.key
