"""The graduation photo of each student, as a judgement looks at it."""

from __future__ import annotations

from django.db.models import Q

from graduand.models import PhotoRow
from graduand.models.engine import AsStored, Ids
from graduand.queries.facts.quick_columns import BOOL, day_of, day_text
from graduand.rulebook.facts import Photo
from graduand.rulebook.terms import PhotoKind

_COLUMNS = (
    "student_id",
    "kind",
    "sha256",
    day_text("since"),
    "review",
    "problems",
    AsStored("same"),
    "size",
    "width",
    "height",
)


def photos_of(students: Ids) -> dict[int, Photo]:
    """The current 毕业照片 of each student, and whether the centre supplied the registry's copy.

    One query.
    """
    graduation = Q(kind=PhotoKind.GRADUATION.value)
    supplied = Q(kind=PhotoKind.CREDENTIAL.value, supplied=True)
    rows = PhotoRow.objects.filter(graduation | supplied, student_id__among=students, current=True)
    found: dict[int, Photo] = {}
    stated = []
    for pk, kind, sha, since, review, problems, same, *measures in rows.values_list(*_COLUMNS):
        if kind == PhotoKind.GRADUATION:
            found[pk] = Photo(
                sha, day_of(since), problems, BOOL[same], review == "pending", False, *measures
            )
        else:
            stated.append(pk)
    for pk in stated:
        if pk in found:
            found[pk] = found[pk]._replace(stated=True)
    return found
