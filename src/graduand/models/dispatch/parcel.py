"""Parcels between units, and what each was counted to hold."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.models.candidate import Candidate
from graduand.models.people.account import User
from graduand.models.people.unit import Unit


class Parcel(models.Model):
    """A sealed parcel from one unit to another.

    `label` is what its list says of both places, of the papers and of who answers, as it stood when
    it was sealed; {}: on a parcel from before labels were stored. `labelled_at` is later than
    `sealed_at` where that was filled in afterwards (补录). `open`: it holds a certificate that was
    neither counted in, taken back nor voided; until then it holds its waybill, which
    `parcels.take_out` of the office releases. `shares`: it left under the waybill of another open
    parcel, before the database refused that; nothing sets it any more.
    """

    sender = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="parcels_sent")
    receiver = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="parcels_received")
    carrier = models.CharField(max_length=40)
    tracking = models.CharField(max_length=60)
    sealed_at = models.DateTimeField()
    sealed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    label = models.JSONField(default=dict, blank=True)
    labelled_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    open = models.BooleanField(default=True, db_default=True)
    shares = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            # Carriers reuse their numbers, but two open parcels never share a number, even with
            # different carriers' names.
            models.UniqueConstraint(
                fields=["tracking"],
                condition=Q(open=True, shares=False),
                name="parcel_tracking_once",
            ),
            models.CheckConstraint(
                condition=Q(received_at=None, received_by=None)
                | Q(received_at__isnull=False, received_by__isnull=False),
                name="parcel_receipt_who_and_when_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking}"


class ParcelItem(models.Model):
    """One certificate with its archive in a parcel; `counted` False is a discrepancy, None not
    counted yet.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="items")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="parcel_items")
    counted = models.BooleanField(null=True, blank=True)
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(open=True), name="parcel_item_in_one_open_parcel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.candidate_id}"


class Handover(models.Model):
    """签领: how a certificate was handed over, by whom, and that the student confirmed it (notice
    七.3).

    The newest one of a file is in force while the file stands at 学生已签领: 撤销签领 and 作废重办
    leave it as history.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="handovers")
    method = models.CharField(max_length=10)
    carrier = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=60, blank=True)
    confirmed = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.method}"
