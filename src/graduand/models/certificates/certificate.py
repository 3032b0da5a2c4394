"""Certificates: the number, the picture it carries, the blank it is printed on, where the paper is."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.candidate import Candidate
from graduand.models.people.account import User
from graduand.models.people.unit import Unit
from graduand.models.records.plan import PlanEdition
from graduand.models.records.student import Student
from graduand.models.season.batch import Batch
from graduand.models.source import source


class Certificate(models.Model):
    """One numbered certificate. A voided one keeps its number for ever; `blank_no` is the printed
    sheet's own serial. `held_by` is the unit that has counted the paper in; None while it travels.
    `degree_number` is a remnant of an earlier program: a number that could not become a
    `DegreeCertificate`.

    `old_paper_since`: since when the paper last printed differs from the certificate, because of an
    amendment after the print or during it; None: they agree. `old_paper_sha256`: the hash of the
    content that the paper shows, "" where it is not known. `reprinted_at`: when it was last
    replaced by a print of the amended content.

    `edition`: the plan and the policy that it was numbered by; None only until `graduand init` has
    filled it in.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=18, unique=True)
    degree_number = models.CharField(max_length=20, blank=True)
    book = models.CharField(max_length=20)
    serial = models.PositiveIntegerField()
    issue_date = models.DateField()
    edition = models.ForeignKey(
        PlanEdition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    photo_sha256 = models.CharField(max_length=64)
    blank_no = models.CharField(max_length=30, null=True, blank=True, unique=True)
    held_by = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    queryable = models.BooleanField(default=False)
    registered_on = models.DateField(null=True, blank=True)
    registration_brought_by = source()
    cancelled_on = models.DateField(null=True, blank=True)
    # The value of `queryable` when the cancellation was recorded, for undoing a cancellation
    # recorded by mistake.
    queryable_before = models.BooleanField(null=True)
    old_paper_since = models.DateTimeField(null=True, blank=True)
    old_paper_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    reprinted_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    void_second = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "serial"], name="certificate_serial_once_a_book"
            ),
            models.UniqueConstraint(
                fields=["candidate"],
                condition=Q(voided_at=None),
                name="certificate_one_valid_a_candidate",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_second=None)
                | Q(voided_at__isnull=False, voided_by__isnull=False, void_second__isnull=False),
                name="certificate_void_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on=None) | Q(queryable=False),
                name="certificate_cancelled_is_not_queryable",
            ),
            models.CheckConstraint(
                condition=Q(voided_by=None) | ~Q(voided_by=F("void_second")),
                name="certificate_voided_by_different_people",
            ),
            models.CheckConstraint(
                condition=Q(old_paper_sha256="") | Q(old_paper_since__isnull=False),
                name="certificate_old_paper_is_marked",
            ),
        ]
        indexes = [
            # Few among many, and every home page asks for them.
            models.Index(
                fields=["candidate"],
                condition=Q(old_paper_since__isnull=False),
                name="certificate_old_paper",
            ),
            models.Index(
                fields=["candidate"],
                condition=Q(voided_at__isnull=True, cancelled_on__isnull=False),
                name="certificate_taken_back",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DegreeCertificate(models.Model):
    """One numbered degree certificate, with a book of its own; a voided one keeps its number for
    ever. Its paper travels with the certificate; `old_paper_since`, `old_paper_sha256` and
    `reprinted_at` mean the same as there.
    """

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="degree_certificates"
    )
    number = models.CharField(max_length=20, unique=True)
    book = models.CharField(max_length=20)
    serial = models.PositiveIntegerField()
    granted_on = models.DateField()
    photo_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    old_paper_since = models.DateTimeField(null=True, blank=True)
    old_paper_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    reprinted_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "serial"], name="degree_serial_once_a_book"),
            models.UniqueConstraint(
                fields=["candidate"],
                condition=Q(voided_at=None),
                name="degree_one_valid_a_candidate",
            ),
            models.CheckConstraint(
                condition=Q(old_paper_sha256="") | Q(old_paper_since__isnull=False),
                name="degree_old_paper_is_marked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["candidate"],
                condition=Q(old_paper_since__isnull=False),
                name="degree_old_paper",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class IncomingNumber(models.Model):
    """A number that headquarters sent for a student of a batch, waiting for certify."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE)
    student = models.ForeignKey(Student, on_delete=models.CASCADE)
    number = models.CharField(max_length=18, unique=True)
    degree_number = models.CharField(max_length=20, blank=True)
    brought_by = source()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "student"], name="incoming_number_once")
        ]

    def __str__(self) -> str:
        return self.number
