"""Photos of students: content-addressed, every version kept, one of each kind in force, and
people's decisions on them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.people.account import User
from graduand.models.photos.photo_upload import PhotoCheck
from graduand.models.records.student import Student
from graduand.models.sealed import SealedField
from graduand.rulebook.photos.words import PhotoReason, PhotoReview
from graduand.rulebook.terms import PhotoKind


class PhotoRow(models.Model):
    """One picture. `since` is the day on which a picture of this kind first arrived; it stays when
    a picture that was in time is replaced. `problems` says what is wrong with it, "" when nothing
    is. `original` is the hash of the picture as it came, "" when what is served is the same bytes;
    `pixels` the hash of its decoded pixels. `review` says whether a person must look at it;
    `judged` is what the judge said.
    """

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="photos", db_index=False
    )
    kind = models.CharField(max_length=10, choices=PhotoKind.choices())
    sha256 = models.CharField(max_length=64, db_index=True)
    original = models.CharField(max_length=64, blank=True)
    pixels = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    problems = models.CharField(max_length=200, blank=True)
    since = models.DateField()
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    same = models.BooleanField(null=True, blank=True)
    # 中心提供: counts as the statement 「已核查学信网」 and is no proof
    supplied = models.BooleanField(default=False, db_default=False)
    current = models.BooleanField(default=True)
    review = models.CharField(max_length=10, blank=True, choices=PhotoReview.choices())
    # [code, value, limit, text] rows that comparing with other pictures found, in addition to the
    # judge's own
    compared = models.JSONField(default=list, blank=True)
    judged = models.ForeignKey(
        PhotoCheck, null=True, blank=True, on_delete=models.PROTECT, related_name="photos"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "kind"],
                condition=Q(current=True),
                name="photo_one_current_a_kind",
            ),
            models.CheckConstraint(
                condition=~Q(review=PhotoReview.REFUSED.value) | ~Q(problems=""),
                name="photo_refused_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(current=True, review=PhotoReview.PENDING.value),
                name="photo_review_queue",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind}"


class PhotoDecision(models.Model):
    """What a person decided on one picture, and what was known then; append-only by trigger.

    `key` is the idempotency key of whoever pressed the button, `findings` what stood against the
    picture.
    """

    photo = models.ForeignKey(PhotoRow, on_delete=models.PROTECT, related_name="decisions")
    accepted = models.BooleanField()
    reason = models.CharField(max_length=12, blank=True, choices=PhotoReason.choices())
    note = models.CharField(max_length=200, blank=True)
    findings = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    desk = models.CharField(max_length=8)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted=True) | ~Q(reason=""), name="photo_decision_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.photo_id} {self.accepted}"


class FaceOrder(models.Model):
    """The order to compare faces, or to stop: by whom, on which legal basis; append-only, the
    newest is in force.
    """

    on = models.BooleanField()
    basis = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(on=False) | ~Q(basis=""), name="face_order_names_its_basis"
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.on}"


class FaceVector(models.Model):
    """The vector by which a face is compared: biometric data, sealed, deleted when the season is
    over (`expires_on`).

    Vectors of two runtimes (`runtime`: library, model) are never compared.
    """

    photo = models.OneToOneField(PhotoRow, on_delete=models.CASCADE, related_name="face")
    vector = SealedField()
    runtime = models.CharField(max_length=80)
    expires_on = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.photo_id)
