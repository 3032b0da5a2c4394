"""Signing in: one-time activation codes, sessions in use, throttles, spent TOTP codes, the log
of account events.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.people.account import User
from graduand.rulebook.people.account_terms import Deed


class Activation(models.Model):
    """A one-time code by which a person sets the password; only its keyed hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="activations")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(used_at=None, withdrawn_at=None),
                name="activation_one_open_a_user",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="activation_expires_after_made"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(used_at__lte=F("expires_at")),
                name="activation_used_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"activation {self.pk}"


class Sitting(models.Model):
    """A signed-in session, by real time: what its owner and an administrator may list and end."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sittings")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seen_at__gte=F("started_at")), name="sitting_seen_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None) | Q(ended_at__isnull=False),
                name="sitting_ended_by_with_ended_at",
            ),
        ]

    def __str__(self) -> str:
        return f"sitting {self.pk}"


class Throttle(models.Model):
    """How many tries were spent on one key (an address, an account, both), and when the next one is
    allowed.
    """

    key = models.CharField(max_length=64, unique=True)
    spent = models.PositiveIntegerField()
    since = models.DateTimeField()
    open_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.spent}"


class SpentCode(models.Model):
    """A time step whose TOTP code an account has used: the same code is never accepted twice."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False)
    step = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "step"], name="spent_code_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.step}"


class AccountEvent(models.Model):
    """Who did what to whose account, from where; append-only. By `key` a form that is sent twice is
    recorded once.
    """

    at = models.DateTimeField(db_index=True)
    deed = models.CharField(max_length=16)  # a Deed: as a choice each new one would be a migration
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="events")
    address = models.CharField(max_length=45, blank=True)
    detail = models.JSONField(default=dict)
    key = models.CharField(max_length=64, null=True, unique=True)

    def __str__(self) -> str:
        return f"{self.deed} {self.pk}"

    @property
    def word(self) -> str:
        """What was done, as people read it."""
        return Deed.label_of(self.deed)
