"""A file of photos arrives: kept under its hash, its container judged before a byte is unpacked,
its names read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from graduand.gateways import hashed_files
from graduand.gateways.archives import ArchiveRefused, EntryRefused, OpenZip, open_archive
from graduand.models import PhotoCheck, PhotoUpload, User, key_ring
from graduand.models.engine import engine_of
from graduand.office.photos.names import NamedEntry, named_entries
from graduand.office.queue import orders
from graduand.office.records.import_rights import permission
from graduand.office.records.plans.writing import rest
from graduand.office.refusal import Refused, unusable
from graduand.queries import clock
from graduand.queries.season.seasons import seasons
from graduand.rulebook.people.account_terms import Extent
from graduand.rulebook.photos.findings import PhotoFinding
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.photos.words import PhotoOutcome, PhotoSource
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Level, PhotoKind, PhotoNaming
from graduand.rulebook.words import stored_value

MOST_BYTES = 2 << 30
# How many pictures are recorded in one transaction.
AT_ONCE = 1_000
NOT_WHOLE = "还没有收完；请过几秒刷新这一页，仍是这样的请重新提交"


@dataclass(frozen=True, slots=True)
class UploadChoices:
    """What the dialog of annex 3 asks: 上传类型, 专业层次, 命名方式, 是否覆盖, and the explicit choice to flatten."""

    kind: PhotoKind
    naming: PhotoNaming = PhotoNaming.STUDENT_NO
    level: Level | None = None
    overwrite: bool = False
    flatten: bool = False
    trial: bool = False
    key: str = field(default_factory=lambda: uuid4().hex)


def _nothing() -> None:
    """What belongs to most uploads."""


def media(folder: str) -> Path:
    """Where files of one sort are kept: photos (served), originals, uploads."""
    return Path(settings.MEDIA_ROOT) / folder


def place_of(upload: PhotoUpload) -> Path:
    """The zip that was sent."""
    return hashed_files.place_of(media("uploads"), upload.sha256, ".zip")


def keep_single(data: bytes) -> str:
    """Keep a picture that came without a zip, out of reach; returns its hash."""
    return hashed_files.keep(media("uploads"), data, ".bin")


def bytes_of(check: PhotoCheck) -> bytes | None:
    """One picture as it came, from what was sent; None when it can't be read (any more)."""
    upload = check.upload
    try:
        if upload.source != PhotoSource.ZIP:
            return _single_as_it_came(check)
        with opened(upload) as archive:
            return archive.read(archive.entries[check.place])
    except (ArchiveRefused, EntryRefused, OSError):
        return None


def spec_in_force() -> PhotoSpec:
    """The specification by which a picture is taken: that of the batch in which people file now.

    A batch that has not begun decides only when nobody can file in an earlier one any more; annex
    3's own decides when none is open. Each file's gate asks its own batch again, whatever decided
    here.
    """
    day = clock.today()
    unfinished = [season for season in seasons() if season.batch.closed_at is None]
    filing = [season for season in unfinished if season.begun(day) and not season.filing_over(day)]
    coming = [season for season in reversed(unfinished) if not season.begun(day)]
    return next((season.policy.photo for season in (*filing, *coming, *unfinished)), PhotoSpec())


@contextmanager
def opened(upload: PhotoUpload) -> Iterator[OpenZip]:
    """The zip of an upload, open. Raises ArchiveRefused."""
    with open_archive(place_of(upload), flatten=upload.flatten) as archive:
        yield archive


def _single_as_it_came(check: PhotoCheck) -> bytes | None:
    if not check.original:
        return None
    return hashed_files.place_of(media("uploads"), check.original, ".bin").read_bytes()


def receive(path: Path, sending: UploadChoices, by: User, name: str = "") -> PhotoUpload:
    """Keep a zip and say of each entry whose it is; nothing is unpacked and no picture is judged
    yet.

    The same key a second time gives the upload that it made. A zip that is refused as a whole is an
    upload with a `problem`. Raises Refused for what is too large to be kept and for what `by` does
    not bring.
    """
    allowed = permission(by, sending.kind)
    known = PhotoUpload.objects.filter(key=sending.key, by=by).first()
    if known is not None:
        return known
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise unusable(
            f"压缩包 {size >> 20} MB，超过上限 {MOST_BYTES >> 20} MB；请分成几个压缩包上传"
        )
    sha256 = hashed_files.keep_file(media("uploads"), path, ".zip")
    upload = PhotoUpload(
        key=sending.key,
        source=PhotoSource.ZIP.value,
        kind=sending.kind.value,
        naming=sending.naming.value,
        level=stored_value(sending.level),
        overwrite=sending.overwrite,
        flatten=sending.flatten,
        trial=sending.trial,
        supplied=allowed.extent is Extent.SUPPLIED,
        name=(name or path.name)[:200],
        sha256=sha256,
        size=size,
        by=by,
        at=clock.now(),
    )
    try:
        return _looked_into(upload)
    except IntegrityError:  # a double click: the other request was quicker
        return PhotoUpload.objects.get(key=sending.key, by=by)


