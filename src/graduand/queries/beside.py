"""What only the steps beside the journey look at: the identity case, and how the degree came to where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graduand.models import Candidate, Event, IdentityCase
from graduand.models.engine import Ids
from graduand.rulebook.facts import Facts
from graduand.rulebook.journey import Track
from graduand.rulebook.terms import CaseState, Verb

# Which of a student's cases is meant: the one that is open, else the newest of those that were decided.
_DECIDED = (CaseState.CLEARED.value, CaseState.UPHELD.value)


def with_side(found: Mapping[int, Facts], track: Track) -> dict[int, Facts]:
    """`found` with what the steps of `track` look at; one query at most."""
    if track is Track.DEGREE:
        return _with_degree(found)
    if track is Track.CASE:
        cases = case_of(list(found))
        return {pk: known._replace(case=cases[pk][1]) if pk in cases else known for pk, known in found.items()}
    return dict(found)


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


def case_of(candidates: Sequence[int]) -> dict[int, tuple[int, CaseState]]:
    """Candidate -> (identity case, its state): the open one of the student, else the newest decided one."""
    files: dict[int, list[int]] = {}
    for pk, student in Candidate.objects.filter(id__among=Ids(candidates)).values_list("id", "student_id"):
        files.setdefault(student, []).append(pk)
    found: dict[int, tuple[int, CaseState]] = {}
    cases = IdentityCase.objects.filter(student_id__among=Ids(files)).order_by("id")
    for case, student, state in cases.values_list("id", "student_id", "state"):
        for pk in files[student]:
            if state not in _DECIDED or pk not in found or found[pk][1] in _DECIDED:
                found[pk] = (case, CaseState(state))
    return found
