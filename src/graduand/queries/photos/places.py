"""Where pictures may be put: what stands in the place of each, and which a person has refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from graduand.models import Candidate, PhotoDecision, PhotoRow, PhotoUpload, Student, User
from graduand.queries.people.own_files import own_students
from graduand.queries.scope import actor_of, visible
from graduand.rulebook.photos.places import PhotoPlace, PlaceRefusal, place_refusal
from graduand.rulebook.photos.words import PhotoReason
from graduand.rulebook.terms import APPROVED_STAGES, Desk, PhotoKind

# From 准予毕业 on the picture belongs to the decision (Z19).
DECIDED = APPROVED_STAGES


def students_of(by: User, day: date) -> QuerySet[Student]:
    """The students whose pictures `by` may bring."""
    rows = Student.objects.all()
    if by.system:
        return rows
    actor = actor_of(by, day)
    if actor is None:
        return rows.none()
    return visible(actor, rows, centre="centre", student="pk")


def places_of(
    by: User, kind: PhotoKind, students: Collection[int], day: date
) -> dict[int, PhotoPlace]:
    """The place of each student's picture of `kind`, as `by` finds it on `day`."""
    wanted = sorted(students)
    here = set(students_of(by, day).filter(pk__among=wanted).values_list("pk", flat=True))
    own = own_students(by.student_id)
    decided = decided_students(kind, wanted)
    rows = PhotoRow.objects.filter(kind=kind.value, current=True, student_id__among=wanted)
    supplied = dict(rows.values_list("student_id", "supplied"))
    return {
        pk: PhotoPlace(
            pk in here, pk in own, pk in decided, pk in supplied, supplied.get(pk) is False
        )
        for pk in wanted
    }


def decided_students(kind: PhotoKind, students: list[int]) -> set[int]:
    """Those whose picture of `kind` belongs to a 准予毕业 (Z19)."""
    if kind is not PhotoKind.GRADUATION:
        return set()
    stages = [stage.value for stage in DECIDED]
    files = Candidate.objects.filter(student_id__among=students, stage__in=stages)
    return set(files.values_list("student_id", flat=True))


def turned_away(
    upload: PhotoUpload, students: Collection[int], day: date
) -> dict[int, PlaceRefusal]:
    """Student -> why no picture of this upload can take the place, by the gate of the import."""
    places = places_of(upload.by, PhotoKind(upload.kind), students, day)
    asked = (
        (pk, place_refusal(place, supplied=upload.supplied, overwrite=upload.overwrite))
        for pk, place in places.items()
    )
    return {pk: refusal for pk, refusal in asked if refusal is not None}


def restored_pictures(photos: Collection[PhotoRow]) -> set[int]:
    """Of a student's pictures those that had been the student's before and were put back: the judge
    was not asked again, and a picture that is brought again is judged again.
    """
    first: dict[tuple[str, str, int | None], int] = {}
    for row in sorted(photos, key=lambda row: row.pk):
        first.setdefault((row.kind, row.sha256, row.judged_id), row.pk)
    return {row.pk for row in photos} - set(first.values())


def refused_pictures(kind: str, students: Collection[int]) -> dict[tuple[int, str], str]:
    """(student, picture) -> that a person has refused it, in a sentence; one query.

    The last decision on a picture counts. That it was not the registry's says nothing any more once
    it is out of force: the registry's copy may have been replaced since.
    """
    rows = PhotoDecision.objects.filter(
        photo__student_id__among=sorted(students), photo__kind=kind
    ).select_related("photo", "by")
    last = {(row.photo.student_id, row.photo.sha256): row for row in rows.order_by("id")}
    return {place: _refused(row) for place, row in last.items() if _stands(row)}


def _stands(decision: PhotoDecision) -> bool:
    judged_alone = decision.reason != PhotoReason.REGISTRY or decision.photo.current
    return not decision.accepted and judged_alone


def _refused(decision: PhotoDecision) -> str:
    who = f"{Desk(decision.desk).label}（{decision.by.name}）"
    why = PhotoReason.label_of(decision.reason)
    if decision.note:
        why = f"{why}：{decision.note}"
    return f"这张照片已被{who}审核为不合格（{why}），请换一张"
