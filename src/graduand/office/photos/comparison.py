"""Same person, same picture: off until an administrator orders it with its legal basis; a person
decides what it finds.
"""

from __future__ import annotations

import base64
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from graduand.gateways import hashed_files
from graduand.gateways.photos import faces
from graduand.gateways.photos.photo_workers import PhotoTask, measure_all
from graduand.models import Batch, FaceOrder, FaceVector, PhotoDecision, PhotoRow
from graduand.office import account_log, typed_texts
from graduand.office.audit.auditing import mark_stale
from graduand.office.photos.judging import crew_size
from graduand.office.photos.uploads import media, spec_in_force
from graduand.office.queue import orders
from graduand.office.records.plans.writing import rest
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock
from graduand.queries.basis import policy_of
from graduand.queries.scope import Actor
from graduand.queries.verdicts import chunks
from graduand.rulebook.people.account_terms import Deed
from graduand.rulebook.photos.findings import PhotoFinding
from graduand.rulebook.photos.judge import (
    alike_findings,
    comparison_findings,
    unusable_reference,
)
from graduand.rulebook.photos.spec import PhotoSpec
from graduand.rulebook.photos.words import PhotoReview
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import PhotoKind, Role

PIECE = 64
SUBJECT = 1
LINGERS = timedelta(days=30)
NO_FACE = "中没有清楚的人脸"


def in_force() -> bool:
    """Whether faces are compared: the newest order says so; without one they are not."""
    newest = FaceOrder.objects.order_by("-id").values_list("on", flat=True).first()
    return newest is True


def order(on: bool, basis: str, actor: Actor, key: str) -> FaceOrder:
    """Switch comparing on (with its legal basis) or off; off forgets every face at once.

    Raises Refused for anybody but an administrator of headquarters and without a basis.
    """
    if Role.HQ_ADMIN not in actor.roles:
        raise not_allowed("人脸比对由总部管理员开启或关闭")
    basis = typed_texts.words(basis)
    if on and len(basis) < 10:
        raise Refused("请写明开启人脸比对的法律依据、目的和影响评估编号（至少 10 个字）")
    if not on:
        basis = ""
    try:
        with transaction.atomic():
            known = FaceOrder.objects.filter(key=key, by_id=actor.user_id).first()
            if known is not None:
                return known
            made = FaceOrder.objects.create(
                on=on, basis=basis[:500], at=clock.now(), by_id=actor.user_id, key=key
            )
            account_log.note(Deed.FACES_ORDERED, actor=actor.user_id, faces=made.pk, on=on)
            if on:
                ask(actor.user_id)
            else:
                FaceVector.objects.all().delete()
            return made
    except IntegrityError:  # a double click: the other request was quicker
        return FaceOrder.objects.get(key=key, by_id=actor.user_id)


def forget(*, everything: bool) -> int:
    """Delete the faces whose season is over, or all of them; returns how many."""
    rows = FaceVector.objects.all()
    if not everything:
        rows = rows.filter(expires_on__lt=clock.today())
    deleted, _ = rows.delete()
    return deleted


def ask(by: int | None) -> None:
    """Leave a round of comparing to the background; one that waits already is enough."""
    orders.order_again(WorkKind.FACES, {SUBJECT}, by)


def keep(faces_of: Iterable[tuple[PhotoRow, bytes]]) -> None:
    """Seal what pictures compare by; b"" is a picture without a face. Call it with the rows, in
    their transaction.
    """
    pairs = list(faces_of)
    if pairs:
        ends = _expiry()
        runtime = faces.runtime()
        FaceVector.objects.bulk_create(
            FaceVector(
                photo=row,
                vector=base64.b64encode(vector).decode(),
                runtime=runtime,
                expires_on=ends,
            )
            for row, vector in pairs
        )


def _expiry() -> date:
    """The last day of the newest open season; LINGERS days from now when that is over or there is
    none.
    """
    batch = Batch.objects.filter(closed_at=None, policy__isnull=False).order_by("-code").first()
    soon = clock.today() + LINGERS
    if batch is None:
        return soon
    return max(policy_of(batch).closes_at, soon)


# -- the background work
# -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComparisonRound:
    """How far a round of comparing is."""

    done: int
    total: int
    ended: bool


def advance() -> ComparisonRound:
    """Measure the next faces that were not measured yet; when there is none left, compare
    everybody.
    """
    if not in_force():
        return ComparisonRound(0, 0, ended=True)
    forget(everything=False)
    FaceVector.objects.exclude(
        runtime=faces.runtime()
    ).delete()  # embeddings of another runtime can't be compared
    missing = _current().filter(face=None).order_by("id")
    total = _current().count()
    piece = list(missing[:PIECE])
    if not piece:
        compare()
        return ComparisonRound(total, total, ended=True)
    _measure(piece)
    return ComparisonRound(max(0, total - missing.count()), total, ended=False)


def _current() -> QuerySet[PhotoRow]:
    return PhotoRow.objects.filter(current=True)


