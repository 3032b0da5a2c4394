"""STEPS, the one table along which a file moves, and SIDE_STEPS for what else is decided about it;
judge(), offers().

Completeness is checked at import.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from graduand.rulebook import dispatch_gates as way
from graduand.rulebook import gates as g
from graduand.rulebook import numbering_gates as numbering
from graduand.rulebook import paper_gates as paper
from graduand.rulebook import side_gates as side
from graduand.rulebook.certificate_terms import (
    ContentState,
    DegreePaper,
    Grounds,
    PaperState,
    Registration,
)
from graduand.rulebook.clauses import Finding, blocking
from graduand.rulebook.facts import Asked, Facts
from graduand.rulebook.gates import NOBODY, Bench, Gate
from graduand.rulebook.reasons import reasons_for
from graduand.rulebook.terms import (
    GRADUATED_STAGES,
    CaseState,
    DegreeState,
    Desk,
    Level,
    Severity,
    Stage,
    Verb,
)

_CENTRE, _COLLEGE, _HQ = Desk.CENTRE, Desk.COLLEGE, Desk.HQ

# All that must be true of the person, whoever looks (notice 四; annex 2, requirements 2 and 3).
_FITNESS: tuple[Gate, ...] = (
    g.academic,
    g.platform_photo,
    g.photo_reviewed,
    g.same_photo,
    g.chsi_photos,
    g.no_doubt,
    g.personal,
)
# To file an application a doubt is only told (四.1): it stops the reviews. And who applies declares
# what a reviewer relies on: the registry was looked at where no copy of its picture is held
# (四.2(3)).
_AT_FILING: dict[Gate, Gate] = {g.no_doubt: g.doubt_told, g.same_photo: g.same_photo_declared}
_FILING = tuple(_AT_FILING.get(gate, gate) for gate in _FITNESS)


# Asked of every step, of whatever track.
_ALWAYS: tuple[Gate, ...] = (g.after_last_step, g.not_own_file)

Place = Stage | DegreeState | CaseState | Registration | ContentState | DegreePaper | Grounds
"""Where something stands; what stands there is the `Track` of a step."""


class Track(Enum):
    """What a step acts on, by the kind of its places: the file itself, or one of the decisions beside it."""

    STAGE = Stage
    DEGREE = DegreeState
    CASE = CaseState
    REGISTRATION = Registration
    CONTENT = ContentState
    DEGREE_PAPER = DegreePaper
    GROUNDS = Grounds


# The gates that may ask for a second person: a step without one of them never waits for anybody.
ASK_A_SECOND = frozenset(
    {
        g.two_people,
        g.two_people_when_approved,
        side.two_people_but_at_closing,
        side.revised,
        side.not_my_report,
        side.cleared_in_order,
        side.upheld_in_order,
        paper.old_paper_taken_back,
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the journey: `origins` says from where, and which desk may do it from there.

    A step of another track leaves the stage alone; `during` are the stages in which it makes sense,
    None for all.
    """

    verb: Verb
    origins: tuple[tuple[Place, Desk], ...]
    target: Place
    gates: tuple[Gate, ...]
    during: frozenset[Stage] | None = None

    @property
    def stages(self) -> frozenset[Place]:
        return frozenset(stage for stage, _ in self.origins)

    @property
    def track(self) -> Track:
        return Track(type(self.target))

    @property
    def two_people(self) -> bool:
        """Whether nobody takes this step alone, on whatever file."""
        return g.two_people in self.gates

    @property
    def may_take_two(self) -> bool:
        """Whether there are files on which nobody takes this step alone."""
        return not ASK_A_SECOND.isdisjoint(self.gates)

    def place(self, facts: Facts) -> Place | None:
        """Where that stands which the step acts on; None when there is no such thing."""
        if isinstance(self.target, Stage):
            return facts.file.stage
        if isinstance(self.target, DegreeState):
            return facts.file.degree
        if isinstance(self.target, Registration):
            return facts.paper.registration
        if isinstance(self.target, ContentState):
            return facts.content
        if isinstance(self.target, DegreePaper):
            return facts.degree_paper
        if isinstance(self.target, Grounds):
            return facts.grounds
        return facts.case.state if facts.case else None

    @property
    def desk(self) -> Desk:
        """The lowest desk that owns this step: the one a command acts as when nobody is named."""
        return self.origins[0][1]

    def desk_at(self, stage: Place | None) -> Desk | None:
        """The desk that may do this step from `stage`; None when the stage is no origin."""
        return next((desk for origin, desk in self.origins if origin is stage), None)


