"""`make run`: another port, another day, and the day only where everything was invented."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "run.sh"
PROGRAM = """#!/bin/sh
[ "$1" != demo ] || : > "$GRADUAND_HOME/graduand.sqlite3"
echo "$* port=$GRADUAND_PORT now=$GRADUAND_NOW demo=$GRADUAND_DEMO"
"""


@pytest.fixture
def run(tmp_path):
    """Runs the script with a program that says how it was called."""
    (tmp_path / "graduand").write_text(PROGRAM)
    (tmp_path / "graduand").chmod(0o700)
    home = tmp_path / "home"

    def call(*words, **surroundings):
        said = {
            "PATH": os.environ["PATH"],
            "BIN": str(tmp_path),
            "GRADUAND_HOME": str(home),
            **surroundings,
        }
        done = subprocess.run(
            ["sh", SCRIPT, *words], env=said, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout.splitlines()

    call.home = home
    return call


def test_the_port_and_the_day_are_said_in_front(run):
    day = "2024-01-08T09:00:00+08:00"
    assert run(PORT="8051", GRADUAND_NOW=day) == (
        0,
        ["demo --brief port=8051 now= demo=1", f"serve port=8051 now={day} demo=1"],
    )
    assert run() == (0, ["serve port=8000 now= demo=1"])
    assert run("again") == (0, ["demo port=8000 now= demo=1"])  # nothing is served after it
    assert run(GRADUAND_PORT="8052") == (0, ["serve port=8052 now= demo=1"])


def test_a_home_with_data_of_somebodys_own_is_no_demonstration(run):
    run.home.mkdir()
    (run.home / "graduand.sqlite3").touch()
    assert run(PORT="8051") == (0, ["serve port=8051 now= demo="])
    assert run("again")[0] == 2


def test_a_demonstration_that_was_interrupted_begins_again_without_the_files_of_the_first(run):
    (run.home / "files").mkdir(parents=True)
    (run.home / "files" / "database.id").write_text("of the database that goes")
    (run.home / "unfinished").touch()
    assert run() == (0, ["demo --brief port=8000 now= demo=1", "serve port=8000 now= demo=1"])
    assert not (run.home / "files").exists()


def test_files_without_a_database_are_somebodys(run):
    (run.home / "files").mkdir(parents=True)
    (run.home / "files" / "kept").touch()
    run()
    assert (run.home / "files" / "kept").exists()
