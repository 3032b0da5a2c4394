"""One line of a check-up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckupLine:
    """One part: what it is, how it stands, and advice ("" when nothing is wrong). `wrong` fails the check-up."""

    part: str
    state: str
    advice: str = ""
    wrong: bool = False
