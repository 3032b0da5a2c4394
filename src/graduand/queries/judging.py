"""Who is being judged again (审核中), since when and why: a verdict older than its facts does not
count.

Such a file is neither fit nor unfit in any filter or count until it has been judged. This is the
one definition; what `office.audit.auditing` judges is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from graduand.models import Batch, Candidate, Job, Judgement, Stale
from graduand.queries import clock
from graduand.queries.clock import moment
from graduand.queries.queue import open_plans, standstill
from graduand.queries.season.batches import ONWARD, known
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Stage

OTHER_CAUSE = "批次规定、专业规则有改动，或到了规定的日期"
# Files whose verdict follows the facts: all in an open batch. In a closed one those that are
# approved and have no certificate in hand yet, and those with a certificate in hand that something
# holds up, or about which something has changed since, or will change on a day to come; the others
# keep the verdict of the day on which the batch was closed.
_HELD = (
    Q(judgement__grounds__gt="")
    | Q(judgement__degree_lost=True)
    | Q(judgement__changes_on__isnull=False)
)
_ONWARD = Q(stage__in=ONWARD) | (Q(stage=Stage.COLLECTED.value) & (_HELD | Q(stale__isnull=False)))
FOLLOWED = Q(batch__closed_at=None) | _ONWARD


def is_followed(closed_at: datetime | date | None, stage: str, *, held: bool = False) -> bool:
    """Whether the verdict of one file follows the facts, given when its batch was closed, its
    stage, and whether the last verdict has anything against a certificate in hand or waits for a
    day, or something about the student has just changed.
    """
    return closed_at is None or stage in ONWARD or (stage == Stage.COLLECTED.value and held)


def follows(batch: Batch, file: Candidate | None = None) -> bool:
    """Whether the verdict of a file of `batch`, or of any of its files, follows the facts; one
    query, for a closed batch only.
    """
    if file is not None:
        judged = getattr(file, "judgement", None)
        held = judged is not None and (
            judged.grounds != "" or judged.degree_lost or judged.changes_on is not None
        )
        return is_followed(batch.closed_at, file.stage, held=held)
    return batch.closed_at is None or followed_batches().filter(pk=batch.pk).exists()


def followed_batches() -> QuerySet[Batch]:
    """The batches in which anybody's verdict follows the facts."""
    onward = Candidate.objects.filter(batch=OuterRef("pk"), stage__in=ONWARD)
    # Few among the files of many batches: each is found by an index of its own.
    few = (
        Q(grounds__gt=""),
        Q(degree_lost=True),
        Q(degree_owed__isnull=False),
        Q(changes_on__isnull=False),
    )
    in_hand = [
        Stale.objects.values("candidate"),
        *(Judgement.objects.filter(which).values("candidate") for which in few),
    ]
    held = [
        Candidate.objects.filter(pk__in=rows, stage=Stage.COLLECTED.value).values("batch")
        for rows in in_hand
    ]
    return known().filter(
        Q(closed_at=None) | Q(Exists(onward)) | reduce(or_, (Q(pk__in=rows) for rows in held))
    )


def outdated(day: date) -> Q:
    """Never judged, marked, judged by another policy or plan, or the day has come on which time
    alone changes it.
    """
    return (
        Q(judgement=None)
        | Q(stale__isnull=False)
        | ~Q(judgement__policy_digest=F("batch__policy__digest"))
        | ~Q(judgement__plan_version=F("student__plan__version"))
        | Q(judgement__changes_on__lte=day)
        | Q(judgement__judged_on__gt=day)
    )


def _ordered(day: date) -> QuerySet[Job]:
    """The jobs of judging that are not finished, or are due again by this day."""
    return Job.objects.filter(
        ~Q(state=JobState.DONE.value) | Q(again_on__lte=day), kind=WorkKind.AUDIT.value
    )


def _work(day: date) -> QuerySet[Job]:
    """The open jobs of judging, and of the imports that it waits for."""
    plans = Job.objects.filter(kind=WorkKind.PLAN.value).exclude(state=JobState.DONE.value)
    return _ordered(day) | plans


def _outdated_here(day: date) -> QuerySet[Candidate]:
    return Candidate.objects.filter(outdated(day), FOLLOWED, pk=OuterRef("pk"), aside=False)


def _awaited_here() -> QuerySet[Candidate]:
    """Files of students whose rows a confirmed import still has to write."""
    return Candidate.objects.filter(
        open_plans.awaited("student_id"), FOLLOWED, pk=OuterRef("pk"), aside=False
    )


def being_judged(day: date) -> Q:
    """For a filter of candidates: the verdict is not known at the moment."""
    ordered = Q(Exists(_ordered(day))) & Q(Exists(_outdated_here(day)))
    return ordered | (Q(open_plans.any_awaited()) & Q(Exists(_awaited_here())))


