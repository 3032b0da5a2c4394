"""What only the steps beside the journey look at: the identity case, and how the degree came to where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from graduand.models import Candidate, Event, IdentityCase
from graduand.models.engine import Ids
from graduand.queries import issued
from graduand.queries.facts import gather
from graduand.rulebook.certificate_terms import ContentState, Registration
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import Bench
from graduand.rulebook.journey import SIDE_STEPS, Track
from graduand.rulebook.terms import (
    CaseState,
    DegreeState,
    Level,
    Stage,
    Verb,
)


def with_side(found: Mapping[int, Facts], track: Track, bench: Bench) -> dict[int, Facts]:
    """`found` with what the steps of `track` look at; a few queries at most."""
    if track is Track.DEGREE:
        return _with_degree(found)
    if track is Track.CASE:
        return _with_case(found)
    if track is Track.CONTENT:
        return _with_content(found, bench)
    return _with_degree_paper(found) if track is Track.DEGREE_PAPER else dict(found)


def _with_content(found: Mapping[int, Facts], bench: Bench) -> dict[int, Facts]:
    """Whether each valid certificate still says what the record would have it say today."""
    now, told = issued.graduations(list(found)), dict(found)
    fresh = issued.as_on_record(now, bench.policy)
    for pk, one in now.items():
        if one.content is not None:
            would_be = issued.sha256_of(fresh[pk])
            state = ContentState.AGREES if would_be == one.sha256 else ContentState.DIFFERS
            told[pk] = told[pk]._replace(content=state, content_hash=would_be)
    return told


def _with_degree_paper(found: Mapping[int, Facts]) -> dict[int, Facts]:
    """The number of the degree certificate, given or sent."""
    granted = [pk for pk, known in found.items() if known.file.degree is DegreeState.GRANTED]
    sent, given, told = issued.degree_numbers_sent(granted), issued.degree_numbers(granted), dict(found)
    for pk in granted:
        paper = replace(told[pk].paper, degree_number=given.get(pk) or sent.get(pk, ""), degree_numbered=pk in given)
        told[pk] = told[pk]._replace(paper=paper)
    return told


# From here on a file has a certificate, and the steps on it look at papers.
_PRINTED = frozenset({Stage.APPROVED, Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED})


def all_about(file: Candidate, bench: Bench) -> Facts:
    """All that any step on one file looks at, as far as its stage and level have it."""
    degree = file.student.level != Level.JUNIOR and file.stage in (SIDE_STEPS[Verb.DEGREE_APPLY].during or ())
    found = gather([file.pk], bench.policy, bench.today, papers=file.stage in _PRINTED, degree=degree)
    if degree:
        found = with_side(found, Track.DEGREE, bench)
    if file.degree == DegreeState.GRANTED:
        found = with_side(found, Track.DEGREE_PAPER, bench)
    if found[file.pk].paper.registration is Registration.ENTERED:
        found = with_side(found, Track.CONTENT, bench)
    case = found[file.pk].case
    if case is not None and case.state.holds:
        found = with_side(found, Track.CASE, bench)
    return found[file.pk]


def _with_degree(found: Mapping[int, Facts]) -> dict[int, Facts]:
    """Who applied for the degree, where that was not with the graduation, and whether it came back once."""
    verbs = (Verb.APPLY.value, Verb.DEGREE_APPLY.value, Verb.DEGREE_RETURN.value)
    events = Event.objects.filter(candidate_id__among=Ids(found), verb__in=verbs).order_by("id")
    by: dict[int, int | None] = {}
    returned: set[int] = set()
    for pk, verb, actor in events.values_list("candidate_id", "verb", "actor_id"):
        if verb == Verb.DEGREE_RETURN:
            returned.add(pk)
        else:
            by[pk] = actor if verb == Verb.DEGREE_APPLY else None
    return {
        pk: known._replace(file=known.file._replace(degree_by=by.get(pk), degree_returned=pk in returned))
        for pk, known in found.items()
    }


def _with_case(found: Mapping[int, Facts]) -> dict[int, Facts]:
    """Who submitted and who reported each case since it was opened, through a file of whatever batch."""
    held = {pk: known for pk, known in found.items() if known.case is not None}
    student_of = dict(Candidate.objects.filter(id__among=Ids(held)).values_list("id", "student_id"))
    hands = _hands(student_of.values())
    with_hands = {}
    for pk, known in held.items():
        assert known.case is not None
        since = [hand for hand in hands.get(student_of[pk], ()) if hand.at >= known.case.opened_at]
        submitted = frozenset(hand.actor for hand in since if hand.verb == Verb.CASE_SUBMIT)
        reported = frozenset(hand.actor for hand in since if hand.verb == Verb.CASE_REPORT)
        with_hands[pk] = known._replace(case=known.case._replace(submitted_by=submitted, reported_by=reported))
    return {pk: with_hands.get(pk, known) for pk, known in found.items()}


class _Hand(NamedTuple):
    """Who passed a case on, and when."""

    verb: str
    actor: int
    at: datetime


def _hands(students: Iterable[int]) -> dict[int, list[_Hand]]:
    passed_on = (Verb.CASE_SUBMIT.value, Verb.CASE_REPORT.value)
    events = Event.objects.filter(candidate__student_id__among=Ids(students), verb__in=passed_on)
    found: dict[int, list[_Hand]] = {}
    for student, verb, actor, at in events.values_list("candidate__student_id", "verb", "actor_id", "at"):
        found.setdefault(student, []).append(_Hand(verb, actor, at))
    return found


def case_of(candidates: Sequence[int]) -> dict[int, tuple[int, CaseState]]:
    """Candidate -> (identity case, its state): the one that holds, else the newest of the student's."""
    student_of = dict(Candidate.objects.filter(id__among=Ids(candidates)).values_list("id", "student_id"))
    cases = IdentityCase.objects.filter(student_id__among=Ids(student_of.values())).order_by("opened_at", "id")
    meant: dict[int, tuple[int, CaseState]] = {}
    for pk, student, word in cases.values_list("id", "student_id", "state"):
        if student not in meant or not meant[student][1].holds:
            meant[student] = (pk, CaseState(word))
    return {file: meant[student] for file, student in student_of.items() if student in meant}
