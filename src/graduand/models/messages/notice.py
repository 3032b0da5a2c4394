"""Notices to the centres: issued, never edited, with their files, whom they are for, and who has
read them.
"""

from __future__ import annotations

from django.db import models

from graduand.models.people.account import User
from graduand.models.people.unit import Unit
from graduand.models.season.batch import Batch, PolicyVersion


class Notice(models.Model):
    """One notice as it was published; `key` is the idempotency key, `policy` the version it was
    drafted from.

    `for_all`: it is for every unit, also those added later; else for the units of its `addresses`.
    """

    key = models.CharField(max_length=64, unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="notices")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=100)
    body = models.TextField()
    for_all = models.BooleanField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class NoticeAddress(models.Model):
    """A unit that a notice is for."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="addresses")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "unit"], name="notice_to_a_unit_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.unit_id}"


class NoticeFile(models.Model):
    """附件, kept under its hash."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.name


class NoticeReceipt(models.Model):
    """回执: who of which unit has confirmed to have read a notice, and when."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="receipts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "user"], name="notice_read_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.user_id}"
