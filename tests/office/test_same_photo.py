"""四.2(3): whether the 毕业照片 is the registry's own, where no copy of that one is held."""

import pytest

from graduand.models import PhotoRow
from graduand.rulebook.terms import Stage, Verb
from tests.factories import act, candidate_at, enrol, refusals

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


def test_PHOTO_SAME_is_said_of_a_file_that_was_filed_before_anybody_had_to_look(season):
    file = candidate_at(season, Stage.APPLIED)
    PhotoRow.objects.filter(student__candidates=file).update(same=None)
    assert (act(season, Verb.ENDORSE, [file.pk]).warned, act(season, Verb.APPROVE, [file.pk]).warned) == (1, 1)
