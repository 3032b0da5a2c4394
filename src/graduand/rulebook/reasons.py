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


def reasons_for(verb: Verb, *, old_paper: bool | None = None) -> tuple[ReasonCode, ...]:
    """The reasons to choose from, in the order in which they are offered.

    `old_paper`: whether the paper says what was amended since; None where that is not known, or true of some. An old one
    comes back because it is old, and no other one does.
    """
    reasons = _OF_A_PAPER.get(verb, OF_A_FILE)
    if verb is not Verb.RECALL or old_paper is None:
        return reasons
    return (R.REPLACED, R.OTHER) if old_paper else tuple(reason for reason in reasons if reason is not R.REPLACED)