def settled(day: date) -> Q:
    """For a filter of candidates: the stored verdict may be relied on.

    Whatever makes a verdict doubtful orders the judging in the same transaction, so while nothing
    is ordered no file has to be looked at: the first half is asked once, the second only for a list
    in which somebody may be waiting. The same goes for imports that are being written: the one row
    that confirms an import tells what it has not reached yet.
    """
    judged = Q(~Exists(_ordered(day))) | Q(~Exists(_outdated_here(day)))
    return judged & (Q(~open_plans.any_awaited()) | Q(~Exists(_awaited_here())))


def judged(condition: Q) -> Q:
    """`condition` on a stored verdict, for those whose verdict is known."""
    return condition & settled(clock.today())


@dataclass(frozen=True, slots=True)
class StaleMark:
    """Why and since when one file is being judged again, and the day of its last verdict."""

    since: datetime | None
    cause: str
    judged_on: date | None

    @property
    def words(self) -> str:
        """As in 「9:34 导入了成绩」."""
        if self.since:
            return f"{moment(self.since)} {self.cause}"
        return self.cause


# What `mark_from` wants of a row, after the annotation of `mark_columns`.
MARK_COLUMNS = (
    "judging",
    "stale__since",
    "stale__cause",
    "judgement__judged_on",
    "import_kind",
    "import_since",
)


def mark_columns(day: date) -> dict[str, Any]:
    """The expression that says of each row whether it is being judged."""
    first = open_plans.awaiting("student_id")
    return {
        "judging": ExpressionWrapper(being_judged(day), output_field=BooleanField()),
        "import_kind": Subquery(first.values("plan__kind")[:1]),
        "import_since": Subquery(first.values("plan__confirmed_at")[:1]),
    }


def mark_from(
    judging: object,
    since: object,
    cause: object,
    judged_on: object,
    import_kind: object,
    import_since: object,
) -> StaleMark | None:
    """The mark of a row of MARK_COLUMNS; an import that has still to write rows of the person comes
    first.
    """
    if not judging:
        return None
    known = judged_on if isinstance(judged_on, date) else None
    if import_kind:
        since = import_since
        cause = open_plans.cause(str(import_kind))
    return StaleMark(
        since if isinstance(since, datetime) else None, str(cause or OTHER_CAUSE), known
    )


def mark_of(pk: int, day: date) -> StaleMark | None:
    """Whether the file `pk` is being judged; one query."""
    rows = Candidate.objects.filter(pk=pk).annotate(**mark_columns(day))
    row = rows.values_list(*MARK_COLUMNS).first()
    if not row:
        return None
    return mark_from(*row)


@dataclass(frozen=True, slots=True)
class JudgingBacklog:
    """How many people of a list are being judged, since when and why; `stands_still` when no worker
    is doing it.
    """

    count: int
    since: datetime | None
    cause: str
    stands_still: bool
    busy: bool

    @property
    def words(self) -> str:
        """「3 人正在重新审核（自 9:34，导入了成绩）」 without the number."""
        since = ""
        if self.since:
            since = f"自 {moment(self.since)}，"
        return f"正在重新审核（{since}{self.cause}）"

    @property
    def outlook(self) -> str:
        """When the judging will be finished, or whom to call."""
        if self.stands_still:
            return standstill.words()
        if self.busy:
            return "后台正在办理其他任务，办完后接着审核"
        return "完成后自动更新"


def waiting(people: QuerySet[Candidate], day: date) -> JudgingBacklog | None:
    """Who of `people` is being judged; None while nobody is. One query while nothing is ordered,
    else three or four.
    """
    if not _work(day).exists():
        return None
    found = (
        people.filter(being_judged(day))
        .order_by()
        .aggregate(n=Count("id"), since=Min("stale__since"))
    )
    if not found["n"]:
        return None
    since, cause = _since_and_cause(people, found["since"])
    still, busy = _progress(day)
    return JudgingBacklog(found["n"], since, cause, still, busy)


def _since_and_cause(
    people: QuerySet[Candidate], since: datetime | None
) -> tuple[datetime | None, str]:
    """What marked the first of `people` at `since`; an import that is being written, where it was
    confirmed before.
    """
    first = (
        people.filter(stale__since=since).order_by().values_list("stale__cause", flat=True).first()
    )
    plan = open_plans.being_written().first()
    if (
        plan is not None
        and plan.confirmed_at is not None
        and (since is None or plan.confirmed_at < since)
    ):
        return plan.confirmed_at, open_plans.cause(plan.kind)
    return since, first or OTHER_CAUSE


def waiting_in(batch: Batch) -> JudgingBacklog | None:
    """Who of everybody in a batch is being judged."""
    return waiting(Candidate.objects.filter(batch=batch, aside=False), clock.today())


def stands_still() -> bool:
    """Whether judging was ordered and no worker has done any of it, or any other work, for a
    minute.
    """
    return _progress(clock.today())[0]


def _progress(day: date) -> tuple[bool, bool]:
    """(whether no worker is active, whether one does other work)."""
    now = clock.real_now()
    last = _work(day).aggregate(last=Max("beat_at"))["last"]
    if last is not None and now - last <= standstill.PATIENCE:
        return False, False
    busy = (
        standstill.at_work(now)
        .exclude(kind__in=[WorkKind.AUDIT.value, WorkKind.PLAN.value])
        .exists()
    )
    return not busy, busy
