"""A season to act in, inside a transaction or, where threads must meet in the database, outside."""

from typing import Any

import pytest

# Django is not set up yet when this file is read: what needs it is imported in the fixtures.


@pytest.fixture
def season(db) -> Any:
    """Two centres, the notice's batch, 2023-07-12."""
    from tests import factories

    return factories.make_season()


@pytest.fixture
def open_season(transactional_db) -> Any:
    """The same outside a transaction, for threads with connections of their own."""
    from tests import factories

    return factories.make_season()


@pytest.fixture
def hq(season) -> Any:
    """The reviewer of headquarters."""
    from tests import people

    return people.actor(season.staff.hq)


@pytest.fixture
def boss(season) -> Any:
    """An administrator of headquarters, the second person."""
    from tests import people

    return people.actor(season.staff.second)
