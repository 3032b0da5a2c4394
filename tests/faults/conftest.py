"""Crowds that are made once for all the works that are killed in a module."""

from pathlib import Path

import pytest

# Django is not set up yet when this file is read: what needs it is imported in the fixtures.


@pytest.fixture(scope="module")
def places(request, engine):
    """Where homes are made and broken."""
    from django.conf import settings

    from tests.faults.laboratory import Laboratory

    return Laboratory(Path(settings.GRADUAND_HOME) / request.module.__name__.rpartition(".")[2])


@pytest.fixture(scope="module")
def crowds(places):
    """The crowd of a name, made when it is first asked for; nothing that comes by itself is left to be done there."""
    from tests.faults.laboratory import Place
    from tests.faults.long_works import PATIENCE, WORKER

    made = {}

    def crowd(name):
        if name not in made:
            made[name] = Place.new(places, name)
            made[name].prepare(name)
            assert made[name].start(WORKER).wait(PATIENCE) == 0
        return made[name]

    return crowd


@pytest.fixture(scope="module")
def usual(request, crowds):
    """The work of a name, as it is when nobody is killed."""
    from tests.faults.long_works import WORKS, SteadyClock

    return SteadyClock.of(request.param, crowds(WORKS[request.param].crowd))
