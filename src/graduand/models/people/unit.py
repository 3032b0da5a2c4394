"""Units: headquarters, colleges, learning centres, as a tree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from graduand.rulebook.terms import UnitKind


class Unit(models.Model):
    """单位. `contact`, `phone`, `address` go on labels and pages."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=UnitKind.choices())
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    contact = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=UnitKind.HQ.value, parent=None)
                | (~Q(kind=UnitKind.HQ.value) & Q(parent__isnull=False)),
                name="unit_only_hq_has_no_parent",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in UnitKind]), name="unit_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
