"""Who can be applied for now, and who has to be prepared for it: each person once, in the batch in
which it can be done.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from graduand.models import Candidate, PhotoRow
from graduand.queries import clock
from graduand.queries.season.seasons import Season, seasons
from graduand.rulebook.season.policy_parts import RoundPolicy
from graduand.rulebook.terms import Level, PhotoKind, Stage

# The criterion, and its two values: the round that everybody is filed in, and the one of 续读本科
# alone.
FILING = "filing"
USUAL = "usual"
EARLY = "early"
ROUNDS = ((USUAL, "普通轮次"), (EARLY, "续读本科单独上报"))
# The criterion of what is prepared before the application, and its two values.
PREPARING = "preparing"
PHOTO = "photo"
DATA = "data"
PARTS = ((PHOTO, "毕业照片"), (DATA, "个人信息"))
# The criterion of files that also wait to be filed in another batch, and that of what can still be
# done in the file's own batch, with its values.
LISTED_TOO = "listed_too"
STILL = "still"
REVIEWED = "reviewed"
FILED = "filed"
DONE = ((REVIEWED, "审核"), (FILED, "申请"))
# Whom the round of 续读本科 is for (notice 三.3).
GOING_ON = Q(student__goes_on=True, student__level=Level.JUNIOR.value)


def pictured_by(day: date) -> Q:
    """The platform's photo came on that day or before it."""
    photos = PhotoRow.objects.filter(
        student=OuterRef("student"), kind=PhotoKind.GRADUATION.value, current=True
    )
    return Q(Exists(photos.filter(since__lte=day)))


def round_of_kind(season: Season, which: str, day: date) -> RoundPolicy | None:
    """The round of that kind that is open in a batch."""
    if which == EARLY:
        return season.early_round(day)
    return season.open_round(day)


def can_be_filed(which: str) -> Q:
    """Files of the batches in which such a round is open today, in time for its 初审名单; three
    queries.

    Each batch has days of its own: one filter covers all of them, and means the same in each.
    """
    return filed_in_kind(which, seasons(), clock.today())


def filed_in_kind(which: str, known: Iterable[Season], day: date) -> Q:
    """As `can_be_filed`, where the batches and the day are known already."""
    found = Q(pk__in=())
    for season in known:
        there = _filed(which, season, day)
        if there is not None:
            found |= Q(batch=season.batch.pk) & there
    return found


def _filed(which: str, season: Season, day: date) -> Q | None:
    """The people whom that round of one batch takes; those who can be reported in the early round
    do not wait for the usual one as well.
    """
    filing_round = round_of_kind(season, which, day)
    if filing_round is None:
        return None
    in_time = Q()
    if filing_round.photo_deadline:
        in_time = pictured_by(filing_round.photo_deadline)
    if which == EARLY:
        return GOING_ON & in_time
    early = _filed(EARLY, season, day)
    if early is None:
        return in_time
    return in_time & ~early


def still_counts(season: Season, which: str, day: date) -> bool:
    """Whether what is prepared today helps anybody to be filed in that batch: a photo also has to
    be in time for a round.
    """
    if season.filing_over(day):
        return False
    rounds = [
        filing_round
        for filing_round in season.policy.rounds
        if filing_round.name not in season.closed_rounds
    ]
    return which != PHOTO or any(
        day <= (filing_round.photo_deadline or filing_round.closes) for filing_round in rounds
    )


def to_be_prepared(which: str) -> Q:
    """Files for which that preparation still helps today; three queries."""
    return prepared_in(which, seasons(), clock.today())


def prepared_in(which: str, known: Iterable[Season], day: date) -> Q:
    """The same files, where the batches and the day are known already. A person whom several
    batches list is prepared for the oldest of them.
    """
    found = Q(pk__in=())
    older = list[int]()
    for season in sorted(known, key=lambda one: one.code):
        if not still_counts(season, which, day):
            continue
        before = Candidate.objects.filter(
            student=OuterRef("student"), batch__in=older, stage=Stage.LISTED.value, aside=False
        )
        there = Q(batch=season.batch.pk)
        if older:
            there &= ~Q(Exists(before))
        found |= there
        older = [*older, season.batch.pk]
    return found


def also_listed(code: str) -> Q:
    """Files of people who also wait to be filed in the batch `code`."""
    there = Candidate.objects.filter(
        student=OuterRef("student"), stage=Stage.LISTED.value, aside=False, batch__code=code
    )
    return Q(Exists(there))


def still_possible(what: str) -> Q:
    """Files of the batches in which somebody can be reviewed today, or be filed, today or in a
    round to come; two queries.
    """
    day = clock.today()
    over = [
        season.batch.pk
        for season in seasons()
        if (season.overdue(day) if what == REVIEWED else season.filing_over(day))
    ]
    return ~Q(batch__in=over)
