"""A small season to command, and an empty current folder."""

from typing import Any

import pytest

# Django is not set up yet when this file is read: what needs it is imported in the fixture.


@pytest.fixture
def season(db, tmp_path, monkeypatch) -> Any:
    """Two centres, the notice's batch, 2023-07-12; `tmp_path` is where its commands are called."""
    from tests import factories

    monkeypatch.chdir(tmp_path)
    return factories.make_season()
