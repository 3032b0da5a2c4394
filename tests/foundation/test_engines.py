"""What runs on which engine: everything once, and on the server again whatever reaches a database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import belongs

TESTS = Path(__file__).parents[1]
# Who is told where the server is; each of them has asked for `engine`, or is called by a test that
# is marked `postgres`.
TOLD = {
    "conftest.py",
    "faults/laboratory.py",
    "running/conftest.py",
    "models/test_tables_at_once.py",
}


@pytest.mark.parametrize(
    ("markers", "fixtures", "runs"),
    [
        ((), (), ["sqlite"]),
        ((), ("tmp_path", "settings", "django_db_blocker"), ["sqlite"]),
        (
            ("slow", "parametrize"),
            ("client",),
            ["sqlite"],
        ),  # a client whose question would be refused
        (("django_db",), (), ["sqlite", "postgres"]),
        ((), ("season", "db", "django_db_setup", "django_db_blocker"), ["sqlite", "postgres"]),
        ((), ("browser", "live_server"), ["sqlite", "postgres"]),
        (("running",), ("program", "new_program", "engine"), ["sqlite", "postgres"]),
        (("postgres",), ("tmp_path",), ["postgres"]),
        (("postgres", "django_db"), (), ["postgres"]),
        (("sqlite",), ("tmp_path",), ["sqlite"]),
        (("sqlite", "django_db"), ("engine",), ["sqlite"]),
    ],
)
def test_a_test_belongs_to_the_runs_that_can_show_something_new(markers, fixtures, runs):
    assert [
        engine for engine in ("sqlite", "postgres") if belongs(engine, markers, fixtures)
    ] == runs


SAID = """
import sys
import pytest
from tests.engines import belongs

class Told:
    def pytest_collection_finish(self, session):
        for item in session.items:
            markers = {marker.name for marker in item.iter_markers()}
            print("told", belongs("postgres", markers, item.fixturenames), item.path.relative_to(session.config.rootpath))

sys.exit(pytest.main(["--collect-only", "-qq", *sys.argv[1:]], plugins=[Told()]))
"""
EVERYWHERE = (
    "tests/faults",
    "tests/running",
    "tests/models/test_tables_at_once.py",
    "tests/office/acts/test_acts.py",
)
ONCE = (
    "tests/rulebook/dispatch/test_proxies.py",
    "tests/papers/test_render.py",
    "tests/management/installation/test_faults.py",
)


def test_as_collected_the_kills_and_the_running_season_belong_to_both_and_pure_rules_to_one():
    done = subprocess.run(
        [sys.executable, "-c", SAID, *EVERYWHERE, *ONCE],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GRADUAND_TEST_ENGINE": "sqlite"},
    )
    told = {
        tuple(line.split()[1:]) for line in done.stdout.splitlines() if line.startswith("told ")
    }
    again = {path for runs, path in told if runs == "True"}
    assert {path for runs, path in told if runs == "False"} == set(ONCE)
    assert all(any(path.startswith(place) for path in again) for place in EVERYWHERE)
    assert not again & set(ONCE)


def test_where_the_server_is_is_told_to_those_alone_who_run_on_it():
    found = {
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if 'os.environ["DATABASE_URL"]' in path.read_text()
    }
    assert found - {"foundation/test_engines.py"} == TOLD
