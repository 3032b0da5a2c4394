"""Which batches there are to work on, and which round an application goes to."""

from datetime import date

import pytest

from graduand.models import Batch
from graduand.office.season import rounds
from graduand.queries import clock
from graduand.queries.basis import basis_of
from graduand.queries.season.batches import unfinished_batches
from graduand.queries.season.seasons import seasons
from graduand.rulebook.terms import Verb
from tests import people
from tests.acting import act, refusals
from tests.factories import EARLY, FIRST, SECOND, enrol, other_batch, set_clock

pytestmark = pytest.mark.django_db


def test_a_batch_is_unfinished_until_it_is_finished_or_deleted_and_the_newest_stands_first(
    season, django_assert_num_queries
):
    later = other_batch(season)
    Batch.objects.create(code="209901")  # nothing is in force for it
    with django_assert_num_queries(1):
        assert [(one, one.policy.number) for one in unfinished_batches()] == [
            (later, 1),
            (season.batch, 1),
        ]
    Batch.objects.filter(pk=season.batch.pk).update(closed_at=clock.now())
    assert unfinished_batches() == [later, season.batch]  # closed: numbering and handing over go on
    Batch.objects.filter(pk=season.batch.pk).update(finished_at=clock.now())
    assert unfinished_batches() == [later]
    Batch.objects.filter(pk=later.pk).update(
        policy=None, deleted_at=clock.now(), deleted_by=season.staff.hq
    )
    assert unfinished_batches() == []


@pytest.mark.parametrize(
    ("moment", "normal", "early"),
    [
        ("2023-06-20 09:00", None, None),
        ("2023-07-12 09:00", FIRST, EARLY),
        ("2023-09-06 09:00", SECOND, SECOND),
    ],
)
def test_an_application_goes_to_the_round_that_is_open(season, moment, normal, early):
    set_clock(moment)
    basis = basis_of(season.batch)
    opened = [basis.open_round(), basis.open_round(early=True)]
    assert [turn and turn.name for turn in opened] == [normal, early]
    assert opened == [
        seasons()[0].open_round(basis.today),
        seasons()[0].open_round(basis.today, early=True),
    ]


def test_三_4_a_round_closed_by_hand_is_no_round_to_go_to(season):
    rounds.switch(season.batch, FIRST, people.actor(season.staff.hq), opening=False)
    assert (basis_of(season.batch).open_round(), seasons()[0].open_round(date(2023, 7, 12))) == (
        None,
        None,
    )
    assert (
        basis_of(season.batch).policy.open_round(date(2023, 7, 12), ()).name == FIRST
    )  # by its days it is open
    refused = act(season, Verb.APPLY, enrol(season))
    assert list(refusals(refused).values()) == [["ROUND-NONE"]]
    assert refused.refusals.get().findings.count("下一轮「第二批」") == 1


def test_三_4_nothing_is_open_in_a_closed_batch(season):
    Batch.objects.update(closed_at=clock.now())
    season.batch.refresh_from_db()
    assert (
        basis_of(season.batch).open_round(early=True),
        seasons()[0].open_round(date(2023, 7, 12), early=True),
    ) == (None, None)
