"""What an import says of itself when it is over, or as far as it came."""

from __future__ import annotations

from dataclasses import dataclass

from graduand.office.tally import Tally
from graduand.rulebook.terms import SheetKind

from .returning import Reasons

SHOWN = 20


@dataclass(frozen=True, slots=True)
class IntakeTally(Tally[SheetKind]):
    """Rows are those of the sheet; `notes` are sentences about the file, `file` is the returned workbook.

    `reasons`: of what a workbook can be made later, None when every row was taken. `plan`: the rows are confirmed and
    being written by this plan, in the background. `returned`: the hash under which the returned workbook is kept already.
    """

    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    reasons: Reasons | None = None
    plan: int | None = None
    returned: str = ""

    @property
    def nothing_new(self) -> bool:
        """Whether the file said nothing that was not on record (the same file twice)."""
        return self.ok and not self.created and not self.updated
