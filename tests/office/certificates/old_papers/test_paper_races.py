"""Prints, amendments and new degree papers beside each other: none of them goes by what another has just changed."""

import pytest
from django.db import IntegrityError, connection

from graduand.models import Certificate, DegreeCertificate, Event, Student
from graduand.office import acts, moves
from graduand.office.acts import ActRequest
from graduand.office.certificates.issuing import reprinting
from graduand.queries.basis import basis_of
from graduand.queries.certificates import issued
from graduand.queries.verdicts import asked_of
from graduand.rulebook.journey import step_of
from graduand.rulebook.terms import Stage, Verb
from tests import factories, people
from tests.acting import register
from tests.factories import make_season, set_clock
from tests.office.certificates.issuing.test_amending import amend
from tests.office.certificates.issuing.test_degrees import WITH_WINDOW
from tests.office.certificates.old_papers.old_papers import as_read
from tests.office.certificates.old_papers.test_old_degree_papers import numbered, renamed
from tests.office.papers.print_runs import at
from tests.office.races.two_connections import run_concurrently


@pytest.fixture
def season(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    made = make_season(degree=WITH_WINDOW)
    set_clock(factories.IN_FIRST)
    return made


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="one writer: the amendment begins after the end of the print",
)
def test_an_amendment_waits_for_a_print_that_is_about_to_say_what_is_in_hand(season):
    """From A to B, printed; amended back to A while the print says so: the paper that lies there says B, and is an old one."""
    ids = at(season, Stage.CERTIFIED)
    register(ids)
    name = Student.objects.get().name
    renamed(season, ids)
    printed, second = as_read(ids), issued.graduations(ids)[ids[0]]
    set_clock("2023-07-26 09:00")
    Student.objects.update(name=name)
    ended = []
    outcome = run_concurrently(
        lambda: ended.append(reprinting.ended(printed)), lambda: amend(season, ids).done
    )
    paper = Certificate.objects.get()
    assert (ended, outcome) == ([(ids, [])], [1])
    assert (paper.old_paper_since is not None, paper.old_paper_sha256) == (True, second.sha256)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="one writer: the amendment begins after the look of the print",
)
def test_an_amendment_waits_for_a_print_that_looks_what_it_is_to_say(season):
    """What it has read is what the amendment takes for the paper in hand."""
    ids = at(season, Stage.CERTIFIED)
    register(ids)
    set_clock("2023-07-25 09:00")
    Student.objects.update(name="李改名")
    read = []
    outcome = run_concurrently(
        lambda: read.append(reprinting.begun(ids)), lambda: amend(season, ids).done
    )
    paper = Certificate.objects.get()
    assert (outcome, read[0].old_papers, paper.old_paper_since is not None) == ([1], {}, True)
    assert paper.old_paper_sha256 == read[0].certificates[ids[0]].sha256


@pytest.mark.django_db
def test_what_is_no_old_degree_paper_any_more_is_not_replaced(season, monkeypatch):
    """It was one when it was judged."""
    ids = numbered(season)
    renamed(season, ids)
    said = {"note": "7月26日重制"}
    work = acts.confirm(
        season.batch,
        ids,
        people.actor(season.staff.hq),
        ActRequest(Verb.DEGREE_REPLACE, answers=said),
    )
    looked = moves.verdicts(
        step_of(Verb.DEGREE_REPLACE), ids, basis_of(season.batch), asked_of(work)
    )
    assert looked[ids[0]].passes
    DegreeCertificate.objects.update(old_paper_since=None, old_paper_sha256="")
    monkeypatch.setattr(moves, "verdicts", lambda *_: looked)
    with pytest.raises(IntegrityError, match="has changed since it was judged"):
        moves.carry_out(work)
    assert not Event.objects.filter(verb="degree_replace").exists()
    assert DegreeCertificate.objects.get().reprinted_at is None
