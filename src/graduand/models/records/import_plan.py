"""A confirmed import that is written piece by piece: how far it is, which students it still has to
write, which rows were left out.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.people.account import User
from graduand.models.records.intake import Intake
from graduand.models.records.student import Student
from graduand.models.sealed import SealedField
from graduand.rulebook.terms import SheetKind


class ImportPlan(models.Model):
    """`file` holds the rows, sealed, in `pieces` of whole students; those before `cursor` are
    written, `done` rows of `rows`.

    This row confirms it: without one the file means nothing. `place` is its position among the
    plans of its sheet. `ended_at`: no more of it is to be written, by the wish of `ended_by`, or of
    nobody where its importer lost the right (`ended_why`). What follows the rows is done `step` by
    step; `follow` is what those steps need, `said` the messages they had, `told` (JSON) those of
    the check. `errors` is the hash of the workbook that goes back, for a file that came by command.
    """

    kind = models.CharField(max_length=16, choices=SheetKind.choices())
    intake = models.OneToOneField(
        Intake, null=True, blank=True, on_delete=models.PROTECT, related_name="plan"
    )
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    file = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    pieces = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    place = models.PositiveIntegerField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_why = models.CharField(max_length=200, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    follow = models.JSONField(default=dict)
    said = models.JSONField(default=list)
    told = SealedField()
    errors = models.CharField(max_length=64, blank=True, default="", db_default="")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "place"], name="import_plan_place_once"),
            models.CheckConstraint(
                condition=Q(
                    confirmed_at=None,
                    place=None,
                    intake=None,
                    cursor=0,
                    finished_at=None,
                    ended_at=None,
                )
                | Q(confirmed_at__isnull=False, place__isnull=False, intake__isnull=False),
                name="import_plan_begins_when_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(cursor__lte=F("pieces")), name="import_plan_cursor_within"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(cursor=F("pieces")) | Q(ended_at__isnull=False),
                name="import_plan_finished_when_written",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "place"],
                condition=Q(finished_at=None),
                name="import_plan_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.place}"

    @property
    def unwritten(self) -> int:
        """How many rows its end has left unwritten; nothing is wrong with them."""
        if self.ended_at is None:
            return 0
        return self.rows - self.done

    @property
    def left_out(self) -> int:
        """How many of the refused rows of its record are these: they are counted there at last."""
        if self.finished_at is None:
            return 0
        return self.unwritten


class PlannedStudent(models.Model):
    """A student of whom a plan still has rows to write, in `piece`. It counts from the plan's
    confirmation to its end.
    """

    plan = models.ForeignKey(ImportPlan, on_delete=models.CASCADE, db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE)
    piece = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "student"], name="planned_student_once_a_plan")
        ]
        indexes = [models.Index(fields=["plan", "piece"], name="planned_student_by_piece")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.student_id}"


class RefusedRow(models.Model):
    """A row of a confirmed plan that was not written after all; `reasons` is JSON, [[column,
    sentence], …].
    """

    plan = models.ForeignKey(
        ImportPlan, on_delete=models.CASCADE, related_name="refused_rows", db_index=False
    )
    row = models.PositiveIntegerField()
    reasons = SealedField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "row"], name="refused_row_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.row}"
