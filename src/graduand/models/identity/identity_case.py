"""What the national registry says of a person, and the cases opened over a doubt."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.people.account import User
from graduand.models.records.student import Student
from graduand.models.source import source
from graduand.rulebook.terms import CaseState, ChsiVerdict


class ChsiReport(models.Model):
    """学信网反馈 of one day; None in a photo column means the file did not say.

    `mismatches` are the headers of what differs from the record, joined by 、; `differs` a short
    keyed hash of both values of each, in the same order, "" in a row from before it was stored.
    `silent` are bits of what the file did not mention (rulebook/registry/registry_report.py): there
    the newest earlier report still holds.
    """

    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="chsi_reports", db_index=False
    )
    day = models.DateField()
    admission_photo = models.BooleanField(null=True, blank=True)
    credential_photo = models.BooleanField(null=True, blank=True)
    verdict = models.CharField(max_length=10, choices=ChsiVerdict.choices())
    mismatches = models.CharField(max_length=200, blank=True)
    differs = models.CharField(max_length=60, blank=True, default="", db_default="")
    silent = models.PositiveSmallIntegerField(default=0, db_default=0)
    brought_by = source()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "day"], name="chsi_once_a_day")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.day}"


class IdentityCase(models.Model):
    """身份复核. It holds the person's files until it is filed 备案通过; then it covers doubts as
    `facts.Case.covers` says.

    `version` counts its changes: a decision is carried out on the case as it was shown, or not at
    all. `rested_on` is the 数据日期 of the registry's newest row when it was filed 备案通过; for an upheld
    case, that of the 正常 that existed then, if any.
    """

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="identity_cases")
    verdict = models.CharField(max_length=10, choices=ChsiVerdict.choices())
    state = models.CharField(
        max_length=12, choices=CaseState.choices(), default=CaseState.OPEN.value
    )
    opened_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True, blank=True)
    filed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    rested_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student"],
                condition=~Q(state=CaseState.CLEARED.value),
                name="case_one_that_holds",
            ),
            models.CheckConstraint(
                condition=Q(filed_at=None, filed_by=None)
                | Q(filed_at__isnull=False, filed_by__isnull=False),
                name="case_who_and_when_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.verdict}"
