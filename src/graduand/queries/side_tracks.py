"""Facts that only the steps beside the journey need: the identity case, and the history of the
degree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from graduand.models import Candidate, ChsiReport, Event
from graduand.models.engine import Ids
from graduand.queries.certificates import issued
from graduand.queries.facts.gathering import gather
from graduand.queries.facts.registry import cases_of, relevant_case
from graduand.queries.identity import case_files
from graduand.rulebook.certificate_terms import ContentState, Registration
from graduand.rulebook.facts import Case, Facts
from graduand.rulebook.gates import Basis
from graduand.rulebook.identity.person_gates import lacking
from graduand.rulebook.journey import SIDE_STEPS
from graduand.rulebook.steps import Track
from graduand.rulebook.terms import APPROVED_STAGES, DegreeState, Level, Verb


def with_side_facts(found: Mapping[int, Facts], track: Track, basis: Basis) -> dict[int, Facts]:
    """The facts `found` with what the steps of `track` need; a few queries at most."""
    if track is Track.DEGREE:
        return _with_degree(found)
    if track is Track.CASE:
        return _with_case(found)
    if track is Track.CONTENT:
        return _with_content(found, basis)
    if track is Track.GROUNDS:
        return {pk: known._replace(lacking=lacking(known, basis)) for pk, known in found.items()}
    if track is Track.DEGREE_PAPER:
        return _with_degree_paper(found)
    return dict(found)


def _with_content(found: Mapping[int, Facts], basis: Basis) -> dict[int, Facts]:
    """Whether each valid certificate still agrees with today's record."""
    now = issued.graduations(list(found))
    completed = dict(found)
    fresh = issued.as_on_record(now, basis.policy)
    for pk, one in now.items():
        if one.content is not None:
            would_be = issued.sha256_of(fresh[pk])
            state = ContentState.DIFFERS
            if would_be == one.sha256:
                state = ContentState.AGREES
            completed[pk] = completed[pk]._replace(content=state, content_hash=would_be)
    return completed


def _with_degree_paper(found: Mapping[int, Facts]) -> dict[int, Facts]:
    """The number of the degree certificate, given or sent."""
    granted = [pk for pk, known in found.items() if known.file.degree is DegreeState.GRANTED]
    sent = issued.degree_numbers_sent(granted)
    given = issued.degree_numbers(granted)
    completed = dict(found)
    for pk in granted:
        paper = replace(
            completed[pk].paper,
            degree_number=given.get(pk) or sent.get(pk, ""),
            degree_numbered=pk in given,
        )
        completed[pk] = completed[pk]._replace(paper=paper)
    return completed


# The stages from which on the steps on a file look at papers.
_PRINTED = frozenset(APPROVED_STAGES)


def all_facts(file: Candidate, basis: Basis) -> Facts:
    """All facts that any step on one file needs, as far as its stage and level have them."""
    degree = file.student.level != Level.JUNIOR and file.stage in (
        SIDE_STEPS[Verb.DEGREE_APPLY].during or ()
    )
    found = gather(
        [file.pk], basis.policy, basis.today, papers=file.stage in _PRINTED, degree=degree
    )
    if degree:
        found = with_side_facts(found, Track.DEGREE, basis)
    if file.degree == DegreeState.GRANTED:
        found = with_side_facts(found, Track.DEGREE_PAPER, basis)
    if found[file.pk].paper.registration is Registration.ENTERED:
        found = with_side_facts(found, Track.CONTENT, basis)
    if file.stage in (SIDE_STEPS[Verb.CONFIRM_ISSUE].during or ()):
        found = with_side_facts(found, Track.GROUNDS, basis)
    case = found[file.pk].case
    if case is not None and case.state.holds:
        found = with_side_facts(found, Track.CASE, basis)
    return found[file.pk]


