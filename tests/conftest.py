"""Chooses the engine before Django loads (SQLite, or GRADUAND_TEST_ENGINE=postgres), and starts the browser."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.test import TransactionTestCase
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests import engines, longest
from tests.machine import cluster, needs, row_numbers

ENGINE = os.environ.get("GRADUAND_TEST_ENGINE", "sqlite")
TESTS = Path(__file__).parent
# A folder in memory where the system has one, since transactional tests commit all the time.
HOME = Path(
    tempfile.mkdtemp(prefix="graduand-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
)
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

WINDOW = {"desk": (1440, 900), "laptop": (1366, 768), "phone": (390, 844)}
CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-device-scale-factor=1",
)

# No deadline, since a shared machine may be slow for a moment; on CI the examples are the same
# every time.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=os.environ.get("CI") == "true"
)
hypothesis.settings.load_profile("house")


def _choose_engine() -> str | None:
    """Set DATABASE_URL for the engine asked for; returns why that engine cannot be had, or None."""
    if ENGINE == "sqlite":
        os.environ.pop("DATABASE_URL", None)
        return None
    if ENGINE != "postgres":
        raise pytest.UsageError(f"GRADUAND_TEST_ENGINE must be sqlite or postgres, not {ENGINE}")
    try:
        server = cluster.start()
    except cluster.NoServer as problem:
        return str(problem)
    atexit.register(server.stop)
    os.environ["DATABASE_URL"] = server.url
    return None


for name in (
    "GRADUAND_DEMO",
    "GRADUAND_NOW",
    "GRADUAND_DEBUG",
    "GRADUAND_SECRET_KEY",
    "STORAGE_URL",
):
    os.environ.pop(name, None)  # the developer's own installation must not leak into the tests
os.environ["GRADUAND_HOME"] = str(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "graduand.settings"
NO_ENGINE = _choose_engine()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Hide the name of the settings from workers, which would read them before they have a home and
    a server of their own.
    """
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_configure(config: pytest.Config) -> None:
    """Set what only tests need; all other settings are those of an installation."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # a file and not memory: threads and other processes must reach the same database
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(HOME / "test.sqlite3")
    settings.LOOKING_IS_STRICT = True
    # hashing a password properly takes 50 ms, and nearly every test makes accounts
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    # plain file names, so that no collectstatic is needed before a run
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    _forget_events_before_a_flush()


def _forget_events_before_a_flush() -> None:
    """Let events be deleted before a flush: otherwise the tables could not be emptied after a test
    outside a transaction.
    """
    flush = TransactionTestCase._fixture_teardown

    def teardown(self: TransactionTestCase) -> None:
        from tests.machine.migration_modules import forget_events  # needs Django to be set up

        forget_events()
        flush(self)

    TransactionTestCase._fixture_teardown = teardown


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select the tests that belong to the engine's run (`engines.py`), and put the longest files
    first (`longest.py`).
    """
    kept: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        markers = {marker.name for marker in item.iter_markers()}
        kept[engines.belongs(ENGINE, markers, getattr(item, "fixturenames", ()))].append(item)
    config.hook.pytest_deselected(items=kept[False])
    order = longest.longest_first([item.path.relative_to(TESTS).as_posix() for item in kept[True]])
    items[:] = [kept[True][place] for place in order]


@pytest.fixture(scope="session", autouse=True)
def _engine_at_hand() -> None:
    """Stop the run where the requested engine is missing: no test may pass on another one."""
    if NO_ENGINE is not None:
        needs.missing(NO_ENGINE)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database of the tests, whose row numbers can be reset."""
    if ENGINE != "postgres":
        return
    from django.db import connection  # needs Django to be set up

    with django_db_blocker.unblock():
        row_numbers.prepare(connection)


@pytest.fixture(autouse=True)
def _rows_begin_again(request: pytest.FixtureRequest) -> None:
    """Reset the row numbers before a test, so that its rows have the same numbers as on SQLite."""
    # A fixture of pytest-django: the transaction of a test, or its database
    helper = "_django_db_helper"
    wants = helper in request.fixturenames or request.node.get_closest_marker("django_db")
    if ENGINE != "postgres" or not wants:
        return
    from django.db import connection  # needs Django to be set up

    request.getfixturevalue(helper)
    row_numbers.begin_again(connection)


@pytest.fixture(autouse=True)
def _no_plan_of_another_test() -> None:
    """Forget compiled plans, which are cached by row and version: after a rollback another plan has
    the same key.

    The import is here because Django is not ready when this file is read.
    """
    from graduand.queries import basis

    basis._audits.cache_clear()


@pytest.fixture(scope="session")
def engine() -> str:
    """sqlite or postgres. A test that starts processes on a database asks for this fixture, and so
    runs on both engines.
    """
    return ENGINE


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One headless Chromium for the session, with an empty profile."""
    options = Options()
    options.binary_location = needs.tool("chromium")
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(needs.tool("chromedriver")))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def browser(
    _chromium: webdriver.Chrome, live_server, settings, request: pytest.FixtureRequest
) -> webdriver.Chrome:
    """A signed-out window on `live_server`; 1440 px wide, or of the size that an indirect parameter
    of WINDOW gives.
    """
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = (
        False  # the live server speaks plain http
    )
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "sessionid", "csrftoken"
    settings.ALLOWED_HOSTS = ["*"]
    _chromium.get("about:blank")
    _chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    _chromium.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        dict(zip(("width", "height"), WINDOW[getattr(request, "param", "desk")], strict=True))
        | {"deviceScaleFactor": 1, "mobile": False},
    )
    return _chromium
