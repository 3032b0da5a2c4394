"""STEPS, the one table along which a file moves, and SIDE_STEPS for what is decided beside it.

A row names the verb, the desk and the places it starts from, the place it leads to, and the gates
that judge it. Gates of more than a few words have a name above the tables. Completeness is checked
at import.
"""

from __future__ import annotations

from graduand.rulebook import gates as g
from graduand.rulebook.certificate_terms import ContentState, DegreePaper, Grounds, Registration
from graduand.rulebook.certificates import numbering_gates as numbering
from graduand.rulebook.certificates import paper_gates as paper
from graduand.rulebook.dispatch import gates as way
from graduand.rulebook.gates import Gate
from graduand.rulebook.identity import person_gates as person
from graduand.rulebook.review import side_gates as side
from graduand.rulebook.steps import Step, Track, by_verb, origins_of
from graduand.rulebook.terms import CaseState, DegreeState, Desk, Stage, Verb

CENTRE = Desk.CENTRE
COLLEGE = Desk.COLLEGE
HQ = Desk.HQ
V = Verb
S = Stage
D = DegreeState
C = CaseState
R = Registration

# ---------------------------------------------------------------- the gates of the journey

# All that must be true of the person, whoever looks (notice 四; annex 2, requirements 2 and 3).
FITNESS: tuple[Gate, ...] = (
    person.academic,
    person.platform_photo,
    person.photo_reviewed,
    person.same_photo,
    person.chsi_photos,
    person.no_doubt,
    person.personal,
)
# For filing a doubt is only a warning (四.1): it stops the reviews. The applying centre also
# declares what a reviewer relies on: that it looked at the registry where no copy of its picture is
# held (四.2(3)).
_AT_FILING: dict[Gate, Gate] = {
    person.no_doubt: person.warn_of_doubt,
    person.same_photo: person.same_photo_declared,
}
_FILING = (
    g.batch_open,
    g.round_open,
    g.right_round,
    g.one_live_file,
    *(_AT_FILING.get(gate, gate) for gate in FITNESS),
    g.degree_half,
)
_DEFERRAL = (g.batch_open, g.one_live_file, g.statement)
_REVIEW = (g.batch_open, g.review_time, side.not_refused_before, g.not_my_own, *FITNESS)
_RETURN = (side.not_being_closed, g.reasoned, g.two_people_when_approved)
_REJECTION = (side.not_being_closed, g.reasoned, g.not_my_own)
_APPEAL = (g.batch_open, g.one_live_file, g.reasoned, g.two_people)
_UNDOING = (side.closing_undone, g.one_live_file)
_CLOSING = (side.closing_time, g.one_live_file, g.explained, side.two_people_but_at_closing)
_NUMBERING = (
    side.import_written,
    person.academic,
    person.no_doubt,
    person.personal,
    person.credential_photo,
    person.photo_good,
    numbering.photo_unchanged,
    numbering.on_roster,
    numbering.signed,
    numbering.number_at_hand,
)
_SHIPPING = (
    person.no_doubt,
    person.still_qualified,
    side.import_written,
    way.not_cancelled,
    way.paper_at_sender,
    paper.says_the_content,
    way.tracked,
    way.dossier_complete,
    way.warn_of_issue_day,
)
_HANDING_OVER = (
    person.no_doubt,
    person.still_qualified,
    side.import_written,
    paper.says_the_content,
    way.handed_over,
    way.not_cancelled,
    way.registered,
    way.warn_of_issue_day,
)

# ---------------------------------------------------------------- the journey

