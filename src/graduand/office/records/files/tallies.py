"""What an import says of itself when it is over, or as far as it came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graduand.office.records.files.tally import Tally
from graduand.rulebook.terms import SheetKind

from .returning import RowReasons

# How many different sentences about rows are shown, and how many rows each names.
SHOWN = 20
NAMED = 5


def by_reason(rows: Mapping[int, Iterable[str]]) -> list[str]:
    """What is said of rows, each sentence once with the rows that it is about; the first SHOWN of
    them.
    """
    about: dict[str, list[int]] = {}
    for row in sorted(rows):
        for text in dict.fromkeys(rows[row]):
            about.setdefault(text, []).append(row)
    return [f"第 {_named(numbers)}：{text}" for text, numbers in about.items()][:SHOWN]


def _named(rows: list[int]) -> str:
    some = "、".join(map(str, rows[:NAMED]))
    if len(rows) <= NAMED:
        return f"{some} 行"
    return f"{some} 行等 {len(rows):,} 行"


@dataclass(frozen=True, slots=True)
class IntakeTally(Tally[SheetKind]):
    """Rows are those of the sheet; `notes` are sentences about the file, `file` is the returned
    workbook.

    `reasons`: of what a workbook can be made later, None when every row was taken. `plan`: the rows
    are confirmed and being written by this plan, in the background. `returned`: the hash under
    which the returned workbook is kept already. `blameless`: nothing is wrong with the file, so it may
    be checked again as it is. `meant`: the kind that the file seems to be of, "" for the chosen one.
    """

    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    reasons: RowReasons | None = None
    plan: int | None = None
    returned: str = ""
    blameless: bool = False
    meant: str = ""

    @property
    def nothing_new(self) -> bool:
        """Whether the file said nothing that was not on record (the same file twice)."""
        return self.ok and not self.created and not self.updated
