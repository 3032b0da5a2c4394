"""Lots and the order of application: numbers by centre and student, holes that stay, each round for itself."""

import pytest

from graduand.models import (
    Candidate,
    Event,
    Lot,
)
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.rulebook.terms import DegreeState, Level, Stage, Verb
from tests import people
from tests.acting import act, candidate_at, refusals, stages, walk
from tests.factories import FIRST, IN_SECOND, SECOND, enrol, set_clock
from tests.invariants import violations

pytestmark = pytest.mark.django_db


def orders(ids: list[int]) -> list[int | None]:
    known = dict(Candidate.objects.filter(pk__in=ids).values_list("id", "reported_no"))
    return [known[pk] for pk in ids]


def test_lots_follow_centre_then_student_number_and_a_refused_one_leaves_a_hole(season):
    far, near = enrol(season, 2, centre=1), enrol(season, 3)
    Candidate.objects.get(pk=near[1]).student.photos.update(current=False)
    done = act(season, Verb.APPLY, [*far, *near], season.staff.hq)
    assert (done.done, done.refused, done.by_code) == (4, 1, {"PHOTO-PLATFORM": 1})
    assert orders(near) == [1, None, 3]
    assert orders(far) == [4, 5]
    lots = list(
        Lot.objects.order_by("number").values_list("number", "centre__code", "first_no", "size")
    )
    assert lots == [(1, "C1", 1, 3), (2, "C2", 4, 2)]
    assert refusals(done) == {near[1]: ["PHOTO-PLATFORM"]}
    assert [
        e.number for e in Event.objects.filter(candidate__in=near).order_by("candidate_id")
    ] == ["1", "3"]
    assert violations(season.batch) == []


def test_the_hole_is_never_filled(season):
    ids = enrol(season, 2)
    photos = Candidate.objects.get(pk=ids[0]).student.photos
    photos.update(current=False)
    act(season, Verb.APPLY, ids)
    photos.update(current=True)
    again = act(season, Verb.APPLY, ids)
    assert (again.done, again.unchanged, orders(ids)) == (1, 1, [3, 2])


def test_W13_returned_and_resubmitted_gets_a_new_number_and_keeps_the_old_in_its_history(season):
    ids = walk(season, enrol(season, 2), Stage.RETURNED)
    act(season, Verb.APPLY, ids[:1])
    assert orders(ids) == [3, 2]
    numbers = (
        Event.objects.filter(candidate=ids[0], verb=Verb.APPLY)
        .order_by("id")
        .values_list("number", flat=True)
    )
    assert list(numbers) == ["1", "3"]


def test_withdrawing_clears_the_application(season):
    file = candidate_at(season, Stage.APPLIED)
    act(season, Verb.WITHDRAW, [file.pk])
    file.refresh_from_db()
    assert (
        file.round,
        file.reported_no,
        file.lot,
        file.applied_at,
        file.applied_by,
        file.degree,
    ) == (None, None, None, None, None, DegreeState.NONE)


def test_each_round_counts_for_itself(season):
    first, second = enrol(season, 2), enrol(season, 2)
    act(season, Verb.APPLY, first)
    set_clock(IN_SECOND)
    act(season, Verb.APPLY, second)
    rounds = (
        Candidate.objects.filter(pk__in=first + second)
        .order_by("id")
        .values_list("round__name", "reported_no")
    )
    assert list(rounds) == [(FIRST, 1), (FIRST, 2), (SECOND, 1), (SECOND, 2)]


def test_applying_for_the_degree_too(season):
    junior, top_up = enrol(season, 1), enrol(season, 1, level=Level.TOP_UP)
    done = act(season, Verb.APPLY, junior + top_up, with_degree=True)
    assert (done.done, done.warned) == (2, 2)
    assert Candidate.objects.get(pk=junior[0]).degree == DegreeState.NONE
    findings = {e.candidate_id: e.findings for e in Event.objects.all()}
    assert "DEGREE-LEVEL" in findings[junior[0]]
    assert "DEGREE-" in findings[top_up[0]]


def test_a_large_act_is_done_in_chunks_and_resumed_from_its_cursor(season):
    ids = enrol(season, 7)
    done = acts.confirm(
        season.batch, ids, people.actor(season.staff.clerks[0]), ActRequest(Verb.APPLY)
    )
    halfway = moves.advance(done.pk, size=3)
    assert (halfway.cursor, halfway.done, halfway.finished_at) == (3, 3, None)
    assert stages(ids) == [Stage.APPLIED] * 3 + [Stage.LISTED] * 4
    seen: list[tuple[int, int]] = []
    [finished] = acts.resume(season.batch, lambda done, total: seen.append((done, total))).done
    assert (finished.cursor, finished.done, seen) == (7, 7, [(7, 7)])
    assert orders(ids) == [1, 2, 3, 4, 5, 6, 7]
    assert acts.resume(season.batch) == acts.ResumedActs()
    assert moves.advance(done.pk, size=3).done == 7
    assert violations(season.batch) == []
