"""Photos by the zip (notice annex 3): each picture is taken or refused on its own, with its reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from graduand.gateways import hashed_files
from graduand.gateways.archives import Archive, ArchiveRefused, Entry, EntryRefused, open_archive
from graduand.gateways.images import PictureRefused, look
from graduand.models import Batch, Candidate, Intake, PhotoRow, Student, User, key_ring
from graduand.office.audit import mark_stale
from graduand.papers.refused_photos import RefusedPhoto, refused_zip
from graduand.queries import clock
from graduand.queries.bench import policy_of
from graduand.queries.scope import actor_of, visible
from graduand.rulebook.canon import BadText
from graduand.rulebook.photo import PhotoMeasure, PhotoSpec, photo_problems, student_no_of
from graduand.rulebook.terms import Level, PhotoKind, PhotoNaming, Severity, Stage

CHUNK = 500
SHOWN = 20
# From 准予毕业 on the picture belongs to the decision (Z19).
DECIDED = (Stage.APPROVED, Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED)
UNKNOWN = "没有这个{what}，或不在您的管理范围内；请核对照片的文件名"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PhotoTally:
    """What one zip did: `rows` counts its pictures, `skipped` the operating system's own files.

    `problems` and `warnings` are sentences for the person (the first ones); `file` is the zip of refused
    pictures or "". `intake` is the record's key (0: the zip was refused as a whole).
    """

    kind: PhotoKind
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = 0
    skipped: int = 0
    file: str = ""
    trial: bool = False
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    intake: int = 0

    @property
    def ok(self) -> bool:
        """Whether every picture was taken or already there."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """The summary that `--json` prints."""
        names = ("kind", "rows", "created", "updated", "unchanged", "refused", "warned", "file")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Picture:
    """One picture on its way: whose it is, what it measures, why it is refused, what becomes of it."""

    entry: Entry
    key: str = ""
    student: int = 0
    number: str = ""
    served: str = ""
    original: str = ""
    measure: PhotoMeasure | None = None
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    replaces: PhotoRow | None = None
    unchanged: bool = False

    @property
    def wanted(self) -> bool:
        """Whether it is to be stored."""
        return not self.problems and not self.unchanged


def import_photos(
    path: Path, kind: PhotoKind, *, by: User, overwrite: bool = False,
    naming: PhotoNaming = PhotoNaming.STUDENT_NO, level: Level | None = None, flatten: bool = False,
    errors: Path | None = None, trial: bool = False, progress: Progress | None = None, name: str | None = None,
) -> PhotoTally:  # fmt: skip
    """Import a flat zip of pictures named by 学号 (or 证件号, 考生号).

    Good pictures are kept, chunk by chunk; refused ones go into the zip `errors`. A trial measures and decides
    the same and keeps nothing. `level` narrows the students to one 专业层次. Never raises for what a zip holds.
    """
    try:
        with open_archive(path, flatten=flatten) as archive:
            work = Upload(archive, kind, by, naming, level, overwrite, trial, progress or _silent)
            work.decide()
            if not trial:
                work.keep()
            return work.report(path, name or path.name, errors)
    except ArchiveRefused as problem:
        return PhotoTally(kind, trial=trial, problems=(str(problem),))


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


class Upload:
    """One zip on its way: `decide` reads everything once, `keep` stores what is wanted."""

    def __init__(self, archive: Archive, kind: PhotoKind, by: User, naming: PhotoNaming, level: Level | None,
                 overwrite: bool, trial: bool, progress: Progress) -> None:  # fmt: skip
        self.archive, self.kind, self.by, self.trial, self.progress = archive, kind, by, trial, progress
        self.naming, self.level, self.overwrite = naming, level, overwrite
        self.pictures = [Picture(entry) for entry in archive.entries]
        self.now, self.today = clock.now(), clock.today()
        self.created = self.updated = 0

    # -- deciding --------------------------------------------------------------------------------------------

    def decide(self) -> None:
        """Say of every picture whose it is and whether it can be kept: every reason, not the first only."""
        for picture in self.pictures:
            _read_name(picture)
        self._resolve()
        _refuse_doubles(self.pictures, self.naming.label)
        spec = _spec()
        for done, picture in enumerate(self.pictures, start=1):
            self._measure(picture, spec)
            if done % 100 == 0:
                self.progress(done, len(self.pictures))
        self._settle(self.pictures)
        _refuse_same_bytes(self.pictures, self.kind)

    def _resolve(self) -> None:
        """Find the students in one query; unknown ones and other people's get the same words (Z18)."""
        keys = sorted({picture.key for picture in self.pictures if picture.key})
        found: dict[str, list[tuple[int, str, str]]] = {}
        for key, pk, number, level in _students(self.by, self.today, self.naming, keys):
            found.setdefault(key, []).append((pk, number, level))
        for picture in self.pictures:
            if picture.key:
                self._assign(picture, found.get(picture.key, []))

    def _assign(self, picture: Picture, found: Sequence[tuple[int, str, str]]) -> None:
        fitting = [one for one in found if self.level is None or one[2] == self.level]
        if not found:
            picture.problems.append(UNKNOWN.format(what=self.naming.label))
        elif not fitting and self.level is not None:
            picture.problems.append(
                f"该生是{Level(found[0][2]).label}，不是所选的{self.level.label}；请核对专业层次"
            )
        elif len(fitting) > 1:
            numbers = "、".join(number for _, number, _ in fitting)
            picture.problems.append(
                f"这个{self.naming.label}有几个学号（{numbers}）；请选择专业层次，或以学号命名"
            )
        else:
            picture.student, picture.number, _ = fitting[0]

    def _measure(self, picture: Picture, spec: PhotoSpec) -> None:
        try:
            data = self.archive.read(picture.entry)
            seen = look(data)
        except (EntryRefused, PictureRefused) as problem:
            if str(problem) not in picture.problems:
                picture.problems.append(str(problem))
            return
        picture.measure = seen.measure
        picture.original, picture.served = hashed_files.sha256_of(data), hashed_files.sha256_of(seen.stripped)
        if self.kind is not PhotoKind.GRADUATION:
            return  # the registry's and the entry photos are as they are; annex 3 is about 毕业照片
        for fault in photo_problems(seen.measure, spec):
            (picture.problems if fault.severity is Severity.BLOCK else picture.warnings).append(fault.text)

    def _settle(self, pictures: Iterable[Picture]) -> None:
        """Compare with what is stored: the same, in the way, or part of a decision (Z17, Z19)."""
        wanted = [picture for picture in pictures if picture.student and picture.wanted]
        students = sorted({picture.student for picture in wanted})
        rows = PhotoRow.objects.filter(student_id__among=students, kind=self.kind.value, current=True)
        current = {row.student_id: row for row in rows}
        files = Candidate.objects.filter(
            student_id__among=students, stage__in=[stage.value for stage in DECIDED]
        )
        decided = (
            set(files.values_list("student_id", flat=True)) if self.kind is PhotoKind.GRADUATION else set()
        )
        for picture in wanted:
            picture.replaces = row = current.get(picture.student)
            if row is not None and picture.served == row.sha256:
                picture.unchanged = True
            elif picture.student in decided:
                picture.problems.append("该生已准予毕业，照片不能再换；确需更换请由总部退回后重新上传")
            elif row is not None and not self.overwrite:
                picture.problems.append("已有照片，与这次的不同；如要替换请选择「覆盖已经存在的照片」")

    # -- keeping ---------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Store the wanted pictures: the files first, then their rows, CHUNK at a time."""
        wanted = [picture for picture in self.pictures if picture.wanted]
        media = Path(settings.MEDIA_ROOT)
        for start in range(0, len(wanted), CHUNK):
            piece = wanted[start : start + CHUNK]
            for picture in piece:
                data = self.archive.read(picture.entry)
                hashed_files.keep(media / "photos", look(data).stripped)
                if picture.original != picture.served:
                    hashed_files.keep(media / "originals", data)
            try:
                self._write(piece)
            except IntegrityError:  # PostgreSQL: another upload wrote the same student's photo meanwhile
                self._write(piece)
            self.progress(start + len(piece), len(wanted))

    @transaction.atomic
    def _write(self, piece: Sequence[Picture]) -> None:
        self._settle(piece)  # afresh: somebody may have been here meanwhile
        pictures = [picture for picture in piece if picture.wanted]
        old = [picture.replaces.pk for picture in pictures if picture.replaces is not None]
        PhotoRow.objects.filter(pk__among=old).update(current=False)
        PhotoRow.objects.bulk_create(self._row(picture) for picture in pictures)
        students = sorted(picture.student for picture in pictures)
        self._compare(students)
        mark_stale(students)
        self.updated += len(old)
        self.created += len(pictures) - len(old)

    def _row(self, picture: Picture) -> PhotoRow:
        """A picture that replaces one keeps the day on which the first one came."""
        assert picture.measure is not None
        return PhotoRow(
            student_id=picture.student, kind=self.kind.value, sha256=picture.served,
            original=picture.original if picture.original != picture.served else "", size=picture.measure.byte_length,
            width=picture.measure.width, height=picture.measure.height, stored_at=self.now, stored_by=self.by,
            since=self.today if picture.replaces is None else picture.replaces.since,
        )  # fmt: skip

    def _compare(self, students: Sequence[int]) -> None:
        """毕业照片 equal to the copy of the registry's: known to be the same; anything else a person decides."""
        kinds = (PhotoKind.GRADUATION.value, PhotoKind.CREDENTIAL.value)
        rows = PhotoRow.objects.filter(student_id__among=list(students), kind__in=kinds, current=True)
        pairs: dict[int, dict[str, str]] = {}
        for student, kind, sha256 in rows.values_list("student_id", "kind", "sha256"):
            pairs.setdefault(student, {})[kind] = sha256
        same = [student for student, pair in pairs.items() if len(pair) == 2 and len(set(pair.values())) == 1]
        rows.filter(student_id__among=same, kind=PhotoKind.GRADUATION.value).update(same=True)

    # -- reporting -------------------------------------------------------------------------------------------

    def report(self, path: Path, name: str, errors: Path | None) -> PhotoTally:
        """Record the import, hand the refused pictures back."""
        pictures = self.pictures
        if self.trial:
            wanted = [picture for picture in pictures if picture.wanted]
            self.updated = sum(picture.replaces is not None for picture in wanted)
            self.created = len(wanted) - self.updated
        bad = [picture for picture in pictures if picture.problems]
        warned = [picture for picture in pictures if picture.warnings and not picture.problems]
        unchanged = sum(picture.unchanged for picture in pictures)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        record = Intake.objects.create(
            kind=self.kind.value, name=name[:200], sha256=digest, trial=self.trial, partial=True, by=self.by,
            at=self.now, rows=len(pictures), created=self.created, updated=self.updated, unchanged=unchanged,
            refused=len(bad), warned=len(warned),
        )  # fmt: skip
        file = ""
        if bad and errors is not None:
            refused = [RefusedPhoto(p.entry.name, tuple(p.problems), lambda p=p: self._bytes(p)) for p in bad]  # type: ignore[misc]
            file = str(refused_zip(errors, refused))
        return PhotoTally(
            self.kind, len(pictures), self.created, self.updated, unchanged, len(bad), len(warned),
            self.archive.skipped, file, self.trial, _sentences(bad, "problems"), _sentences(warned, "warnings"), record.pk,
        )  # fmt: skip

    def _bytes(self, picture: Picture) -> bytes | None:
        try:
            return self.archive.read(picture.entry)
        except EntryRefused:
            return None


