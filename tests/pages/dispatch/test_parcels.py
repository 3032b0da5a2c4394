"""包裹: where a parcel stands in the lists of both ends, before and after it is counted."""

from datetime import timedelta
from urllib.parse import urlencode

from graduand.models import Parcel
from graduand.office import acts
from graduand.rulebook.terms import Verb
from tests.pages.home.test_home import listed
from tests.pages.stations import bring, counted
from tests.pages.world import NOON


def test_a_parcel_that_was_counted_is_no_longer_on_its_way(world, at):
    """What was missing is a difference, counted once: neither 待签收, nor 逾期未签收, nor 寄送途中."""
    students = [world.student(n) for n in (1, 2, 3)]
    world.judge()
    bring(world, Verb.SHIP, *students)
    parcel = Parcel.objects.get()
    Parcel.objects.update(sealed_at=NOON - timedelta(days=30))
    asked = ("way=1", "way=0", "late=1", "short=1")
    assert [listed(at("college"), f"/parcels?{query}") for query in asked] == [1, 0, 1, 0]
    typed = ("YZ1", "yz 1", "ＹＺ－1", "yz", "邮政 YZ1", "Y。", "Z1", "YZ2")
    found = [listed(at("college"), f"/parcels?{urlencode({'q': number})}") for number in typed]
    assert found == [1, 1, 1, 1, 1, 1, 0, 0]
    counted(at("a"), parcel, [world.file(student).pk for student in students[:2]])
    acts.resume(world.batch)
    assert [listed(at("college"), f"/parcels?{query}") for query in asked] == [0, 1, 0, 1]
    centre = at("a").get("/parcels").content.decode()
    assert ("登记找到的" in centre, ">清点<" in centre) == (True, False)
