"""Which rosters are frozen, and who is on one: a roster in the making has no number yet and is nobody's."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from graduand.models import Roster

# Of a file: on a frozen roster, on none.
ON = Q(roster__number__gt=Roster.UNNUMBERED)
OFF = Q(roster=None) | Q(roster__number=Roster.UNNUMBERED)


def frozen() -> QuerySet[Roster]:
    """The rosters of every batch."""
    return Roster.objects.exclude(number=Roster.UNNUMBERED)
