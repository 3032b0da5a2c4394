"""Photos of students as pages show them: the state of each student's three pictures, uploads with
their results, the review queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from graduand.models import (
    ChsiReport,
    FaceOrder,
    FaceVector,
    Job,
    PhotoCheck,
    PhotoDecision,
    PhotoRow,
    PhotoUpload,
    Student,
)
from graduand.queries.filing.candidate_criteria import terms
from graduand.queries.listing import (
    Criterion,
    at_centre,
    chosen,
    criteria,
    negated_unless,
    pasted,
    searched,
)
from graduand.queries.photos.places import turned_away
from graduand.queries.queue import jobs
from graduand.queries.scope import Actor, visible
from graduand.rulebook.calendar import Term
from graduand.rulebook.photos.findings import PhotoCode
from graduand.rulebook.photos.places import PlaceRefusal
from graduand.rulebook.photos.words import PhotoReview
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import Desk, JobState, Level, PhotoKind, Standing

STATES = (("none", "未上传"), ("good", "合格"), ("pending", "待人工审核"), ("bad", "不合格"))
PRESENT = (("1", "已上传"), ("0", "未上传"))


def current(kind: PhotoKind, **more: Any) -> QuerySet[PhotoRow]:
    """The current pictures of one kind, for whichever student a query is about."""
    return PhotoRow.objects.filter(student=OuterRef("pk"), kind=kind.value, current=True, **more)


def _state(value: str) -> Q:
    rows = current(PhotoKind.GRADUATION)
    pending = Q(review=PhotoReview.PENDING.value)
    if value == "none":
        return ~Q(Exists(rows))
    if value == "pending":
        return Q(Exists(rows.filter(pending)))
    if value == "bad":
        return Q(Exists(rows.exclude(problems="")))
    return Q(Exists(rows.filter(problems="").exclude(pending)))


def _present(kind: PhotoKind) -> Any:
    return lambda value: negated_unless(value == "1", Exists(current(kind)))


def _terms(rows: QuerySet[Any]) -> list[tuple[str, str]]:
    return [(str(Term.parse(term).ordinal), label) for term, label in terms(rows)]


def _ordinal(value: str) -> Q:
    if value.isascii() and value.isdigit() and len(value) < 6:
        return Q(entry=int(value))
    return Q(pk__in=[])


CRITERIA = criteria(
    chosen("standing", "学籍状态", "standing", Standing.choices()),
    Criterion("photo", "毕业照片状态", _state, STATES),
    Criterion("admission", "入学照片状态", _present(PhotoKind.ADMISSION), PRESENT),
    Criterion("registry", "学信网照片副本", _present(PhotoKind.CREDENTIAL), PRESENT),
    chosen("level", "专业层次", "level", Level.choices()),
    Criterion("term", "入学年度学期", _ordinal, offered=_terms),
    at_centre(),
    searched("number", "name"),
    pasted("number"),
)


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """One student of the photo list. 分部 of an industry college is the college itself.

    A photo state is "" for none, else none/good/pending/bad as in STATES."""

    id: int
    number: str
    name: str
    entry: Term
    standing: Standing
    branch: str
    college: str
    centre: str
    category: str
    level: Level
    major: str
    class_name: str
    graduation: str
    admission: bool
    registry: bool
    at_registry: bool | None


# Only the columns that are shown: opening sealed ones would cost more than the rest of the line.
_COLUMNS = (
    "id",
    "number",
    "name",
    "entry",
    "standing",
    "branch",
    "centre__parent__name",
    "centre__name",
    "category",
    "level",
    "plan__major_name",
    "class_name",
)


def students(actor: Actor) -> QuerySet[Student]:
    """The students whose photos the actor looks after."""
    rows: QuerySet[Student] = visible(actor, Student.objects.all(), centre="centre", student="pk")
    return rows


def _states(ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """The state of the current photo of each (student, kind)."""
    photos = PhotoRow.objects.filter(student_id__among=ids, current=True)
    return {
        (pk, kind): state_of(problems, review)
        for pk, kind, problems, review in photos.values_list(
            "student_id", "kind", "problems", "review"
        )
    }


def lines(rows: QuerySet[Student], first: int, size: int) -> list[PhotoLine]:
    """`size` lines from place `first` on, with the photos of just these; three queries."""
    found = list(rows.values_list(*_COLUMNS)[first : first + size])
    ids = [row[0] for row in found]
    held = _states(ids)
    reports = ChsiReport.objects.filter(
        student_id__among=ids, credential_photo__isnull=False
    ).order_by("day")
    registry = dict(reports.values_list("student_id", "credential_photo"))
    return [
        PhotoLine(
            pk,
            number,
            name,
            Term.from_ordinal(entry),
            Standing(standing),
            branch or college or "",
            college or "",
            centre,
            category,
            Level(level),
            major,
            group,
            held.get((pk, PhotoKind.GRADUATION.value), "none"),
            (pk, PhotoKind.ADMISSION.value) in held,
            (pk, PhotoKind.CREDENTIAL.value) in held,
            registry.get(pk),
        )
        for pk, number, name, entry, standing, branch, college, centre, category, level, major, group in found
    ]


def state_of(problems: str, review: str) -> str:
    """good, pending or bad."""
    if problems:
        return "bad"
    if review == PhotoReview.PENDING:
        return "pending"
    return "good"


# -- one student, one picture --------------------------------------------------------------------------------


def student(actor: Actor, pk: int) -> Student | None:
    """A student whom the actor may see."""
    return students(actor).select_related("centre", "plan").filter(pk=pk).first()


def photo(actor: Actor, pk: int) -> PhotoRow | None:
    """A stored picture that the actor may see."""
    rows: QuerySet[PhotoRow] = visible(actor, PhotoRow.objects.filter(pk=pk), "student__centre")
    return rows.select_related("student", "judged").first()


def photos_of(student: Student) -> list[PhotoRow]:
    """Every picture of a student, current ones first, then the newest; one query."""
    rows = PhotoRow.objects.filter(student=student).select_related("judged", "stored_by")
    return list(rows.order_by("-current", "-id"))


def decisions_of(student: Student) -> list[PhotoDecision]:
    """What people decided on a student's pictures, newest first."""
    rows = PhotoDecision.objects.filter(photo__student=student).select_related("by", "photo")
    return list(rows.order_by("-id"))


