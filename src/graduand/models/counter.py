"""Counters: certificate, lot and application numbers, taken in the transaction that uses them."""

from __future__ import annotations

from django.db import models
from django.db.models import F


class Counter(models.Model):
    """`value` is the last number given. The UPDATE holds the row until the transaction ends, on
    both engines.
    """

    key = models.CharField(max_length=60, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key} {self.value}"

    @staticmethod
    def reserve(key: str, count: int) -> int:
        """Take `count` numbers; returns the first. Call inside a transaction: a rollback gives them
        back.
        """
        Counter.objects.bulk_create([Counter(key=key)], ignore_conflicts=True)
        Counter.objects.filter(key=key).update(value=F("value") + count)
        return int(Counter.objects.values_list("value", flat=True).get(key=key)) - count + 1