def _looked_into(upload: PhotoUpload) -> PhotoUpload:
    level = None
    if upload.level:
        level = Level(upload.level)
    found: list[NamedEntry] = []
    try:
        with opened(upload) as archive:
            found = named_entries(
                archive, upload.by, clock.today(), PhotoNaming(upload.naming), level
            )
            upload.total = len(found)
            upload.skipped = archive.skipped
    except ArchiveRefused as problem:
        upload.problem = str(problem)[:300]
        upload.code = problem.code.value
        upload.finished_at = upload.at
    keep_checks(upload, [_row(place, named) for place, named in enumerate(found)])
    return upload


def keep_checks(
    upload: PhotoUpload, rows: Sequence[CheckRow], then: Callable[[], None] = _nothing
) -> None:
    """The upload with its pictures, the last of them with `then` in one transaction.

    Many are put down some at a time: the one writer of the embedded database is kept from nobody.
    Until the last is there the upload says that it is not whole; killed, it says so for good.
    """
    left = list(rows)
    if len(left) > AT_ONCE:
        problem = upload.problem
        ended = upload.finished_at
        upload.problem = NOT_WHOLE
        upload.finished_at = upload.at
        upload.save()
        while len(left) > AT_ONCE:
            began = time.monotonic()
            _insert_checks(upload, left[:AT_ONCE])
            rest(time.monotonic() - began)
            del left[:AT_ONCE]
        upload.problem = problem
        upload.finished_at = ended
    with transaction.atomic():
        upload.save()
        _insert_checks(upload, left)
        then()


def _insert_checks(upload: PhotoUpload, rows: Sequence[CheckRow]) -> None:
    whole = [(upload.pk, *row, *_LATER.values()) for row in rows]
    with transaction.atomic(), connection.cursor() as cursor:
        columns = [*_FIRST, *_LATER]
        engine_of().insert(cursor, PhotoCheck._meta.db_table, columns, whole)


class CheckRow(NamedTuple):
    """A picture that waits for its judge, as it is stored: its place, its sealed name, whose it is,
    bytes, findings (JSON), which one it repairs.
    """

    place: int
    name: bytes
    student_id: int | None
    size: int
    findings: str
    repair_of_id: int | None = None


# Rows are written without models: with twenty thousand entries most of the time was spent on making
# models.
_FIRST = ("upload_id", *CheckRow._fields)
_LATER = {
    "outcome": PhotoOutcome.WAITING.value,
    "verdict": "",
    "marks": "[]",
    "readings": "[]",
    "repairable": False,
    "original": "",
    "served": "",
    "pixels": "",
    "width": 0,
    "height": 0,
    "judged_by": "",
    "spec": "",
    "repaired": "",
}


def _row(place: int, named: NamedEntry) -> CheckRow:
    findings = json.dumps(rows_of(named.findings), ensure_ascii=False)
    size = min(named.entry.info.file_size, 2**31 - 1)
    return CheckRow(place, sealed_name(named.entry.name), named.student or None, size, findings)


def sealed_name(name: str) -> bytes:
    """The name of a picture as it is stored."""
    return key_ring().seal(name[:300])


def rows_of(findings: list[PhotoFinding]) -> list[list[str | bool]]:
    """Findings as they are stored."""
    return [finding.as_row() for finding in findings]


def stored_findings(check: PhotoCheck) -> list[PhotoFinding]:
    """The findings that are stored with a picture."""
    return [PhotoFinding.from_row(row) for row in check.findings]


def ended_early(upload: PhotoUpload) -> bool:
    """Whether the import ended among its pictures; one that is refused as a whole has no record."""
    return bool(upload.problem) and upload.intake_id is not None and upload.cursor > 0


def is_gone(upload: PhotoUpload) -> bool:
    """Whether the zip that was sent is deleted. Where the whole folder of what was sent is away, the
    disk is, and the zip may come back with it.
    """
    is_zip = upload.source == PhotoSource.ZIP
    return is_zip and media("uploads").is_dir() and not place_of(upload).is_file()


def refuse_gone(upload: PhotoUpload) -> None:
    """Raises Refused when the zip of an unfinished upload was kept long enough and is gone."""
    if upload.finished_at is None and is_gone(upload):
        raise Refused("上传的压缩包已过保存期，已经删除；请重新上传")


def begin(upload: PhotoUpload, *, job: bool = True) -> PhotoUpload:
    """导入: the pictures may now be judged; `job` leaves the work to the background. Twice is once.

    Raises Refused when the zip was kept long enough and is gone.
    """
    refuse_gone(upload)
    with transaction.atomic():
        if upload.finished_at is None:
            fresh = PhotoUpload.objects.filter(pk=upload.pk, started_at=None).update(
                started_at=clock.now()
            )
            if fresh and job:
                orders.order(WorkKind.PHOTOS, upload.pk, upload.by_id, upload.total)
    return PhotoUpload.objects.get(pk=upload.pk)
