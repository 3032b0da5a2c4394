"""Which reasons each step offers: those about a file differ from those about a certificate."""

from __future__ import annotations

from collections.abc import Mapping

from graduand.rulebook.terms import ReasonCode, Verb

# Why a file is sent back or refused, or a degree declined; the reasons for other steps do not
# refuse anybody.
OF_A_FILE = (
    ReasonCode.PHOTO,
    ReasonCode.DETAILS,
    ReasonCode.RESULT,
    ReasonCode.MATERIALS,
    ReasonCode.IDENTITY,
    ReasonCode.UNQUALIFIED,
    ReasonCode.OTHER,
)
_USUAL = tuple(reason for reason in OF_A_FILE if reason is not ReasonCode.UNQUALIFIED)
_OF: Mapping[Verb, tuple[ReasonCode, ...]] = {
    Verb.SEND_BACK: OF_A_FILE,
    Verb.REJECT: OF_A_FILE,
    Verb.DEGREE_DECLINE: OF_A_FILE,
    # a damaged paper comes back and is printed anew under its number; a lost one never comes back
    Verb.VOID: (
        ReasonCode.DETAILS,
        ReasonCode.PHOTO,
        ReasonCode.UNQUALIFIED,
        ReasonCode.LOST,
        ReasonCode.IDENTITY,
        ReasonCode.OTHER,
    ),
    Verb.RECALL: (
        ReasonCode.REPLACED,
        ReasonCode.MISSENT,
        ReasonCode.UNCLAIMED,
        ReasonCode.DAMAGED,
        ReasonCode.OTHER,
    ),
    Verb.UNCOLLECT: (ReasonCode.MISRECORDED, ReasonCode.OTHER),
}


def reasons_for(verb: Verb, *, old_paper: bool | None = None) -> tuple[ReasonCode, ...]:
    """The reasons to choose from, in the order in which they are offered.

    `old_paper`: whether the paper lacks what was amended since; None where that is not known, or
    true of some only. An old paper is recalled as REPLACED, and no other paper is.
    """
    reasons = _OF.get(verb, _USUAL)
    if verb is not Verb.RECALL or old_paper is None:
        return reasons
    if old_paper:
        return (ReasonCode.REPLACED, ReasonCode.OTHER)
    return tuple(reason for reason in reasons if reason is not ReasonCode.REPLACED)
