"""The way of files through the stations, each step by its own desk, and what a desk counts there."""

import re

import pytest

from graduand.office.season import batches
from graduand.rulebook.terms import Verb

WAY = (
    ("a", Verb.APPLY, {}),
    ("college", Verb.ENDORSE, {}),
    ("hq", Verb.APPROVE, {}),
    ("hq", Verb.CERTIFY, {}),
    ("college", Verb.SHIP, {"carrier": "邮政", "tracking": "YZ1"}),
    ("a", Verb.RECEIVE, {}),
)


def bring(world, until, *students):
    """Take these students' files along the way, `until` included, each step by its own desk."""
    for name, verb, said in WAY:
        if verb is Verb.CERTIFY:
            batches.freeze_roster(world.batch, world.users["hq"].pk)
        world.do(name, verb, *students, **said)
        if verb is until:
            break


@pytest.fixture
def three(world):
    """Three students in order at 杭州, one at 成都; nothing is done yet."""
    students = [world.student(n) for n in (1, 2, 3)]
    other = world.student(4, centre=1)
    world.judge()
    world.three, world.other = students, other
    return world


def stages(world):
    """Where the three stand."""
    return [world.file(student).stage for student in world.three]


def counted(client, parcel, found, key=""):
    """Send the counting form of a parcel."""
    page = client.get(f"/parcels/{parcel.pk}").content.decode()
    key = key or re.search(r'name="key" value="(\w+)"', page)[1]
    return client.post(f"/parcels/{parcel.pk}/count", {"key": key, "found": found})
