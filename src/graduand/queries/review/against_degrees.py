"""What stands against granted degrees at this moment: what a decision to take one back rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graduand.queries.facts.gathering import gather
from graduand.queries.refusals import named
from graduand.rulebook.gates import Basis
from graduand.rulebook.review.side_gates import against_mark, fails_since_granted
from graduand.rulebook.terms import DegreeState


class DegreeObjection(NamedTuple):
    """Of one file: a sentence for each thing, which conditions of the degree fail, and the
    fingerprint of all of it, to which the act is bound.
    """

    sentences: tuple[str, ...]
    titles: tuple[str, ...]
    mark: str


def against_granted(ids: Sequence[int], basis: Basis) -> dict[int, DegreeObjection]:
    """Of each file of `ids` whose degree is granted, by its id; a constant number of queries."""
    told = {}
    for pk, known in gather(ids, basis.policy, basis.today, degree=True).items():
        if known.file.degree is not DegreeState.GRANTED:
            continue
        found = fails_since_granted(known, basis)
        plan = basis.edition_of(known).audit.plan
        titles = dict.fromkeys(one.clause.title for one in found)
        sentences = tuple(named(one, plan).sentence for one in found)
        told[pk] = DegreeObjection(sentences, tuple(titles), against_mark(known, basis))
    return told
