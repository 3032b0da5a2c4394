"""A clerk whose files leave, with a consent in hand, and what is on record of their end."""

from pathlib import Path

import pytest
from django.conf import settings

from graduand.models import Consent, OutgoingEnd
from graduand.office.outgoing import exports
from graduand.office.outgoing.list_exports import ListExport
from graduand.queries import clock
from tests import people

LIST = ListExport("candidates", "毕业申请", [("batch", "202307")], ["number"], ["学号"])


PIECES = [b"one", b"two", b"three"]


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """A folder of drafts that no other test has written into: these tests count what lies in it."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "drafts"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700)


@pytest.fixture
def clerk(season):
    return people.actor(season.staff.clerks[0])


@pytest.fixture
def agreed(clerk, season):
    """A consent in hand that was not used."""
    return Consent.objects.create(
        kind="export",
        digest="d",
        reason="r",
        asked_by_id=clerk.user_id,
        asked_at=clock.now(),
        key="k",
        decided_by=season.staff.hq,
        decided_at=clock.now(),
        agreed=True,
    )


def begun(clerk, **more):
    return exports.begin(clerk, exports.LeavingFile("photos", [], ["graduation"], 3, **more))


def ends():
    return list(
        OutgoingEnd.objects.order_by("outgoing").values_list(
            "outgoing__serial", "state", "rows", "size", "why"
        )
    )


def folders():
    return sorted(path.name for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("outgoing-*"))
