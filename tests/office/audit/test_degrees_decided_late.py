"""A degree that fails after the window is decided on all the same: no batch is stuck with it, and nobody else's is touched."""

import pytest

from graduand.models import Candidate
from graduand.office.refusal import Refused
from graduand.office.season.ending import finishing
from graduand.rulebook.terms import DegreeState, Stage, Verb
from tests import acting, people
from tests.acting import act, refusals
from tests.factories import make_season, set_clock
from tests.office.audit.test_granted_degrees import bring, failing, granted_at
from tests.office.audit.test_imports_lose_degrees import imported, material
from tests.office.certificates.after_the_number import correct
from tests.office.degrees import WITH_WINDOW

pytestmark = pytest.mark.django_db
LATE = "2025-08-01T09:00:00+08:00"


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_season(degree=WITH_WINDOW)


def both(season):
    return {"second": season.staff.second, "reason": "materials"}


def closed(season, *stages):
    """The files of a closed batch, after the last day on which a degree is applied for."""
    files = [granted_at(season, stage) for stage in stages]
    Candidate.objects.filter(stage=Stage.APPROVED.value).update(explanation="待办")
    acting.shut(season.batch, people.actor(season.staff.hq))
    season.batch.refresh_from_db()
    set_clock(LATE)
    return files


def test_after_the_window_what_fails_is_declined_by_two_and_the_batch_ends(season, tmp_path):
    file, fine = closed(season, Stage.COLLECTED, Stage.COLLECTED)
    imported(season, tmp_path, "degrees", material(file, "40"))
    season.batch.refresh_from_db()
    said = r"授予学位后不再符合学位条件，待总部核实 1 人，请先由总部决定：学位的成绩、材料有误的由学院更正，属实的「不授予学位」$"
    with pytest.raises(Refused, match=said):
        finishing.declare(season.batch)
    assert refusals(act(season, Verb.DEGREE_DECLINE, [file.pk])) == {file.pk: ["SECOND"]}
    done = act(season, Verb.DEGREE_DECLINE, [file.pk, fine.pk], **both(season))
    assert (done.done, refusals(done)) == (1, {fine.pk: ["DEGREE-WINDOW"]})
    season.batch.refresh_from_db()
    assert (failing(season), season.batch.finished_at is None) == ([set(), {fine.pk}], False)


@pytest.mark.parametrize("stage", [Stage.APPROVED, Stage.CERTIFIED, Stage.COLLECTED])
def test_a_degree_whose_graduation_fails_is_taken_back_too(season, tmp_path, stage):
    [file] = closed(season, stage)
    assert refusals(act(season, Verb.DEGREE_DECLINE, [file.pk], **both(season))) == {
        file.pk: ["DEGREE-WINDOW"]
    }
    correct(season, tmp_path, file.pk, void=True)
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both(season)).done == 1
    assert Candidate.objects.get(pk=file.pk).degree == DegreeState.DECLINED


def test_what_is_in_order_again_is_bound_to_the_window_and_so_is_a_grant(season, tmp_path):
    file, other = closed(season, Stage.RECEIVED, Stage.RECEIVED)
    bring(tmp_path, file, "40")
    bring(tmp_path, file, "90")
    assert refusals(act(season, Verb.DEGREE_DECLINE, [file.pk], **both(season))) == {
        file.pk: ["DEGREE-WINDOW"]
    }
    bring(tmp_path, other, "40")
    assert act(season, Verb.DEGREE_DECLINE, [other.pk], **both(season)).done == 1
    bring(tmp_path, other, "90")
    again = act(season, Verb.DEGREE_GRANT, [other.pk], season.staff.hq_third, **both(season))
    assert refusals(again) == {other.pk: ["DEGREE-WINDOW"]}
