"""Two people freeze a roster at once: one wins, the other is told so in a sentence, and nobody is
on two lists.

It is made piece by piece: half of one is nobody's, and is made whole by whoever comes next.
"""

import pytest

from graduand.models import Candidate, Roster, Round, Student, Unit
from graduand.office.certificates import roster_places
from graduand.office.records.rows import ImportContext
from graduand.office.records.sheets.students import Students
from graduand.office.refusal import Refused
from graduand.office.season import batches
from graduand.queries import clock, stations
from graduand.queries.papers import printing
from graduand.rulebook.terms import Stage, Verb
from tests import people
from tests.acting import act, refusals, walk
from tests.factories import enrol
from tests.office.races.test_races import together

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
    assert {(type(o), str(o)) for o in refused} <= {(Refused, TOLD)}
    assert sum(len(o) for o in outcomes if isinstance(o, list)) == 1
    [roster] = Roster.objects.all()
    places = (
        Candidate.objects.filter(pk__in=ids)
        .order_by("roster_no")
        .values_list("roster", "roster_no")
    )
    assert list(places) == [(roster.pk, n) for n in range(1, 41)]


def taken_over_before_the_end(season, monkeypatch) -> list:
    """Five wait. All have their places on the first one's roster when a sixth is approved and the
    second one begins; that one has placed five of the six when the first one goes on, and comes to
    its own end after that.
    """
    walk(season, enrol(season, 5), Stage.APPROVED)
    turn, key = Round.objects.get(name="首批"), batches.policy_of(season.batch).roster_key
    real, outcome = roster_places._number, []

    def number(roster, size):
        monkeypatch.setattr(roster_places, "_number", real)
        walk(season, enrol(season, 1), Stage.APPROVED)
        theirs = roster_places._take_over(season.batch, turn, season.staff.second.pk)
        six = list(enumerate(roster_places._in_roster_order(season.batch, turn, key), start=1))
        roster_places._place(theirs, six[:5])
        try:
            outcome.append(real(roster, size))
        except Refused as told:
            outcome.append(str(told))
        roster_places._place(theirs, six[5:])
        return real(theirs, 6)

    monkeypatch.setattr(roster_places, "_number", number)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    return outcome


def test_whoever_is_taken_over_freezes_nothing(season, monkeypatch):
    assert taken_over_before_the_end(season, monkeypatch) == [TOLD]
    assert list(Roster.objects.values_list("number", "size", "frozen_by")) == [
        (1, 6, season.staff.second.pk)
    ]
    assert list(Candidate.objects.order_by("roster_no").values_list("roster_no", flat=True)) == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


def test_negative_control_without_the_guard_one_roster_is_frozen_twice(season, monkeypatch):
    monkeypatch.setattr(roster_places, "_hold", lambda roster: None)
    assert taken_over_before_the_end(season, monkeypatch) == [True]
    assert list(Roster.objects.values_list("number", "size")) == [
        (2, 6)
    ]  # number 1, five people, was seen and is gone


