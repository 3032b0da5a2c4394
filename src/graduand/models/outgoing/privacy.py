"""Access to personal data: who looked at whom, what left in a list, and what waits for a second
person's consent.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.people.account import User
from graduand.models.people.unit import Unit
from graduand.models.records.student import Student
from graduand.rulebook.people.account_terms import ConsentKind, FileState, LookKind, Purpose


class Look(models.Model):
    """Somebody saw a student's data: who, for which unit, what, why; append-only. The student reads
    it too.
    """

    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="looks", db_index=False)
    desk = models.CharField(max_length=8)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, db_index=False)
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="looks", db_index=False
    )
    kind = models.CharField(max_length=8, choices=LookKind.choices())
    what = models.CharField(max_length=100, blank=True)
    purpose = models.CharField(max_length=16, blank=True, choices=Purpose.choices())
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["student", "at"], name="look_by_student"),
            models.Index(fields=["user", "at"], name="look_by_user"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=LookKind.REVEAL.value) | ~Q(purpose=""),
                name="look_reveal_has_purpose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Consent(models.Model):
    """Something that happens only when a second person agrees; `digest` binds it to exactly what
    was asked.

    `problem` says why it was not done. Either the second person agreed and it failed: it stays
    open, for another answer, or until the asker takes it back (`withdrawn_at`). Or it holds the
    words of the one who declined: the asker has read them at `read_at`.
    """

    kind = models.CharField(max_length=8, choices=ConsentKind.choices())
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    detail = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="asked")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="decided"
    )
    decided_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=400, blank=True)
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="consent_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, agreed=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False, agreed__isnull=False),
                name="consent_who_and_when_together",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(agreed__isnull=False, agreed=True),
                name="consent_used_when_agreed",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(withdrawn_at=None),
                name="consent_answered_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(read_at=None) | Q(agreed=None) | Q(agreed=False),
                name="consent_read_unless_agreed",
            ),
            models.UniqueConstraint(
                fields=["kind", "digest", "asked_by"],
                condition=Q(decided_at=None, withdrawn_at=None),
                name="consent_asked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Outgoing(models.Model):
    """A file that leaves in bulk, on record before its first byte: who, which filter and fields,
    why, how many; append-only.

    What became of it is its `end`; without one it is being written, and its writer holds its
    `draft` in the home. A consent to a file of which no byte left may be used once more.
    """

    serial = models.PositiveIntegerField(unique=True)
    listing = models.CharField(max_length=40)
    asked = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    personal = models.BooleanField()
    purpose = models.CharField(max_length=16, blank=True, choices=Purpose.choices())
    rows = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()
    draft = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(personal=False) | ~Q(purpose=""), name="outgoing_personal_has_purpose"
            )
        ]

    def __str__(self) -> str:
        return f"outgoing {self.serial}"


class OutgoingEnd(models.Model):
    """How a file that left in bulk ended: written, with the rows, bytes and hash of the file, or
    failed, and why, and how many bytes left all the same; append-only.
    """

    outgoing = models.OneToOneField(Outgoing, on_delete=models.PROTECT, related_name="end")
    state = models.CharField(max_length=8, choices=FileState.choices())
    rows = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    why = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=FileState.WRITTEN.value, why="") & ~Q(sha256="")
                | Q(state=FileState.FAILED.value, sha256="") & ~Q(why=""),
                name="outgoing_end_says_what_or_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.outgoing_id} {self.state}"
