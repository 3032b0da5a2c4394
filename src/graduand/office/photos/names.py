"""Whose picture an entry of a zip is: its name read, the student found inside what the sender may
see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from graduand.gateways.archives import EntryRefused, OpenZip, ZipEntry
from graduand.models import User, key_ring
from graduand.queries.photos.places import students_of
from graduand.rulebook.canon import BadText, canon_name
from graduand.rulebook.photos.file_rules import misnamed_code
from graduand.rulebook.photos.findings import PhotoCode, PhotoFinding, PhotoVerdict
from graduand.rulebook.photos.spec import is_jpg, student_no_of
from graduand.rulebook.terms import Level, PhotoNaming
from graduand.rulebook.words import name_and_count

UNKNOWN = "没有这个{what}，或不在您的管理范围内；请核对照片的文件名"
SHOWN = 3
FAIL = PhotoVerdict.FAIL
WARN = PhotoVerdict.WARN


@dataclass(slots=True)
class NamedEntry:
    """An entry with the student that its name means (0: nobody), and what its place and name have
    against it.

    `called` is the person's name where the file is named by one instead of a number.
    """

    entry: ZipEntry
    key: str = ""
    called: str = ""
    student: int = 0
    number: str = ""
    findings: list[PhotoFinding] = field(default_factory=list)

    def refuse(self, code: PhotoCode, text: str, value: str = "") -> None:
        """One more reason against it."""
        self.findings.append(PhotoFinding(code, FAIL, value, code.label, text))


def named_entries(
    archive: OpenZip, by: User, day: date, naming: PhotoNaming, level: Level | None
) -> list[NamedEntry]:
    """Every entry of the archive in its order; three queries at most, whatever its size."""
    found = [_read(entry) for entry in archive.entries]
    _resolve(found, by, day, naming, level)
    _propose([named for named in found if named.called], by, day)
    _refuse_doubles(found, naming)
    _refuse_same_bytes(found, archive)
    return found


def _read(entry: ZipEntry) -> NamedEntry:
    named = NamedEntry(entry)
    if entry.problem:
        named.refuse(entry.code, entry.problem)
        return named
    try:
        key = student_no_of(entry.base)
    except BadText as problem:
        named.refuse(misnamed_code(entry.base), problem.message)
        named.called = ""
        if is_jpg(entry.base):
            named.called = _person_in(entry.base)
        return named
    named.key = key.key
    if key.changed:
        text = f"文件名里有全角或看不见的字符，已按 {key.key} 读取"
        named.findings.append(
            PhotoFinding(PhotoCode.ENTRY_NAME_CLEANED, WARN, key.key, f"{key.key}.jpg", text)
        )
    return named


def _person_in(file_name: str) -> str:
    """The person's name that a file is named by; "" where it is none."""
    try:
        return canon_name(file_name.rpartition(".")[0])
    except BadText:
        return ""


def _propose(names: Sequence[NamedEntry], by: User, day: date) -> None:
    """Whom a file named by a person may mean, among those whom the sender sees: it stays refused, a
    person decides.
    """
    if not names:
        return
    found: dict[str, list[str]] = {}
    rows = students_of(by, day).filter(name__among=sorted({named.called for named in names}))
    for name, number in rows.order_by("number").values_list("name", "number"):
        found.setdefault(name, []).append(number)
    for named in names:
        numbers = found.get(named.called, [])
        if numbers:
            finding = named.findings[-1]
            named.findings[-1] = finding._replace(
                text=f"{finding.text}；{_meant(named.called, numbers)}"
            )


def _meant(name: str, numbers: Sequence[str]) -> str:
    if len(numbers) > 1:
        return f"您范围内有 {len(numbers)} 位「{name}」（{_some(numbers, '人')}），请按学号命名"
    return f"您范围内只有一位「{name}」，学号 {numbers[0]}，核对是本人后请改名为 {numbers[0]}.jpg 再上传"


