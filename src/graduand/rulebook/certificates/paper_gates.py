"""The gates of papers that an amendment made outdated: no student is handed one that differs from
the registry.
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
    """A paper on its way to the student says what the certificate says: an outdated one is printed
    anew, or comes back first.
    """
    code = _CODES.get(facts.paper_state)
    paper = facts.paper
    if not code:
        return NOTHING
    return (Finding(code, need=str(paper.amended_on), has=paper.old_papers),)


def warn_of_old_paper(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A parcel that has arrived is counted as it is; whoever counts an outdated paper in is told
    that it must not be handed on.
    """
    return tuple(
        replace(found, severity=Severity.WARN) for found in says_the_content(facts, basis, asked)
    )


def old_paper_taken_back(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A paper that the student was given comes back for one reason only: it lacks what was amended.

    Two people confirm that it came back: with the word of one, a second paper of the same number
    could be printed.
    """
    if given_for_good(facts):
        return (Finding("PAPER-GIVEN"),)
    if facts.file.stage is not Stage.COLLECTED:
        return NOTHING
    return two_people(facts, basis, asked)


def given_for_good(facts: Facts) -> bool:
    """Whether the student has a paper that says what the certificate says."""
    return facts.file.stage is Stage.COLLECTED and facts.paper_state is PaperState.CURRENT
