"""Progress: applications per day, by centre and by reason, where the files are; and how far a bulk
act is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate

from graduand.models import Act, Candidate, Event, Job, Pick
from graduand.queries.judging import judged
from graduand.queries.queue import jobs
from graduand.rulebook.chapters.clause import Clause
from graduand.rulebook.clauses import CLAUSES, MASK_BITS
from graduand.rulebook.queue.work_terms import WorkKind
from graduand.rulebook.terms import JobState, Stage, Verb

# Stages at which nothing was filed, or the application led to nothing.
NOT_APPLIED = (Stage.LISTED.value, Stage.RETURNED.value, Stage.DEFERRED.value, Stage.LAPSED.value)


@dataclass(frozen=True, slots=True)
class ActWork:
    """A bulk act and the job that carries it out; without a job it was done at once."""

    act: Act
    job: Job | None

    @property
    def id(self) -> int:
        return self.act.pk

    @property
    def state(self) -> JobState:
        """The state of the job; an act that is finished is done, whatever its job still says."""
        if self.act.cursor >= self.act.total:
            return JobState.DONE
        if self.job:
            return JobState(self.job.state)
        return JobState.RUNNING


def by_day(files: QuerySet[Candidate]) -> list[tuple[date, int]]:
    """(day in Shanghai, people filed for on that day), oldest first; one query.

    Read from the history: whatever is withdrawn or sent back later, a day that is over keeps its
    number.
    """
    filed = Event.objects.filter(
        verb=Verb.APPLY.value, candidate__in=files.order_by().values("id")
    ).order_by()
    rows = (
        filed.annotate(day=TruncDate("at"))
        .values("day")
        .annotate(n=Count("candidate", distinct=True))
    )
    return list(rows.order_by("day").values_list("day", "n"))


def by_centre(people: QuerySet[Candidate]) -> list[tuple[str, str, int, int]]:
    """(code, name, applied, 满足毕业条件) of each centre with anybody fit, most advanced first; one
    query.
    """
    return _advance(
        people.order_by().values("centre__code", "centre__name"), "centre__code", "centre__name"
    )


def by_class(people: QuerySet[Candidate]) -> list[tuple[str, str, int, int]]:
    """("", class, applied, 满足毕业条件) inside a centre, those with most left to do first; one query."""
    name = "student__class_name"
    rows = _advance(people.order_by().values(name), name, name)
    rows.sort(key=lambda row: (row[2] - row[3], row[1]))
    return [("", label or "未分班", applied, fit) for _, label, applied, fit in rows]


def _advance(
    groups: QuerySet[Candidate, Any], code: str, name: str
) -> list[tuple[str, str, int, int]]:
    # Whether a verdict is known is asked once of each person, while all of them wait for judging.
    rows = (
        groups.filter(judged(Q(judgement__fit=True)))
        .annotate(applied=Count("id", filter=~Q(stage__in=NOT_APPLIED)), fit=Count("id"))
        .values(code, name, "applied", "fit")
    )
    found = [(str(row[code]), str(row[name]), int(row["applied"]), int(row["fit"])) for row in rows]
    return sorted(found, key=lambda row: (-row[2] / row[3], row[0]))


# The parts of the funnel, in the order of the journey.
PARTS: dict[str, tuple[Stage, ...]] = {
    "未申请": (Stage.LISTED, Stage.DEFERRED, Stage.LAPSED),
    "退回或不通过": (Stage.RETURNED, Stage.REJECTED),
    "审核中": (Stage.APPLIED, Stage.ENDORSED),
    "准予毕业": (Stage.APPROVED,),
    "制证发放中": (Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED),
    "已签领": (Stage.COLLECTED,),
}
_PART = {stage.value: place for place, stages in enumerate(PARTS.values()) for stage in stages}


def funnel(
    people: QuerySet[Candidate], *, by_class: bool = False
) -> list[tuple[str, str, tuple[int, ...]]]:
    """(code, name, people at each of PARTS) of each centre, or ("", class, …), the largest first;
    one query.
    """
    code, name = ("student__class_name",) * 2 if by_class else ("centre__code", "centre__name")
    groups: dict[tuple[str, str], list[int]] = {}
    rows = people.order_by().values("stage", *{code, name}).annotate(n=Count("id"))
    for row in rows:
        key = ("", row[name] or "未分班") if by_class else (row[code], row[name])
        groups.setdefault(key, [0] * len(PARTS))[_PART[row["stage"]]] += row["n"]
    return sorted(
        ((*key, tuple(n)) for key, n in groups.items()),
        key=lambda row: (-sum(row[2]), row[0], row[1]),
    )


def reasons(people: QuerySet[Candidate]) -> list[tuple[Clause, int]]:
    """(clause, LISTED people whom it keeps off), most first; one query over the distinct masks."""
    tally: dict[str, int] = {}
    rows = (
        people.filter(judged(Q(judgement__codes__gt=0)), stage=Stage.LISTED.value)
        .order_by()
        .values("judgement__codes")
    )
    for mask, n in rows.annotate(n=Count("id")).values_list("judgement__codes", "n"):
        for code, bit in MASK_BITS.items():
            if mask >> bit & 1:
                tally[code] = tally.get(code, 0) + n
    return [
        (CLAUSES[code], n)
        for code, n in sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def by_stage(people: QuerySet[Candidate]) -> dict[int, dict[Stage, int]]:
    """Batch id -> people at each stage that has any, in the order of the journey; one query."""
    rows = people.order_by().values("batch_id", "stage").annotate(n=Count("id"))
    counted = {(batch, stage): n for batch, stage, n in rows.values_list("batch_id", "stage", "n")}
    found: dict[int, dict[Stage, int]] = {batch: {} for batch, _ in counted}
    for batch, stages in found.items():
        stages.update(
            {
                stage: counted[batch, stage.value]
                for stage in Stage
                if (batch, stage.value) in counted
            }
        )
    return found


def act_of(user: int, key: str) -> int | None:
    """The act that `user` has already confirmed under this idempotency key."""
    return Act.objects.filter(actor=user, key=key).values_list("id", flat=True).first()


def act(user: int, pk: int) -> ActWork | None:
    """One bulk act of that person; None when there is none such, or it is somebody else's. Two
    queries.
    """
    # The job first: its end is written after the last figures, so figures that are read later are
    # never behind it.
    job = jobs.job_of(WorkKind.ACT, pk)
    found = Act.objects.filter(actor=user, pk=pk).select_related("actor", "batch").first()
    if found is None:
        return None
    return ActWork(found, job)


def pick_of(act: Act) -> Pick | None:
    """The confirmation that it came from, as long as that is kept."""
    return Pick.objects.filter(key=act.key, owner=act.actor_id).first()