def _sentences(pictures: Sequence[Picture], which: str) -> tuple[str, ...]:
    return tuple(f"{p.entry.name}：{text}" for p in pictures[:SHOWN] for text in getattr(p, which))[:SHOWN]


def _read_name(picture: Picture) -> None:
    if picture.entry.problem:
        picture.problems.append(picture.entry.problem)
        return
    try:
        named = student_no_of(picture.entry.base)
    except BadText as problem:
        picture.problems.append(problem.message)
        return
    picture.key = named.key
    if named.changed:
        picture.warnings.append(f"文件名里有全角或看不见的字符，已按 {named.key} 读取")


def _students(
    by: User, day: date, naming: PhotoNaming, keys: Sequence[str]
) -> list[tuple[str, int, str, str]]:
    """(key of the file name, id, 学号, level) of the students that `by` may see."""
    rows = Student.objects.all()
    if not by.system:
        actor = actor_of(by, day)
        rows = visible(actor, rows, centre="centre", student="pk") if actor else rows.none()
    plain = ("id", "number", "level")
    if naming is PhotoNaming.ID_NO:
        digests = {key_ring().digest(key): key for key in keys}
        found = rows.filter(id_hash__among=sorted(digests)).values_list("id_hash", *plain)
        return [(digests[digest], pk, number, level) for digest, pk, number, level in found]
    if naming is PhotoNaming.EXAM_NO:
        by_exam = rows.filter(exam_no__among=list(keys)).values_list("exam_no", *plain)
        by_number = rows.filter(exam_no="", number__among=list(keys)).values_list("number", *plain)
        return [*by_exam, *by_number]  # an empty 考生号 is the 学号
    return list(rows.filter(number__among=list(keys)).values_list("number", *plain))