def _with_degree(found: Mapping[int, Facts]) -> dict[int, Facts]:
    """Who applied for the degree, where that was not with the graduation, and whether it came back
    once.
    """
    verbs = (Verb.APPLY.value, Verb.DEGREE_APPLY.value, Verb.DEGREE_RETURN.value)
    events = Event.objects.filter(candidate_id__among=Ids(found), verb__in=verbs).order_by("id")
    by: dict[int, int | None] = {}
    returned: set[int] = set()
    for pk, verb, actor in events.values_list("candidate_id", "verb", "actor_id"):
        if verb == Verb.DEGREE_RETURN:
            returned.add(pk)
        elif verb == Verb.DEGREE_APPLY:
            by[pk] = actor
        else:
            by[pk] = None
    return {
        pk: known._replace(
            file=known.file._replace(degree_by=by.get(pk), degree_returned=pk in returned)
        )
        for pk, known in found.items()
    }


def _with_case(found: Mapping[int, Facts]) -> dict[int, Facts]:
    """Who submitted and who reported each case since it was opened, through a file of whatever
    batch; who brought 正常.
    """
    held = {pk: known for pk, known in found.items() if known.case is not None}
    student_of = dict(Candidate.objects.filter(id__among=Ids(held)).values_list("id", "student_id"))
    hands = _hands(student_of.values())
    bringers = _normal_by(held, student_of)
    elsewhere = case_files.elsewhere(held)
    with_hands = {}
    for pk, known in held.items():
        assert known.case is not None
        since = [hand for hand in hands.get(student_of[pk], ()) if hand.at >= known.case.opened_at]
        submitted = frozenset(hand.actor for hand in since if hand.verb == Verb.CASE_SUBMIT)
        reported = frozenset(hand.actor for hand in since if hand.verb == Verb.CASE_REPORT)
        case = known.case._replace(
            submitted_by=submitted,
            reported_by=reported,
            elsewhere=elsewhere.get(pk, ""),
        )
        if pk in bringers:
            bringer = bringers[pk]
            case = case._replace(normal_by=bringer.by, nobodys_normal=bringer.system)
        with_hands[pk] = known._replace(case=case)
    return {pk: with_hands.get(pk, known) for pk, known in found.items()}


class _CaseStep(NamedTuple):
    """Who passed a case on to the next desk, and when."""

    verb: str
    actor: int
    at: datetime


def _hands(students: Iterable[int]) -> dict[int, list[_CaseStep]]:
    passed_on = (Verb.CASE_SUBMIT.value, Verb.CASE_REPORT.value)
    events = Event.objects.filter(candidate__student_id__among=Ids(students), verb__in=passed_on)
    found: dict[int, list[_CaseStep]] = {}
    for student, verb, actor, at in events.values_list(
        "candidate__student_id", "verb", "actor_id", "at"
    ):
        found.setdefault(student, []).append(_CaseStep(verb, actor, at))
    return found


def case_of(candidates: Sequence[int]) -> dict[int, Case]:
    """The identity case that each file's student has, by candidate: the one that holds, else the
    newest.
    """
    student_of = dict(
        Candidate.objects.filter(id__among=Ids(candidates)).values_list("id", "student_id")
    )
    found = cases_of(Ids(student_of.values()))
    cases = {file: relevant_case(found.get(student)) for file, student in student_of.items()}
    return {file: case for file, case in cases.items() if case is not None}


def case_marks(candidates: Sequence[int]) -> list[str]:
    """The marks of the cases of `candidates` as they stand."""
    return sorted(case.mark for case in case_of(candidates).values())


class _ImportOrigin(NamedTuple):
    """Who imported a row of the registry; no known person by default."""

    by: int | None = None
    system: bool = True


def _normal_by(
    found: Mapping[int, Facts], student_of: Mapping[int, int]
) -> dict[int, _ImportOrigin]:
    """Candidate -> who imported the 正常 which a filing would rest on; of no known person it is
    nobody's.
    """
    days = {
        pk: known.chsi.normal_again
        for pk, known in found.items()
        if known.chsi is not None and known.chsi.normal_again is not None
    }
    rows = ChsiReport.objects.filter(
        student_id__among=Ids(student_of[pk] for pk in days), brought_by__by__isnull=False
    )
    told = rows.values_list("student_id", "day", "brought_by__by_id", "brought_by__by__system")
    brought = {(pk, day): _ImportOrigin(by, program) for pk, day, by, program in told}
    return {pk: brought.get((student_of[pk], day), _ImportOrigin()) for pk, day in days.items()}
