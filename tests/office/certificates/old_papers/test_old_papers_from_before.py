"""更正以后的旧证 in homes from before: what the upgrade takes as printed, and what not."""

from datetime import timedelta

import pytest
from django.apps import apps

from graduand.models import (
    Candidate,
    Certificate,
    Export,
    Round,
    Student,
)
from graduand.office.season import batches
from graduand.queries.certificates import issued
from graduand.rulebook.terms import Stage, Verb
from tests import factories
from tests.acting import act, register
from tests.factories import set_clock
from tests.machine import migration_modules
from tests.office.certificates.old_papers.old_papers import amend, amended, old, says, season
from tests.office.papers.print_runs import at

__all__ = ["season"]  # a fixture

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def on_record(season, at, **more):
    """A print of the certificates as an earlier program recorded it, of everybody of the batch unless `more` says otherwise."""
    said = {
        "rows": Certificate.objects.count(),
        "held_back": 0,
        "state": "written",
        "sha256": "a" * 64,
        **more,
    }
    Export.objects.create(
        kind="certificate", batch=season.batch, run=1, name="x", by=season.staff.hq, at=at, **said
    )


def noted(ids):
    """What the migration says of these papers in a home from before."""
    Certificate.objects.update(old_paper_since=None, old_paper_sha256="")
    migration_modules.migration("old_papers").note_old_papers(apps, None)
    return old(ids)


def test_homes_from_before_take_an_amendment_as_not_printed_unless_it_was_before_it_left(season):
    """The migration: one is not printed since, one was printed before it left, one only after it had left."""
    first, second, third = ids = amended(season, Stage.CERTIFIED, 3)
    made = old([first])[0]
    Candidate.objects.filter(pk=second).update(stage="shipped", shipped_at=made + 2 * DAY)
    Candidate.objects.filter(pk=third).update(stage="shipped", shipped_at=made + DAY / 2)
    assert noted(ids) == [made, made, made]
    on_record(season, made + DAY)
    assert noted(ids) == [None, None, made]


def of_another_round(season):
    return {"round": Round.objects.exclude(pk__in=Candidate.objects.values("round")).first()}


@pytest.mark.parametrize(
    ("what", "when", "anew"),
    [
        (lambda _: {}, DAY, True),
        (lambda _: {"round": Candidate.objects.first().round}, DAY, True),
        (of_another_round, DAY, False),
        (lambda _: {"rows": 2}, DAY, False),  # of one centre
        (lambda _: {"rows": 2, "held_back": 1}, DAY, False),
        (lambda _: {"state": "failed", "sha256": "", "why": "磁盘已满"}, DAY, False),
        (lambda _: {}, timedelta(minutes=20), False),  # it was on record when it ended
        (lambda _: {}, -DAY, False),
    ],
)
def test_homes_from_before_believe_a_print_only_of_everybody_and_begun_after_the_amendment(
    season, what, when, anew
):
    set_clock(factories.IN_FIRST)
    ids = [*at(season, Stage.CERTIFIED, 2), *at(season, Stage.CERTIFIED, centre=1)]
    register(ids)
    amend(season, ids[:1], "2023-07-25 09:00", name="李改名")
    [made] = old(ids[:1])
    on_record(season, made + when, **what(season))
    assert noted(ids) == [None if anew else made, None, None]
    assert act(season, Verb.SHIP, ids[:1]).done == int(anew)


def test_homes_from_before_take_no_proofs_of_one_centre_for_everybody(season):
    """Three have numbers; a print of one centre was of two of them and of one who waited on the roster."""
    set_clock(factories.IN_FIRST)
    ids = [*at(season, Stage.CERTIFIED, 2, centre=1), *at(season, Stage.CERTIFIED)]
    waiting = at(season, Stage.APPROVED, centre=1)
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    register(ids)
    amend(season, ids[2:], "2023-07-25 09:00", name="李改名")
    [made] = old(ids[2:])
    on_record(season, made + DAY, rows=3)
    assert noted(ids[2:]) == [made]
    assert act(season, Verb.CERTIFY, waiting).done == 1


def test_homes_from_before_count_who_had_a_valid_number_when_it_was_printed(season):
    """One was numbered later, one number was voided since, one before."""
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.CERTIFIED, 4)
    register(ids)
    amend(season, ids[:1], "2023-07-25 09:00", name="李改名")
    [made] = old(ids[:1])
    by = {"voided_by": season.staff.hq, "void_second": season.staff.second}
    later, since, before = (Certificate.objects.filter(candidate=pk) for pk in ids[1:])
    later.update(made_at=made + 2 * DAY)
    since.update(voided_at=made + 2 * DAY, **by)
    before.update(voided_at=made, **by)
    Candidate.objects.filter(pk__in=[ids[1], ids[3]]).update(roster=None, roster_no=None)
    on_record(season, made + DAY, rows=2)
    assert noted(ids[:1]) == [None]


# -- what is known of old papers from before it was kept ------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "known"),
    [(None, True), (-DAY, True), (DAY, False), (timedelta(minutes=-20), False)],
)
def test_homes_from_before_know_what_an_old_paper_says_unless_it_was_printed_since(
    season, printed, known
):
    """Two are amended; one of them back to what it was, so that its paper is the right one."""
    set_clock(factories.IN_FIRST)
    ids = at(season, Stage.COLLECTED, 2)
    register(ids)
    first = [one.sha256 for one in issued.graduations(ids).values()]
    name = Student.objects.get(candidates=ids[0]).name
    amend(season, ids, "2023-07-25 09:00", name="李改名")
    made = old(ids)[0]
    amend(season, ids[:1], "2023-07-26 09:00", name=name)
    Certificate.objects.update(old_paper_since=made, old_paper_sha256="")
    if printed is not None:
        on_record(season, made + printed)
    migration_modules.migration("what_old_papers_say").note_what_they_say(apps, None)
    assert (old(ids), says(ids)) == (
        ([None, made], ["", first[1]]) if known else ([made, made], ["", ""])
    )