def _from(desk: Desk, *stages: Place) -> tuple[tuple[Place, Desk], ...]:
    return tuple((stage, desk) for stage in stages)


S = Stage
STEPS: dict[Verb, Step] = {
    step.verb: step
    for step in (
        Step(
            Verb.APPLY,
            _from(_CENTRE, S.LISTED, S.RETURNED),
            S.APPLIED,
            (g.batch_open, g.round_open, g.right_round, g.one_live_file, *_FILING, g.degree_half),
        ),
        Step(Verb.WITHDRAW, _from(_CENTRE, S.APPLIED), S.LISTED, (g.batch_open, g.round_open)),
        Step(
            Verb.DEFER,
            _from(_CENTRE, S.LISTED, S.RETURNED),
            S.DEFERRED,
            (g.batch_open, g.one_live_file, g.statement),
        ),
        Step(Verb.RESUME, _from(_CENTRE, S.DEFERRED), S.LISTED, (g.batch_open, g.one_live_file)),
        Step(
            Verb.ENDORSE,
            _from(_COLLEGE, S.APPLIED),
            S.ENDORSED,
            (g.batch_open, g.review_time, side.not_refused_before, g.not_my_own, *_FITNESS),
        ),
        Step(
            Verb.APPROVE,
            _from(_HQ, S.ENDORSED),
            S.APPROVED,
            (g.batch_open, g.review_time, side.not_refused_before, g.not_my_own, *_FITNESS),
        ),
        Step(
            Verb.SEND_BACK,
            (*_from(_COLLEGE, S.APPLIED), *_from(_HQ, S.ENDORSED, S.APPROVED)),
            S.RETURNED,
            (side.not_being_closed, g.reasoned, g.two_people_when_approved),
        ),
        Step(
            Verb.REJECT,
            (*_from(_COLLEGE, S.APPLIED), *_from(_HQ, S.ENDORSED)),
            S.REJECTED,
            (side.not_being_closed, g.reasoned, g.not_my_own),
        ),
        Step(
            Verb.REOPEN,
            _from(_HQ, S.REJECTED),
            S.RETURNED,
            (g.batch_open, g.one_live_file, g.reasoned, g.two_people),
        ),
        Step(
            Verb.LAPSE,
            _from(_HQ, S.LISTED, S.RETURNED, S.DEFERRED, S.APPLIED, S.ENDORSED),
            S.LAPSED,
            (side.closing_time, g.one_live_file, g.explained, side.two_people_but_at_closing),
        ),
        Step(Verb.RELIST, _from(_HQ, S.LAPSED), S.LISTED, (side.opened_again,)),
        Step(Verb.RELIST_DEFERRED, _from(_HQ, S.LAPSED), S.DEFERRED, (side.opened_again,)),
        Step(
            Verb.RELIST_RETURNED,
            _from(_HQ, S.LAPSED),
            S.RETURNED,
            (side.closing_undone, g.one_live_file),
        ),
        Step(
            Verb.RELIST_APPLIED,
            _from(_HQ, S.LAPSED),
            S.APPLIED,
            (side.closing_undone, g.one_live_file),
        ),
        Step(
            Verb.RELIST_ENDORSED,
            _from(_HQ, S.LAPSED),
            S.ENDORSED,
            (side.closing_undone, g.one_live_file),
        ),
        Step(
            Verb.CERTIFY,
            _from(_HQ, S.APPROVED),
            S.CERTIFIED,
            (
                side.import_written,
                g.academic,
                g.no_doubt,
                g.personal,
                g.credential_photo,
                g.photo_good,
                numbering.photo_unchanged,
                numbering.on_roster,
                numbering.signed,
                numbering.number_at_hand,
            ),
        ),
        Step(
            Verb.VOID,
            _from(_HQ, S.CERTIFIED, S.SHIPPED, S.RECEIVED, S.COLLECTED),
            S.APPROVED,
            (g.reasoned, g.two_people, way.voidable),
        ),
        Step(
            Verb.SHIP,
            _from(_COLLEGE, S.CERTIFIED),
            S.SHIPPED,
            (
                g.no_doubt,
                g.still_qualified,
                side.import_written,
                way.not_cancelled,
                way.paper_at_sender,
                paper.says_the_content,
                way.tracked,
                way.dossier_complete,
                way.issue_day_told,
            ),
        ),
        Step(
            Verb.RECEIVE,
            _from(_CENTRE, S.SHIPPED),
            S.RECEIVED,
            (way.counted_in, paper.old_paper_told),
        ),
        Step(
            Verb.COLLECT,
            _from(_CENTRE, S.RECEIVED),
            S.COLLECTED,
            (
                g.no_doubt,
                g.still_qualified,
                side.import_written,
                paper.says_the_content,
                way.handed_over,
                way.not_cancelled,
                way.registered,
                way.issue_day_told,
            ),
        ),
        Step(Verb.UNCOLLECT, _from(_CENTRE, S.COLLECTED), S.RECEIVED, (g.reasoned, g.two_people)),
        Step(
            Verb.RECALL,
            _from(_COLLEGE, S.SHIPPED, S.RECEIVED, S.COLLECTED),
            S.CERTIFIED,
            (g.reasoned, paper.old_paper_taken_back),
        ),
    )
}

