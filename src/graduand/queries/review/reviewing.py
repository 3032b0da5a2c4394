"""The review desk's look at a file: its place in the queue, what else is known of it, who may
decide on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from graduand.models import Act, Candidate, Event, Grant, IdentityCase, PhotoRow
from graduand.queries.people.own_files import own_students
from graduand.queries.scope import colleges
from graduand.rulebook.calendar import midnight
from graduand.rulebook.gates import Basis
from graduand.rulebook.terms import Desk, Role, Stage, Verb

REVIEWERS = {Desk.COLLEGE: (Role.COLLEGE_REVIEWER,), Desk.HQ: (Role.HQ_REVIEWER, Role.HQ_ADMIN)}
DECISIONS = (Verb.ENDORSE, Verb.APPROVE, Verb.SEND_BACK, Verb.REJECT)
MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a file stands in a queue: `number` of `total` (from 1; 0 when it has left), and its
    neighbours.
    """

    number: int
    total: int
    before: int | None
    after: int | None


def place(queue: QuerySet[Candidate], file: Candidate) -> QueuePlace:
    """The place of `file` in `queue`, in the order in which applications were reported (七.2); three
    queries.
    """
    if file.reported_no is None:
        return QueuePlace(0, queue.count(), None, first_file(queue))
    earlier = Q(round__lt=file.round_id) | Q(round=file.round_id, reported_no__lt=file.reported_no)
    later = Q(round__gt=file.round_id) | Q(round=file.round_id, reported_no__gt=file.reported_no)
    found = queue.aggregate(
        total=Count("id"), rank=Count("id", filter=earlier), there=Count("id", filter=Q(pk=file.pk))
    )
    before = (
        queue.filter(earlier)
        .order_by("-round_id", "-reported_no")
        .values_list("id", flat=True)
        .first()
    )
    rank = 0
    if found["there"]:
        rank = found["rank"] + 1
    return QueuePlace(
        rank,
        found["total"],
        before,
        first_file(queue.filter(later)),
    )


def first_file(queue: QuerySet[Candidate]) -> int | None:
    """The first file of the queue."""
    return queue.order_by("round_id", "reported_no", "id").values_list("id", flat=True).first()


def file_after(queue: QuerySet[Candidate], file: Candidate) -> int | None:
    """The file to open when `file` is decided: the next one, else the first that was left out
    before it.
    """
    rest = queue.exclude(pk=file.pk)
    return place(rest, file).after or first_file(rest)


def pictures(student: int) -> dict[str, PhotoRow]:
    """Kind -> the current picture; one query."""
    rows = PhotoRow.objects.filter(student=student, current=True).select_related(
        "judged__upload", "stored_by"
    )
    return {row.kind: row for row in rows}


def case(student: int) -> IdentityCase | None:
    """The newest identity case."""
    return IdentityCase.objects.filter(student=student).order_by("-id").first()


def last_event(file: int) -> Event | None:
    """What was done to the file last."""
    return (
        Event.objects.filter(candidate=file)
        .select_related("actor", "second", "act")
        .order_by("-at", "-id")
        .first()
    )


def outcome(user: int, act: int) -> Event | None:
    """The event of a decision that this person just made; two queries."""
    made = (
        Act.objects.filter(pk=act, actor=user, verb__in=DECISIONS, total=1)
        .values_list("items", flat=True)
        .first()
    )
    found = Event.objects.filter(candidate__in=made or [], act=act)
    return found.select_related("candidate__student").first()


def may_review(file: Candidate, desk: Desk, day: date) -> list[str]:
    """Who at `desk` may decide on a file whose filer may not: names, a few; three queries."""
    grants = Grant.objects.filter(
        role__in=[role.value for role in REVIEWERS[desk]], user__is_active=True
    )
    if desk is Desk.COLLEGE:
        grants = grants.filter(unit=colleges().get(file.centre_id))
    grants = grants.filter(Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gte=day))
    grants = grants.exclude(user__in=[file.applied_by_id, file.endorsed_by_id])
    grants = grants.exclude(user__student__in=own_students(file.student_id))
    names = grants.order_by("user__name").values_list("user__name", flat=True).distinct()
    return list(names[:MOST_NAMES])


def today_by(user: int, day: date) -> dict[Verb, int]:
    """How many files this person has decided on since midnight, by verb; one query."""
    acts = Act.objects.filter(
        actor=user, verb__in=DECISIONS, confirmed_at__gte=midnight(day), done__gt=0
    ).order_by()
    found = dict(acts.values_list("verb").annotate(n=Sum("done")))
    return {verb: found[verb.value] for verb in DECISIONS if verb.value in found}


def review_over(basis: Basis) -> bool:
    """Whether nothing is filed or reviewed in the batch any more: it is closed or about to be, or
    its last day is over.
    """
    return basis.closed_on is not None or basis.closing or basis.today > basis.policy.closes_at


def ahead(file: Candidate, basis: Basis) -> int | None:
    """How many files are before this one at the desk where it waits (七.2); None when it waits at no
    review desk.

    In a batch that is closed, or past its last day, nothing is reviewed any more and no file waits.
    Two queries. Only a number: whose files they are must not be seen here.
    """
    if (
        file.stage not in (Stage.APPLIED, Stage.ENDORSED)
        or file.reported_no is None
        or review_over(basis)
    ):
        return None
    earlier = Q(round__lt=file.round_id) | Q(round=file.round_id, reported_no__lt=file.reported_no)
    rows = Candidate.objects.filter(earlier, batch=file.batch_id, stage=file.stage)
    if file.stage == Stage.APPLIED:
        above = colleges()
        mine = above.get(file.centre_id)
        rows = rows.filter(centre__in=[unit for unit, college in above.items() if college == mine])
    return rows.count()
