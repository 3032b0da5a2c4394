"""Whose data is somebody's own: the student of an account, and the same person under another 学号."""

from __future__ import annotations

from django.db.models import Q

from graduand.models import Student


def own_students(student_id: int | None) -> dict[int, str]:
    """Student -> 学号 of everything that one person studies or has studied here; one query, none without a student."""
    if student_id is None:
        return {}
    same = Student.objects.filter(pk=student_id).exclude(id_hash="").values("id_hash")
    rows = Student.objects.filter(Q(pk=student_id) | Q(id_hash__in=same))
    return dict(rows.values_list("pk", "number"))