def test_whoever_leaves_while_it_is_made_is_not_on_it(season, monkeypatch):
    """Sent back between the look and the place: the roster is begun anew without a gap."""
    ids = walk(season, enrol(season, 5), Stage.APPROVED)
    real = roster_places._place

    def placed(roster, people):
        monkeypatch.setattr(roster_places, "_place", real)
        assert (
            act(season, Verb.SEND_BACK, ids[1:2], season.staff.hq, second=season.staff.second).done
            == 1
        )
        return real(roster, people)

    monkeypatch.setattr(roster_places, "_place", placed)
    [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
    places = (
        Candidate.objects.filter(roster=roster).order_by("roster_no").values_list("id", "roster_no")
    )
    assert list(places) == [(ids[0], 1), (ids[2], 2), (ids[3], 3), (ids[4], 4)]


def test_whoever_leaves_before_it_is_numbered_is_not_on_it_either(season, monkeypatch):
    ids = walk(season, enrol(season, 3), Stage.APPROVED)
    real = roster_places._number

    def number(roster, size):
        monkeypatch.setattr(roster_places, "_number", real)
        assert (
            act(season, Verb.SEND_BACK, ids[:1], season.staff.hq, second=season.staff.second).done
            == 1
        )
        return real(roster, size)

    monkeypatch.setattr(roster_places, "_number", number)
    [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
    places = Candidate.objects.order_by("id").values_list("roster", "roster_no")
    assert list(places) == [(None, None), (roster.pk, 1), (roster.pk, 2)]


def half_made(season) -> tuple[list[int], Roster]:
    """What a process leaves that was killed between two pieces: three of five have their places."""
    ids = walk(season, enrol(season, 5), Stage.APPROVED)
    turn = Round.objects.get(name="首批")
    roster = roster_places._take_over(season.batch, turn, season.staff.hq.pk)
    assert (
        roster_places._place(
            roster, [(place, (pk, "")) for place, pk in enumerate(ids[:3], start=1)]
        )
        == 3
    )
    return ids, roster


def test_half_a_roster_is_nobodys_and_the_next_one_makes_it_whole(season):
    ids, _ = half_made(season)
    hq = people.actor(season.staff.hq)
    assert list(stations.rosters(hq)) == []
    assert stations.off_roster_by_round(hq, season.batch) == [("首批", 5)]
    assert [one.roster for one in printing.listed(season.batch, hq)] == [None] * 5
    assert refusals(act(season, Verb.CERTIFY, ids)) == {pk: ["ROSTER"] for pk in ids}
    [roster] = batches.freeze_roster(season.batch, season.staff.second.pk)
    assert (roster.number, roster.size, roster.frozen_by, Roster.objects.count()) == (
        1,
        5,
        season.staff.second,
        1,
    )
    places = (
        Candidate.objects.filter(roster=roster).order_by("roster_no").values_list("id", "roster_no")
    )
    assert list(places) == [(pk, place) for place, pk in enumerate(ids, start=1)]


def moved_to_the_other_centre(season, pk) -> Unit:
    """What an import of 学生 does at its end for whoever has another centre now; returns the file's centre after it."""
    student = Candidate.objects.get(pk=pk).student
    Student.objects.filter(pk=student.pk).update(centre=season.centres[1])
    context = ImportContext(None, clock.now(), clock.today(), None, frozenset())
    context.cache["moved"] = {student.pk}
    Students().finish(context)
    return Candidate.objects.get(pk=pk).centre


def test_whoever_changes_centre_before_it_is_numbered_stands_in_the_order_of_the_new_centre(
    season, monkeypatch
):
    """五.3: the order of the roster is that of its key, on the day on which it is frozen."""
    ids = walk(season, enrol(season, 3), Stage.APPROVED)
    real = roster_places._number

    def number(roster, size):
        monkeypatch.setattr(roster_places, "_number", real)
        assert moved_to_the_other_centre(season, ids[0]) == season.centres[1]
        return real(roster, size)

    monkeypatch.setattr(roster_places, "_number", number)
    [roster] = batches.freeze_roster(season.batch, season.staff.hq.pk)
    places = (
        Candidate.objects.filter(roster=roster)
        .order_by("roster_no")
        .values_list("id", "centre__code")
    )
    assert (list(places), roster.size) == ([(ids[1], "C1"), (ids[2], "C1"), (ids[0], "C2")], 3)


def test_a_file_follows_its_student_to_another_centre_until_its_roster_is_frozen(season):
    ids, _ = half_made(season)
    assert moved_to_the_other_centre(season, ids[0]) == season.centres[1]
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert moved_to_the_other_centre(season, ids[1]) == season.centres[0]
    last = Candidate.objects.order_by("roster_no").last()
    assert (last.pk, last.roster_no) == (
        ids[0],
        5,
    )  # in the order of the centres as they are when it is frozen
