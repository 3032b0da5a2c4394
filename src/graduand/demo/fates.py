"""How far each invented student's file gets, so that every desk has work left and every stage has
somebody.
"""

from __future__ import annotations

from collections.abc import Iterable

from graduand.demo.people import InventedStudent, Trouble

# The fates of ten files that can graduate, in the order of their 学号, so that every centre has the
# same mixture.
_MIXTURE = (
    "collected",
    "collected",
    "received",
    "collected",
    "shipped",
    "collected",
    "second",
    "collected",
    "certified",
    "listed",
    "collected",
    "received",
    "collected",
    "endorsed2",
    "collected",
    "approved2",
    "collected",
    "shipped",
    "listed",
    "collected",
)
# Fates that one or two files have each, in any centre.
_RARE = (
    "applied",
    "endorsed",
    "returned",
    "rejected",
    "reopened",
    "deferred",
    "withdrawn",
    "voided",
    "lost",
    "doubt-received",
    "doubt-shipped",
    "unregistered",
    "approved",
    "deferred",
    "returned",
    "lost",
    "applied",
    "lost",
    "endorsed",
    "rejected",
)
# Fates of the first round, and the stage that each of them must reach.
_WAY = ("applied", "endorsed", "approved", "certified", "shipped", "received", "collected")
_REACH = {
    "returned": "applied",
    "rejected": "applied",
    "reopened": "applied",
    "withdrawn": "applied",
    "voided": "certified",
    "lost": "shipped",
    "doubt-shipped": "shipped",
    "doubt-received": "received",
    "unregistered": "received",
    **{name: name for name in _WAY},
}


def decide(people: Iterable[InventedStudent]) -> None:
    """Give a fate to everybody whose file can move; files of people with a trouble stay where they
    are.
    """
    able = [p for p in people if p.trouble is None]
    every = max(4, len(able) // len(_RARE))
    rare = list(_RARE)
    for place, person in enumerate(able):
        if place % every == every // 2 and rare and not person.goes_on:
            person.fate = rare.pop(0)
        elif person.goes_on and place % 3 == 0:
            person.fate = "received"
        elif person.goes_on:
            person.fate = "collected"
        else:
            person.fate = _MIXTURE[place % len(_MIXTURE)]
    for person in people:
        if person.trouble is Trouble.LATE_MARK:
            person.fate = "late"


def reaching(people: Iterable[InventedStudent], stage: str) -> list[InventedStudent]:
    """The people whose files reach at least `stage` in the first round."""
    least = _WAY.index(stage)
    return [p for p in people if p.fate in _REACH and _WAY.index(_REACH[p.fate]) >= least]


def with_fate(people: Iterable[InventedStudent], *fates: str) -> list[InventedStudent]:
    """The people with one of these fates."""
    return [p for p in people if p.fate in fates]