D, C, R = DegreeState, CaseState, Registration
_GRADUATED = frozenset({S.APPROVED, S.CERTIFIED, S.SHIPPED, S.RECEIVED, S.COLLECTED})
_CERTIFIED = _GRADUATED - {S.APPROVED}
_REPORTED = _GRADUATED | {S.APPLIED, S.ENDORSED}
_UNFILED = (C.OPEN, C.COLLECTING, C.SUBMITTED, C.AT_COLLEGE, C.REPORTED)
# What is decided beside the journey: the degree (a second decision on the same file), the identity
# case that a doubt of the registry opened (notice 四.1), the registration that must be cancelled
# before a certificate is voided, the content of what the registry corrected under its number, and
# the number of the degree certificate; it is printed elsewhere, so somebody says when an amended
# one was made anew, once the old one is back. And that a certificate stands whose person fails
# since it was numbered: what changes after the number raises an alarm, and waits for headquarters;
# so it does once the student has it in hand, and the degree with it.
SIDE_STEPS: dict[Verb, Step] = {
    step.verb: step
    for step in (
        Step(
            Verb.DEGREE_APPLY,
            _from(_CENTRE, D.NONE, D.RETURNED),
            D.APPLIED,
            (side.degree_window, side.degree_conditions, g.doubt_told),
            during=_REPORTED,
        ),
        Step(
            Verb.DEGREE_RETURN,
            _from(_COLLEGE, D.APPLIED),
            D.RETURNED,
            (g.reasoned, side.returned_once),
        ),
        Step(
            Verb.DEGREE_GRANT,
            _from(_HQ, D.APPLIED, D.DECLINED),
            D.GRANTED,
            (
                side.not_my_degree,
                side.still_graduates,
                side.degree_conditions,
                g.no_doubt,
                side.import_written,
                side.revised,
            ),
            during=_GRADUATED,
        ),
        Step(
            Verb.DEGREE_DECLINE,
            _from(_HQ, D.APPLIED, D.RETURNED, D.GRANTED),
            D.DECLINED,
            (g.reasoned, side.not_my_degree, side.revised),
        ),
        Step(
            Verb.CASE_SUBMIT,
            _from(_CENTRE, C.OPEN, C.COLLECTING),
            C.SUBMITTED,
            (
                side.recorded_here,
                side.grounded,
            ),
        ),
        Step(
            Verb.CASE_REPORT,
            _from(_COLLEGE, C.SUBMITTED, C.AT_COLLEGE),
            C.REPORTED,
            (side.recorded_here, side.grounded, side.not_my_submission),
        ),
        Step(
            Verb.CASE_RETURN,
            (*_from(_COLLEGE, C.SUBMITTED, C.AT_COLLEGE), *_from(_HQ, C.REPORTED)),
            C.COLLECTING,
            (
                side.recorded_here,
                side.grounded,
            ),
        ),
        Step(
            Verb.CASE_CLEAR,
            _from(_HQ, *_UNFILED, C.UPHELD),
            C.CLEARED,
            (
                side.recorded_here,
                side.grounded,
                side.not_my_report,
                side.not_my_evidence,
                side.cleared_in_order,
            ),
        ),
        Step(
            Verb.CASE_UPHOLD,
            _from(_HQ, *_UNFILED),
            C.UPHELD,
            (side.recorded_here, side.grounded, side.not_my_report, side.upheld_in_order),
        ),
        Step(
            Verb.DEREGISTER,
            _from(_HQ, R.ENTERED),
            R.CANCELLED,
            (side.grounded, side.cancelled_by_today, g.two_people),
            during=_CERTIFIED,
        ),
        Step(
            Verb.REREGISTER,
            _from(_HQ, R.CANCELLED),
            R.ENTERED,
            (side.grounded, g.two_people),
            during=_CERTIFIED,
        ),
        Step(
            Verb.AMEND,
            _from(_HQ, ContentState.DIFFERS),
            ContentState.AGREES,
            (
                g.reasoned,
                side.grounded,
                side.registrys_answer,
                side.amendable,
                side.shown_content,
                g.two_people,
            ),
            during=_CERTIFIED,
        ),
        Step(
            Verb.DEGREE_CERTIFY,
            _from(_HQ, DegreePaper.NONE),
            DegreePaper.NUMBERED,
            (
                g.no_doubt,
                side.still_graduates,
                side.degree_conditions,
                side.import_written,
                way.not_cancelled,
                side.degree_number_at_hand,
            ),
            during=_CERTIFIED,
        ),
        Step(
            Verb.DEGREE_REPLACE,
            _from(_HQ, DegreePaper.OLD),
            DegreePaper.NUMBERED,
            (
                g.no_doubt,
                side.still_graduates,
                side.import_written,
                way.not_cancelled,
                side.grounded,
            ),
            during=frozenset({S.CERTIFIED}),
        ),
        Step(
            Verb.CONFIRM_ISSUE,
            _from(_HQ, Grounds.LOST),
            Grounds.CONFIRMED,
            (side.grounded, side.still_registered, side.import_written, g.two_people),
            during=_CERTIFIED,
        ),
    )
}
# Each is about named people, with a paper about each: never "everybody".
NAMED_ONLY = frozenset(
    verb
    for verb, step in SIDE_STEPS.items()
    if step.track in (Track.CASE, Track.REGISTRATION, Track.CONTENT, Track.GROUNDS)
) | {Verb.DEGREE_REPLACE}


