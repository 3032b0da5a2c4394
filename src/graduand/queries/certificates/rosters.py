"""Which rosters are frozen, and who is on one: a roster that is being made has no number yet, and
nobody is on it.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from graduand.models import Batch, Candidate, Roster
from graduand.models.engine import Ids
from graduand.queries import clock, judging
from graduand.queries.basis import in_force
from graduand.queries.scope import colleges
from graduand.queries.season import grades
from graduand.rulebook.season.roster_days import numbered_too_soon, too_soon
from graduand.rulebook.terms import Stage

# Of a file: on a frozen roster, on none.
ON = Q(roster__number__gt=Roster.UNNUMBERED)
OFF = Q(roster=None) | Q(roster__number=Roster.UNNUMBERED)


def frozen() -> QuerySet[Roster]:
    """The rosters of every batch."""
    return Roster.objects.exclude(number=Roster.UNNUMBERED)


def rounds_not_over(batch: Batch, rounds: Collection[str]) -> tuple[str, ...]:
    """What to tell a person who freezes the roster of `rounds` today: each round that still brings
    people; at most one query.
    """
    if not batch.is_open:
        return ()
    policy, closed = in_force(batch)
    return too_soon(policy, rounds, closed, clock.today())


def numbered_early(batch: Batch, files: Collection[int]) -> tuple[str, ...]:
    """What to tell a person before they number `files` today: who comes before them and is left
    out, rounds that go on, an issue date to come, grades not declared complete. In a closed batch
    no round goes on; a few queries.
    """
    sentences = []
    if left_out := _passed_over(batch, files):
        sentences.append(
            f"上报在前、等待编号的还有 {left_out:,} 人不在所选之中：先编号的排在前面，编号以后次序不能再改"
        )
    sentences += _too_early(batch, files)
    return tuple(sentences)


def _passed_over(batch: Batch, files: Collection[int]) -> int:
    """How many wait with nothing against them that applied before the last of `files` and are not
    among them (七.2); two queries.
    """
    waiting = Candidate.objects.filter(batch=batch, stage=Stage.APPROVED.value)
    chosen = waiting.filter(id__among=Ids(files)).order_by("-round__position", "-reported_no")
    last = chosen.values_list("round__position", "reported_no").first()
    if last is None:
        return 0
    earlier = Q(round__position__lt=last[0]) | Q(round__position=last[0], reported_no__lt=last[1])
    ready = waiting.filter(earlier, ON, judging.judged(Q(judgement__clear=True)))
    return ready.exclude(id__among=Ids(files)).count()


def _too_early(batch: Batch, files: Collection[int]) -> tuple[str, ...]:
    policy, closed = in_force(batch)
    today = clock.today()
    if not batch.is_open:
        return numbered_too_soon(policy, (), closed, today, {})
    places = set(
        Candidate.objects.filter(id__among=Ids(files)).values_list("round__name", "centre_id")
    )
    rounds = sorted({name for name, _ in places if name})
    above = colleges()
    undeclared = {}
    for filing_round in policy.rounds:
        if filing_round.name in rounds and filing_round.scores_by is not None:
            units = {above.get(centre) for name, centre in places if name == filing_round.name}
            undeclared[filing_round.name] = grades.undeclared(
                filter(None, units), batch.pk, filing_round.name
            )
    return numbered_too_soon(policy, rounds, closed, today, undeclared)
