"""The dates of a new batch out of the last one's."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from graduand.rulebook.season.next_season import moved, next_season
from graduand.rulebook.season.policy import BatchPolicy

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "202307.toml"


def source() -> dict:
    data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in data.items()
    }
    return plain | {
        "rounds": [
            {k: v.isoformat() if isinstance(v, date) else v for k, v in r.items()}
            for r in data["rounds"]
        ]
    }


@pytest.mark.parametrize(
    ("day", "months", "days", "then"),
    [
        (date(2023, 7, 31), 6, 0, date(2024, 1, 31)),
        (date(2023, 8, 31), 6, 0, date(2024, 2, 29)),
        (date(2023, 12, 31), 12, 1, date(2025, 1, 1)),
        (date(2023, 7, 6), 0, 0, date(2023, 7, 6)),
    ],
)
def test_a_day_moves_to_the_end_of_a_shorter_month_at_most(day, months, days, then):
    assert moved(day, months, days) == then


def test_every_day_of_the_season_moves_and_nothing_else_does():
    before, after = source(), next_season(source(), 12, 3)
    assert (after["code"], after["enrolled_through"]) == (
        after["issue_date"][:7].replace("-", ""),
        "2022春",
    )
    days = [
        (old[name], new[name])
        for old, new in zip(before["rounds"], after["rounds"], strict=True)
        for name in old
        if name not in ("name", "kind")
    ]
    days += [(before[name], after[name]) for name in ("issue_date", "closes_at")]
    assert {(date.fromisoformat(new) - date.fromisoformat(old)).days for old, new in days} == {369}
    same = set(before) - {
        "code",
        "enrolled_through",
        "issue_date",
        "closes_at",
        "rounds",
        "progression",
        "degree",
    }
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert BatchPolicy.from_dict(after).code == after["code"]


def test_the_last_term_of_entry_moves_by_half_years_only():
    assert next_season(source(), 6, 0)["enrolled_through"] == "2021秋"
    assert "enrolled_through" not in next_season(source(), 5, 0)


def test_a_batch_is_named_after_a_january_or_a_july():
    assert [next_season(source(), months, 0).get("code") for months in (6, 12, 3)] == [
        "202401",
        "202407",
        None,
    ]
