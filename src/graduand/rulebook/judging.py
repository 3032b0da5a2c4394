"""judge(): the findings against a step on a file; and the steps that a desk is offered."""

from __future__ import annotations

from dataclasses import replace

from graduand.rulebook import gates as g
from graduand.rulebook.certificate_terms import PaperState
from graduand.rulebook.certificates import paper_gates as paper
from graduand.rulebook.clauses import Finding, blocking
from graduand.rulebook.dispatch import gates as way
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import NOBODY, Basis, Gate
from graduand.rulebook.identity import person_gates as person
from graduand.rulebook.journey import FITNESS, SIDE_STEPS, STEPS
from graduand.rulebook.review.reasons import reasons_for
from graduand.rulebook.steps import Step, Track
from graduand.rulebook.terms import GRADUATED_STAGES, Desk, Level, Severity, Stage, Verb
from graduand.rulebook.words import label_of

# Checked for every step, of whatever track.
_ALWAYS: tuple[Gate, ...] = (g.after_last_step, g.not_own_file)


def may_act(mine: Desk, owner: Desk) -> bool:
    """A desk does its own steps; headquarters may act for a lower desk, and the event says so."""
    return mine is owner or (mine is Desk.HQ and owner in (Desk.CENTRE, Desk.COLLEGE))


def judge(step: Step, facts: Facts, basis: Basis, asked: ActDetails) -> tuple[Finding, ...]:
    """Every finding for one step, one person, one day; the step is done when none blocks."""
    if _has_changed(step, facts, asked):
        return (Finding("STALE"),)
    place = step.place(facts)
    desk = step.desk_at(place)
    if desk is None or not may_act(asked.desk, desk):
        return (Finding("STAGE", need=_whence(step), has=label_of(place) or "没有"),)
    if step.during is not None and facts.file.stage not in step.during:
        need = "、".join(stage.label for stage in Stage if stage in step.during)
        return (Finding("STAGE", need=need, has=facts.file.stage.label),)
    found: tuple[Finding, ...] = ()
    for gate in (*_ALWAYS, *step.gates):
        more = gate(facts, basis, asked)
        if more:
            found += more
    return tuple(_about(step, finding) for finding in (*found, *_unfit_reason(step, asked, facts)))


def _has_changed(step: Step, facts: Facts, asked: ActDetails) -> bool:
    """Whether the file, or what is decided about it, has changed since the person was shown it.

    A case belongs to the person: it can move through a file of any batch and leave the version of
    this file unchanged. So can an import, after which something else is missing.
    """
    if asked.seen is not None and asked.seen != (facts.file.version or 0):
        return True
    if step.track is Track.GROUNDS:
        return (
            asked.grounds is not None
            and bool(facts.lacking)
            and facts.grounds_mark not in asked.grounds
        )
    if step.track is not Track.CASE or asked.cases is None or facts.case is None:
        return False
    return facts.case.mark not in asked.cases


def unanswered(step: Step, asked: ActDetails) -> tuple[Finding, ...]:
    """What a form still lacks, whoever it is about: a fitting reason, the way of handing over."""
    found: list[Finding] = []
    if g.reasoned in step.gates:
        found += g.unreasoned(asked)
    found += _unfit_reason(step, asked)
    if way.handed_over in step.gates:
        found += way.untold(asked)
    return tuple(found)


def _unfit_reason(step: Step, asked: ActDetails, facts: Facts | None = None) -> tuple[Finding, ...]:
    """Refuses a reason that does not belong to the step: a fault of a file is none of a
    certificate.
    """
    old_paper = None if facts is None else facts.paper_state is PaperState.BACK
    fitting = reasons_for(step.verb, old_paper=old_paper)
    if g.reasoned not in step.gates or asked.reason is None or asked.reason in fitting:
        return ()
    need = "、".join(reason.label for reason in fitting)
    return (Finding("REASON-FIT", need=need, has=asked.reason.label),)


