"""The gates of a paper that an amendment left behind: no student is handed one that says what the
registry doesn't.
"""

from __future__ import annotations

from dataclasses import replace

from graduand.rulebook.certificate_terms import PaperState
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import NOTHING, Basis, GateFindings, two_people
from graduand.rulebook.terms import Severity, Stage

_CODES = {PaperState.REPRINT: "PAPER-REPRINT", PaperState.BACK: "PAPER-OLD"}


def says_the_content(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """What goes towards the student says what the certificate says: an old paper is printed anew,
    or comes back first.
    """
    code = _CODES.get(facts.paper_state)
    paper = facts.paper
    if not code:
        return NOTHING
    return (Finding(code, need=str(paper.amended_on), has=paper.old_papers),)


def warn_of_old_paper(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A parcel that has come is counted as it is; whoever counts an old paper in is told that it
    goes no further.
    """
    return tuple(
        replace(found, severity=Severity.WARN) for found in says_the_content(facts, basis, asked)
    )


def old_paper_taken_back(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """What the student has been given comes back for one reason: it says what was amended.

    Two people say that it has: with the word of one, a second paper of the same number could be
    printed.
    """
    if given_for_good(facts):
        return (Finding("PAPER-GIVEN"),)
    if facts.file.stage is not Stage.COLLECTED:
        return NOTHING
    return two_people(facts, basis, asked)


def given_for_good(facts: Facts) -> bool:
    """Whether the student has a paper that says what it should."""
    return facts.file.stage is Stage.COLLECTED and facts.paper_state is PaperState.CURRENT
