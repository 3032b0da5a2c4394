"""Long work: a row that a worker claims on a lease; the work itself stores how far it came."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from graduand.models.people.account import User
from graduand.rulebook.terms import JobState


class Job(models.Model):
    """`kind` names the work (`WorkKind`), `subject` its row. A lease that ran out is claimed again.

    `stop_at` and `stop_by` record a person's request to stop, which the worker obeys between two
    pieces. `orders` counts how often it was ordered. It is due again by itself on the day
    `again_on`, or at `not_before` (real time), before which nobody takes it. `strikes` counts its
    failures, `strike_place` is how far it was at the last one. `beat_at` (real time) is when a
    worker last reported, or when it was ordered; `ordered_at` is the latter in the program's time,
    as pages show it. `address` is where the order came from, for the account log of what it leads
    to.
    """

    kind = models.CharField(max_length=16)
    subject = models.BigIntegerField()
    state = models.CharField(
        max_length=10, choices=JobState.choices(), default=JobState.WAITING.value
    )
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    address = models.CharField(max_length=45, blank=True, default="", db_default="")
    ordered_at = models.DateTimeField(default=timezone.now)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=64, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    strikes = models.PositiveSmallIntegerField(default=0)
    strike_place = models.PositiveIntegerField(null=True, blank=True)
    message = models.TextField(blank=True)
    orders = models.PositiveIntegerField(default=0, db_default=0)
    again_on = models.DateField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    stop_at = models.DateTimeField(null=True, blank=True)
    stop_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="job_once_a_subject"),
            models.CheckConstraint(
                condition=Q(stop_at=None, stop_by=None)
                | Q(stop_at__isnull=False, stop_by__isnull=False),
                name="job_stop_says_who",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
