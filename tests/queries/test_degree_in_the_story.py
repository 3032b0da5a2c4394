"""The history says why an application went without the degree that was asked for."""

import pytest

from graduand.queries.records import person
from graduand.rulebook.terms import DegreeState, Verb
from tests.acting import act
from tests.factories import enrol, make_season

pytestmark = pytest.mark.django_db


def test_a_dropped_degree_is_explained():
    season = make_season()
    [pk] = enrol(season)
    act(season, Verb.APPLY, [pk], with_degree=True, same_checked=True)
    file = season.batch.candidates.get(pk=pk)
    [done] = person.history(file)
    assert (file.degree, done.note) == (
        DegreeState.NONE,
        "上报顺序 1；未申请学位：专科不授予学士学位",
    )


def test_nothing_is_said_of_a_degree_that_nobody_asked_for():
    season = make_season()
    [pk] = enrol(season)
    act(season, Verb.APPLY, [pk])
    [done] = person.history(season.batch.candidates.get(pk=pk))
    assert done.note == "上报顺序 1"
