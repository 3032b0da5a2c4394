"""Closing a batch at the same moment as somebody files in it or closes it: one of the two is told so."""

import threading

import pytest

from graduand.models import Candidate
from graduand.office import moves
from graduand.office.audit import auditing
from graduand.office.season.ending import closing
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.acting import act, candidate_at, stages
from tests.office.races.test_races import together
from tests.office.season.ending.test_closing_held import batch
from tests.office.season.test_side_by_side_races import unguarded

pytestmark = pytest.mark.django_db


def _filed_while_two_agree(season, hq, monkeypatch) -> tuple[bool, Stage]:
    """An application is judged before the batch is held, and written after."""
    file = candidate_at(season, Stage.LISTED)
    Candidate.objects.update(explanation="学生出国")
    auditing.run(season.batch)
    judged, held, real = threading.Event(), threading.Event(), moves._write

    def write(chunk, passed):
        judged.set()
        held.wait(3)  # with the guard the order waits for us, so this runs out
        return real(chunk, passed)

    def agree():
        judged.wait(20)
        try:
            closing.order(season.batch, hq)
        finally:
            held.set()

    monkeypatch.setattr(moves, "_write", write)
    together(lambda: act(season, Verb.APPLY, [file.pk]), agree)
    return batch().closing_since is not None, stages([file.pk])[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nobody_is_filed_beside_the_look_at_who_is_left(open_season, monkeypatch):
    hq = people.actor(open_season.staff.hq)
    assert _filed_while_two_agree(open_season, hq, monkeypatch) == (False, Stage.APPLIED)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_hold_somebody_is_in_motion_in_a_batch_that_is_being_closed(
    open_season, monkeypatch
):
    unguarded(monkeypatch)
    hq = people.actor(open_season.staff.hq)
    assert _filed_while_two_agree(open_season, hq, monkeypatch) == (True, Stage.APPLIED)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_order_the_closing_one_is_told_so(open_season):
    hq = people.actor(open_season.staff.hq)
    outcomes = together(*(lambda: closing.order(open_season.batch, hq),) * 2)
    assert [str(one) for one in outcomes if isinstance(one, Exception)] == [
        "批次 202307 正在关闭，请刷新查看"
    ]
