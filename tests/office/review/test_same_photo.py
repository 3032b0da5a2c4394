"""四.2(3): whether the 毕业照片 is the registry's own, where no copy of that one is held."""

import pytest

from graduand.models import Candidate, PhotoRow
from graduand.queries.facts import declarations
from graduand.rulebook.terms import Stage, Verb
from tests.acting import act, candidate_at, refusals
from tests.factories import enrol, photo_of, set_clock

pytestmark = pytest.mark.django_db


def test_PHOTO_SAME_refuses_until_the_centre_says_that_it_looked(season):
    """四.2(3): 须核查. No copy of the registry's picture is held: one statement for the lot, and the review relies on it."""
    held, unknown = enrol(season, 1), enrol(season, 2)
    PhotoRow.objects.filter(student__candidates__in=unknown).update(same=None)
    done = act(season, Verb.APPLY, held + unknown)
    refused = {pk: ["PHOTO-SAME"] for pk in unknown}
    assert (done.done, done.by_code, refusals(done)) == (1, {"PHOTO-SAME": 2}, refused)
    said = act(season, Verb.APPLY, unknown, same_checked=True)
    assert (said.done, said.warned, said.by_code) == (2, 0, {})
    assert act(season, Verb.ENDORSE, held + unknown).warned == 0


def another_picture(season, file, on):
    """The centre has another 毕业照片 of the student stored."""
    set_clock(on)
    PhotoRow.objects.filter(student=file.student_id).update(current=False)
    picture = photo_of(file.student, season.staff.clerks[0], sha="b" * 64)
    picture.same = None
    picture.save()


def test_PHOTO_SAME_is_said_of_a_file_that_was_filed_before_anybody_had_to_look(season):
    file = candidate_at(season, Stage.APPLIED)
    PhotoRow.objects.filter(student__candidates=file).update(same=None)
    assert (
        act(season, Verb.ENDORSE, [file.pk]).warned,
        act(season, Verb.APPROVE, [file.pk]).warned,
    ) == (1, 1)


def test_PHOTO_SAME_what_the_centre_said_of_one_picture_says_nothing_of_a_later_one(season):
    """四.2(3): nobody has looked whether the new one is the registry's, so the review is told again."""
    kept, replaced = enrol(season, 2)
    PhotoRow.objects.update(same=None)
    assert act(season, Verb.APPLY, [kept, replaced], same_checked=True).done == 2
    another_picture(season, Candidate.objects.get(pk=replaced), "2023-07-13 09:00")
    files = Candidate.objects.order_by("pk")
    assert [declarations.declaration_of(file) is not None for file in files] == [True, False]
    assert list(files.filter(declarations.is_declared()).values_list("pk", flat=True)) == [kept]
    assert act(season, Verb.ENDORSE, [replaced], spotless=True).by_code == {"PHOTO-SAME": 1}
    done = act(season, Verb.ENDORSE, [kept, replaced])
    assert (done.done, done.warned) == (2, 1)
    assert act(season, Verb.APPROVE, [kept, replaced]).warned == 1


def test_PHOTO_SAME_whoever_applies_anew_declares_the_new_picture(season):
    ids = enrol(season, 1)
    PhotoRow.objects.update(same=None)
    assert act(season, Verb.APPLY, ids, same_checked=True).done == 1
    another_picture(season, Candidate.objects.get(), "2023-07-13 09:00")
    assert act(season, Verb.SEND_BACK, ids).done == 1
    assert refusals(act(season, Verb.APPLY, ids)) == {ids[0]: ["PHOTO-SAME"]}
    assert act(season, Verb.APPLY, ids, same_checked=True).done == 1
    done = act(season, Verb.ENDORSE, ids)
    assert (
        done.done,
        done.warned,
        declarations.declaration_of(Candidate.objects.get()) is None,
    ) == (
        1,
        0,
        False,
    )
