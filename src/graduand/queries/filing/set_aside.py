"""Files that are set aside: a person is worked on in one batch at a time, and theirs is another
one.

They are in no list of work, no count and no to-do. This module says who they are and where each is
worked on, so that the list of a batch and what is not in it make the whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from graduand.models import Candidate
from graduand.queries.listing import ListFilter, at_centre, chosen, criteria, pasted, searched
from graduand.queries.season.seasons import of_batch
from graduand.rulebook.terms import ENDED_STAGES, LIVE_STAGES, Stage

_LIVE = [stage.value for stage in LIVE_STAGES]
# The stages at which a file can be set aside.
STAGES = tuple((stage.value, stage.label) for stage in (Stage.LISTED, Stage.DEFERRED))
CRITERIA = criteria(
    of_batch(),
    searched("student__number", "student__name"),
    chosen("stage", "在本批次", "stage", STAGES),
    at_centre(),
    pasted("student__number"),
)


@dataclass(frozen=True, slots=True)
class LiveFile:
    """The file in which somebody is worked on, or has the certificate."""

    pk: int
    batch: str
    stage: Stage
    centre: str


def live_file(file: Candidate) -> LiveFile | None:
    """The live file of the student in another batch, at whatever centre it lies; one query."""
    rows = Candidate.objects.filter(student=file.student_id, stage__in=_LIVE).exclude(pk=file.pk)
    found = rows.values_list("pk", "batch__code", "stage", "centre__name").first()
    if not found:
        return None
    return LiveFile(found[0], found[1], Stage(found[2]), found[3])


def live_column(column: str, among: QuerySet[Candidate] | None = None) -> Subquery:
    """A column of the live file of a row's student; None when it is not `among` those that one may
    see.
    """
    files = among
    if files is None:
        files = Candidate.objects.all()
    return Subquery(files.filter(student=OuterRef("student"), stage__in=_LIVE).values(column)[:1])


def same_question(asked: ListFilter) -> ListFilter | None:
    """The criteria of a list applied to the files that are set aside; None where they make no sense
    for these.

    A criterion about a verdict, or a step, says nothing about a file that is neither judged nor
    moved.
    """
    if any(name not in CRITERIA for name, _ in asked.answers) or asked["stage"] not in (
        "",
        *dict(STAGES),
    ):
        return None
    return ListFilter(CRITERIA, asked.answers)


def by_stage(files: QuerySet[Candidate]) -> list[tuple[Stage, int]]:
    """(stage, how many of `files` are set aside there), in the order of the journey; one query."""
    found = dict(files.filter(aside=True).order_by().values_list("stage").annotate(n=Count("id")))
    return [(stage, found[stage.value]) for stage in Stage if stage.value in found]


def later_batches(ids: Iterable[int]) -> dict[int, tuple[str, Stage]]:
    """The later batch of each person who ended in one of the files, for those who have one, and how
    far they are there; one query.

    Of several it is the one in which they go on; where all of them have ended, the last.
    """
    later = Candidate.objects.filter(
        student=OuterRef("student"), batch__code__gt=OuterRef("batch__code"), aside=False
    )
    going_on = later.exclude(stage__in=[stage.value for stage in ENDED_STAGES]).order_by(
        "batch__code"
    )
    last = Coalesce(
        *(Subquery(rows.values("pk")[:1]) for rows in (going_on, later.order_by("-batch__code")))
    )
    there = Candidate.objects.filter(pk=OuterRef("last"))
    rows = Candidate.objects.filter(id__in=list(ids)).annotate(last=last).filter(last__isnull=False)
    found = rows.values_list(
        "id", Subquery(there.values("batch__code")), Subquery(there.values("stage"))
    )
    return {pk: (batch, Stage(stage)) for pk, batch, stage in found}