STEPS: dict[Verb, Step] = by_verb(
    # Filing, at the learning centre (三.4, 四).
    Step(V.APPLY, origins_of(CENTRE, S.LISTED, S.RETURNED), S.APPLIED, _FILING),
    Step(V.WITHDRAW, origins_of(CENTRE, S.APPLIED), S.LISTED, (g.batch_open, g.round_open)),
    Step(V.DEFER, origins_of(CENTRE, S.LISTED, S.RETURNED), S.DEFERRED, _DEFERRAL),
    Step(V.RESUME, origins_of(CENTRE, S.DEFERRED), S.LISTED, (g.batch_open, g.one_live_file)),
    # The two reviews, of the college and of headquarters (三.1, 三.2).
    Step(V.ENDORSE, origins_of(COLLEGE, S.APPLIED), S.ENDORSED, _REVIEW),
    Step(V.APPROVE, origins_of(HQ, S.ENDORSED), S.APPROVED, _REVIEW),
    Step(
        V.SEND_BACK,
        origins_of(COLLEGE, S.APPLIED) + origins_of(HQ, S.ENDORSED, S.APPROVED),
        S.RETURNED,
        _RETURN,
    ),
    Step(
        V.REJECT,
        origins_of(COLLEGE, S.APPLIED) + origins_of(HQ, S.ENDORSED),
        S.REJECTED,
        _REJECTION,
    ),
    Step(V.REOPEN, origins_of(HQ, S.REJECTED), S.RETURNED, _APPEAL),
    # The end of the batch, and the way back from it (七.1, 七.3).
    Step(
        V.LAPSE,
        origins_of(HQ, S.LISTED, S.RETURNED, S.DEFERRED, S.APPLIED, S.ENDORSED),
        S.LAPSED,
        _CLOSING,
    ),
    Step(V.RELIST, origins_of(HQ, S.LAPSED), S.LISTED, (side.opened_again,)),
    Step(V.RELIST_DEFERRED, origins_of(HQ, S.LAPSED), S.DEFERRED, (side.opened_again,)),
    Step(V.RELIST_RETURNED, origins_of(HQ, S.LAPSED), S.RETURNED, _UNDOING),
    Step(V.RELIST_APPLIED, origins_of(HQ, S.LAPSED), S.APPLIED, _UNDOING),
    Step(V.RELIST_ENDORSED, origins_of(HQ, S.LAPSED), S.ENDORSED, _UNDOING),
    # Certificates, at headquarters (五.3, 七.4).
    Step(V.CERTIFY, origins_of(HQ, S.APPROVED), S.CERTIFIED, _NUMBERING),
    Step(
        V.VOID,
        origins_of(HQ, S.CERTIFIED, S.SHIPPED, S.RECEIVED, S.COLLECTED),
        S.APPROVED,
        (g.reasoned, g.two_people, way.voidable),
    ),
    # From the college to the centre and into the student's hand, and back (六, 七.3).
    Step(V.SHIP, origins_of(COLLEGE, S.CERTIFIED), S.SHIPPED, _SHIPPING),
    Step(
        V.RECEIVE,
        origins_of(CENTRE, S.SHIPPED),
        S.RECEIVED,
        (way.counted_in, paper.warn_of_old_paper),
    ),
    Step(V.COLLECT, origins_of(CENTRE, S.RECEIVED), S.COLLECTED, _HANDING_OVER),
    Step(V.UNCOLLECT, origins_of(CENTRE, S.COLLECTED), S.RECEIVED, (g.reasoned, g.two_people)),
    Step(
        V.RECALL,
        origins_of(COLLEGE, S.SHIPPED, S.RECEIVED, S.COLLECTED),
        S.CERTIFIED,
        (g.reasoned, paper.old_paper_taken_back),
    ),
)

# ---------------------------------------------------------------- the gates beside the journey

_GRANT = (
    side.not_my_degree,
    side.still_graduates,
    side.degree_conditions,
    person.no_doubt,
    side.import_written,
    side.revised,
)
_DEGREE_NUMBER = (
    person.no_doubt,
    side.still_graduates,
    side.degree_conditions,
    side.import_written,
    way.not_cancelled,
    side.degree_number_at_hand,
)
_DEGREE_ANEW = (
    person.no_doubt,
    side.still_graduates,
    side.import_written,
    way.not_cancelled,
    side.grounded,
)
_CASE = (side.recorded_here, side.grounded)
_FILING_OF_A_CASE = (*_CASE, side.not_my_report, side.not_my_evidence, side.cleared_in_order)
_AMENDMENT = (
    g.reasoned,
    side.grounded,
    side.registrys_answer,
    side.amendable,
    side.shown_content,
    g.two_people,
)
_LETTING_STAND = (side.grounded, side.still_registered, side.import_written, g.two_people)

_CERTIFIED = frozenset({S.CERTIFIED, S.SHIPPED, S.RECEIVED, S.COLLECTED})
_GRADUATED = _CERTIFIED | {S.APPROVED}
_REPORTED = _GRADUATED | {S.APPLIED, S.ENDORSED}
_UNFILED = (C.OPEN, C.COLLECTING, C.SUBMITTED, C.AT_COLLEGE, C.REPORTED)

# ---------------------------------------------------------------- beside the journey

