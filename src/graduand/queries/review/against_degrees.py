"""The findings against granted degrees at this moment, which a decision to take one back rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graduand.queries.facts.gathering import gather
from graduand.queries.refusals import named
from graduand.rulebook.gates import Basis
from graduand.rulebook.review.side_gates import against_mark, fails_since_granted
from graduand.rulebook.terms import DegreeState


class DegreeObjection(NamedTuple):
    """The objection for one file: a sentence for each finding, which conditions of the degree fail,
    and the fingerprint of all of it, to which the act is bound.
    """

    sentences: tuple[str, ...]
    titles: tuple[str, ...]
    mark: str


def against_granted(ids: Sequence[int], basis: Basis) -> dict[int, DegreeObjection]:
    """The objections of each file of `ids` whose degree is granted, by its id; a constant number of
    queries.
    """
    objections = {}
    for pk, known in gather(ids, basis.policy, basis.today, degree=True).items():
        if known.file.degree is not DegreeState.GRANTED:
            continue
        found = fails_since_granted(known, basis)
        plan = basis.edition_of(known).audit.plan
        titles = dict.fromkeys(finding.clause.title for finding in found)
        sentences = tuple(named(finding, plan).sentence for finding in found)
        objections[pk] = DegreeObjection(sentences, tuple(titles), against_mark(known, basis))
    return objections
