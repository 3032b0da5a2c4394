"""Photos of students: content-addressed, every version kept, one current a kind."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.account import User
from graduand.models.student import Student
from graduand.rulebook.terms import PhotoKind


class PhotoRow(models.Model):
    """One picture. `since` is the day on which a picture of this kind first arrived and stays when one that
    was in time is replaced; `problems` says what is wrong with it, "" when nothing is. `original`
    is the hash of the picture as it came, "" when what is served is the same bytes."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="photos", db_index=False)
    kind = models.CharField(max_length=10, choices=PhotoKind.choices())
    sha256 = models.CharField(max_length=64, db_index=True)
    original = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    problems = models.CharField(max_length=200, blank=True)
    since = models.DateField()
    stored_at = models.DateTimeField()
    stored_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    same = models.BooleanField(null=True, blank=True)
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "kind"], condition=Q(current=True), name="photo_one_current_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind}"