# -- uploads -------------------------------------------------------------------------------------------------


def _mine(actor: Actor) -> Q:
    """What a person sent; headquarters sees everybody's."""
    if actor.desk is Desk.HQ:
        return Q()
    return Q(by=actor.user_id)


def upload(actor: Actor, pk: int) -> PhotoUpload | None:
    """An upload of the actor's own; headquarters sees everybody's."""
    return PhotoUpload.objects.filter(_mine(actor), pk=pk).select_related("by", "repairs").first()


def uploads(actor: Actor) -> QuerySet[PhotoUpload]:
    """The uploads of many pictures, newest first."""
    return (
        PhotoUpload.objects.filter(_mine(actor), Q(source="zip") | Q(total__gt=1))
        .select_related("by")
        .order_by("-id")
    )


def upload_of(actor: Actor, key: str) -> PhotoUpload | None:
    """What this person has sent under this idempotency key."""
    return PhotoUpload.objects.filter(by=actor.user_id, key=key).first()


def check(actor: Actor, pk: int) -> PhotoCheck | None:
    """One picture of an upload of the actor's; not of a student who has gone to another unit since."""
    allowed = Q() if actor.desk is Desk.HQ else Q(upload__by=actor.user_id)
    rows = PhotoCheck.objects.filter(allowed, pk=pk)
    found = rows.select_related("upload__by", "student__centre", "repair_of__upload").first()
    if found is None or found.student_id is None:
        return found
    if found.student_id in still_seen(actor, [found]):
        return found
    return None


def still_seen(actor: Actor, found: Iterable[PhotoCheck]) -> set[int]:
    """The students of these pictures whom the actor still sees; one query."""
    ids = sorted({check.student_id for check in found if check.student_id is not None})
    return set(
        visible(actor, Student.objects.filter(pk__among=ids), student="pk").values_list(
            "pk", flat=True
        )
    )


def job_of(upload: PhotoUpload) -> Job | None:
    """The background work of an upload."""
    return jobs.job_of(WorkKind.PHOTOS, upload.pk)


