"""The small season of the pages' tests, a client signed in at a desk, and one object of every kind."""

import pytest

from tests import once
from tests.pages.conftest import asks, at, plainly, world  # noqa: F401  # fixtures, used by name


def _people_it():
    from tests.pages.world import build  # a conftest is read before Django's apps are ready
    from tests.security.objects import populate

    season = build()
    return season, populate(season)


peopled_once = once.made(_people_it)


@pytest.fixture
def peopled(peopled_once, plainly, settings):  # noqa: F811  # the fixture of that name
    """(the season, the things in it), made once for the module that asks for it.

    Such a module says `def world(peopled): return peopled[0]`, or its tests would meet two seasons.
    """
    settings.MOST_SITTINGS = 100
    return peopled_once()


@pytest.fixture
def things(peopled):
    """role's person -> kind of object -> Thing."""
    return peopled[1]
