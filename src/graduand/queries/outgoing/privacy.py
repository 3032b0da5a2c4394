"""Who looked at whom."""

from __future__ import annotations

from django.db.models import QuerySet

from graduand.models import Look


def looks_at(student: int) -> QuerySet[Look]:
    """Every look at a student's data, the latest first, with who and for which unit."""
    return (
        Look.objects.filter(student=student).select_related("user", "unit").order_by("-at", "-id")
    )
