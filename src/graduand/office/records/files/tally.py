"""What an import did, whatever came in: the counts, the sentences, the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graduand.rulebook.terms import PhotoKind, SheetKind

Kind = TypeVar("Kind", SheetKind, PhotoKind)


@dataclass(frozen=True, slots=True)
class Tally(Generic[Kind]):
    """`rows` counts what the file held, the other counts what became of it (0 when nothing was
    kept).

    `problems` and `warnings` are sentences for the person (the first ones); `file` is what was
    handed back, or "". `intake` is the record's key (0: the file was refused as a whole).
    `unwritten` of the refused rows have no error: the import was ended before them.
    """

    kind: Kind
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = 0
    file: str = ""
    trial: bool = False
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    intake: int = 0
    unwritten: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything was (or, on trial, would be) taken or was already there."""
        return not self.problems

    @property
    def wrong(self) -> int:
        """How many of the refused rows have an error."""
        return self.refused - self.unwritten

    @property
    def counts(self) -> str:
        """What became of the rows, in words."""
        words = f"新增 {self.created}，更新 {self.updated}，未变 {self.unchanged}，不能导入 {self.wrong}，提醒 {self.warned}"
        if not self.unwritten:
            return words
        return f"{words}，未写入 {self.unwritten}"

    def as_dict(self) -> dict[str, Any]:
        """The summary that `--json` prints; `refused` are there those that have an error."""
        names = ("kind", "rows", "created", "updated", "unchanged", "unwritten", "warned", "file")
        return {name: getattr(self, name) for name in names} | {"refused": self.wrong}
