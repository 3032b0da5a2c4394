"""A zip of photos from beginning to end, as a command wants it: received, judged, kept, counted,
the refused handed back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db.models import QuerySet

from graduand.gateways import hashed_files
from graduand.gateways.archives import EntryRefused
from graduand.models import PhotoCheck, PhotoUpload, User
from graduand.office.outgoing import drafts, exports
from graduand.office.photos.copied_measures import CopiedLooks
from graduand.office.photos.keeping import counts_of
from graduand.office.photos.upload_run import JudgeProcesses
from graduand.office.photos.uploads import (
    UploadChoices,
    begin,
    media,
    opened,
    place_of,
    receive,
    stored_findings,
)
from graduand.office.progress import Progress
from graduand.office.records.files.tally import Tally
from graduand.office.records.import_rights import permission, receiver
from graduand.office.refusal import Refused
from graduand.papers.workbooks.refused_photos import RefusedPhoto, refused_zip
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import Leaves, Purpose
from graduand.rulebook.photos.findings import PhotoVerdict
from graduand.rulebook.photos.words import PhotoOutcome
from graduand.rulebook.terms import Level, PhotoKind, PhotoNaming
from graduand.rulebook.words import stored_value

SHOWN = 20
PIECE = 500


@dataclass(frozen=True, slots=True)
class PhotoTally(Tally[PhotoKind]):
    """Rows are pictures; `skipped` counts the operating system's own files; `file` is the zip of
    refused pictures.
    """

    skipped: int = 0


def import_photos(
    path: Path,
    kind: PhotoKind,
    *,
    by: User,
    overwrite: bool = False,
    naming: PhotoNaming = PhotoNaming.STUDENT_NO,
    level: Level | None = None,
    flatten: bool = False,
    errors: Path | None = None,
    trial: bool = False,
    progress: Progress | None = None,
    name: str | None = None,
    looks: CopiedLooks | None = None,
) -> PhotoTally:
    """Import a flat zip of pictures named by 学号 (or 证件号, 考生号).

    Pictures that pass the judge are kept, chunk by chunk; refused ones go into the zip `errors`. A
    trial judges and decides the same and keeps no picture. `level` narrows the students to one
    专业层次. A run that was killed is taken up where it stopped. Never raises for what a zip holds;
    raises Refused, faces.FacesMissing.
    """
    sending = UploadChoices(kind, naming, level, overwrite, flatten, trial)
    upload = _unfinished(path, sending, by) or receive(path, sending, by, name or path.name)
    upload = begin(upload, job=False)
    judges = JudgeProcesses(looks)
    while upload.finished_at is None:
        upload = judges.advance(upload.pk)
        if progress is not None:
            progress(upload.cursor, upload.total)
    return tally_of(upload, errors)


def _unfinished(path: Path, sending: UploadChoices, by: User) -> PhotoUpload | None:
    """The unfinished upload of a killed command, where the same person sends the same file in the
    same way again. Its zip may have been kept long enough meanwhile: it is kept anew.
    """
    same = PhotoUpload.objects.filter(
        by=by,
        finished_at=None,
        started_at__isnull=False,
        kind=sending.kind.value,
        naming=sending.naming.value,
        level=stored_value(sending.level),
        overwrite=sending.overwrite,
        flatten=sending.flatten,
        trial=sending.trial,
        size=path.stat().st_size,
    )
    if not same.exists():
        return None
    known = same.filter(sha256=hashed_files.sha256_of_file(path)).order_by("-id").first()
    if known is not None and not place_of(known).is_file():
        permission(by, sending.kind)
        hashed_files.keep_file(media("uploads"), path, ".zip")
    return known


def tally_of(upload: PhotoUpload, errors: Path | None = None) -> PhotoTally:
    """The counts of a finished upload; its refused pictures into the zip `errors`, on record.
    Raises Refused, OSError.
    """
    kind = PhotoKind(upload.kind)
    if upload.intake_id is None:
        return PhotoTally(kind, trial=upload.trial, problems=(upload.problem,))
    refused = upload.checks.filter(outcome=PhotoOutcome.REFUSED.value).order_by("place")
    said = upload.checks.exclude(outcome=PhotoOutcome.REFUSED.value).exclude(
        verdict=PhotoVerdict.PASS.value
    )
    file = ""
    counts = counts_of(upload)
    ended_early = tuple(filter(None, [upload.problem]))
    # What ended it early, the right or the zip that is gone, stands against the refused ones, too.
    if errors is not None and refused.exists() and not ended_early:
        file = str(_deliver(receiver(permission(upload.by, kind), kind), upload, errors))
    return PhotoTally(
        kind,
        upload.total,
        **counts | {"refused": counts["refused"] + counts["unwritten"]},
        skipped=upload.skipped,
        file=file,
        trial=upload.trial,
        problems=ended_early + _sentences(refused, grave=True),
        warnings=_sentences(said.order_by("place")),
        intake=upload.intake_id or 0,
    )


def _sentences(rows: QuerySet[PhotoCheck], *, grave: bool = False) -> tuple[str, ...]:
    return tuple(
        f"{row.name}：{text}" for row in rows[:SHOWN] for text in reasons(row, grave=grave)
    )[:SHOWN]


def reasons(check: PhotoCheck, *, grave: bool = True) -> tuple[str, ...]:
    """What is said of a picture; `grave` only what refuses it."""
    return tuple(
        f.text for f in stored_findings(check) if f.verdict is PhotoVerdict.FAIL or not grave
    )


def refused_pieces(actor: Actor, upload: PhotoUpload) -> exports.ExportSending:
    """The refused pictures of an upload, on record before the first byte leaves: a zip in pieces.
    Raises Refused, OSError.
    """
    if upload.problem:
        # What ended it early, the right or the zip that is gone, stands against these, too.
        raise Refused("这次导入没有做完，不能下载未导入的照片；请从原来的文件里取，修改后重新上传")
    what = _leaving(upload)
    with exports.begin(actor, what) as writing:
        return exports.ExportSending(writing, refused_bytes(upload), what.rows, None)


def _deliver(actor: Actor, upload: PhotoUpload, target: Path) -> Path:
    what = _leaving(upload)

    def write(draft: Path) -> int:
        with draft.open("wb") as stream:
            stream.writelines(refused_bytes(upload))
        return what.rows

    return exports.deliver(actor, what, target, write)


def _leaving(upload: PhotoUpload) -> exports.LeavingFile:
    asked = [("import", str(upload.pk))]
    return exports.LeavingFile(
        Leaves.PHOTOS_REFUSED,
        asked,
        [upload.kind],
        _refused_rows(upload).count(),
        Purpose.CORRECTION,
    )


def refused_bytes(upload: PhotoUpload) -> Iterator[bytes]:
    """The refused pictures of an upload as they came, reasons in their names, with a list of them."""
    with opened(upload) as archive:

        def read(check: PhotoCheck) -> bytes | None:
            try:
                return archive.read(archive.entries[check.place])
            except EntryRefused:
                return None

        yield from refused_zip(
            lambda: (
                RefusedPhoto(row.name, reasons(row), partial(read, row)) for row in _refused(upload)
            ),
            drafts.folder(),
        )


def _refused_rows(upload: PhotoUpload) -> QuerySet[PhotoCheck]:
    return upload.checks.filter(outcome=PhotoOutcome.REFUSED.value)


def _refused(upload: PhotoUpload) -> Iterator[PhotoCheck]:
    """In their order, one query per piece: no query stays open for as long as somebody downloads."""
    rows = _refused_rows(upload).order_by("place")
    place = 0
    while piece := list(rows.filter(place__gte=place)[:PIECE]):
        yield from piece
        place = piece[-1].place + 1
