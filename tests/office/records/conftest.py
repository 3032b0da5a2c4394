"""What tests of plans stand on."""

import pytest

# Django is not set up yet when this file is read: what needs it is imported in the fixtures.


@pytest.fixture
def six(db, tmp_path, monkeypatch):
    """Six students of one centre, in pieces of one or two."""
    from tests.office.records import files
    from tests.office.records.plans import plans

    files.world(tmp_path, students=plans.PEOPLE)
    plans.small_pieces(monkeypatch)


@pytest.fixture
def three(db, tmp_path, monkeypatch):
    """Three students with a result each that is to change, in a batch; nobody waits to be judged."""
    from graduand.models import Stale
    from graduand.office.season import listing
    from graduand.rulebook.terms import SheetKind
    from tests.office.records import files
    from tests.office.records.plans import plans

    files.world(tmp_path, students=plans.FEW)
    files.batch()
    listing.list_newcomers()
    files.bring(tmp_path, SheetKind.RESULTS, *plans.marks("60", plans.FEW)[: plans.FEW])
    plans.small_pieces(monkeypatch)
    Stale.objects.all().delete()