def job_states(uploads: Sequence[PhotoUpload]) -> dict[int, JobState]:
    """Upload -> state of its work; one query."""
    rows = Job.objects.filter(
        kind=WorkKind.PHOTOS.value, subject__in=[upload.pk for upload in uploads]
    )
    return {subject: JobState(state) for subject, state in rows.values_list("subject", "state")}


def outcome_counts(upload: PhotoUpload) -> dict[str, int]:
    """Outcome -> how many, verdict review as `review`, and `repairable`; one query."""
    counted: dict[str, int] = upload.checks.aggregate(
        **{
            word: Count("id", filter=Q(outcome=word))
            for word in ("waiting", "created", "updated", "unchanged", "refused")
        },
        review=Count("id", filter=Q(verdict="review", outcome__in=["created", "updated"])),
        warned=Count("id", filter=Q(verdict="warn", outcome__in=["created", "updated"])),
        repairable=Count("id", filter=Q(outcome="refused", repairable=True)),
    )
    return counted


def refused_by_name(upload: PhotoUpload) -> int:
    """How many of an upload that has not begun are refused already: by their place in the zip, or
    by their name.
    """
    rows = upload.checks.exclude(findings=[]).values_list("findings", flat=True)
    return sum(any(row[1] == "fail" for row in found) for found in rows.iterator(chunk_size=2_000))


def known_refusals(upload: PhotoUpload, day: date) -> list[tuple[str, PlaceRefusal]]:
    """(姓名（学号）, why) of the pictures that no look at them could save, in their order: by the gate
    that the import asks. Those that their names refuse are left out; a student of another unit by
    now is not named.
    """
    rows = upload.checks.exclude(student=None).order_by("place").select_related("student")
    rows = rows.only("place", "findings", "student__name", "student__number")
    fit = [check for check in rows if all(found[1] != "fail" for found in check.findings)]
    away = turned_away(upload, {check.student_id or 0 for check in fit}, day)
    return [
        (_named(check, away[check.student_id]), away[check.student_id])
        for check in fit
        if check.student_id in away
    ]


def _named(check: PhotoCheck, refusal: PlaceRefusal) -> str:
    if check.student is None or refusal.code is PhotoCode.ENTRY_UNKNOWN_STUDENT:
        return f"第 {check.place + 1} 张"
    return f"{check.student.name}（{check.student.number}）"


def checks(upload: PhotoUpload, shown: str) -> QuerySet[PhotoCheck]:
    """The pictures of an upload: all, of one outcome, those to be reviewed, or those that can be
    repaired.
    """
    rows = upload.checks.select_related("student").order_by("place")
    match shown:
        case "review":
            return rows.filter(verdict="review", outcome__in=["created", "updated"])
        case "repairable":
            return rows.filter(outcome="refused", repairable=True)
        case "taken":
            return rows.filter(outcome__in=["created", "updated"])
        case "refused" | "unchanged" | "waiting":
            return rows.filter(outcome=shown)
    return rows


# -- the review desk -----------------------------------------------------------------------------------------


def waiting(actor: Actor) -> QuerySet[PhotoRow]:
    """The pictures that wait for a person, oldest first."""
    rows: QuerySet[PhotoRow] = visible(
        actor,
        PhotoRow.objects.filter(current=True, review=PhotoReview.PENDING.value),
        "student__centre",
    )
    return rows.order_by("id")


def other_photos(photo: PhotoRow) -> dict[str, PhotoRow]:
    """The student's other current pictures by kind."""
    rows = PhotoRow.objects.filter(student=photo.student_id, current=True).exclude(pk=photo.pk)
    return {row.kind: row for row in rows}


def neighbours(actor: Actor, pk: int) -> tuple[int | None, int | None]:
    """(before, after) in the queue; two queries."""
    ids = waiting(actor).values_list("id", flat=True)
    return ids.filter(pk__lt=pk).order_by("-id").first(), ids.filter(pk__gt=pk).first()


def face_orders() -> list[FaceOrder]:
    """Every order about comparing faces, newest first: the first is in force, none means off."""
    return list(FaceOrder.objects.select_related("by").order_by("-id"))


def count_faces() -> int:
    """How many faces are kept."""
    return FaceVector.objects.count()
