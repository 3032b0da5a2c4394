"""One row of the table of clauses, and the desks that clear what it stops."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.rulebook.terms import Desk

CENTRE = Desk.CENTRE
COLLEGE = Desk.COLLEGE
HQ = Desk.HQ
STUDENT = Desk.STUDENT


@dataclass(frozen=True, slots=True)
class Clause:
    """A rule of the notice, or of the field, that can stop a file.

    `source` is where it stands (四.1 = part 四, point 1 of the notice); `text` takes {arg}, {need},
    {has}; `desk` can clear it; `todo` says how. `next_desks`: other desks that may have to act
    next, and what each does then.
    """

    code: str
    source: str
    title: str
    text: str
    desk: Desk
    todo: str
    next_desks: tuple[tuple[Desk, str], ...] = ()
