"""导出照片: the pictures of a list as a zip that is written while it is sent, by any naming; what left
is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED

from django.db.models import QuerySet
from zipstream import ZipStream

from graduand.gateways import hashed_files
from graduand.models import Consent, PhotoRow, Student
from graduand.office.outgoing import exports, personal_exports, privacy
from graduand.office.outgoing.privacy import LookRecord
from graduand.office.people.second_person import consents
from graduand.office.photos.uploads import media
from graduand.office.refusal import Refused
from graduand.queries.scope import Actor
from graduand.rulebook.outgoing.privacy import FIELDS, revealable
from graduand.rulebook.people.account_terms import ConsentKind, LookKind, Purpose
from graduand.rulebook.terms import PhotoKind, PhotoNaming

MOST = 20_000
LISTING = "photos"
PIECE = 1_000


@dataclass(frozen=True, slots=True)
class LeavingPhotos:
    """What is asked for: which pictures, named how, why, the filter in words for the record, and
    where it is asked for.
    """

    kind: PhotoKind
    naming: PhotoNaming
    purpose: Purpose
    asked: Sequence[tuple[str, str]] = ()
    back: str = ""

    def takes_two(self, pictures: int) -> bool:
        """Whether a second person agrees first, as to every list with that many identifiers."""
        return self.naming is PhotoNaming.ID_NO and pictures > personal_exports.WITHOUT_CONSENT

    def detail(self, pictures: Sequence[ServedPicture]) -> dict[str, Any]:
        """What a second person agrees to: these pictures and no others, named so, this purpose."""
        return {
            "listing": LISTING,
            "title": f"{self.kind.label}（照片）",
            "asked": [list(pair) for pair in self.asked],
            "fields": [self.kind.value, self.naming.value],
            "labels": [f"文件名里的{self.naming.label}"],
            "purpose": self.purpose.value,
            "rows": len(pictures),
            "back": self.back,
            "whom": consents.people_of((picture.student, picture.sha256) for picture in pictures),
        }


@dataclass(frozen=True, slots=True)
class ServedPicture:
    """A picture as it leaves: whose it is, its name in the zip, the hash of the served copy."""

    student: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PhotoZip:
    """A zip on its way out: its exact length, its pieces, and how many pictures are in it."""

    length: int
    pieces: exports.ExportSending
    photos: int
    serial: int


def namings_for(actor: Actor) -> tuple[PhotoNaming, ...]:
    """How the pictures may be named: a file name says no more than the actor may see (A11)."""
    sees = FIELDS["id_no"] in revealable(actor.roles)
    return tuple(naming for naming in PhotoNaming if sees or naming is not PhotoNaming.ID_NO)


def pictures(
    actor: Actor, students: QuerySet[Student], leaving: LeavingPhotos
) -> list[ServedPicture]:
    """The pictures that would leave.

    Raises Refused for a naming that the actor may not see, when there is no picture, or more than
    one zip holds.
    """
    if leaving.naming not in namings_for(actor):
        raise Refused(
            f"您的岗位不能查看{leaving.naming.label}，照片不能按{leaving.naming.label}命名；请改用学号"
        )
    named = list(_named(students, leaving))
    if not named:
        raise Refused(f"所选学生没有可以导出的{leaving.kind.label}")
    if len(named) > MOST:
        raise Refused(f"超过 {MOST:,} 张，请用筛选缩小范围后分几次导出")
    return named


def ask(
    actor: Actor,
    students: QuerySet[Student],
    leaving: LeavingPhotos,
    reason: str,
    *,
    address: str,
    key: str,
) -> Consent:
    """Put the export to a second person. Raises Refused, also where none is needed."""
    named = pictures(actor, students, leaving)
    if not leaving.takes_two(len(named)):
        raise Refused(f"共 {len(named):,} 张，不需要第二人同意，请直接导出")
    detail = leaving.detail(named)
    return consents.ask(actor, ConsentKind.EXPORT, detail, reason, address=address, key=key)


def _consent_for(
    actor: Actor, leaving: LeavingPhotos, named: Sequence[ServedPicture]
) -> Consent | None:
    """The consent in hand for exactly this; None when none is needed. Raises Refused when one has
    to be asked for.
    """
    count = len(named)
    if not leaving.takes_two(count):
        return None
    found = consents.agreed_export(actor, leaving.detail(named))
    if found is None:
        limit = personal_exports.WITHOUT_CONSENT
        raise Refused(
            f"共 {count:,} 张，按证件号命名超过 {limit} 张须由另一人同意后才能导出；请先提出申请，或改用学号命名"
        )
    return found


def photos_zip(
    actor: Actor, students: QuerySet[Student], leaving: LeavingPhotos, address: str = ""
) -> PhotoZip:
    """The pictures of `students`, on record with a look at each of them before the first byte
    leaves.

    Raises Refused as `pictures` does, and for so many identifiers that a second person has to agree
    first.
    """
    named = pictures(actor, students, leaving)
    consent = _consent_for(actor, leaving, named)
    stream = ZipStream(compress_type=ZIP_STORED, sized=True)
    for picture in named:
        stream.add_path(str(_place(picture.sha256)), picture.name)
    fields = (leaving.kind.value, leaving.naming.value)
    what = exports.LeavingFile(LISTING, leaving.asked, fields, len(named), leaving.purpose, consent)
    with exports.begin(actor, what, address) as writing:
        _write_looks(
            actor, [picture.student for picture in named], leaving, writing.record.serial, address
        )
    pieces = exports.ExportSending(writing, iter(stream), len(named), len(stream))
    return PhotoZip(len(stream), pieces, len(named), writing.record.serial)


def _write_looks(
    actor: Actor, students: Sequence[int], leaving: LeavingPhotos, serial: int, address: str
) -> None:
    """Record one look per student, some at a time: a large zip holds the database no longer than a
    small one.
    """
    what = f"第 {serial} 号：{leaving.kind.label}，按{leaving.naming.label}命名"
    for start in range(0, len(students), PIECE):
        seen = LookRecord(
            actor, tuple(students[start : start + PIECE]), LookKind.EXPORT, what, leaving.purpose
        )
        privacy.write_look(seen, address)


def _named(students: QuerySet[Student], leaving: LeavingPhotos) -> Iterator[ServedPicture]:
    """The pictures by 学号; where two would have one name the 学号 keeps them apart."""
    photos = PhotoRow.objects.filter(
        kind=leaving.kind.value, current=True, student__in=students.order_by()
    )
    rows = photos.order_by("student__number").values_list(
        "student_id", "student__number", "student__id_no", "student__exam_no", "sha256"
    )
    used: set[str] = set()
    for student, number, id_no, exam_no, sha256 in rows[: MOST + 1]:
        if not _place(sha256).is_file():
            continue
        key = {PhotoNaming.ID_NO: id_no, PhotoNaming.EXAM_NO: exam_no}.get(leaving.naming) or number
        name = key
        if key in used:
            name = f"{key}_{number}"
        used.add(name)
        yield ServedPicture(student, f"{name}.jpg", sha256)


def _place(sha256: str) -> Path:
    return hashed_files.place_of(media("photos"), sha256)