def _spec() -> PhotoSpec:
    """The specification of the newest open batch; annex 3's own when none is open."""
    batch = (
        Batch.objects.filter(closed_at=None, policy__isnull=False)
        .select_related("policy")
        .order_by("-code")
        .first()
    )
    return policy_of(batch).photo if batch else PhotoSpec()


def _refuse_doubles(pictures: Sequence[Picture], what: str) -> None:
    """Two pictures for one student: both are refused, never «the last one wins» (Z09)."""
    names: dict[str, list[Picture]] = {}
    for picture in pictures:
        if picture.key:
            names.setdefault(str(picture.student or picture.key), []).append(picture)
    for group in names.values():
        if len(group) > 1:
            shown = "、".join(picture.entry.name for picture in group)
            for picture in group:
                picture.problems.append(f"同一{what}有两张照片（{shown}）；请只保留一张")


def _refuse_same_bytes(pictures: Sequence[Picture], kind: PhotoKind) -> None:
    """The same picture for two students is wrong for one of them at least (P12)."""
    wanted = [picture for picture in pictures if picture.wanted]
    holders: dict[str, set[int]] = {}
    shas = sorted({picture.served for picture in wanted})
    rows = PhotoRow.objects.filter(sha256__among=shas, kind=kind.value, current=True)
    for sha256, student in [
        *rows.values_list("sha256", "student_id"),
        *((p.served, p.student) for p in wanted),
    ]:
        holders.setdefault(sha256, set()).add(student)
    for picture in wanted:
        if len(holders[picture.served]) > 1:
            here = [p.number for p in wanted if p.served == picture.served and p is not picture]
            other = "、".join(here) or "另一名学生已有的照片"
            picture.problems.append(f"与 {other} 的照片完全相同；请核对是哪一位学生的照片")
