"""A season to act in; and, where threads must meet in the database, one that forgets its events afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest

# Django is not set up yet when this file is read: what needs it is imported in the fixtures.


@pytest.fixture
def season(db) -> Any:
    """Two centres, the notice's batch, 2023-07-12."""
    from tests import factories

    return factories.make_season()


@pytest.fixture
def open_season(transactional_db) -> Iterator[Any]:
    """The same outside a transaction, for threads with connections of their own."""
    from tests import factories

    yield factories.make_season()
    factories.forget_events()
