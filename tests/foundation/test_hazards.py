"""docs/hazards.md names every case that a test is named by, and says which ones none is."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.test_house import TESTS

HAZARDS = Path(__file__).resolve().parents[2] / "docs" / "hazards.md"
ROW = re.compile(r"^\| ([A-Z]\d+) \|", re.MULTILINE)
NAMED_BY = re.compile(r"^ *(?:async )?def test_([A-Z]\d+)_", re.MULTILINE)
ASKED = re.compile(r'\bf?"(I\d+) ')  # tests/invariants.py: what is found begins with its name
NOT_YET = re.compile(r"^## Not tried yet\n(.*)", re.MULTILINE | re.DOTALL)


def tried(tests: Iterable[str]) -> set[str]:
    """The cases that tests are named by and the invariants that are asked for, given sources."""
    return {case for test in tests for case in NAMED_BY.findall(test) + ASKED.findall(test)}


def test_every_case_stands_in_the_list_and_what_nobody_tries_is_said():
    listed, text = ROW.findall(HAZARDS.read_text()), HAZARDS.read_text()
    missing = re.findall(r"[A-Z]\d+", NOT_YET.search(text).group(1))
    named = tried(path.read_text() for path in TESTS)
    assert sorted(named - set(listed)) == []
    assert missing == [case for case in listed if case not in named]
    assert len(listed) == len(set(listed))


def test_a_name_is_read_from_a_test_alone():
    source = (
        "def test_X07_one():\n    pass\n\nclass A:\n    def test_Z01_two(self): ...\n# test_K01_\n"
    )
    assert tried([source]) == {"X07", "Z01"}
