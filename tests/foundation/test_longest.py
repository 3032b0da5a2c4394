"""The longest files of tests are handed out first, each in one piece, and what is said of them is of files that there are."""

import os
import re
import subprocess
from itertools import groupby
from pathlib import Path

from tests.longest import SECONDS, longest_first
from tests.machine import needs

TESTS = Path(__file__).parents[1]


def test_a_file_with_one_long_test_goes_before_a_file_with_many_short_ones():
    files = [
        "few.py",
        "many.py",
        "damaged/test_sheets.py",
        *["many.py"] * 3,
        "few.py",
        "running/test_season.py",
    ]
    order = longest_first(files)
    assert [files[place] for place in order] == [
        "damaged/test_sheets.py",
        "running/test_season.py",
        *["many.py"] * 4,
        *["few.py"] * 2,
    ]
    assert order == [2, 7, 1, 3, 4, 5, 0, 6]  # within a file as they were


def test_what_is_said_to_take_long_is_there():
    assert [file for file in SECONDS if not (TESTS / file).is_file()] == []


def test_the_tests_of_a_run_are_in_that_order_and_are_handed_out_so(request):
    """What `-m` leaves out is left out later: it takes tests out of a file, and moves no file."""
    files = [item.path.relative_to(TESTS).as_posix() for item in request.session.items]
    blocks = [file for file, _ in groupby(files)]
    named = [file for file in blocks if file in SECONDS]
    assert len(blocks) == len(set(blocks))
    assert named == sorted(named, key=lambda file: (-SECONDS[file], file))
    spread = re.search("^SPREAD := (.*)$", (TESTS.parent / "Makefile").read_text(), re.MULTILINE)
    assert spread is not None
    assert spread[1].split()[-3:] == ["--dist", "loadfile", "--no-loadscope-reorder"]


def test_what_a_run_starts_keeps_its_compiled_files_also_where_a_container_forbids_it():
    """A process of the program starts in half the time, and the tests are collected in a third."""
    shown = subprocess.run(
        [needs.tool("make"), "--eval", "surroundings: ; @env", "surroundings"],
        cwd=TESTS.parent,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "AS_IT_WAS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    names = {line.partition("=")[0] for line in shown.stdout.splitlines()}
    assert names & {"PYTHONDONTWRITEBYTECODE", "AS_IT_WAS"} == {"AS_IT_WAS"}
