"""Which rosters are frozen, and who is on one: a roster in the making has no number yet and is nobody's."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from graduand.models import Batch, Roster
from graduand.queries import clock
from graduand.queries.bench import in_force
from graduand.rulebook.roster_days import too_soon

# Of a file: on a frozen roster, on none.
ON = Q(roster__number__gt=Roster.UNNUMBERED)
OFF = Q(roster=None) | Q(roster__number=Roster.UNNUMBERED)


def frozen() -> QuerySet[Roster]:
    """The rosters of every batch."""
    return Roster.objects.exclude(number=Roster.UNNUMBERED)


def rounds_not_over(batch: Batch, rounds: Collection[str]) -> tuple[str, ...]:
    """What whoever freezes the roster of `rounds` today is told: each that still brings people; at most one query."""
    if not batch.is_open:
        return ()
    policy, closed = in_force(batch)
    return too_soon(policy, rounds, closed, clock.today())
