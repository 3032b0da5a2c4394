"""The former picture of a student, put back: what took its place was refused, or was a mistake."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from graduand.models import PhotoDecision, PhotoRow, Student, User
from graduand.office import account_log
from graduand.office.audit.auditing import mark_stale
from graduand.office.photos import comparison
from graduand.office.photos.by_hand import swapping
from graduand.office.photos.keeping import HELD, hold_files, mark_same
from graduand.office.photos.uploads import spec_in_force
from graduand.office.records.import_rights import permission
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.photos.places import decided_students, places_of, refused_pictures
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.photos.places import place_refusal
from graduand.rulebook.photos.readings import spec_digest
from graduand.rulebook.photos.words import PhotoReview
from graduand.rulebook.terms import PhotoKind

KIND = PhotoKind.GRADUATION
PASSED = (PhotoReview.NONE.value, PhotoReview.ACCEPTED.value)
NOT_PASSED = "只能恢复以前的、检查合格的毕业照片；这一张请重新上传"
SWAPPED = "这张照片已与另一位学生互换，不能恢复；请重新上传该生的照片"
OTHER_LIMITS = "照片标准在这张照片检查以后有了变化，不能直接恢复；请重新上传，按现在的标准检查"
MOVED = "照片刚刚有了变化，请重新打开这位学生的照片，核对后再恢复"


def replaced_by(photo: PhotoRow | None) -> int | None:
    """The picture that a refused one replaced, where the centre can put it back; None otherwise."""
    if photo is None or not photo.current or photo.review != PhotoReview.REFUSED:
        return None
    rows = PhotoRow.objects.filter(student=photo.student_id, kind=photo.kind, pk__lt=photo.pk)
    before = rows.select_related("judged").order_by("-id").first()
    if before is None or decided_students(KIND, [photo.student_id]):
        return None
    if _against(photo.student, [before])[before.pk]:
        return None
    return before.pk


def _passed(photo: PhotoRow) -> bool:
    """Whether judge or person had nothing against a picture that has been replaced since."""
    former = not photo.current and photo.kind == KIND
    return former and not photo.problems and photo.review in PASSED


def obstacles(student: Student, photos: Sequence[PhotoRow], by: User) -> dict[int, str]:
    """Picture -> why `by` can't restore it for this student, "" for nothing: the gate of an import
    that covers what is there, and what only a former picture can have against it.
    """
    place = places_of(by, KIND, [student.pk], clock.today())[student.pk]
    refusal = place_refusal(place, supplied=False, overwrite=True)
    if refusal is not None:
        return dict.fromkeys((photo.pk for photo in photos), refusal.text)
    return _against(student, photos)


def _against(student: Student, photos: Sequence[PhotoRow]) -> dict[int, str]:
    """Picture -> why nobody can restore it for this student, "" for nothing."""
    refused = refused_pictures(KIND.value, [student.pk])
    swapped = _swapped(student)
    elsewhere = _held_by_others(student, photos)
    limits = spec_digest(spec_in_force())
    found = {}
    for photo in photos:
        reasons = (
            (not _passed(photo), NOT_PASSED),
            (_picture(photo) in swapped, SWAPPED),
            (photo.pixels in elsewhere, HELD),
            (photo.judged is not None and photo.judged.spec != limits, OTHER_LIMITS),
        )
        said = refused.get((student.pk, photo.sha256), "")
        found[photo.pk] = said or next((text for stands, text in reasons if stands), "")
    return found


def _picture(photo: PhotoRow) -> str:
    """What a picture and another row of the same one have in common."""
    return photo.pixels or photo.sha256


def _swapped(student: Student) -> set[str]:
    """The pictures that went to somebody else, and have not been swapped back."""
    swaps = list(swapping.swaps_of(student).filter(agreed=True).order_by("id"))
    rows = PhotoRow.objects.in_bulk([pk for swap in swaps for pk in swap.detail["photos"]])
    gone: set[str] = set()
    for swap in swaps:
        for row in (rows[pk] for pk in swap.detail["photos"]):
            if row.student_id == student.pk:
                gone.add(_picture(row))
            else:
                gone.discard(_picture(row))
    return gone


def _held_by_others(student: Student, photos: Sequence[PhotoRow]) -> set[str]:
    """The pixels of these that are somebody else's picture now (P12)."""
    pixels = sorted({photo.pixels for photo in photos if photo.pixels})
    rows = PhotoRow.objects.filter(kind=KIND.value, current=True, pixels__among=pixels)
    return set(rows.exclude(student=student).values_list("pixels", flat=True))


def restore(student: Student, pk: int, instead: int, by: User) -> PhotoRow:
    """恢复这一张: the former picture `pk` in the place of `instead`, which stays on record. Pressed
    twice it is done once.

    Raises Refused for who brings no 毕业照片 and where an import could not put it there either,
    LookupError for a picture that is not the student's.
    """
    permission(by, KIND)
    with transaction.atomic():
        hold_files([student.pk])
        rows = PhotoRow.objects.filter(student=student, kind=KIND.value).select_related("judged")
        former = rows.filter(pk=pk).first()
        current = rows.filter(current=True).first()
        if former is None:
            raise LookupError(pk)
        if current is None:
            raise Refused(MOVED)
        if _restored_already(former, current):
            return current
        if reason := obstacles(student, [former], by)[pk]:
            raise Refused(reason)
        # Of two people who press at the same time one decides; the other is told.
        if not rows.filter(pk=instead, current=True).update(current=False):
            raise Refused(MOVED)
        return _put_back(former, current, by)


def _restored_already(former: PhotoRow, current: PhotoRow) -> bool:
    return current.pk > former.pk and current.sha256 == former.sha256 and not current.problems


def _put_back(former: PhotoRow, current: PhotoRow, by: User) -> PhotoRow:
    """What a person has said of it stands; the day on which the first picture came stays, too."""
    row = PhotoRow.objects.create(
        student_id=former.student_id,
        kind=former.kind,
        sha256=former.sha256,
        original=former.original,
        pixels=former.pixels,
        size=former.size,
        width=former.width,
        height=former.height,
        since=current.since,
        stored_at=clock.now(),
        stored_by=by,
        judged=former.judged,
        compared=former.compared,
        review=former.review,
        same=_same(former),
    )
    mark_same([row.student_id])
    mark_stale([row.student_id], "恢复了以前的照片")
    account_log.note(Deed.PHOTO_RESTORED, actor=by.pk, photo=row.pk)
    if comparison.in_force():
        comparison.ask(by.pk)
    return row


def _same(former: PhotoRow) -> bool | None:
    """What was known beside the registry's copy, unless another copy has come since: since a person
    looked at both, where one has.
    """
    known_at = former.stored_at
    decision = PhotoDecision.objects.filter(photo=former).order_by("-at").first()
    if decision is not None:
        known_at = decision.at
    copies = PhotoRow.objects.filter(
        student=former.student_id,
        kind=PhotoKind.CREDENTIAL.value,
        current=True,
        stored_at__gt=known_at,
    )
    if copies.exists():
        return None
    return former.same
