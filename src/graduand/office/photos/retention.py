"""How long what people sent is kept: the zips go after some days, the answers and the pictures that
were taken stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from graduand.models import PhotoCheck, PhotoUpload
from graduand.office.photos import comparison
from graduand.office.photos.uploads import media, place_of
from graduand.office.refusal import not_allowed
from graduand.queries import clock
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor
from graduand.rulebook.calendar import office_day
from graduand.rulebook.photos.words import PhotoSource
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Role


def retention_days() -> int:
    """For how many days after it was sent a file is kept; a setting."""
    return int(settings.KEPT_DAYS["photos"])


def retained_until(upload: PhotoUpload) -> date:
    """The last day on which the zip of an upload can be read again."""
    return office_day(upload.at + timedelta(days=retention_days()))


def is_retained(upload: PhotoUpload) -> bool:
    """Whether the zip that was sent is still there."""
    return upload.source == PhotoSource.ZIP and place_of(upload).is_file()


def forget_uploads() -> int:
    """Delete the files that were sent too long ago, and what no upload speaks of; returns how many.

    A file is named by its hash: the same one sent again later is kept for the later upload, and one
    whose import is under way for that. Rows are never touched, so every report stays readable.
    """
    before = clock.now() - timedelta(days=retention_days())
    folder = media("uploads")
    kept = {f"{sha256}{suffix}" for sha256, suffix in _needed(before)}
    gone = 0
    for path in list(_files(folder)):
        if path.name not in kept and _older(path, before):
            path.unlink(missing_ok=True)  # another process may have been quicker
            gone += 1
    return gone


def forget(actor: Actor | None, *, everything: bool) -> tuple[int, int]:
    """What a person orders, or the program's own day does (None): files sent too long ago, and
    faces, all with `everything`.

    Raises Refused for anybody but an administrator of headquarters.
    """
    if actor is not None and Role.HQ_ADMIN not in actor.roles:
        raise not_allowed("过期的上传文件和人脸特征由总部管理员删除")
    return forget_uploads(), comparison.forget(everything=everything)


def tidy() -> tuple[int, int]:
    """What is done once a day: files sent too long ago, faces whose season is over; how many of
    each went.
    """
    return forget(None, everything=False)


def _needed(before: datetime) -> Iterator[tuple[str, str]]:
    """(hash, ending) of the files that may still be asked for."""
    rows = _fresh(before)
    for sha256 in (
        rows.filter(source=PhotoSource.ZIP.value).values_list("sha256", flat=True).iterator()
    ):
        yield sha256, ".zip"
    checks = PhotoCheck.objects.filter(upload__in=rows.exclude(source=PhotoSource.ZIP.value))
    for column in ("original", "repair_of__original"):
        for sha256 in checks.exclude(**{f"{column}": ""}).values_list(column, flat=True).iterator():
            yield sha256, ".bin"
    singles = rows.filter(source=PhotoSource.SINGLE.value).values_list("sha256", flat=True)
    yield from ((sha256, ".bin") for sha256 in singles.iterator())
    repaired = rows.filter(repairs__source=PhotoSource.ZIP.value).values_list(
        "repairs__sha256", flat=True
    )
    yield from ((sha256, ".zip") for sha256 in repaired.iterator())


def _fresh(before: datetime) -> QuerySet[PhotoUpload]:
    under_way = Q(pk__in=jobs.open_jobs(WorkKind.PHOTOS).values("subject"), finished_at=None)
    return PhotoUpload.objects.filter(Q(at__gte=before) | Q(started_at__gte=before) | under_way)


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return iter(())
    return (path for path in folder.rglob("*") if path.is_file())


def _older(path: Path, before: datetime) -> bool:
    """A file stands there before its row does: one that was just written is never touched."""
    try:
        return path.stat().st_mtime < before.timestamp()
    except OSError:
        return False
