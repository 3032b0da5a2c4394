"""A season behind a real server, and a walk in a real window."""

from pathlib import Path

import pytest

from graduand.gateways import hashed_files
from tests.journeys.walking import Walk
from tests.material import portraits


@pytest.fixture
def season(transactional_db, settings):
    """Thirteen ready at 杭州, one without a photo, one without credits; one at 成都."""
    from tests.pages.world import build  # a conftest is read before Django's apps are ready

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECOND_FACTOR = "optional"
    world = build()
    for number in range(1, 14):
        world.student(number)
    world.student(14, photo=False)
    world.student(15, credits=False)
    world.student(16, centre=1)
    world.judge()
    return world


@pytest.fixture
def walk(season, browser, live_server, tmp_path, settings):
    """A window before the sign-in form; it must end without a complaint and leave nothing behind."""
    _give_bytes(settings.MEDIA_ROOT)
    walk = Walk(browser, live_server.url, tmp_path)
    walk.complaints()
    yield walk
    assert walk.left_behind() == 0
    assert walk.complaints() == []


def _give_bytes(media):
    """Each picture on record has a face to show: a missing file is a complaint of the window."""
    from graduand.models import PhotoRow

    bare = PhotoRow.objects.filter(sha256__startswith="0" * 40)
    if bare.exists():
        bare.update(sha256=hashed_files.keep(Path(media) / "photos", portraits.face(2)))
