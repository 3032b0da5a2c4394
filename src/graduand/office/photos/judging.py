"""The pictures of an upload through the judge: read one by one, measured by the processes, answered
in their order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from graduand.gateways import hashed_files
from graduand.gateways.archives import EntryRefused, OpenZip
from graduand.gateways.photos import faces
from graduand.gateways.photos.images import NOT_JPEG, PictureRefused, look, stripped
from graduand.gateways.photos.photo_workers import PhotoTask, measure_all, seen_by_header
from graduand.gateways.photos.portraits import MeasuredPortrait, pixels_of
from graduand.gateways.photos.repairs import NotRepairable, repair
from graduand.models import PhotoCheck, PhotoUpload
from graduand.office.photos.copied_measures import CopiedLooks
from graduand.office.photos.uploads import bytes_of, keep_single, opened, rows_of, stored_findings
from graduand.rulebook.photos.findings import (
    OF_THE_PICTURE,
    PhotoCode,
    PhotoFinding,
    PhotoVerdict,
    can_be_repaired,
    verdict_of,
)
from graduand.rulebook.photos.judge import VERSION, judge, overlay
from graduand.rulebook.photos.readings import readings, spec_digest
from graduand.rulebook.photos.spec import PhotoMeasure, PhotoSpec
from graduand.rulebook.photos.words import PhotoSource
from graduand.rulebook.terms import PhotoKind

# How many checks are looked up together.
PIECE = 1_000
# The pictures, and their bytes, that are held while earlier judgements of them are looked up.
ASKED = 50
HELD = 8 << 20
# The size up to which a picture is held until it is judged; a larger one is refused anyway.
MOST_KEPT = 1 << 20


@dataclass(slots=True)
class JudgedEntry:
    """One entry with its answer: `check` is filled and not saved, `data` the picture as it came
    when it may be kept.

    `served` is its stripped copy.
    """

    check: PhotoCheck
    data: bytes = b""
    served: bytes = b""
    embedding: bytes = b""
    findings: list[PhotoFinding] = field(default_factory=list)

    @property
    def wanted(self) -> bool:
        """Whether nothing stands against keeping it."""
        return (
            bool(self.data)
            and bool(self.check.student_id)
            and verdict_of(self.findings) is not PhotoVerdict.FAIL
        )


@cache
def judged_by(examine: str) -> str:
    """Judge and models in words, as they are stored with every answer."""
    if examine != "portrait":
        return f"judge {VERSION}, file only"
    return f"judge {VERSION}, {faces.runtime(faces.DETECTOR)}"


def crew_size() -> int:
    """How many processes measure."""
    return min(os.cpu_count() or 1, 8)


def judged(
    upload: PhotoUpload, spec: PhotoSpec, *, embed: bool = False, looks: CopiedLooks | None = None
) -> Iterator[JudgedEntry]:
    """The entries of an upload from its cursor on, in order. Raises ArchiveRefused, FacesMissing,
    WorkersDied.
    """
    with _reader(upload, spec) as read:
        work = _Work(upload, read, spec, embed, looks or CopiedLooks())
        if upload.kind == PhotoKind.GRADUATION:
            yield from work.graduation_photos()
        else:
            yield from work.other_photos()


Read = Callable[[PhotoCheck], bytes]


@contextmanager
def _reader(upload: PhotoUpload, spec: PhotoSpec) -> Iterator[Read]:
    """How a picture of the upload is read: out of its zip, alone, or repaired from an earlier one.

    The function raises EntryRefused with the reason; b"" is a picture that has one already.
    """
    if upload.source == PhotoSource.SINGLE:
        yield _alone
    elif upload.source == PhotoSource.REPAIR:
        yield lambda check: _repaired(check, spec)
    else:
        with opened(upload) as archive:
            yield lambda check: _from_zip(archive, check)


def _from_zip(archive: OpenZip, check: PhotoCheck) -> bytes:
    entry = archive.entries[check.place]
    if entry.problem:
        return b""
    return archive.read(entry)


def _alone(check: PhotoCheck) -> bytes:
    data = bytes_of(check)
    if data is None:
        raise EntryRefused("照片文件已不在，请重新上传", PhotoCode.ENTRY_UNREADABLE)
    return data


def _repaired(check: PhotoCheck, spec: PhotoSpec) -> bytes:
    """The picture that this check repairs, repaired; what is done is written down with it."""
    if check.repair_of is None or (before := bytes_of(check.repair_of)) is None:
        raise EntryRefused("原照片已不在，请重新上传", PhotoCode.ENTRY_UNREADABLE)
    try:
        done = repair(before, spec)
    except NotRepairable as problem:
        raise EntryRefused(str(problem), PhotoCode.CORRUPT) from problem
    check.repaired = "；".join(done.steps)[:200]
    keep_single(done.data)
    return done.data


class _Work:
    """One upload on its way; what was read and not yet answered waits in `reading`."""

    def __init__(
        self, upload: PhotoUpload, read: Read, spec: PhotoSpec, embed: bool, looks: CopiedLooks
    ) -> None:
        self.upload = upload
        self.read = read
        self.spec = spec
        self.embed = embed
        self.looks = looks
        self.by = judged_by(spec.examine)
        self.digest = spec_digest(spec)
        self.reading: deque[tuple[JudgedEntry, PhotoCheck | None]] = deque()

    def _read(self) -> Iterator[JudgedEntry]:
        """The entries with their bytes; one that can't be read has a reason more."""
        for check in self._rows():
            one = JudgedEntry(check, findings=_found_on_arrival(check))
            try:
                one.data = self.read(check)
            except EntryRefused as problem:
                one.findings.append(_refused(problem.code, str(problem)))
            if one.data:
                check.original = hashed_files.sha256_of(one.data)
                check.size = len(one.data)
            yield one

    def _rows(self) -> Iterator[PhotoCheck]:
        """The checks from the cursor on; one query per piece, since no query may stay open over our
        own commits.
        """
        rows = self.upload.checks.order_by("place")
        if self.upload.source == PhotoSource.REPAIR:
            rows = rows.select_related("repair_of__upload")
        elif self.upload.source == PhotoSource.ZIP:
            rows = rows.defer("name")  # sealed data, which nobody reads here
        place = self.upload.cursor
        while piece := list(rows.filter(place__gte=place)[:PIECE]):
            for check in piece:
                check.upload = self.upload
                yield check
            place = piece[-1].place + 1

    def graduation_photos(self) -> Iterator[JudgedEntry]:
        """毕业照片: every limit of the policy."""
        for measured in measure_all(
            self._tasks(), self.spec, workers=crew_size(), embed=self.embed
        ):
            one, before = self.reading.popleft()
            if before is not None:
                self._as_before(one, before)
            elif measured.seen is not None:
                take(one, self.looks.completed(one.check.original, measured.seen), self.spec)
                one.check.judged_by = self.looks.mark(one.check.original, self.by)
            yield self._answered(one)

    def _tasks(self) -> Iterator[PhotoTask]:
        for piece in _pieces(self._headed()):
            known = self._judged_before([entry for entry in piece if entry.data])
            for entry in piece:
                before = None
                if entry.data:
                    before = known.get(entry.check.original)
                self.reading.append((entry, before))
                settled = before is not None or not entry.data
                copied = not settled and not self.embed and self.looks.copies(entry.check.original)
                yield PhotoTask(
                    entry.check.place,
                    None if settled else entry.data,
                    settled=settled,
                    headed=True,
                    file_only=copied,
                )
                if len(entry.data) > max(MOST_KEPT, self.spec.max_bytes):
                    entry.data = b""

    def _headed(self) -> Iterator[JudgedEntry]:
        """What the bytes refuse without a pixel decoded is judged here and now, and forgotten: no
        process, no question.
        """
        for entry in self._read():
            if entry.data and (seen := seen_by_header(entry.data, self.spec)) is not None:
                take(entry, seen, self.spec)
                entry.data = b""
            yield entry

    def _judged_before(self, piece: list[JudgedEntry]) -> dict[str, PhotoCheck]:
        """The earlier answer to the same bytes under the same judge and limits; one query. A face
        that has to be compared is measured anew.
        """
        if self.embed or not piece:
            return {}
        wanted = [entry.check.original for entry in piece]
        rows = PhotoCheck.objects.filter(
            original__among=wanted, judged_by=self.by, spec=self.digest
        )
        return {row.original: row for row in rows.order_by("id")}

    def _as_before(self, one: JudgedEntry, before: PhotoCheck) -> None:
        one.findings += [
            finding for finding in stored_findings(before) if finding.code in OF_THE_PICTURE
        ]
        for name in ("marks", "readings", "pixels", "width", "height"):
            setattr(one.check, name, getattr(before, name))

    def other_photos(self) -> Iterator[JudgedEntry]:
        """录取照片, 学历照片: as they are, if only they are whole pictures; annex 3 is about 毕业照片."""
        for entry in self._read():
            if entry.data:
                take_other(entry)
            if len(entry.data) > MOST_KEPT * 8:
                entry.data = b""
            yield self._answered(entry)

    def _answered(self, one: JudgedEntry) -> JudgedEntry:
        return answer(one, one.check.judged_by or self.by, self.digest)


