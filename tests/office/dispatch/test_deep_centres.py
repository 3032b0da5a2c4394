"""A centre below another centre: its certificates come from, and go back to, the college above both."""

import pytest

from graduand.models import Candidate, Certificate, Unit
from graduand.office.season import batches
from graduand.queries import scope
from graduand.queries.records.story import story
from graduand.rulebook.terms import Stage, UnitKind, Verb
from tests.acting import act, walk
from tests.factories import enrol

pytestmark = pytest.mark.django_db


def below(season, files):
    """Put the files at a teaching point below the first centre."""
    point = Unit.objects.create(
        code="C1-1", name="第1教学点", kind=UnitKind.CENTRE.value, parent=season.centres[0]
    )
    Candidate.objects.filter(pk__in=files).update(centre=point)
    return point


def test_六_the_college_sends_and_takes_back(season):
    files = walk(season, enrol(season), Stage.APPROVED)
    point = below(season, files)
    walk_on = Candidate.objects.get(pk=files[0])
    assert story(walk_on.student.number).files[0].holder == "总部"
    from_college = season.college.pk
    assert scope.colleges()[point.pk] == scope.colleges()[season.centres[0].pk] == from_college
    assert scope.colleges()[from_college] == season.hq.pk
    certify(season, files)
    paper = Certificate.objects.get(candidate=files[0])
    assert paper.held_by_id == from_college
    assert story(walk_on.student.number).files[0].holder == season.college.name
    assert act(season, Verb.SHIP, files, by=season.staff.dispatch).done == 1
    assert act(season, Verb.RECALL, files, by=season.staff.dispatch).done == 1
    paper.refresh_from_db()
    assert paper.held_by_id == from_college


def certify(season, files):
    batches.freeze_roster(season.batch, season.staff.hq.pk)
    assert act(season, Verb.CERTIFY, files).done == 1
