"""Judging pictures where they lie: zips, folders and files, without a database and without keeping
anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graduand.gateways.archives import ArchiveRefused, EntryRefused, OpenZip, ZipEntry, open_archive
from graduand.gateways.photos import faces
from graduand.gateways.photos.photo_workers import MeasuredTask, PhotoTask, measure_all
from graduand.gateways.photos.portraits import MeasuredPortrait
from graduand.office.progress import Progress
from graduand.rulebook.canon import BadText
from graduand.rulebook.photos.file_rules import misnamed_code
from graduand.rulebook.photos.findings import (
    PhotoCode,
    PhotoFinding,
    PhotoVerdict,
    can_be_repaired,
    verdict_of,
)
from graduand.rulebook.photos.judge import (
    alike_findings,
    comparison_findings,
    equal_picture,
    judge,
    unusable_reference,
)
from graduand.rulebook.photos.spec import PhotoSpec, student_no_of
from graduand.rulebook.terms import PhotoKind

LITTER = frozenset({"thumbs.db", "desktop.ini"})
ADMISSION = PhotoKind.ADMISSION.value
CHSI = PhotoKind.CREDENTIAL.value


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """How to check. `admission` and `chsi` are folders of pictures named by 学号 to compare with.

    `duplicates` compares the faces of all pictures; equal pixels are always found. `roster` are the
    学号 that are known, None when nobody said. `workers` is a number of processes.
    """

    spec: PhotoSpec = field(default_factory=PhotoSpec)
    admission: Path | None = None
    chsi: Path | None = None
    duplicates: bool = False
    roster: frozenset[str] | None = None
    flatten: bool = False
    workers: int = 1

    @property
    def compares(self) -> bool:
        """Whether faces are compared; off unless somebody asked."""
        return self.duplicates or self.admission is not None or self.chsi is not None


@dataclass(slots=True)
class CheckedPicture:
    """One picture, or what stands for a whole zip: whose it should be and everything found.

    Of what was measured only `pixels` (a hash) and `embedding` are kept, so that ten thousand rows
    stay small.
    """

    file: str
    key: str = ""
    findings: list[PhotoFinding] = field(default_factory=list)
    pixels: str = ""
    embedding: bytes = b""

    @property
    def verdict(self) -> PhotoVerdict:
        return verdict_of(self.findings)

    @property
    def repairable(self) -> bool:
        return can_be_repaired(self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        findings = [finding.as_dict() for finding in self.findings]
        return {
            "file": self.file,
            "verdict": self.verdict.value,
            "findings": findings,
            "repairable": self.repairable,
        }


def check_photos(
    paths: Sequence[Path], how: CheckRequest, progress: Progress | None = None
) -> list[CheckedPicture]:
    """Judge every picture of `paths` (zips, folders, files), in order.

    Raises faces.FacesMissing, photo_workers.WorkersDied; never for what a picture or a zip holds.
    """
    check = _Check(how)
    for done, measured in enumerate(
        measure_all(check.tasks(paths), how.spec, workers=how.workers, embed=how.compares), start=1
    ):
        check.take(measured)
        if progress is not None:
            progress(done, len(check.rows))
    _find_duplicates(check.rows, how)
    return check.rows


class _Check:
    """The rows as they come; a task carries its row's place."""

    def __init__(self, how: CheckRequest) -> None:
        self.how = how
        self.rows: list[CheckedPicture] = []
        folders = ((ADMISSION, how.admission), (CHSI, how.chsi))
        self.references = {kind: _named(folder) for kind, folder in folders if folder is not None}

    def tasks(self, paths: Sequence[Path]) -> Iterator[PhotoTask]:
        """What is to be measured; a zip stays open while its pictures are read, one at a time."""
        for path in paths:
            for file in _files_of(path):
                if file.suffix.lower() == ".zip":
                    yield from self._zip(file)
                else:
                    yield self._task(self._row(str(file), _key(file.name)), path=str(file))

    def _row(self, file: str, key: str) -> int:
        row = CheckedPicture(file, key)
        if key and self.how.roster is not None and key not in self.how.roster:
            text = f"没有学号为 {key} 的学生，请核对照片的文件名"
            row.findings.append(_refused(PhotoCode.ENTRY_UNKNOWN_STUDENT, key, text))
        self.rows.append(row)
        return len(self.rows) - 1

    def _task(self, number: int, *, data: bytes | None = None, path: str = "") -> PhotoTask:
        key = self.rows[number].key
        beside = {kind: str(named[key]) for kind, named in self.references.items() if key in named}
        return PhotoTask(number, data, path, beside)

    def _zip(self, path: Path) -> Iterator[PhotoTask]:
        try:
            with open_archive(path, flatten=self.how.flatten) as archive:
                yield from self._entries(path, archive)
        except ArchiveRefused as problem:
            self._broken(path, problem.code, problem)
        except OSError as problem:
            self._broken(path, PhotoCode.ZIP_BROKEN, problem)

    def _broken(self, path: Path, code: PhotoCode, problem: Exception) -> None:
        self.rows.append(
            CheckedPicture(str(path), findings=[_refused(code, path.name, str(problem))])
        )

    def _entries(self, path: Path, archive: OpenZip) -> Iterator[PhotoTask]:
        if archive.skipped:
            text = f"忽略了 {archive.skipped} 个操作系统自带的文件（不是照片）"
            note = PhotoFinding(
                PhotoCode.ENTRY_IGNORED, PhotoVerdict.IGNORED, str(archive.skipped), "0", text
            )
            self.rows.append(CheckedPicture(str(path), findings=[note]))
        numbers = [self._entry(path, entry) for entry in archive.entries]
        self._refuse_doubles(numbers)
        for number, entry in zip(numbers, archive.entries, strict=True):
            if entry.problem:
                continue
            try:
                yield self._task(number, data=archive.read(entry))
            except EntryRefused as problem:
                self.rows[number].findings.append(_refused(problem.code, entry.name, str(problem)))

    def _entry(self, path: Path, entry: ZipEntry) -> int:
        shown = f"{path}/{entry.name}"
        if entry.problem:
            number = self._row(shown, "")
            self.rows[number].findings.append(_refused(entry.code, entry.name, entry.problem))
            return number
        number = self._row(shown, _key(entry.base, strict=True))
        self.rows[number].findings += _name_findings(entry.base)
        return number

    def _refuse_doubles(self, numbers: Sequence[int]) -> None:
        """Two pictures for one student: both are refused, never «the last one wins» (Z09)."""
        named: dict[str, list[CheckedPicture]] = {}
        for number in numbers:
            if self.rows[number].key:
                named.setdefault(self.rows[number].key, []).append(self.rows[number])
        for key, rows in named.items():
            if len(rows) > 1:
                shown = "、".join(Path(row.file).name for row in rows)
                text = f"同一学号有 {len(rows)} 张照片（{shown}），请只保留一张"
                for row in rows:
                    row.findings.append(_refused(PhotoCode.ENTRY_DUPLICATE_STUDENT, key, text))

    def take(self, measured: MeasuredTask) -> None:
        """Judge what was measured."""
        row = self.rows[measured.number]
        spec = self.how.spec
        if measured.seen is None:
            row.findings.append(
                _refused(PhotoCode.ENTRY_UNREADABLE, "", f"无法读取文件：{measured.trouble}")
            )
            return
        row.pixels = measured.seen.pixels
        row.embedding = measured.seen.embedding
        row.findings += judge(measured.seen.measure, spec).findings
        for kind, beside in measured.references.items():
            row.findings += _compared(PhotoKind(kind), measured.seen, beside, spec)