def _about(step: Step, finding: Finding) -> Finding:
    """The finding SECOND with the label of the step, which a gate does not know."""
    if finding.code != "SECOND":
        return finding
    return replace(finding, need=finding.need or step.verb.label)


def _whence(step: Step) -> str:
    """Every place from which a step is possible, with the desks when there are several."""
    if len({owner for _, owner in step.origins}) > 1:
        return "、".join(f"{place.label}（{owner.label}）" for place, owner in step.origins)
    return "、".join(place.label for place, _ in step.origins)


def fitness(facts: Facts, basis: Basis, academic: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings against graduating, whoever asks, in whatever round: the stored judgement.

    `academic` is what the audit found, which comes first. What no longer holds a numbered
    certificate up is only a warning.
    """
    found = academic
    for gate in FITNESS[1:]:
        more = gate(facts, basis, NOBODY)
        if more:
            found += tuple(f for f in more if f.code != "PHOTO-LATE")
    # Most have nothing that blocks.
    if facts.file.stage in GRADUATED_STAGES and blocking(found) is not None:
        return _after_number(found, facts, basis)
    return found


def _after_number(found: tuple[Finding, ...], facts: Facts, basis: Basis) -> tuple[Finding, ...]:
    holding = {*person.lacking(facts, basis), *person.no_doubt(facts, basis, NOBODY)}
    return tuple(
        finding if finding in holding else replace(finding, severity=Severity.WARN)
        for finding in found
    )


def asks_fitness(step: Step) -> bool:
    """Whether a step stands on the verdict that lists show."""
    return person.academic in step.gates


def changes_verdict(step: Step, facts: Facts, basis: Basis) -> bool:
    """Whether doing `step` changes the verdict.

    What may still be filed with a warning stops a review; after the number some findings no longer
    count, nor does any later change of a rule; and an amended certificate may name another 专业.
    """
    if step.verb is Verb.AMEND:
        return basis.edition_of(facts).audit.plan.code != facts.plan
    if not isinstance(step.target, Stage):
        return False
    edition = 0
    if step.target in GRADUATED_STAGES:
        edition = facts.edition
    after = facts._replace(file=facts.file._replace(stage=step.target), edition=edition)
    if (facts.file.stage in GRADUATED_STAGES) is (step.target in GRADUATED_STAGES):
        before = person.photo_reviewed(facts, basis, NOBODY)
        return before != person.photo_reviewed(after, basis, NOBODY)
    return _verdict(facts, basis) != _verdict(after, basis)


def _verdict(facts: Facts, basis: Basis) -> tuple[tuple[Finding, ...], str]:
    """What is stored of a judgement: the findings, and what of them counts after the number."""
    found = fitness(facts, basis, person.academic(facts, basis, NOBODY))
    return found, person.grounds(facts, basis)


def offers(desk: Desk, stage: Stage) -> tuple[Step, ...]:
    """The steps that `desk` has on a file at `stage`, in the order of the table."""
    return tuple(step for step in STEPS.values() if step.desk_at(stage) is desk)


def halted_at(desk: Desk) -> frozenset[Stage]:
    """The stages at which `desk` has the file and a doubt stops its next step (四.1)."""
    halted = [step for step in STEPS.values() if person.no_doubt in step.gates]
    return frozenset(stage for step in halted for stage in Stage if step.desk_at(stage) is desk)


def side_offers(desk: Desk, facts: Facts) -> tuple[Step, ...]:
    """What `desk` may decide beside the journey about a file, in the order of the table.

    Nobody applies for a degree that the level does not have.
    """
    return tuple(
        step
        for step in SIDE_STEPS.values()
        if step.desk_at(step.place(facts)) is desk
        and (step.during is None or facts.file.stage in step.during)
        and not (step.verb is Verb.DEGREE_APPLY and facts.level is Level.JUNIOR)
    )


def concerns(step: Step, facts: Facts) -> bool:
    """Whether a step that the stage offers is shown: only an outdated paper is taken back."""
    return step.verb is not Verb.RECALL or not paper.given_for_good(facts)