def step_of(verb: Verb) -> Step:
    """The row of a verb, whichever table it stands in."""
    return STEPS.get(verb) or SIDE_STEPS[verb]


def may_act(mine: Desk, owner: Desk) -> bool:
    """A desk does its own steps; headquarters may act for a lower desk, and the event says so."""
    return mine is owner or (mine is Desk.HQ and owner in (_CENTRE, _COLLEGE))


def judge(step: Step, facts: Facts, bench: Bench, asked: Asked) -> tuple[Finding, ...]:
    """Every finding for one step, one person, one day; the step may be done when none of them blocks."""
    if _has_changed(step, facts, asked):
        return (Finding("STALE"),)
    place = step.place(facts)
    desk = step.desk_at(place)
    if desk is None or not may_act(asked.desk, desk):
        return (Finding("STAGE", need=_whence(step), has=place.label if place else "没有"),)
    if step.during is not None and facts.file.stage not in step.during:
        need = "、".join(stage.label for stage in Stage if stage in step.during)
        return (Finding("STAGE", need=need, has=facts.file.stage.label),)
    found: tuple[Finding, ...] = ()
    for gate in (*_ALWAYS, *step.gates):
        more = gate(facts, bench, asked)
        if more:
            found += more
    return tuple(_about(step, one) for one in (*found, *_unfit_reason(step, asked, facts)))


def _has_changed(step: Step, facts: Facts, asked: Asked) -> bool:
    """Whether the file, or what is decided about it, is another than the one that the person was
    shown.

    A case is the person's: it moves through the file of any batch, and leaves the version of this
    file as it was. So does an import, by which something else is missing.
    """
    if asked.seen is not None and asked.seen != (facts.file.version or 0):
        return True
    if step.track is Track.GROUNDS:
        return (
            asked.grounds is not None
            and bool(facts.lacking)
            and facts.grounds_mark not in asked.grounds
        )
    shown = asked.cases if step.track is Track.CASE else None
    return shown is not None and facts.case is not None and facts.case.mark not in shown


def unanswered(step: Step, asked: Asked) -> tuple[Finding, ...]:
    """What a form still owes, whoever it is about: a reason that fits, and how the certificate was handed over."""
    reason = g.unreasoned(asked) if g.reasoned in step.gates else ()
    told = way.untold(asked) if way.handed_over in step.gates else ()
    return (*reason, *_unfit_reason(step, asked), *told)


