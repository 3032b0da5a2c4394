"""The gates of 编号制证 alone: the place on the roster, the approved picture, who signs, the number."""

from __future__ import annotations

from graduand.rulebook.clauses import Finding, refuse_unless
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import NOTHING, Basis, GateFindings
from graduand.rulebook.terms import Numbering


def on_roster(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """五.3: the frozen roster orders the papers, so nothing is numbered outside it."""
    return refuse_unless(facts.file.on_roster, "ROSTER")


def photo_unchanged(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.2(3): the certificate carries the picture that was approved."""
    now = facts.photo.sha256 if facts.photo else ""
    return refuse_unless(now == facts.file.approved_photo, "PHOTO-CHANGED")


def signed(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.4: a certificate names the principal who was in office on its day; without a name nothing
    is numbered.
    """
    return refuse_unless(basis.policy.principal(basis.policy.issue_date), "PRINCIPAL")


def number_at_hand(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Where headquarters sends the numbers, certify takes the imported one."""
    if basis.policy.numbering is Numbering.MINTED or facts.paper.number:
        return NOTHING
    return (Finding("NUMBER-IMPORT"),)
