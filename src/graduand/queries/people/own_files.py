"""Whose data is somebody's own: the student of an account, and the same person under another 学号."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from graduand.models import Student


def own_students(student_id: int | None) -> dict[int, str]:
    """Student -> 学号 of everything that one person studies or has studied here; one query, none
    without a student.
    """
    if student_id is None:
        return {}
    return dict(_same_persons(Student.objects.filter(pk=student_id)).values_list("pk", "number"))


def numbers_of(users: Collection[int | None]) -> frozenset[str]:
    """The 学号 of everything that the people of these accounts study or have studied here; one query."""
    own = Student.objects.filter(user__pk__in=[user for user in users if user is not None])
    return frozenset(_same_persons(own).values_list("number", flat=True))


def _same_persons(students: QuerySet[Student]) -> QuerySet[Student]:
    """`students`, and everybody with the same identity as one of them."""
    same = students.exclude(id_hash="").values("id_hash")
    return Student.objects.filter(Q(pk__in=students.values("pk")) | Q(id_hash__in=same))