def _resolve(
    names: Iterable[NamedEntry], by: User, day: date, naming: PhotoNaming, level: Level | None
) -> None:
    """Find the students; unknown ones and other people's get the same words (Z18)."""
    keys = sorted({named.key for named in names if named.key})
    found: dict[str, list[tuple[int, str, str]]] = {}
    for key, pk, number, of_level in _students(by, day, naming, keys):
        found.setdefault(key, []).append((pk, number, of_level))
    for named in names:
        if named.key:
            _assign(named, found.get(named.key, []), naming, level)


def _assign(
    named: NamedEntry,
    found: Sequence[tuple[int, str, str]],
    naming: PhotoNaming,
    level: Level | None,
) -> None:
    fitting = [match for match in found if level is None or match[2] == level]
    if not found:
        named.refuse(PhotoCode.ENTRY_UNKNOWN_STUDENT, UNKNOWN.format(what=naming.label))
    elif not fitting and level is not None:
        text = f"该生是{Level(found[0][2]).label}，不是所选的{level.label}；请核对专业层次"
        named.refuse(PhotoCode.ENTRY_WRONG_LEVEL, text, Level(found[0][2]).label)
    elif len(fitting) > 1:
        numbers = "、".join(number for _, number, _ in fitting)
        text = f"这个{naming.label}有几个学号（{numbers}）；请选择专业层次，或以学号命名"
        named.refuse(PhotoCode.ENTRY_AMBIGUOUS, text, numbers)
    else:
        named.student, named.number, _ = fitting[0]


def _students(
    by: User, day: date, naming: PhotoNaming, keys: Sequence[str]
) -> list[tuple[str, int, str, str]]:
    """(key of the file name, id, 学号, level) of the students that `by` may see."""
    rows = students_of(by, day)
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


def _refuse_doubles(names: Sequence[NamedEntry], naming: PhotoNaming) -> None:
    """Two pictures for one student: both are refused, never «the last one wins» (Z09)."""
    groups: dict[str, list[NamedEntry]] = {}
    for named in names:
        if named.key:
            groups.setdefault(str(named.student or named.key), []).append(named)
    for group in groups.values():
        if len(group) > 1:
            shown = _some([named.entry.name for named in group], "个")
            text = f"同一{naming.label}有两张照片（{shown}）；请只保留一张"
            for named in group:
                named.refuse(PhotoCode.ENTRY_DUPLICATE_STUDENT, text, named.key)


def _refuse_same_bytes(names: Sequence[NamedEntry], archive: OpenZip) -> None:
    """The same file for two students is wrong for one of them at least (P12); the directory tells
    without unpacking.
    """
    groups: dict[tuple[int, int], list[NamedEntry]] = {}
    for named in names:
        if named.student and not _grave(named):
            groups.setdefault((named.entry.info.CRC, named.entry.info.file_size), []).append(named)
    for group in groups.values():
        if len(group) > 1:
            _refuse_equal(group, archive)


def _refuse_equal(group: Sequence[NamedEntry], archive: OpenZip) -> None:
    """A check sum may agree by chance: the bytes decide."""
    same: dict[bytes, list[NamedEntry]] = {}
    for named in group:
        try:
            same.setdefault(archive.read(named.entry), []).append(named)
        except EntryRefused:
            continue  # reported when the picture is judged
    for equal in same.values():
        if len(equal) < 2:
            continue
        for named in equal:
            others = _some(
                [one.number for one in equal[: SHOWN + 2] if one is not named], "人", len(equal) - 1
            )
            text = f"与 {others} 的照片完全相同；请核对是哪一位学生的照片"
            named.refuse(PhotoCode.DUPLICATE_IMAGE, text, others)


def _some(names: Sequence[str], what: str, count: int = 0) -> str:
    """The first few names: twenty thousand equal entries must not make twenty thousand endless
    sentences.
    """
    shown = [name[:60] for name in names[:SHOWN]]
    return name_and_count(shown, SHOWN, what, count or len(names))


def _grave(named: NamedEntry) -> bool:
    return any(finding.verdict is FAIL for finding in named.findings)
