"""成绩申报: that a college has done its part of a round's grades (notice 三.1, 三.2), and that it took
the word back.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.people.account import User
from graduand.models.people.unit import Unit
from graduand.models.season.batch import Round


class GradesDeclared(models.Model):
    """A college's word that 综合实践复核 and 成绩发布 of a round are complete.

    `withdrawn_at`: it was taken back, with who and why; the row stays, and a new one may follow.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="grades_declared")
    college = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "college"],
                condition=Q(withdrawn_at=None),
                name="grades_declared_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | (
                    Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why="")
                ),
                name="grades_withdrawn_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.college_id}"
