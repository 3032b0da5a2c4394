"""核实后维持: what headquarters would confirm of each numbered certificate, finding by finding, and the
fingerprint of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graduand.models import Candidate
from graduand.models.engine import Ids
from graduand.queries.facts.gathering import gather
from graduand.queries.refusals import named
from graduand.queries.side_tracks import with_side_facts
from graduand.rulebook.gates import Basis
from graduand.rulebook.steps import Track


@dataclass(frozen=True, slots=True)
class LetStand:
    """What would be confirmed of one file: a sentence for each finding, and the fingerprint of all
    of it, to which the act is bound.
    """

    id: int
    number: str
    name: str
    sentences: tuple[str, ...]
    mark: str


def let_stand(ids: Sequence[int], basis: Basis) -> list[LetStand]:
    """What is missing now of each numbered file of `ids` that lacks anything, by 学号; a constant
    number of queries.
    """
    found = with_side_facts(gather(ids, basis.policy, basis.today), Track.GROUNDS, basis)
    rows = (
        Candidate.objects.filter(id__among=Ids(ids))
        .order_by("number")
        .values_list("id", "number", "student__name")
    )
    told = []
    for pk, number, name in rows:
        known = found[pk]
        if known.lacking:
            plan = basis.edition_of(known).audit.plan
            sentences = tuple(named(finding, plan).sentence for finding in known.lacking)
            told.append(LetStand(pk, number, name, sentences, known.grounds_mark))
    return told
