"""Bulk acts: what was confirmed, on whom, how far it has come, what was refused."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from graduand.models.people.account import User
from graduand.models.people.unit import Unit
from graduand.models.season.batch import Batch, Round
from graduand.rulebook.queue.work_terms import Channel
from graduand.rulebook.terms import Verb


class Act(models.Model):
    """One confirmed act. The idempotency `key` is unique, `items` are the frozen candidate ids in
    order, `cursor` how many of them are done: chunks advance it by compare-and-set. `channel` is
    where the act was ordered ("" before that was stored); for the command line `os_user` and `host`
    say who ran it.
    """

    key = models.CharField(max_length=64, unique=True)
    verb = models.CharField(max_length=16, choices=Verb.choices())
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, null=True, on_delete=models.PROTECT)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="acts")
    desk = models.CharField(max_length=8)
    acted_for = models.BooleanField(default=False)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT)
    second = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked = models.JSONField(default=dict)
    items = models.JSONField(default=list)
    total = models.PositiveIntegerField()
    cursor = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    raced = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    by_code = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=8, choices=Channel.choices(), blank=True)
    os_user = models.CharField(max_length=64, blank=True)
    host = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cursor__lte=F("total")), name="act_cursor_within_total"
            ),
            models.CheckConstraint(
                condition=Q(cursor=F("done") + F("refused") + F("raced") + F("unchanged")),
                name="act_counts_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"

    @property
    def door(self) -> str:
        """`命令行 root@office1` for what came that way; "" for the browser."""
        if self.channel != Channel.COMMAND:
            return ""
        return f"{Channel.COMMAND.label} {self.os_user}@{self.host}"

    @property
    def round_name(self) -> str | None:
        """The round that was named; None without one."""
        if self.round is None:
            return None
        return self.round.name

    @property
    def unit_code(self) -> str:
        """The unit whose papers went out; "" without one."""
        if self.unit is None:
            return ""
        return self.unit.code


class Lot(models.Model):
    """上报批: one centre's share of an application, with its reserved block of order numbers."""

    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="lots")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_index=False)
    centre = models.ForeignKey(Unit, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    first_no = models.PositiveIntegerField()
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="lot_number_once_a_round"),
            models.UniqueConstraint(fields=["round", "first_no"], name="lot_block_once_a_round"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}-{self.number}"


class Refusal(models.Model):
    """Why one file was not moved by one act: findings as JSON rows, or a race lost to somebody."""

    act = models.ForeignKey(Act, on_delete=models.CASCADE, related_name="refusals", db_index=False)
    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, db_index=False)
    raced = models.BooleanField(default=False)
    findings = models.TextField(default="[]")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["act", "candidate"], name="refusal_once_an_act")
        ]
        # Without this index every file that is deleted would cost a scan of the whole table.
        indexes = [models.Index(fields=["candidate"], name="refusal_of_file")]

    def __str__(self) -> str:
        return f"{self.act_id} {self.candidate_id}"
