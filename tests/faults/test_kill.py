"""K01: kill -9 at every statement of a work. All or nothing a transaction, the next run finishes, no number lost."""

import random
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.faults.laboratory import KILLED, SAMPLE, Laboratory

pytestmark = pytest.mark.faults
# Kills of each work in a sample, one in each part of it.
DRAWN = 4
# The oracle has to complain so often where the transactions are taken out.
COMPLAINTS = 1 if SAMPLE else 4


@pytest.fixture(scope="module")
def laboratory(engine: str) -> Laboratory:
    lab = Laboratory(Path(settings.GRADUAND_HOME) / "laboratory")
    lab.run(do="migrate", work="", database=lab.copy(None, "empty"))
    return lab


def prepared(lab: Laboratory, work: str) -> tuple[str, int, dict[str, Any]]:
    """(the database before the work, how many places there are to be killed at, what it looks like at the end)."""
    before = lab.copy(lab.database("empty"), f"before_{work}")
    lab.run(do="prepare", work=work, database=before)
    smooth = lab.copy(before, "smooth")
    places = lab.run(do="work", work=work, database=smooth)
    assert places > 10
    return before, places, lab.run(do="picture", work=work, database=smooth)


def killed_at(work: str, places: int) -> list[int]:
    """The statements at which it is killed: every one, or in a sample one drawn from each part."""
    if not SAMPLE:
        return list(range(1, places + 1))
    chance = random.Random(work)
    ends = [part * places // DRAWN for part in range(DRAWN + 1)]
    return [chance.randint(first + 1, last) for first, last in zip(ends, ends[1:], strict=False)]


EVERY_WORK = [
    "apply",
    "roster",
    "certify",
    "file",
    "audit",
    "close",
    "reopen",
    "rejudge",
    "swap",
    "import",
    "plan",
    "photos",
]


@pytest.mark.parametrize("work", EVERY_WORK)
def test_K01_killed_at_every_statement(laboratory, work):
    before, places, smooth = prepared(laboratory, work)
    for at in killed_at(work, places):
        broken = laboratory.copy(before, "broken")
        assert laboratory.run(do="work", work=work, database=broken, at=at) == KILLED
        after_kill, after_finish, picture = laboratory.run(do="finish", work=work, database=broken)
        assert (at, after_kill, after_finish) == (at, [], [])
        assert picture == smooth, f"killed at {at}"


@pytest.mark.parametrize("work", ["apply", "certify", "photos"])
def test_K01_negative_control_without_transactions_the_oracle_complains(laboratory, work):
    """The same kills with `atomic` taken out: half a chunk is left, and the oracle must see it."""
    before, places, _ = prepared(laboratory, work)
    seen = []
    for at in range(places, 0, -1):  # from the end, where the writing is
        broken = laboratory.copy(before, "broken")
        if laboratory.run(do="work", work=work, database=broken, at=at, unguarded=True) != KILLED:
            continue  # without transactions there are fewer statements
        seen += laboratory.run(do="finish", work=work, database=broken)[0]
        if len(seen) >= COMPLAINTS:
            break
    assert seen != []
