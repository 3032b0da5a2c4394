"""A new database has the very tables that the migrations make one by one, and an older one still goes through them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SQUASHED = "0001_squashed_"


def _database(engine: str, name: str) -> dict[str, str]:
    """Where the process finds a database of its own, empty."""
    if engine == "sqlite":
        return {}
    before, _, after = os.environ["DATABASE_URL"].partition("?")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    return {"DATABASE_URL": f"{before.rpartition('/')[0]}/{name}?{after}"}


def made(engine: str, home: Path, *steps: str) -> dict[str, list]:
    """The tables after `steps`, each with everything that belongs to it."""
    name = "tables_" + home.name
    home.mkdir()
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GRADUAND_", "DATABASE_URL"))
    }
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment = (
        kept
        | _database(engine, name)
        | {
            "GRADUAND_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "graduand.settings",
            "PYTHONPATH": paths,
        }
    )
    words = [sys.executable, "-m", "tests.models.making_tables", *steps]
    done = subprocess.run(
        words, env=environment, check=False, capture_output=True, text=True, cwd=home
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return json.loads(done.stdout)


def test_the_tables_made_at_once_are_those_made_one_by_one(tmp_path, engine):
    new = made(engine, tmp_path / "new", "at-once")
    half = made(
        engine, tmp_path / "half", "0010_fact_sources", "at-once"
    )  # which goes through the other ones
    assert [name for name in new["applied"] if name.startswith(SQUASHED)] != []
    assert len(new["applied"]) > 30
    assert new == half
    assert (
        made(engine, tmp_path / "less", "0001_initial") != new
    )  # the control: a difference is seen
