"""Granted degrees whose own conditions fail since: checked after each judging, and stored for lists
and alarms.

There are many marks, and nobody should wait for the database while they are read. A judging records
in its own transaction whose degree has to be checked, and the result is written only where no other
judging has recorded that again meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from secrets import randbits

from django.db import transaction
from django.db.models import QuerySet

from graduand.models import Judgement
from graduand.models.engine import Ids
from graduand.office.season.ending import finishing
from graduand.queries.certificates.granted import against_granted
from graduand.rulebook.gates import Basis
from graduand.rulebook.terms import DegreeState

# How many people are checked together.
PIECE = 200


def mark_due(files: Iterable[int]) -> None:
    """Record, in the transaction of the judging, the files just judged whose degree was granted and
    has to be checked.
    """
    granted = Judgement.objects.filter(
        candidate_id__among=Ids(files), candidate__degree=DegreeState.GRANTED.value
    )
    granted.update(degree_owed=randbits(60))


def rows_due() -> QuerySet[Judgement]:
    """Which degrees have to be checked, the people of one judging together."""
    return Judgement.objects.filter(degree_owed__isnull=False).order_by(
        "degree_owed", "candidate_id"
    )


def check_due(rows: QuerySet[Judgement], basis: Basis, pieces: int | None = None) -> bool:
    """Check these degrees of one batch, in at most so many pieces; returns whether any are left."""
    while pieces is None or pieces > 0:
        people = list(
            rows.values_list("candidate_id", "candidate__student_id", "degree_owed")[:PIECE]
        )
        if not people:
            return False
        judging = people[0][2]
        _look(
            {pk: student for pk, student, owed_by in people if owed_by == judging}, judging, basis
        )
        if pieces is not None:
            pieces -= 1
    return rows.exists()


def _look(files: dict[int, int], judging: int | None, basis: Basis) -> None:
    found = against_granted(files, basis.policy, basis.today)
    same = Judgement.objects.filter(degree_owed=judging)
    with transaction.atomic():
        for lost in (True, False):
            those = [pk for pk, findings in found.items() if bool(findings) is lost]
            same.filter(candidate_id__among=Ids(those)).update(degree_lost=lost, degree_owed=None)
        if basis.closed_on is not None and any(found.values()):
            finishing.take_up_undecided()
