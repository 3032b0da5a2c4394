"""导出照片: the pictures of a list as a zip that is written while it is sent, by any naming; what left is recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_STORED

from django.db import transaction
from django.db.models import QuerySet
from zipstream import ZipStream

from graduand.gateways import hashed_files
from graduand.models import Counter, Outgoing, PhotoRow, Student
from graduand.office import trail
from graduand.office.photos.uploads import media
from graduand.office.refusal import Refused
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.account_terms import Deed, Purpose
from graduand.rulebook.terms import PhotoKind, PhotoNaming

MOST = 20_000
LISTING = "photos"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is asked for: which pictures, named how, why, and the filter in words for the record."""

    kind: PhotoKind
    naming: PhotoNaming
    purpose: Purpose
    asked: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """A zip on its way out: its exact length, its pieces, and how many pictures are in it."""

    length: int
    pieces: Iterator[bytes]
    photos: int
    serial: int


def photos_zip(actor: Actor, students: QuerySet[Student], leaving: Leaving) -> Parcel:
    """The pictures of `students`. Raises Refused when there is none, or more than one zip holds."""
    named = list(_named(students, leaving))
    if not named:
        raise Refused(f"所选学生没有可以导出的{leaving.kind.label}")
    if len(named) > MOST:
        raise Refused(f"超过 {MOST:,} 张，请用筛选缩小范围后分几次导出")
    stream = ZipStream(compress_type=ZIP_STORED, sized=True)
    digest = hashlib.sha256()
    for name, sha256 in named:
        stream.add_path(str(_place(sha256)), name)
        digest.update(f"{name} {sha256}\n".encode())
    with transaction.atomic():
        serial = Counter.reserve("outgoing", 1)
        Outgoing.objects.create(
            serial=serial, listing=LISTING, asked=[list(pair) for pair in leaving.asked], by_id=actor.user_id,
            fields=[leaving.kind.value, leaving.naming.value], personal=True, purpose=leaving.purpose.value,
            rows=len(named), sha256=digest.hexdigest(), at=clock.now(),
        )  # fmt: skip
        trail.note(Deed.EXPORTED, actor=actor.user_id, serial=serial, rows=len(named), listing=LISTING)
    return Parcel(len(stream), iter(stream), len(named), serial)


def _named(students: QuerySet[Student], leaving: Leaving) -> Iterator[tuple[str, str]]:
    """(file name, hash of the served picture); where two would have one name the 学号 keeps them apart."""
    photos = PhotoRow.objects.filter(kind=leaving.kind.value, current=True, student__in=students.order_by())
    rows = photos.order_by("student__number").values_list(
        "student__number", "student__id_no", "student__exam_no", "sha256"
    )
    used: set[str] = set()
    for number, id_no, exam_no, sha256 in rows[: MOST + 1]:
        if not _place(sha256).is_file():
            continue
        key = {PhotoNaming.ID_NO: id_no, PhotoNaming.EXAM_NO: exam_no}.get(leaving.naming) or number
        name = key if key not in used else f"{key}_{number}"
        used.add(name)
        yield f"{name}.jpg", sha256


def _place(sha256: str) -> Path:
    return hashed_files.place_of(media("photos"), sha256)
