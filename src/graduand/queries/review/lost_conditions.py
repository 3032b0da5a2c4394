"""不再符合条件, 转为符合条件: from whom an import has taken what they need, and to whom it has given it back,
among those who have applied, were sent back, wait for their certificate or have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from graduand.models import Candidate, ImportPlan
from graduand.models.engine import Ids
from graduand.queries.audit import degrees
from graduand.queries.review import grounds
from graduand.queries.scope import Actor, visible
from graduand.queries.season.batches import ONWARD
from graduand.rulebook.terms import DegreeState, Stage

# Filed, and everything numbered: certificates in the students' hands are for headquarters to look
# at, too.
UNDER_WAY = (Stage.APPLIED.value, Stage.ENDORSED.value, *ONWARD, Stage.COLLECTED.value)
# A file that was sent back waits for a correction.
STOPPED = (*UNDER_WAY, Stage.RETURNED.value)
# The keys of an import's plan for the people whom it may leave without the conditions, and for
# those whom it has.
ASKED = "under_way"
FOUND = "lost"
# The same for people with a granted degree, who may lose the degree's conditions.
AWARDED = "awarded"
LOST_DEGREE = "lost_degree"
# The keys for the people to whom it may give the conditions back, and for those to whom it has.
HELD_UP = "held_up"
REGAINED = "regained"
# The work after an import is about these people, in this order.
FOLLOWED = (ASKED, HELD_UP, AWARDED)


def under_way(
    students: Collection[int], actor: Actor | None, stages: Collection[str] = UNDER_WAY
) -> QuerySet[Candidate]:
    """The files under way of these students that `actor` sees; the operator (None) sees all."""
    rows = Candidate.objects.filter(student_id__among=Ids(sorted(students)), stage__in=stages)
    if actor is None:
        return rows
    return visible(actor, rows)


def sound(files: QuerySet[Candidate]) -> list[int]:
    """The ids of the files that nothing in the last verdict holds up; one query."""
    nothing = Q(judgement__clear=True) | grounds.stands()
    return list(files.filter(nothing).order_by("id").values_list("id", flat=True))


def awarded(files: QuerySet[Candidate]) -> list[int]:
    """The ids of the files with a degree that holds, as far as is known; one query."""
    rows = files.filter(degree=DegreeState.GRANTED.value).exclude(degrees.fails_since())
    return list(rows.order_by("id").values_list("id", flat=True))


def without_degree(files: QuerySet[Candidate]) -> list[int]:
    """The ids of the files whose degree fails since it was granted; one query."""
    return list(files.filter(degrees.fails_since()).order_by("id").values_list("id", flat=True))


def held_up(files: QuerySet[Candidate]) -> list[int]:
    """The ids of the files that the last verdict holds up; one query."""
    rows = files.filter(judgement__clear=False).exclude(grounds.stands())
    return list(rows.order_by("id").values_list("id", flat=True))


def by_stage(files: QuerySet[Candidate]) -> str:
    """`已申请 3 人、准予毕业 1 人`; "" for nobody. One query."""
    return tally(files).words


@dataclass(frozen=True, slots=True)
class PeopleTally:
    """How many people and how many files; a person with files in two batches counts once. `words`
    are the people by stage.
    """

    people: int
    files: int
    words: str


def tally(files: QuerySet[Candidate]) -> PeopleTally:
    """The tally of the people of these files; one query."""
    rows = list(files.values_list("stage", "student_id"))
    found = Counter(stage for stage, _ in set(rows))
    words = "、".join(
        f"{stage.label} {found[stage.value]:,} 人" for stage in Stage if found[stage.value]
    )
    people = len({student for _, student in rows})
    if len(rows) > people:
        words += f"，共 {len(rows):,} 份档案"
    return PeopleTally(people, len(rows), words)


def of_import(record: str) -> Q:
    """The files that this import (by its record) has left without what they need."""
    return _kept(record, FOUND)


def given_back_by(record: str) -> Q:
    """The files to which this import (by its record) has given back what they need."""
    return _kept(record, REGAINED)


def without_degree_by(record: str) -> Q:
    """The files to which a degree was granted that this import (by its record) has left without the
    conditions of it.
    """
    return _kept(record, LOST_DEGREE)


def _kept(record: str, name: str) -> Q:
    follow = ImportPlan.objects.filter(intake=int(record)).values_list("follow", flat=True).first()
    return Q(id__among=(follow or {}).get(name, []))
