"""Which reasons a step can have: what is wrong with a file is not what happens to a certificate."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.rulebook.terms import ReasonCode, Verb

R = ReasonCode
# Why a file is sent back or refused, and what most steps are reasoned with.
OF_A_FILE = (R.PHOTO, R.DETAILS, R.RESULT, R.MATERIALS, R.IDENTITY, R.OTHER)
_OF_A_PAPER: Mapping[Verb, tuple[ReasonCode, ...]] = {
    # a damaged paper comes back and is printed anew under its number; a lost one never comes back
    Verb.VOID: (R.DETAILS, R.PHOTO, R.LOST, R.IDENTITY, R.OTHER),
    Verb.RECALL: (R.REPLACED, R.MISSENT, R.UNCLAIMED, R.DAMAGED, R.OTHER),
    Verb.UNCOLLECT: (R.MISRECORDED, R.OTHER),
}


def reasons_for(verb: Verb) -> tuple[ReasonCode, ...]:
    """The reasons to choose from, in the order in which they are offered."""
    return _OF_A_PAPER.get(verb, OF_A_FILE)
