"""The file of a person in which a step of the identity case is recorded: a case has no batch, its
events belong to a file.

The person's own centre comes first (a frozen file stays with another), then a batch that has begun,
the file in which the case was begun, the live one, and the one in which the person applies: of the
batches that still take applications the oldest, as on the student's own page, else the newest. A
batch that has not begun may still be deleted, so nothing is recorded there while the person has a
file in another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.lookups import Exact

from graduand.models import Batch, Candidate, Event, IdentityCase
from graduand.models.engine import Ids
from graduand.queries import clock
from graduand.queries.scope import Actor, visible
from graduand.queries.season.seasons import Season, seasons
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import LIVE_STAGES, Stage

_ENDED = (Stage.REJECTED.value, Stage.LAPSED.value)
CASE_VERBS = tuple(verb.value for verb, step in SIDE_STEPS.items() if step.track is Track.CASE)


@dataclass(frozen=True, slots=True)
class BegunBatches:
    """The batches that have begun, and which of them still take applications."""

    every: tuple[int, ...]
    filing: tuple[int, ...]


def begun(known: Collection[Season], today: date) -> BegunBatches:
    """Of the batches that are known, those that have begun today."""
    found = [season for season in known if season.begun(today)]
    filing = [season for season in found if not season.filing_over(today)]
    return BegunBatches(
        tuple(season.batch.pk for season in found), tuple(season.batch.pk for season in filing)
    )


def in_order(files: QuerySet[Candidate], batches: BegunBatches) -> QuerySet[Candidate]:
    """Files of a person in that order."""
    # an empty list would leave a constant, by which PostgreSQL sorts nothing: no batch has the key
    # 0
    every = batches.every or (0,)
    filing = batches.filing or (0,)
    cases = IdentityCase.objects.filter(student=OuterRef(OuterRef("student"))).order_by(
        "-opened_at", "-id"
    )
    steps = Event.objects.filter(
        candidate=OuterRef("pk"),
        verb__in=CASE_VERBS,
        at__gte=Subquery(cases.values("opened_at")[:1]),
    )
    wanted = (
        Q(batch__in=every),
        Q(Exact(F("centre"), F("student__centre"))),
        Q(Exists(steps)),
        Q(stage__in=[stage.value for stage in LIVE_STAGES]),
        Q(aside=False),
        ~Q(stage__in=_ENDED),
        Q(batch__in=filing),
    )
    first = [Case(When(condition, then=Value(0)), default=Value(1)) for condition in wanted]
    oldest = Case(When(batch__in=filing, then=F("batch__code")), default=Value(""))
    return files.filter(batch__deleted_at=None).order_by(*first, oldest, "-batch__code")


def file_of_case(actor: Actor, batches: BegunBatches) -> Subquery:
    """The file of a row's student through which `actor` goes on with the case; None when there is
    none to be seen.
    """
    files = visible(actor, Candidate.objects.filter(student=OuterRef("student")))
    return Subquery(in_order(files, batches).values("id")[:1])


def elsewhere(files: Collection[int]) -> dict[int, str]:
    """The files of `files` in which no step of a case is recorded -> the code of the batch in whose
    file it is; three queries.
    """
    own = in_order(
        Candidate.objects.filter(student=OuterRef("student")), begun(seasons(), clock.today())
    )
    rows = Candidate.objects.filter(id__among=Ids(files)).annotate(
        right=Subquery(own.values("id")[:1])
    )
    other = Batch.objects.filter(candidates=OuterRef("right")).values("code")[:1]
    wrong = rows.exclude(right=F("pk")).annotate(code=Subquery(other))
    return dict(wrong.values_list("id", "code"))
