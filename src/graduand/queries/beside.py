"""What only the steps beside the journey look at: the identity case, and how the degree came to where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graduand.models import Candidate, Event, IdentityCase
from graduand.models.engine import Ids
from graduand.queries.facts import gather
from graduand.rulebook.facts import Facts
from graduand.rulebook.gates import Bench
from graduand.rulebook.journey import SIDE_STEPS, Track
from graduand.rulebook.terms import CaseState, Level, Stage, Verb

# Which of a student's cases is meant: the one that is open, else the newest of those that were decided.
_DECIDED = (CaseState.CLEARED, CaseState.UPHELD)


def with_side(found: Mapping[int, Facts], track: Track) -> dict[int, Facts]:
    """`found` with what the steps of `track` look at; one query at most."""
    if track is Track.DEGREE:
        return _with_degree(found)
    if track is Track.CASE:
        cases = case_of(list(found))
        return {pk: known._replace(case=cases[pk][1]) if pk in cases else known for pk, known in found.items()}
    return dict(found)


# From here on a file has a certificate, and the steps on it look at papers.
_PRINTED = frozenset({Stage.APPROVED, Stage.CERTIFIED, Stage.SHIPPED, Stage.RECEIVED, Stage.COLLECTED})


def all_about(file: Candidate, bench: Bench) -> Facts:
    """All that any step on one file looks at, as far as its stage and level have it."""
    degree = file.student.level != Level.JUNIOR and file.stage in (SIDE_STEPS[Verb.DEGREE_APPLY].during or ())
    found = gather([file.pk], bench.policy, bench.today, papers=file.stage in _PRINTED, degree=degree)
    if degree:
        found = with_side(found, Track.DEGREE)
    cases = IdentityCase.objects.filter(student=file.student_id).order_by("id").values_list("id", "state")
    case = _meant((pk, CaseState(state)) for pk, state in cases)
    return found[file.pk]._replace(case=case[1] if case else None)


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
    cases = IdentityCase.objects.filter(student_id__among=Ids(files)).order_by("id")
    of_student: dict[int, list[tuple[int, CaseState]]] = {}
    for case, student, state in cases.values_list("id", "student_id", "state"):
        of_student.setdefault(student, []).append((case, CaseState(state)))
    meant = {student: _meant(found) for student, found in of_student.items()}
    return {pk: case for student, case in meant.items() if case for pk in files[student]}


def _meant(cases: Iterable[tuple[int, CaseState]]) -> tuple[int, CaseState] | None:
    """The open case, else the newest decided one; `cases` are in the order in which they were opened."""
    found = None
    for case in cases:
        if found is None or found[1] in _DECIDED or case[1] not in _DECIDED:
            found = case
    return found
