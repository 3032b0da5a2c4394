"""One picture for one student: looked at first, beside the others, kept when a person says so. Repairs come the same way."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from graduand.models import PhotoCheck, PhotoUpload, Student, User
from graduand.office.photos.judging import judged
from graduand.office.photos.keeping import PhotoWriter
from graduand.office.photos.upload_run import advance
from graduand.office.photos.uploads import (
    CheckRow,
    begin,
    keep_checks,
    keep_single,
    sealed_name,
    spec_in_force,
)
from graduand.office.queue import orders
from graduand.office.records.import_rights import permission
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.people.own_files import own_students
from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.photos.findings import PhotoVerdict
from graduand.rulebook.photos.places import OWN_PHOTO
from graduand.rulebook.photos.words import PhotoOutcome, PhotoSource
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import PhotoKind

MOST_BYTES = 8 << 20


def judge_single(
    data: bytes, name: str, student: Student, kind: PhotoKind, by: User, key: str
) -> PhotoCheck:
    """Judge one picture for `student` and keep nothing but the file, out of reach. The same key is
    the same upload.

    Raises Refused for a kind that `by` does not bring.
    """
    allowed = permission(by, kind)
    if student.pk in own_students(by.student_id):
        raise Refused(OWN_PHOTO)
    _refuse_size(len(data))
    upload = PhotoUpload(
        key=key,
        source=PhotoSource.SINGLE.value,
        kind=kind.value,
        overwrite=True,
        name=name[:200],
        total=1,
        sha256=keep_single(data),
        size=len(data),
        by=by,
        at=clock.now(),
        supplied=allowed.extent is Extent.SUPPLIED,
    )
    check = PhotoCheck(
        place=0, name=name[:300], student=student, size=len(data), original=upload.sha256
    )
    return _previewed(upload, check)


def _refuse_size(size: int) -> None:
    if not size:
        raise Refused("没有选择照片文件，请选择一张 jpg 照片")
    if size > MOST_BYTES:
        raise Refused(
            f"照片文件 {size >> 20} MB，超过 {MOST_BYTES >> 20} MB，不是合格的照片，请重新选择"
        )


def look_at_repair(check: PhotoCheck, by: User, key: str) -> PhotoCheck:
    """Repair one refused picture and judge the result; nothing takes its place before a person says so."""
    if not check.repairable or check.student is None:
        raise Refused("这张照片不能修复，请重新提供")
    upload = _repair_of(check.upload, by, key, total=1)
    return _previewed(upload, _again(check, 0))


def repair_all(upload: PhotoUpload, by: User, key: str) -> PhotoUpload:
    """One control for a whole import: every repairable picture is repaired, judged and kept in the background."""
    known = PhotoUpload.objects.filter(key=key, by=by).first()
    if known is not None:
        return known
    wanted = repairable(upload)
    if not wanted:
        raise Refused("这次导入没有可以修复的照片")
    fresh = _repair_of(upload, by, key, total=len(wanted))
    rows = [
        CheckRow(place, sealed_name(check.name), check.student_id, 0, "[]", check.pk)
        for place, check in enumerate(wanted)
    ]
    fresh.started_at = clock.now()
    try:
        keep_checks(
            fresh,
            rows,
            lambda: orders.order(WorkKind.PHOTOS, fresh.pk, by.pk, fresh.total),
        )
    except IntegrityError:  # a double click: the other request was quicker
        return PhotoUpload.objects.get(key=key, by=by)
    return fresh


def repairable(upload: PhotoUpload) -> list[PhotoCheck]:
    """The refused pictures that the allowed repairs may help and that were not taken since."""
    rows = upload.checks.filter(outcome=PhotoOutcome.REFUSED.value, repairable=True).order_by(
        "place"
    )
    taken = PhotoCheck.objects.filter(
        outcome__in=[PhotoOutcome.CREATED.value, PhotoOutcome.UPDATED.value]
    )
    return list(rows.exclude(pk__in=taken.filter(repair_of__upload=upload).values("repair_of")))


def take_it(upload: PhotoUpload) -> PhotoCheck:
    """采用: the picture that was looked at becomes the student's. Judged again: the limits or the file may have moved."""
    begin(upload, job=False)
    advance(upload.pk)
    return PhotoCheck.objects.select_related("upload", "student").get(upload=upload, place=0)


def _repair_of(upload: PhotoUpload, by: User, key: str, total: int) -> PhotoUpload:
    """A mended picture is brought by whoever mends it. Raises Refused."""
    allowed = permission(by, PhotoKind(upload.kind))
    return PhotoUpload(
        key=key,
        source=PhotoSource.REPAIR.value,
        kind=upload.kind,
        overwrite=upload.overwrite,
        name=upload.name,
        total=total,
        sha256=upload.sha256,
        by=by,
        at=clock.now(),
        repairs=upload,
        supplied=allowed.extent is Extent.SUPPLIED,
    )


def _again(check: PhotoCheck, place: int) -> PhotoCheck:
    return PhotoCheck(place=place, name=check.name, student=check.student, repair_of=check)


def _previewed(upload: PhotoUpload, check: PhotoCheck) -> PhotoCheck:
    """Save upload and check with the judge's answer; what becomes of the picture waits."""
    known = _known(upload)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            upload.save()
            check.upload = upload
            check.save()
    except IntegrityError:  # a double click: the other request was quicker
        known = _known(upload)
        if known is None:
            raise
        return known
    (one,) = judged(upload, spec_in_force())
    PhotoWriter(upload).preview(one)
    one.check.save()
    return one.check


def _known(upload: PhotoUpload) -> PhotoCheck | None:
    rows = PhotoCheck.objects.select_related("upload", "student")
    return rows.filter(upload__key=upload.key, upload__by=upload.by, place=0).first()


def acceptable(check: PhotoCheck) -> bool:
    """Whether 采用 is offered."""
    return (
        check.outcome == PhotoOutcome.WAITING
        and check.verdict != PhotoVerdict.FAIL
        and check.student_id is not None
    )
