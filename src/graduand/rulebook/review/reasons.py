"""Which reasons a step can have: what is wrong with a file is not what happens to a certificate."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.rulebook.terms import ReasonCode, Verb

R = ReasonCode
# Why a file is sent back or refused, and a degree with it; what other steps are reasoned with
# refuses nobody.
OF_A_FILE = (R.PHOTO, R.DETAILS, R.RESULT, R.MATERIALS, R.IDENTITY, R.UNQUALIFIED, R.OTHER)
_USUAL = tuple(reason for reason in OF_A_FILE if reason is not R.UNQUALIFIED)
_OF: Mapping[Verb, tuple[ReasonCode, ...]] = {
    Verb.SEND_BACK: OF_A_FILE,
    Verb.REJECT: OF_A_FILE,
    Verb.DEGREE_DECLINE: OF_A_FILE,
    # a damaged paper comes back and is printed anew under its number; a lost one never comes back
    Verb.VOID: (R.DETAILS, R.PHOTO, R.UNQUALIFIED, R.LOST, R.IDENTITY, R.OTHER),
    Verb.RECALL: (R.REPLACED, R.MISSENT, R.UNCLAIMED, R.DAMAGED, R.OTHER),
    Verb.UNCOLLECT: (R.MISRECORDED, R.OTHER),
}


def reasons_for(verb: Verb, *, old_paper: bool | None = None) -> tuple[ReasonCode, ...]:
    """The reasons to choose from, in the order in which they are offered.

    `old_paper`: whether the paper says what was amended since; None where that is not known, or
    true of some. An old one comes back because it is old, and no other one does.
    """
    reasons = _OF.get(verb, _USUAL)
    if verb is not Verb.RECALL or old_paper is None:
        return reasons
    if old_paper:
        return (R.REPLACED, R.OTHER)
    return tuple(reason for reason in reasons if reason is not R.REPLACED)
