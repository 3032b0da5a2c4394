"""The gates of decisions beside the journey (the degree, the identity case, the registration), of
earlier files, and of the batch as a whole.
"""

from __future__ import annotations

from graduand.rulebook.certificate_terms import Registration
from graduand.rulebook.clauses import Finding, fingerprint, refuse_if, refuse_unless
from graduand.rulebook.facts import ActDetails, Facts
from graduand.rulebook.gates import (
    NOBODY,
    NOTHING,
    Basis,
    GateFindings,
    reasoned,
    span,
    two_people,
)
from graduand.rulebook.identity.evidence import is_weighed
from graduand.rulebook.identity.person_gates import academic, lacking, still_qualified
from graduand.rulebook.terms import (
    CaseState,
    DegreeState,
    Level,
    Numbering,
    Severity,
    Stage,
)

# Decisions on a degree, which only the degree's own steps revise.
DECIDED = frozenset({DegreeState.GRANTED, DegreeState.DECLINED})


def degree_window(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A degree is applied for within the policy's window, which may be open long after the
    certificate.
    """
    window = basis.policy.degree.window
    if window.contains(basis.today):
        return NOTHING
    return (
        Finding(
            "DEGREE-WINDOW", need=span(window.opens, window.closes), has=basis.today.isoformat()
        ),
    )


def not_refused_before(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """People who were refused before are decided on one by one: this warns, and a bulk approval
    takes only files without a warning.
    """
    if not facts.file.refused_before:
        return NOTHING
    return (Finding("REFUSED-BEFORE", facts.file.refused_before, severity=Severity.WARN),)


def closing_time(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.1: whoever is left lapses when the batch closes; before that only a file with a reason of
    its own.
    """
    if basis.reopening:
        return (Finding("BATCH-RESTORING", basis.policy.code),)
    if basis.closing and not asked.closing:
        return (Finding("BATCH-CLOSING", basis.policy.code),)
    over = basis.closed_on is not None or basis.today > basis.policy.closes_at
    if over or asked.closing or facts.file.explained:
        return NOTHING
    return (
        Finding("BATCH-OPEN", need=basis.policy.closes_at.isoformat(), has=basis.today.isoformat()),
    )


def not_being_closed(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.1: while the rest lapses no file comes back to a desk of the batch; before and after that
    it may.
    """
    return refuse_if(basis.closing, "BATCH-CLOSING", basis.policy.code)


def opened_again(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A file that lapsed with the closing of a batch comes back when the batch is opened again, and
    in no other way.
    """
    if basis.closed_on is not None and not basis.reopening:
        return (
            Finding("BATCH-CLOSED", need=basis.closed_on.isoformat(), has=basis.today.isoformat()),
        )
    stage = facts.file.stage.label
    return refuse_unless(asked.closing, "STAGE", need="重新开放批次", has=stage)


def closing_undone(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """An application that a closing ended comes back only where that closing did not take place."""
    if not asked.undone:
        return (Finding("STAGE", need="关闭没有完成的批次", has=facts.file.stage.label),)
    return opened_again(facts, basis, asked)


def two_people_but_at_closing(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """七.3: two people agree to the closing that lapses the rest; a file that lapses alone is agreed
    to alone.
    """
    if asked.closing:
        return NOTHING
    return two_people(facts, basis, asked)


def still_graduates(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """附件2 要求 2: a degree goes with a graduation that stands, by the facts of today."""
    if facts.file.stage is Stage.APPROVED:
        return academic(facts, basis, asked)
    return still_qualified(facts, basis, asked)


def degree_conditions(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Average, thesis and language, judged afresh; here they block, since only the degree is asked
    for.
    """
    if facts.level is Level.JUNIOR:
        return (Finding("DEGREE-LEVEL", has=facts.level.label),)
    return _own_conditions(facts)


def _own_conditions(facts: Facts) -> GateFindings:
    return tuple(Finding(code, "", need, has) for code, need, has in facts.degree_findings)


def fails_since_granted(facts: Facts, basis: Basis) -> GateFindings:
    """All that fails of a granted degree today, in full: its own conditions, and the graduation."""
    return (*_own_conditions(facts), *_graduation_fails(facts, basis))


def _graduation_fails(facts: Facts, basis: Basis) -> GateFindings:
    """What `still_graduates` finds, one finding for each fact: it only names what they are about."""
    if facts.file.stage is Stage.APPROVED:
        return academic(facts, basis, NOBODY)
    if not still_qualified(facts, basis, NOBODY):
        return NOTHING
    return lacking(facts, basis)


def against_mark(facts: Facts, basis: Basis) -> str:
    """The fingerprint of what fails of a granted degree; "" where it is in order."""
    return fingerprint(facts.student_no, fails_since_granted(facts, basis))


def shown_against(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Two people agreed to take a degree back because of what they were shown. An import changes no
    act, so a degree that is in order by now, or fails for another reason, is looked at again.
    """
    if asked.against is None or facts.file.degree is not DegreeState.GRANTED:
        return NOTHING
    return refuse_unless(asked.against == against_mark(facts, basis), "STALE")


def returned_once(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """One student's application for a degree comes back once only; then it is decided."""
    return refuse_if(facts.file.degree_returned, "DEGREE-ONCE")


def not_my_degree(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Separation of duties: nobody decides on the degree that they applied for."""
    if asked.actor == (facts.file.degree_by or facts.file.applied_by):
        return (Finding("DUTY", need="学位审定", has="学位申请"),)
    return NOTHING


def revised(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A decision on a degree is revised within the window only, with a reason and by two people.
    What fails since it was granted, in the degree or the graduation under it, is taken back
    whenever it is found.
    """
    if facts.file.degree not in DECIDED:
        return NOTHING
    found = (*reasoned(facts, basis, asked), *two_people(facts, basis, asked))
    if _has_failed(facts, basis, asked):
        return found
    return (*degree_window(facts, basis, asked), *found)


def _has_failed(facts: Facts, basis: Basis, asked: ActDetails) -> bool:
    granted = facts.file.degree is DegreeState.GRANTED
    return granted and bool(facts.degree_findings or still_graduates(facts, basis, asked))


def grounded(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A decision of another office is recorded with its document: number, day, or what was handed
    in.
    """
    return refuse_unless(asked.note.strip(), "BASIS")


def recorded_here(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A case belongs to the person, not to a batch: all its steps are recorded in one file, where
    the person is worked on.
    """
    if facts.case is None:
        return NOTHING
    return refuse_if(facts.case.elsewhere, "CASE-FILE", need=facts.case.elsewhere)


def not_my_submission(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Separation of duties: who submitted a case does not report it."""
    if facts.case is None:
        return NOTHING
    return _not_mine(asked, "上报备案", "提交复核材料", facts.case.submitted_by)


def not_my_report(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Separation of duties: who submitted or reported a case does not decide it, alone or as the
    second person.
    """
    case = facts.case
    if case is None:
        return NOTHING
    below = case.submitted_by | case.reported_by
    mine = _not_mine(asked, "备案决定", "提交或上报复核材料", below)
    if not mine and asked.second in below:
        return (Finding("SECOND", need="备案决定", has="第二人提交或上报过此案"),)
    return mine


def not_my_evidence(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Separation of duties: who imported the 正常 that a filing rests on leaves the filing to other
    people, and is not the second one either.
    """
    rests = facts.chsi is not None and facts.chsi.normal_again is not None
    if not rests or facts.case is None or facts.case.normal_by is None:
        return NOTHING
    if facts.case.normal_by == asked.actor:
        return (Finding("DUTY", need="备案通过", has="导入学信网「正常」"),)
    if facts.case.normal_by == asked.second:
        return (Finding("SECOND", need="备案通过", has="第二人导入过学信网「正常」"),)
    return NOTHING


def _not_mine(asked: ActDetails, need: str, has: str, below: frozenset[int]) -> GateFindings:
    return refuse_if(asked.actor in below, "DUTY", need=need, has=has)


def cleared_in_order(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.1: a level files only what the one below has reported; a step earlier needs a reason and a
    second person.

    An upheld case takes two people. A newer 正常 of the registry is evidence: with it one person, who
    did not import it, files in one step. It takes two where no person imported it, or where the
    case was upheld with that row at hand.
    """
    if facts.chsi is not None and facts.chsi.normal_again:
        case = facts.case
        if case is None or not (case.nobodys_normal or is_weighed(facts)):
            return NOTHING
        return two_people(facts, basis, asked)
    if facts.case is not None and facts.case.state is CaseState.UPHELD:
        return two_people(facts, basis, asked)
    return upheld_in_order(facts, basis, asked)


def upheld_in_order(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """四.1: a reported case is decided by one person; before that it takes a reason and a second
    person.
    """
    if facts.case is not None and facts.case.state is CaseState.REPORTED:
        return NOTHING
    return (*reasoned(facts, basis, asked), *two_people(facts, basis, asked))


def cancelled_by_today(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A cancellation is recorded when the registry has made it: not before the registration, not
    for tomorrow.
    """
    day = asked.on or basis.today
    first = facts.paper.registered_on
    if day <= basis.today and (first is None or first <= day):
        return NOTHING
    return (Finding("CANCEL-DAY", need=span(first, basis.today), has=day.isoformat()),)


def registrys_answer(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A correction by the registry is recorded with its answer: the day and a scan; the number is
    the note.
    """
    found = refuse_unless(asked.statement, "ANSWER")
    if asked.on is None:
        return (
            *found,
            Finding(
                "ANSWER-DAY", need=span(facts.paper.registered_on, basis.today), has="没有填写"
            ),
        )
    first = facts.paper.registered_on
    if asked.on <= basis.today and (first is None or first <= asked.on):
        return found
    return (*found, Finding("ANSWER-DAY", need=span(first, basis.today), has=asked.on.isoformat()))


def amendable(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """The number is kept only for a certificate that is registered under it; any other is voided
    and made anew.
    """
    return refuse_unless(facts.paper.registration is Registration.ENTERED, "AMEND-GROUND")


def still_registered(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """A certificate whose registration was cancelled is valid for nobody: it is voided."""
    return refuse_if(facts.paper.cancelled, "CONFIRM-GROUND")


def shown_content(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Two people agreed to what they saw: a record that has changed since is looked at again.

    A question that was asked and agreed to at different times (then `seen` is given) is about one
    content, never about any.
    """
    if not asked.content and asked.seen is None:
        return NOTHING
    return refuse_unless(asked.content == facts.content_hash, "STALE")


def degree_number_at_hand(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """Where headquarters sends the numbers, the degree's comes with them."""
    if basis.policy.numbering is Numbering.MINTED or facts.paper.degree_number:
        return NOTHING
    return (Finding("NUMBER-DEGREE"),)


def import_written(facts: Facts, basis: Basis, asked: ActDetails) -> GateFindings:
    """What is decided of a certificate stands on what is on record: not while a confirmed import
    still has something to say of the person.
    """
    return refuse_if(facts.paper.importing, "IMPORT-RUNNING", facts.paper.importing)
