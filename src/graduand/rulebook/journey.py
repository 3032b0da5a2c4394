"""STEPS, the one table along which a file moves; judge() and offers(); completeness checked at import."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.rulebook import gates as g
from graduand.rulebook.clauses import Finding
from graduand.rulebook.facts import Asked, Facts
from graduand.rulebook.gates import Bench, Gate
from graduand.rulebook.terms import Desk, Stage, Verb

_CENTRE, _COLLEGE, _HQ = Desk.CENTRE, Desk.COLLEGE, Desk.HQ

# All that must be true of the person, whoever looks (notice 四; annex 2, requirements 2 and 3).
_FITNESS: tuple[Gate, ...] = (
    g.academic, g.platform_photo, g.same_photo, g.chsi_photos, g.no_doubt, g.personal,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the journey: `origins` says from where, and which desk may do it from there."""

    verb: Verb
    origins: tuple[tuple[Stage, Desk], ...]
    target: Stage
    gates: tuple[Gate, ...]
    two_people: bool = False

    @property
    def stages(self) -> frozenset[Stage]:
        return frozenset(stage for stage, _ in self.origins)

    @property
    def desk(self) -> Desk:
        """The lowest desk that owns this step: the one a command acts as when nobody is named."""
        return self.origins[0][1]

    def desk_at(self, stage: Stage) -> Desk | None:
        """The desk that may do this step from `stage`; None when the stage is no origin."""
        return next((desk for origin, desk in self.origins if origin is stage), None)


def _from(desk: Desk, *stages: Stage) -> tuple[tuple[Stage, Desk], ...]:
    return tuple((stage, desk) for stage in stages)


S = Stage
STEPS: dict[Verb, Step] = {
    step.verb: step
    for step in (
        Step(Verb.APPLY, _from(_CENTRE, S.LISTED, S.RETURNED), S.APPLIED,
             (g.batch_open, g.round_open, g.right_round, g.one_live_file, *_FITNESS, g.degree_half)),
        Step(Verb.WITHDRAW, _from(_CENTRE, S.APPLIED), S.LISTED, (g.batch_open, g.round_open)),
        Step(Verb.DEFER, _from(_CENTRE, S.LISTED, S.RETURNED), S.DEFERRED, (g.batch_open, g.statement)),
        Step(Verb.RESUME, _from(_CENTRE, S.DEFERRED), S.LISTED, (g.batch_open,)),
        Step(Verb.ENDORSE, _from(_COLLEGE, S.APPLIED), S.ENDORSED,
             (g.batch_open, g.review_time, g.not_my_own, *_FITNESS)),
        Step(Verb.APPROVE, _from(_HQ, S.ENDORSED), S.APPROVED,
             (g.batch_open, g.review_time, g.not_my_own, *_FITNESS)),
        Step(Verb.SEND_BACK, (*_from(_COLLEGE, S.APPLIED), *_from(_HQ, S.ENDORSED, S.APPROVED)), S.RETURNED,
             (g.reasoned, g.two_people_when_approved)),
        Step(Verb.REJECT, (*_from(_COLLEGE, S.APPLIED), *_from(_HQ, S.ENDORSED)), S.REJECTED,
             (g.reasoned, g.not_my_own)),
        Step(Verb.REOPEN, _from(_HQ, S.REJECTED), S.RETURNED,
             (g.batch_open, g.one_live_file, g.reasoned, g.two_people), two_people=True),
        Step(Verb.LAPSE, _from(_HQ, S.LISTED, S.RETURNED, S.DEFERRED, S.APPLIED, S.ENDORSED), S.LAPSED,
             (g.explained,)),
        Step(Verb.CERTIFY, _from(_HQ, S.APPROVED), S.CERTIFIED,
             (g.on_roster, g.no_doubt, g.credential_photo, g.photo_unchanged, g.number_at_hand)),
        Step(Verb.VOID, _from(_HQ, S.CERTIFIED, S.SHIPPED, S.RECEIVED, S.COLLECTED), S.APPROVED,
             (g.reasoned, g.two_people, g.voidable), two_people=True),
        Step(Verb.SHIP, _from(_COLLEGE, S.CERTIFIED), S.SHIPPED,
             (g.no_doubt, g.paper_at_sender, g.tracked, g.dossier_complete)),
        Step(Verb.RECEIVE, _from(_CENTRE, S.SHIPPED), S.RECEIVED, (g.counted_in,)),
        Step(Verb.COLLECT, _from(_CENTRE, S.RECEIVED), S.COLLECTED, (g.no_doubt, g.handed_over, g.registered)),
        Step(Verb.RECALL, _from(_COLLEGE, S.SHIPPED, S.RECEIVED), S.CERTIFIED, (g.reasoned,)),
    )
}  # fmt: skip

# Where nothing is left to do for anybody in this batch.
FINAL = frozenset({Stage.LAPSED})
NOBODY = Asked(actor=0, desk=Desk.CENTRE)


def may_act(mine: Desk, owner: Desk) -> bool:
    """A desk does its own steps; headquarters may act for a lower desk, and the event says so."""
    return mine is owner or (mine is Desk.HQ and owner is not Desk.STUDENT)


def judge(step: Step, facts: Facts, bench: Bench, asked: Asked) -> tuple[Finding, ...]:
    """Every finding for one step, one person, one day; the step may be done when none of them blocks."""
    desk = step.desk_at(facts.file.stage)
    if desk is None or not may_act(asked.desk, desk):
        need = "、".join(stage.label for stage, owner in step.origins if may_act(asked.desk, owner))
        return (Finding("STAGE", need=need or "由其他部门办理", has=facts.file.stage.label),)
    found: tuple[Finding, ...] = g.after_last_step(facts, bench, asked)
    for gate in step.gates:
        more = gate(facts, bench, asked)
        if more:
            found += more
    return found


def fitness(facts: Facts, bench: Bench, academic: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stands against graduating at all, whoever asks and in whatever round: the stored judgement.

    `academic` is what the audit found, which comes first.
    """
    found = academic
    for gate in _FITNESS[1:]:
        more = gate(facts, bench, NOBODY)
        if more:
            found += tuple(f for f in more if f.code != "PHOTO-LATE")
    return found


def offers(desk: Desk, stage: Stage) -> tuple[Step, ...]:
    """The steps that `desk` has on a file at `stage`, in the order of the table."""
    return tuple(step for step in STEPS.values() if step.desk_at(stage) is desk)


def _check_complete() -> None:
    """An incomplete table fails at import, not in front of a clerk."""
    for verb in Verb:
        if verb not in STEPS:
            raise AssertionError(f"no step for {verb}")
    entered = {step.target for step in STEPS.values()} | {Stage.LISTED}
    left = {stage for step in STEPS.values() for stage in step.stages}
    for stage in Stage:
        if stage not in entered:
            raise AssertionError(f"nothing leads to {stage}")
        if stage not in left and stage not in FINAL:
            raise AssertionError(f"nothing leads out of {stage}")


_check_complete()
