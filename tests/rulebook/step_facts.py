"""What fits a step: a day, words of the act, and a file on which the step can be done."""

from datetime import UTC, datetime

from graduand.rulebook.certificate_terms import DegreePaper, Grounds, Registration
from graduand.rulebook.clauses import Finding, fingerprint
from graduand.rulebook.facts import Case, Paper
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import (
    ChsiVerdict,
    DegreeState,
    Level,
    ReasonCode,
    Verb,
)
from tests.rulebook.plain import IN_FIRST, basis, facts

UNDONE = (Verb.RELIST_RETURNED, Verb.RELIST_APPLIED, Verb.RELIST_ENDORSED)


RELISTING = (Verb.RELIST, Verb.RELIST_DEFERRED, *UNDONE)


# A certificate that is sent or handed over before its date is warned of: here it is of today.
TODAY_ISSUED = basis(issue_date=IN_FIRST)


# What is missing after the number, and the word by which it was let stand.
MISSING = (Finding("CRED-TOTAL", need="10", has="6"),)


MARK = fingerprint("2117", MISSING)


# What is said of a step that not every answer fits.
FITTING = {
    Verb.COLLECT: {"carrier": "", "tracking": ""},
    Verb.UNCOLLECT: {"reason": ReasonCode.MISRECORDED},
    Verb.RECALL: {"reason": ReasonCode.UNCLAIMED},
}


def side_facts(step, place, stage):
    """A graduate of a level with a degree, whose degree, case or certificate stands at `place`."""
    paper = Paper(
        registered=place is not Registration.NONE, cancelled=place is Registration.CANCELLED
    )
    degree = Paper(
        degree_numbered=place is not DegreePaper.NONE,
        degree_old_since=IN_FIRST if place is DegreePaper.OLD else None,
    )
    there = {
        Track.DEGREE: {"file": {"degree": place}},
        Track.CASE: {"case": Case(place, ChsiVerdict.UNSURE, datetime(2023, 7, 1, tzinfo=UTC))},
        Track.REGISTRATION: {"paper": paper},
        Track.CONTENT: {"content": place, "paper": paper},
        Track.DEGREE_PAPER: {"file": {"degree": DegreeState.GRANTED}, "paper": degree},
        Track.GROUNDS: {
            "lacking": MISSING,
            "file": {"confirmed_grounds": MARK if place is Grounds.CONFIRMED else ""},
        },
    }[step.track]
    return facts(stage, level=Level.TOP_UP, plan="U", **there)
