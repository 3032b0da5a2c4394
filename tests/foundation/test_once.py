"""A world that is made once (`tests/once.py`): each test finds it as it was made, and none ends its transaction."""

from types import SimpleNamespace

import pytest

from graduand.models import Unit
from tests import once


def make():
    return {"hq": Unit.objects.create(code="0", name="总部", kind="hq"), "made": []}


standing = once.made(make)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_what_was_made_and_leaves_nothing_of_its_own(standing, db, turn):
    world = standing()
    assert (world["made"], world["hq"].name) == ([], "总部")
    assert list(Unit.objects.values_list("name", flat=True)) == ["总部"]
    world["made"].append(turn)
    world["hq"].name = "改名"
    world["hq"].save()
    Unit.objects.create(code="10", name="学院", kind="college", parent=world["hq"])


@pytest.mark.parametrize("fixture", sorted(once.ENDS_TRANSACTIONS))
def test_a_test_that_ends_the_transaction_is_refused(request, fixture):
    there = SimpleNamespace(
        nodeid="one", path=request.path, fixturenames=[fixture], get_closest_marker=lambda _: None
    )
    elsewhere = SimpleNamespace(**{**vars(there), "path": request.path.parent})
    for items, refused in (([elsewhere], False), ([elsewhere, there], True)):
        asked = SimpleNamespace(path=request.path, session=SimpleNamespace(items=items))
        if refused:
            with pytest.raises(pytest.fail.Exception, match="one ends the transaction"):
                once._refuse_what_ends_transactions(asked)
        else:
            once._refuse_what_ends_transactions(asked)
