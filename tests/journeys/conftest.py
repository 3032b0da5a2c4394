"""A season behind a real server, and a walk in a real window."""

import pytest

from tests.journeys.walking import Walk


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
def walk(season, browser, live_server, tmp_path):
    """A window before the sign-in form; it must end without a complaint and leave nothing behind."""
    walk = Walk(browser, live_server.url, tmp_path)
    walk.complaints()
    yield walk
    assert walk.left_behind() == 0
    assert walk.complaints() == []