SIDE_STEPS: dict[Verb, Step] = by_verb(
    # The degree: a second decision on the same file.
    Step(
        V.DEGREE_APPLY,
        origins_of(CENTRE, D.NONE, D.RETURNED),
        D.APPLIED,
        (side.degree_window, side.degree_conditions, person.warn_of_doubt),
        during=_REPORTED,
    ),
    Step(
        V.DEGREE_RETURN,
        origins_of(COLLEGE, D.APPLIED),
        D.RETURNED,
        (g.reasoned, side.returned_once),
    ),
    Step(
        V.DEGREE_GRANT, origins_of(HQ, D.APPLIED, D.DECLINED), D.GRANTED, _GRANT, during=_GRADUATED
    ),
    Step(
        V.DEGREE_DECLINE,
        origins_of(HQ, D.APPLIED, D.RETURNED, D.GRANTED),
        D.DECLINED,
        (side.shown_against, g.reasoned, side.not_my_degree, side.revised),
    ),
    # The identity case that a doubt of the registry opened (四.1).
    Step(V.CASE_SUBMIT, origins_of(CENTRE, C.OPEN, C.COLLECTING), C.SUBMITTED, _CASE),
    Step(
        V.CASE_REPORT,
        origins_of(COLLEGE, C.SUBMITTED, C.AT_COLLEGE),
        C.REPORTED,
        (*_CASE, side.not_my_submission),
    ),
    Step(
        V.CASE_RETURN,
        origins_of(COLLEGE, C.SUBMITTED, C.AT_COLLEGE) + origins_of(HQ, C.REPORTED),
        C.COLLECTING,
        _CASE,
    ),
    Step(V.CASE_CLEAR, origins_of(HQ, *_UNFILED, C.UPHELD), C.CLEARED, _FILING_OF_A_CASE),
    Step(
        V.CASE_UPHOLD,
        origins_of(HQ, *_UNFILED),
        C.UPHELD,
        (*_CASE, side.not_my_report, side.upheld_in_order),
    ),
    # The registration, which must be cancelled before a certificate is voided (七.4).
    Step(
        V.DEREGISTER,
        origins_of(HQ, R.ENTERED),
        R.CANCELLED,
        (side.grounded, side.cancelled_by_today, g.two_people),
        during=_CERTIFIED,
    ),
    Step(
        V.REREGISTER,
        origins_of(HQ, R.CANCELLED),
        R.ENTERED,
        (side.grounded, g.two_people),
        during=_CERTIFIED,
    ),
    # What the registry corrected is amended under the same number.
    Step(
        V.AMEND,
        origins_of(HQ, ContentState.DIFFERS),
        ContentState.AGREES,
        _AMENDMENT,
        during=_CERTIFIED,
    ),
    # The degree certificate is printed elsewhere: it is numbered here, and somebody says when an
    # amended one was made anew, once the old one is back.
    Step(
        V.DEGREE_CERTIFY,
        origins_of(HQ, DegreePaper.NONE),
        DegreePaper.NUMBERED,
        _DEGREE_NUMBER,
        during=_CERTIFIED,
    ),
    Step(
        V.DEGREE_REPLACE,
        origins_of(HQ, DegreePaper.OLD),
        DegreePaper.NUMBERED,
        _DEGREE_ANEW,
        during=frozenset({S.CERTIFIED}),
    ),
    # A certificate stands although its person fails since it was numbered: what changes after the
    # number raises an alarm and waits for headquarters, also once the student has it in hand.
    Step(
        V.CONFIRM_ISSUE,
        origins_of(HQ, Grounds.LOST),
        Grounds.CONFIRMED,
        _LETTING_STAND,
        during=_CERTIFIED,
    ),
)
_ABOUT_PAPERS = (Track.CASE, Track.REGISTRATION, Track.CONTENT, Track.GROUNDS)
# Each is about named people, with a paper about each: never "everybody".
NAMED_ONLY = frozenset(verb for verb, step in SIDE_STEPS.items() if step.track in _ABOUT_PAPERS) | {
    V.DEGREE_REPLACE
}


def step_of(verb: Verb) -> Step:
    """The row of a verb, whichever table it stands in."""
    return STEPS.get(verb) or SIDE_STEPS[verb]


def _check_complete() -> None:
    """Raises at import when a table is incomplete, so that nobody meets the gap at work."""
    for verb in Verb:
        if (verb in STEPS) is (verb in SIDE_STEPS):
            raise AssertionError(f"no step for {verb}")
    # The way back from an end leads only to where somebody has been before.
    forward = [step for step in STEPS.values() if step.stages != {Stage.LAPSED}]
    entered = {Stage.LISTED, *(step.target for step in forward)}
    left = {stage for step in STEPS.values() for stage in step.stages}
    for stage in Stage:
        if stage not in entered:
            raise AssertionError(f"nothing leads to {stage}")
        if stage not in left:
            raise AssertionError(f"nothing leads out of {stage}")


_check_complete()
