"""Uploads of photos, and the judge's findings on each picture in them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.people.account import User
from graduand.models.records.intake import Intake
from graduand.models.records.student import Student
from graduand.models.sealed import SealedField
from graduand.rulebook.photos.findings import PhotoVerdict
from graduand.rulebook.photos.words import PhotoOutcome, PhotoSource
from graduand.rulebook.terms import Level, PhotoKind, PhotoNaming


class PhotoUpload(models.Model):
    """One zip, one picture, or one run of repairs. The first `cursor` entries are judged and
    stored.

    `key` is the idempotency key, `sha256` the hash of the file that was sent, `problem` why all of
    it is refused. Unfinished until `finished_at`; nothing is judged before `started_at` (annex 3:
    upload, look, then 导入).
    """

    key = models.CharField(max_length=64, unique=True)
    source = models.CharField(
        max_length=8, choices=PhotoSource.choices(), default=PhotoSource.ZIP.value
    )
    kind = models.CharField(max_length=10, choices=PhotoKind.choices())
    naming = models.CharField(
        max_length=10, choices=PhotoNaming.choices(), default=PhotoNaming.STUDENT_NO.value
    )
    level = models.CharField(max_length=10, blank=True, choices=Level.choices())
    overwrite = models.BooleanField(default=False)
    flatten = models.BooleanField(default=False)
    trial = models.BooleanField(default=False)
    # for a copy of the registry's picture that a centre brought: 中心提供
    supplied = models.BooleanField(default=False, db_default=False)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(default=0)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    code = models.CharField(max_length=30, blank=True)
    total = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    repairs = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repaired_by"
    )
    intake = models.ForeignKey(
        Intake, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cursor__lte=F("total")), name="photo_upload_cursor_within_total"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | ~Q(problem="") | Q(cursor=F("total")),
                name="photo_upload_finished_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["by", "-id"], name="photo_upload_of_a_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PhotoCheck(models.Model):
    """One picture of an upload: whose it is, what was measured, every finding, what became of it.

    `name` is sealed, since it may be a 证件号. `findings` are rows [code, verdict, value, limit, text,
    repairable], `marks` rows of the drawing, `readings` rows [label, value, limit, good].
    `judged_by` names the judge and its models, `spec` is the digest of the limits; for the same
    bytes and the same two the answer is reused.
    """

    upload = models.ForeignKey(
        PhotoUpload, on_delete=models.CASCADE, related_name="checks", db_index=False
    )
    place = models.PositiveIntegerField()
    name = SealedField()
    student = models.ForeignKey(
        Student, null=True, blank=True, on_delete=models.PROTECT, related_name="photo_checks"
    )
    outcome = models.CharField(
        max_length=10, choices=PhotoOutcome.choices(), default=PhotoOutcome.WAITING.value
    )
    verdict = models.CharField(max_length=8, blank=True, choices=PhotoVerdict.choices())
    findings = models.JSONField(default=list)
    marks = models.JSONField(default=list)
    readings = models.JSONField(default=list)
    repairable = models.BooleanField(default=False)
    original = models.CharField(max_length=64, blank=True, db_index=True)
    served = models.CharField(max_length=64, blank=True)
    pixels = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    judged_by = models.CharField(max_length=100, blank=True)
    spec = models.CharField(max_length=64, blank=True)
    repair_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repairs"
    )
    repaired = models.CharField(max_length=200, blank=True)  # the repairs of the picture, in words

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "place"], name="photo_check_one_a_place"),
            models.CheckConstraint(
                condition=Q(outcome=PhotoOutcome.WAITING.value) | ~Q(verdict=""),
                name="photo_check_judged_has_a_verdict",
            ),
        ]
        indexes = [
            models.Index(fields=["upload", "outcome", "place"], name="photo_check_by_outcome")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.place}"