def _unfit_reason(step: Step, asked: Asked, facts: Facts | None = None) -> tuple[Finding, ...]:
    """A reason that says nothing of this step: what is wrong with a file is not what happens to a certificate."""
    fitting = reasons_for(
        step.verb, old_paper=facts.paper_state is PaperState.BACK if facts else None
    )
    if g.reasoned not in step.gates or asked.reason is None or asked.reason in fitting:
        return ()
    return (
        Finding(
            "REASON-FIT", need="、".join(reason.label for reason in fitting), has=asked.reason.label
        ),
    )


def _about(step: Step, finding: Finding) -> Finding:
    """A gate knows no verb; what takes two people is said by its name."""
    return (
        replace(finding, need=finding.need or step.verb.label)
        if finding.code == "SECOND"
        else finding
    )


def _whence(step: Step) -> str:
    """Every place from which a step is possible, with the desk that may do it there when there are several."""
    several = len({owner for _, owner in step.origins}) > 1
    return "、".join(
        f"{place.label}（{owner.label}）" if several else place.label
        for place, owner in step.origins
    )


def fitness(facts: Facts, bench: Bench, academic: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stands against graduating at all, whoever asks and in whatever round: the stored
    judgement.

    `academic` is what the audit found, which comes first. What holds a numbered certificate up no
    more only reminds.
    """
    found = academic
    for gate in _FITNESS[1:]:
        more = gate(facts, bench, NOBODY)
        if more:
            found += tuple(f for f in more if f.code != "PHOTO-LATE")
    if (
        facts.file.stage in GRADUATED_STAGES and blocking(found) is not None
    ):  # most have nothing that blocks
        return _after_number(found, facts, bench)
    return found


def _after_number(found: tuple[Finding, ...], facts: Facts, bench: Bench) -> tuple[Finding, ...]:
    holding = {*g.lacking(facts, bench), *g.no_doubt(facts, bench, NOBODY)}
    return tuple(one if one in holding else replace(one, severity=Severity.WARN) for one in found)


def asks_fitness(step: Step) -> bool:
    """Whether a step stands on the verdict that lists show."""
    return g.academic in step.gates


def changes_verdict(step: Step, facts: Facts, bench: Bench) -> bool:
    """Whether doing `step` makes another verdict: what may still be filed with a warning stops a
    review, and after the number some of it counts no more, nor any later change of a rule; amended,
    a certificate may name another 专业.
    """
    if step.verb is Verb.AMEND:
        return bench.edition_of(facts).audit.plan.code != facts.plan
    if not isinstance(step.target, Stage):
        return False
    edition = facts.edition if step.target in GRADUATED_STAGES else 0
    after = facts._replace(file=facts.file._replace(stage=step.target), edition=edition)
    if (facts.file.stage in GRADUATED_STAGES) is (step.target in GRADUATED_STAGES):
        return g.photo_reviewed(facts, bench, NOBODY) != g.photo_reviewed(after, bench, NOBODY)
    return _verdict(facts, bench) != _verdict(after, bench)


def _verdict(facts: Facts, bench: Bench) -> tuple[tuple[Finding, ...], str]:
    """What is stored of a judgement: the findings, and the fingerprint of those that count after the number."""
    return fitness(facts, bench, g.academic(facts, bench, NOBODY)), g.grounds(facts, bench)


def offers(desk: Desk, stage: Stage) -> tuple[Step, ...]:
    """The steps that `desk` has on a file at `stage`, in the order of the table."""
    return tuple(step for step in STEPS.values() if step.desk_at(stage) is desk)


def halted_at(desk: Desk) -> frozenset[Stage]:
    """The stages at which `desk` has the file and a doubt stops its next step (四.1)."""
    halted = [step for step in STEPS.values() if g.no_doubt in step.gates]
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
    """Whether a step that the stage offers is one to speak of: what a student was given comes back only if it is old."""
    return step.verb is not Verb.RECALL or not paper.given_for_good(facts)


def _check_complete() -> None:
    """An incomplete table fails at import, not in front of a clerk."""
    for verb in Verb:
        if (verb in STEPS) is (verb in SIDE_STEPS):
            raise AssertionError(f"no step for {verb}")
    # The way back from an end leads only to where somebody has been before.
    entered = {step.target for step in STEPS.values() if step.stages != {Stage.LAPSED}} | {
        Stage.LISTED
    }
    left = {stage for step in STEPS.values() for stage in step.stages}
    for stage in Stage:
        if stage not in entered:
            raise AssertionError(f"nothing leads to {stage}")
        if stage not in left:
            raise AssertionError(f"nothing leads out of {stage}")


_check_complete()
