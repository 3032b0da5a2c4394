"""The invented season at the size that `make run` makes: more people meet more of what can go wrong."""

import pytest

from tests.management.installation.console import graduand

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]


def test_the_season_of_make_run_is_made(tmp_path):
    answer = graduand(tmp_path, "demo", "--json")
    assert (answer.code, answer.err[-2000:] if answer.code else "") == (0, "")
    assert sum(answer.json["stages"].values()) == answer.json["students"] == 600