def _measure(rows: Sequence[PhotoRow]) -> None:
    tasks = (
        PhotoTask(
            place, path=str(hashed_files.place_of(media("photos"), row.sha256)), as_reference=True
        )
        for place, row in enumerate(rows)
    )
    found = measure_all(tasks, spec_in_force(), workers=crew_size(), embed=True)
    vectors = {
        measured.number: measured.seen.embedding if measured.seen else b"" for measured in found
    }
    with transaction.atomic():
        there = set(
            FaceVector.objects.filter(photo__in=[row.pk for row in rows]).values_list(
                "photo_id", flat=True
            )
        )
        keep((row, vectors[place]) for place, row in enumerate(rows) if row.pk not in there)


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A current picture with the face that it compares by."""

    pk: int
    student: int
    number: str
    kind: PhotoKind
    pixels: str
    vector: bytes


def compare() -> None:
    """Compare each 毕业照片 with the student's other pictures, and with everybody's in the season; keep
    what was found.
    """
    spec = spec_in_force()
    known = list(_known())
    others = {
        (face.student, face.kind): face for face in known if face.kind is not PhotoKind.GRADUATION
    }
    graduation_faces = [face for face in known if face.kind is PhotoKind.GRADUATION and face.vector]
    found: dict[int, list[PhotoFinding]] = defaultdict(list)
    for face in graduation_faces:
        for kind in (PhotoKind.ADMISSION, PhotoKind.CREDENTIAL):
            found[face.pk] += _beside(face, others.get((face.student, kind)), spec)
    for pk, finding in _alike(graduation_faces, spec):
        found[pk].append(finding)
    _record(found)


def _known() -> Iterator[KnownFace]:
    rows = FaceVector.objects.filter(photo__current=True).order_by("photo_id")
    columns = (
        "photo_id",
        "photo__student_id",
        "photo__student__number",
        "photo__kind",
        "photo__pixels",
        "vector",
    )
    for pk, student, number, kind, pixels, vector in rows.values_list(*columns):
        yield KnownFace(pk, student, number, PhotoKind(kind), pixels, base64.b64decode(vector))


def _beside(one: KnownFace, other: KnownFace | None, spec: PhotoSpec) -> Iterator[PhotoFinding]:
    if other is None or (other.pixels and other.pixels == one.pixels):
        return
    if not other.vector:
        yield unusable_reference(other.kind, NO_FACE)
        return
    cosine = faces.cosine(one.vector, other.vector)
    yield from comparison_findings(other.kind, cosine, spec)


def _alike(mine: Sequence[KnownFace], spec: PhotoSpec) -> Iterator[tuple[int, PhotoFinding]]:
    """The later picture of two that look alike is told, once, by the nearest."""
    best: dict[int, tuple[float, int]] = {}
    for one, other, cosine in faces.alike([known.vector for known in mine], spec.look_duplicate):
        if cosine > best.get(other, (0.0, 0))[0]:
            best[other] = (cosine, one)
    for other, (cosine, one) in best.items():
        for finding in alike_findings(mine[one].number, cosine, spec):
            yield mine[other].pk, finding


def _record(found: dict[int, list[PhotoFinding]]) -> None:
    """What was found goes to the review desk; what a person has decided stays decided, what is
    settled is settled. Some pictures at a time: a season of them holds the database no longer.
    """
    for piece in chunks(sorted(found), PIECE):
        new = [row for row in _undecided(piece) if _as_rows(found[row.pk]) != row.compared]
        if not new:
            continue
        began = time.monotonic()
        with transaction.atomic():
            told = [row.student_id for row in new if _put_down(row, found[row.pk])]
            mark_stale(told, "比对了照片")
        rest(time.monotonic() - began)


def _undecided(pictures: Sequence[int]) -> Iterator[PhotoRow]:
    """Those of 毕业照片 on which no person has decided; a picture that was put back keeps what was
    decided on it, which stands with its former row.
    """
    rows = _current().filter(kind=PhotoKind.GRADUATION.value, pk__among=list(pictures))
    decided = PhotoDecision.objects.filter(photo__among=list(pictures))
    rows = rows.exclude(review=PhotoReview.ACCEPTED.value)
    yield from rows.exclude(pk__in=decided.values("photo")).select_related("judged").order_by("pk")


def _put_down(row: PhotoRow, found: Sequence[PhotoFinding]) -> bool:
    """Whether it is on record now; not where a person has decided since the row was read."""
    waits = bool(found) or (row.judged is not None and row.judged.verdict == "review")
    written: dict[str, Any] = {
        "compared": _as_rows(found),
        "review": PhotoReview.at_first(doubtful=waits).value,
    }
    if _same_by_face(row, found):
        written["same"] = True
    return bool(_current().filter(pk=row.pk, review=row.review).update(**written))


def _as_rows(found: Sequence[PhotoFinding]) -> list[list[str | bool]]:
    return [finding.as_row() for finding in found]


def _same_by_face(row: PhotoRow, found: Sequence[PhotoFinding]) -> bool:
    """The registry's copy is held and nothing speaks against its being the same picture (decided at
    ≥ 0.90).
    """
    copies = PhotoRow.objects.filter(
        student=row.student_id, kind=PhotoKind.CREDENTIAL.value, current=True
    )
    held = copies.filter(
        face__isnull=False, supplied=False
    )  # what the centre supplied proves nothing
    doubts = {"CHSI_PHOTO_DIFFERS", "REFERENCE_UNUSABLE"}
    return held.exists() and not any(finding.code.value in doubts for finding in found)
