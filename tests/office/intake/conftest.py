"""What tests of plans stand on."""

import pytest

# Django is not set up yet when this file is read: what needs it is imported in the fixture.


@pytest.fixture
def six(db, tmp_path, monkeypatch):
    """Six students of one centre, in pieces of one or two."""
    from tests.office.intake import files, plans

    files.world(tmp_path, students=plans.PEOPLE)
    plans.small_pieces(monkeypatch)