def _found_on_arrival(check: PhotoCheck) -> list[PhotoFinding]:
    """What the name, or the place in the zip, says of a picture before anybody looks at it. One that
    came alone has findings of an earlier look only, and is judged again without them.
    """
    if check.upload.source != PhotoSource.ZIP:
        return []
    return stored_findings(check)


def _pieces(entries: Iterable[JudgedEntry]) -> Iterator[list[JudgedEntry]]:
    """A few at a time: memory stays flat over any number of pictures of any size."""
    piece: list[JudgedEntry] = []
    held = 0
    for entry in entries:
        piece.append(entry)
        held += len(entry.data)
        if len(piece) >= ASKED or held >= HELD:
            yield piece
            piece = []
            held = 0
    if piece:
        yield piece


def take(one: JudgedEntry, seen: MeasuredPortrait, spec: PhotoSpec) -> None:
    """Judge what was measured of a 毕业照片."""
    check = one.check
    measure = seen.measure
    one.findings += judge(measure, spec).findings
    check.pixels = seen.pixels
    one.embedding = seen.embedding
    check.width = measure.width
    check.height = measure.height
    check.readings = [list(reading) for reading in readings(measure, spec)]
    if measure.portrait is not None:
        check.marks = [
            [mark.kind.value, *(round(side, 1) for side in mark[1:5]), mark.good]
            for mark in overlay(measure.portrait, spec)
        ]


def take_other(one: JudgedEntry) -> None:
    """Look at a picture that only has to be one."""
    check = one.check
    try:
        measure: PhotoMeasure = look(one.data).measure
    except PictureRefused as problem:
        code = PhotoCode.CORRUPT
        if str(problem) == NOT_JPEG:
            code = PhotoCode.NOT_JPEG
        one.findings.append(_refused(code, str(problem)))
        return
    check.width = measure.width
    check.height = measure.height
    check.pixels = pixels_of(one.data)


def answer(one: JudgedEntry, by: str, digest: str) -> JudgedEntry:
    """Write the findings into the check: verdict, rows, and whether a repair would do."""
    check = one.check
    check.verdict = verdict_of(one.findings).value
    check.findings = rows_of(one.findings)
    check.repairable = bool(check.student_id) and can_be_repaired(one.findings)
    check.judged_by = by
    check.spec = digest
    if one.wanted and not one.served:
        one.served = stripped(one.data)
        check.served = check.original
        if one.served != one.data:
            check.served = hashed_files.sha256_of(one.served)
    return one


def _refused(code: PhotoCode, text: str) -> PhotoFinding:
    return PhotoFinding(code, PhotoVerdict.FAIL, "", code.label, text)
