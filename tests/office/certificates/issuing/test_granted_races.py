"""授予学位 beside an import and the judging that follows it: no degree is granted against what is on record."""

import pytest
from django.db import connection, transaction

from graduand.models import Judgement
from graduand.office.audit import auditing, granted_degrees
from graduand.queries.basis import basis_of
from graduand.rulebook.terms import Stage, Verb
from tests.acting import act
from tests.factories import make_season
from tests.office.degrees import WITH_WINDOW, graduate, thesis
from tests.office.races.two_connections import run_concurrently


@pytest.fixture
def season():
    return make_season(degree=WITH_WINDOW)


@pytest.fixture
def file(season):
    """A graduate who has applied for the degree, judged."""
    found = graduate(season, Stage.RECEIVED)
    assert act(season, Verb.DEGREE_APPLY, [found.pk]).done == 1
    auditing.run(season.batch)
    return found


def lost():
    return list(Judgement.objects.values_list("candidate__degree", "degree_lost"))


def grant(season, file, **said):
    return act(season, Verb.DEGREE_GRANT, [file.pk], season.staff.hq_third, **said).done


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_mark_that_fails_and_is_judged_beside_the_grant_stops_it(season, file):
    """The judging finds a degree that nobody has granted, and would look at it no more."""

    def judged_with_another_mark():
        thesis(file, "40")
        auditing.mark_stale([file.student_id])
        auditing.run(season.batch)

    assert run_concurrently(judged_with_another_mark, lambda: grant(season, file)) == [0]
    assert lost() == [("applied", False)]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_mark_that_fails_beside_the_grant_waits_for_it_and_is_found(season, file):
    def another_mark():
        with transaction.atomic():
            thesis(file, "40")
            auditing.mark_stale([file.student_id])

    granted = []
    run_concurrently(lambda: granted.append(grant(season, file)), another_mark)
    auditing.run(season.batch)
    assert (granted, lost()) == ([1], [("granted", True)])


@pytest.mark.django_db
def test_a_look_from_before_a_new_grant_says_nothing_of_it(season, file):
    """Judged and declined, the mark mended, granted anew: the look that was under way writes nothing."""
    both = {"second": season.staff.second, "reason": "materials"}
    assert grant(season, file) == 1
    thesis(file, "40")
    auditing.refresh([file.pk], basis_of(season.batch))
    under_way = granted_degrees.rows_due()
    assert under_way.count() == 1
    assert act(season, Verb.DEGREE_DECLINE, [file.pk], **both).done == 1
    thesis(file, "90")
    assert grant(season, file, **both) == 1
    assert (lost(), under_way.count()) == ([("granted", False)], 0)
