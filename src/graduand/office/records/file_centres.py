"""Whose file it is: whoever changes centre takes along every file that is on no frozen roster yet,
of whichever batch.

A closed batch is no exception: what was approved there is still rostered, numbered and handed out,
and what its closing lapsed comes back with its opening. A frozen file stays with the frozen centre,
lots keep their history.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, OuterRef, QuerySet, Subquery

from graduand.models import Candidate, Roster, Student
from graduand.queries.certificates import rosters


def follow(students: Collection[int]) -> int:
    """The files of `students`, whose centre may have changed, follow; in the caller's transaction. Returns how many did."""
    return settle(Candidate.objects.filter(student__among=sorted(students)))


def settle(rows: QuerySet[Candidate]) -> int:
    """Every file of `rows` that may follow its student does, in one statement; returns how many
    were elsewhere.

    Whoever has a place on a roster in the making leaves it, as the centre is the first part of its
    order: that roster is held until we commit, so it either is frozen before we look, or finds that
    somebody has left and is begun anew.
    """
    making = Roster.objects.filter(
        number=Roster.UNNUMBERED, pk__in=_elsewhere(rows).values("roster")
    )
    making.update(size=F("size"))
    centre = Student.objects.filter(pk=OuterRef("student_id")).values("centre")[:1]
    return rows.filter(pk__in=_elsewhere(rows).values("pk")).update(
        centre=Subquery(centre), roster=None, roster_no=None
    )


def misplaced() -> int:
    """How many files are at a centre which their student has left: none, unless data were mended by hand. One query."""
    return _elsewhere(Candidate.objects.all()).count()


def _elsewhere(rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
    return rows.filter(rosters.OFF).exclude(centre=F("student__centre"))
