"""Results of courses, each with its pass key (rulebook.audit.academics.pass_key)."""

from __future__ import annotations

from django.db import models

from graduand.models.records.student import Student
from graduand.models.source import source
from graduand.rulebook.terms import ObtainedBy


class Result(models.Model):
    """One 成绩. `course` is a code, not a foreign key: results outside every plan are kept."""

    student = models.ForeignKey(
        Student, on_delete=models.CASCADE, related_name="results", db_index=False
    )
    course = models.CharField(max_length=40)
    term = models.SmallIntegerField()
    attempt = models.PositiveSmallIntegerField(default=1)
    mark = models.CharField(max_length=10)
    obtained = models.CharField(
        max_length=10, choices=ObtainedBy.choices(), default=ObtainedBy.EXAM.value
    )
    released = models.DateField()
    reviewed = models.BooleanField(default=False)
    void = models.BooleanField(default=False)
    pass_key = models.CharField(max_length=41, blank=True, default="")
    brought_by = source()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "course", "term", "attempt"], name="result_once"
            ),
        ]
        # The audit reads this index alone: one aggregate per student, and no row of the table.
        indexes = [models.Index(fields=["student", "pass_key", "released"], name="result_audit")]

    def __str__(self) -> str:
        return f"{self.course} {self.mark}"
