"""Who can be applied for now: in a batch whose round is open, with a photo that came in time for that round."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from graduand.models import PhotoRow
from graduand.queries import clock
from graduand.queries.seasons import Season, seasons
from graduand.rulebook.policy import RoundPolicy
from graduand.rulebook.terms import PhotoKind

# The criterion, and its two values: the round that everybody is filed in, and the one of 续读本科 alone.
FILING, USUAL, EARLY = "filing", "usual", "early"
ROUNDS = ((USUAL, "普通轮次"), (EARLY, "续读本科单独上报"))


def pictured_by(day: date) -> Q:
    """The platform's photo came on that day or before it."""
    photos = PhotoRow.objects.filter(student=OuterRef("student"), kind=PhotoKind.GRADUATION.value, current=True)
    return Q(Exists(photos.filter(since__lte=day)))


def turn_of(season: Season, which: str, day: date) -> RoundPolicy | None:
    """The round of that kind that is open in a batch."""
    return season.early_round(day) if which == EARLY else season.open_round(day)


def can_be_filed(which: str) -> Q:
    """Files of the batches in which such a round is open today, in time for its 初审名单; three queries.

    Each batch has days of its own: one question is asked of all of them, and means the same in each.
    """
    return in_turn(which, seasons(), clock.today())


def in_turn(which: str, known: Iterable[Season], day: date) -> Q:
    """The same for whoever knows the batches and the day."""
    found = Q(pk__in=())
    for season in known:
        turn = turn_of(season, which, day)
        if turn is not None:
            there = Q(batch=season.batch.pk)
            found |= there & pictured_by(turn.photo_deadline) if turn.photo_deadline else there
    return found