def _compared(
    kind: PhotoKind, seen: MeasuredPortrait, beside: MeasuredPortrait, spec: PhotoSpec
) -> Iterator[PhotoFinding]:
    if seen.pixels == beside.pixels:
        return
    if not beside.embedding:
        why = "打不开"
        if beside.pixels:
            why = "中没有清楚的人脸"
        yield unusable_reference(kind, why)
        return
    cosine = faces.cosine(seen.embedding, beside.embedding)
    yield from comparison_findings(kind, cosine, spec)


def _find_duplicates(rows: Sequence[CheckedPicture], how: CheckRequest) -> None:
    """The same picture under two 学号: the later 学号 is told, and told whose picture it has (P12)."""
    ordered = sorted((row for row in rows if row.pixels and row.key), key=lambda row: row.key)
    first: dict[str, CheckedPicture] = {}
    for row in ordered:
        holder = first.setdefault(row.pixels, row)
        if holder.key != row.key:
            row.findings.append(equal_picture(holder.file))
    if how.duplicates:
        _find_alike([row for row in ordered if row.embedding], how.spec)


def _find_alike(rows: Sequence[CheckedPicture], spec: PhotoSpec) -> None:
    best: dict[int, tuple[float, int]] = {}
    for one, other, cosine in faces.alike([row.embedding for row in rows], spec.look_duplicate):
        is_known = rows[one].key == rows[other].key or rows[one].pixels == rows[other].pixels
        if not is_known and cosine > best.get(other, (0.0, 0))[0]:
            best[other] = (cosine, one)
    for other, (cosine, one) in best.items():
        rows[other].findings += alike_findings(rows[one].file, cosine, spec)


# -- names
# ---------------------------------------------------------------------------------------------------


def _key(name: str, *, strict: bool = False) -> str:
    """The 学号 that a file name means; for a single picture (`strict` off) any name will do."""
    try:
        return student_no_of(name).key
    except BadText:
        if strict:
            return ""
        return name


def _name_findings(base: str) -> Iterator[PhotoFinding]:
    try:
        named = student_no_of(base)
    except BadText as problem:
        yield _refused(misnamed_code(base), base, problem.message, "学号.jpg")
        return
    if named.changed:
        text = f"文件名里有全角或看不见的字符，读作 {named.key}，请核对"
        yield PhotoFinding(
            PhotoCode.ENTRY_NAME_CLEANED, PhotoVerdict.REVIEW, base, f"{named.key}.jpg", text
        )


def _refused(code: PhotoCode, value: str, text: str, limit: str = "") -> PhotoFinding:
    return PhotoFinding(code, PhotoVerdict.FAIL, value, limit or code.label, text)


def _files_of(path: Path) -> list[Path]:
    """The file itself, or all files below a folder."""
    if path.is_dir():
        return sorted(_below(path))
    return [path]


def _below(folder: Path) -> Iterator[Path]:
    """Every file below a folder that a person put there."""
    for path in folder.rglob("*"):
        hidden = any(
            part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts
        )
        if path.is_file() and not hidden and path.name.lower() not in LITTER:
            yield path


def _named(folder: Path) -> dict[str, Path]:
    """学号 -> picture, for a folder of pictures to compare with."""
    found = {
        _key(path.name, strict=True): path for path in sorted(folder.iterdir()) if path.is_file()
    }
    found.pop("", None)
    return found
