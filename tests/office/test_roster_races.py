"""Two people freeze a roster at once: one wins, the other is told so in a sentence, and nobody is on two lists."""

import threading

import pytest

from graduand.models import Candidate, Roster
from graduand.models.engine import engine_of
from graduand.office import batches
from graduand.rulebook.terms import Stage
from tests.factories import enrol, walk
from tests.office.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


TOLD = "另一位同事正在冻结同一轮的花名册，请稍后查看"


def freezing(season, user):
    return lambda: batches.freeze_roster(season.batch, user.pk)


@pytest.mark.parametrize("attempt", range(3))
def test_the_loser_of_two_freezes_is_told_in_a_sentence(open_season, attempt):
    ids = walk(open_season, enrol(open_season, 40), Stage.APPROVED)
    staff = open_season.staff
    people = (staff.hq, staff.second, staff.hq_third)
    outcomes = together(*(freezing(open_season, user) for user in people))
    refused = [o for o in outcomes if isinstance(o, Exception)]
    assert {(type(o), str(o)) for o in refused} <= {(batches.BatchRefused, TOLD)}
    assert sum(len(o) for o in outcomes if isinstance(o, list)) == 1
    [roster] = Roster.objects.all()
    places = Candidate.objects.filter(pk__in=ids).order_by("roster_no").values_list("roster", "roster_no")
    assert list(places) == [(roster.pk, n) for n in range(1, 41)]


def two_on_one_look(season, monkeypatch) -> list:
    """Both have looked who waits before either writes: what READ COMMITTED allows and SQLite's lock at BEGIN does not."""
    walk(season, enrol(season, 5), Stage.APPROVED)
    real, both = batches._in_roster_order, threading.Barrier(2)

    def looked(*given):
        people = real(*given)
        if people:
            both.wait(30)
        return people

    monkeypatch.setattr(batches, "_in_roster_order", looked)
    return together(freezing(season, season.staff.hq), freezing(season, season.staff.second))


@pytest.mark.postgres
def test_who_looked_before_the_other_wrote_freezes_nothing(open_season, monkeypatch):
    outcomes = two_on_one_look(open_season, monkeypatch)
    assert [str(o) for o in outcomes if isinstance(o, Exception)] == [TOLD]
    assert [roster.size for roster in Roster.objects.all()] == [5]


@pytest.mark.postgres
def test_negative_control_without_the_guard_both_freeze_the_same_people(open_season, monkeypatch):
    real = engine_of()

    class Unguarded:
        def update_each(self, cursor, table, key, columns, where, rows):
            return real.update_each(cursor, table, key, columns, "1 = 1", rows)

    monkeypatch.setattr(batches, "engine_of", Unguarded)
    outcomes = two_on_one_look(open_season, monkeypatch)
    assert [o for o in outcomes if isinstance(o, Exception)] == []
    assert [roster.size for roster in Roster.objects.order_by("number")] == [5, 5]
    assert Candidate.objects.filter(roster=Roster.objects.get(number=1)).count() == 0
