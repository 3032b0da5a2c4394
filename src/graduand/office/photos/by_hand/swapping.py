"""Two students' photos that are in each other's place: one person asks, another one looks at both
and agrees (P13).
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from graduand.models import Candidate, Consent, PhotoRow, Student
from graduand.office.audit.auditing import mark_stale
from graduand.office.photos import comparison
from graduand.office.photos.keeping import hold_files, mark_same
from graduand.office.refusal import Refused, not_allowed
from graduand.queries import clock, scope
from graduand.queries.people.own_files import own_students
from graduand.queries.photos.places import DECIDED
from graduand.queries.scope import Actor, visible
from graduand.rulebook.people import rights
from graduand.rulebook.people.account_terms import ConsentKind
from graduand.rulebook.photos.findings import PhotoVerdict
from graduand.rulebook.photos.places import STAYS
from graduand.rulebook.photos.words import PhotoReview
from graduand.rulebook.terms import PhotoKind

OWN = "其中有您本人的照片，请由另外两位同事提出和同意互换"
MOVED = "照片在提出互换以后有了变化，请重新核对后再提出"


def detail(actor: Actor, student: Student, number: str) -> dict[str, object]:
    """What the second person agrees to: whose pictures, and exactly which. Raises Refused.

    Who files students' photos, or reviews them, finds two that stand in each other's place; who
    sends papers or has a class asks one of them.
    """
    if not rights.may_swap_photos(actor.roles):
        raise not_allowed("照片互换由学习中心或审核岗位提出；请告诉他们是哪两位学生")
    other = visible(actor, Student.objects.filter(number=number)).first()
    if other is None:
        raise Refused("没有找到这个学号的学生，或不属于您的单位；请核对学号")
    if other.pk == student.pk:
        raise Refused("请填写另一位学生的学号")
    if _own(actor, student.pk, other.pk):
        raise Refused(OWN)
    photos = _photos(student.pk, other.pk)
    for person in (student, other):
        if person.pk not in photos:
            raise Refused(f"{person.name}（{person.number}）没有毕业照片，不能互换")
    _undecided(student.pk, other.pk)
    person, two = sorted(
        (student, other), key=lambda student: student.pk
    )  # in one order, whichever of the two students the swap is asked from
    return {
        "one": person.pk,
        "two": two.pk,
        "photos": [photos[person.pk].pk, photos[two.pk].pk],
        "students": [f"{person.name}（{person.number}）", f"{two.name}（{two.number}）"],
        "on": clock.today().isoformat(),
    }


def can_be_swapped(row: Consent) -> dict[int, PhotoRow]:
    """The pictures of both, by student. Raises Refused where they are not those that were asked
    about.
    """
    pair = (row.detail["one"], row.detail["two"])
    first = scope.actor_of(row.asked_by, clock.today())
    if first is None or visible(first, Student.objects.filter(pk__in=pair)).count() != 2:
        raise Refused("提出人或您已看不到其中一位学生，不能互换")
    if not rights.may_swap_photos(first.roles):
        raise Refused("提出人已不在学习中心或审核岗位，不能互换")
    _undecided(*pair)
    photos = _photos(*pair)
    if [photos[pk].pk if pk in photos else 0 for pk in pair] != row.detail["photos"]:
        raise Refused(MOVED)
    return photos


def swap(row: Consent, second: Actor) -> None:
    """Each picture goes to the other student; what stood before stays on record. Raises Refused,
    and then nothing happened.

    The day on which a student's first picture came is the student's, and stays. What was found by
    comparing a picture with its old owner's others says nothing any more; what the judge said of
    the picture itself still does.
    """
    one = row.detail["one"]
    two = row.detail["two"]
    if visible(second, Student.objects.filter(pk__in=[one, two])).count() != 2:
        raise Refused("提出人或您已看不到其中一位学生，不能互换")
    if _own(second, one, two):
        raise Refused(OWN)
    hold_files([one, two])
    photos = can_be_swapped(row)
    taken = PhotoRow.objects.filter(pk__in=row.detail["photos"], current=True).update(current=False)
    if taken != 2:
        raise Refused(MOVED)
    PhotoRow.objects.bulk_create(
        [
            _handed(photos[two], photos[one], row.asked_by_id),
            _handed(photos[one], photos[two], row.asked_by_id),
        ]
    )
    mark_same([one, two])
    mark_stale([one, two], "互换了照片")
    if comparison.in_force():
        comparison.ask(row.asked_by_id)


def swaps_of(student: Student) -> QuerySet[Consent]:
    """What was asked and answered about swapping this student's photo, newest first; one query."""
    rows = Consent.objects.filter(
        Q(detail__one=student.pk) | Q(detail__two=student.pk), kind=ConsentKind.SWAP.value
    )
    return rows.select_related("asked_by", "decided_by").order_by("-id")


def _own(actor: Actor, *students: int) -> bool:
    return not own_students(actor.student_id).keys().isdisjoint(students)


def _photos(*students: int) -> dict[int, PhotoRow]:
    rows = PhotoRow.objects.filter(
        student__in=students, kind=PhotoKind.GRADUATION.value, current=True
    )
    return {row.student_id: row for row in rows.select_related("judged")}


def _undecided(*students: int) -> None:
    """From 准予毕业 on the picture belongs to the decision (Z19)."""
    if Candidate.objects.filter(
        student__in=students, stage__in=[stage.value for stage in DECIDED]
    ).exists():
        raise Refused(f"{STAYS}（两人中有一人已准予毕业）")


def _handed(picture: PhotoRow, to: PhotoRow, by: int) -> PhotoRow:
    """`picture` as the photo of whoever had `to`. What a person had to look at, or refused, is
    looked at again.
    """
    judged_doubtful = picture.judged is not None and picture.judged.verdict == PhotoVerdict.REVIEW
    again = judged_doubtful or bool(picture.problems) or picture.review == PhotoReview.PENDING
    return PhotoRow(
        student_id=to.student_id,
        kind=picture.kind,
        sha256=picture.sha256,
        original=picture.original,
        pixels=picture.pixels,
        size=picture.size,
        width=picture.width,
        height=picture.height,
        since=to.since,
        stored_at=clock.now(),
        stored_by_id=by,
        judged=picture.judged,
        review=PhotoReview.at_first(doubtful=again).value,
    )
