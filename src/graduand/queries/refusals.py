"""Why a step cannot be done, in words, for whoever stands in front of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graduand.queries.facts.gathering import gather
from graduand.queries.side_tracks import with_side_facts
from graduand.queries.verdicts import DEGREE_TRACKS, PAPER_VERBS
from graduand.rulebook.clauses import (
    Finding,
    blocking,
)
from graduand.rulebook.facts import ActDetails as Said
from graduand.rulebook.facts import Facts, Plan
from graduand.rulebook.gates import Basis
from graduand.rulebook.judging import judge
from graduand.rulebook.steps import Step

# Codes whose argument is the code of a course.
COURSE_CODES = frozenset({"COURSE-MISSING", "PRACTICE"})


def first_refusals(
    ids: Sequence[int], basis: Basis, steps: Mapping[str, tuple[Step, Said]]
) -> dict[int, dict[str, str]]:
    """Why each of `steps` can't be done, by candidate and key; "" when it can. One gathering for
    all.
    """
    papers = any(step.verb in PAPER_VERBS for step, _ in steps.values())
    tracks = {step.track for step, _ in steps.values()}
    known = gather(
        ids, basis.policy, basis.today, papers=papers, degree=not tracks.isdisjoint(DEGREE_TRACKS)
    )
    for track in tracks:
        known = with_side_facts(known, track, basis)
    return refusals_of(known, basis, steps)


def refusals_of(
    known: Mapping[int, Facts], basis: Basis, steps: Mapping[str, tuple[Step, Said]]
) -> dict[int, dict[str, str]]:
    """Why each of `steps` can't be done, from facts that were gathered already."""
    return {
        pk: {
            key: _refusal(judge(step, facts, basis, asked), basis.edition_of(facts).audit.plan)
            for key, (step, asked) in steps.items()
        }
        for pk, facts in known.items()
    }


def _refusal(findings: tuple[Finding, ...], plan: Plan) -> str:
    first = blocking(findings)
    if not first:
        return ""
    return named(first, plan).sentence


def named(finding: Finding, plan: Plan) -> Finding:
    """The finding with the name of its course beside the code."""
    if finding.code not in COURSE_CODES:
        return finding
    name = next((course.name for course in plan.courses if course.code == finding.arg), "")
    if not name:
        return finding
    return replace(finding, arg=f"{name}（{finding.arg}）")
