"""The result of a print, and the list of everybody whose paper was refused or has a warning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graduand.office.outgoing import list_exports
from graduand.queries.scope import Actor
from graduand.rulebook.papers.paper_facts import Graduand
from graduand.rulebook.papers.printing import PrintProblem
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.terms import PaperKind

_UNSAFE = re.compile(r"\W+")
STOPPED = "不能打印"
WARNED = "提醒"
SNAG_HEADERS = ("学号", "姓名", "学习中心", "代码", "程度", "原因", "依据", "由谁处理", "怎么办")
SNAG_WIDTHS = (18, 14, 24, 14, 10, 60, 10, 12, 60)


@dataclass(slots=True)
class PrintTally:
    """What a run did: people asked for, files written and left unchanged, people refused and with a
    warning.

    `by_code` counts the refused people of each code; `snags` are the rows of `file`, the list of
    both.
    """

    kind: PaperKind
    batch: str
    out: str
    people: int = 0
    written: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = 0
    by_code: dict[str, int] = field(default_factory=dict)
    file: str = ""
    notes: list[str] = field(default_factory=list)
    snags: list[tuple[str, ...]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the command."""
        names = (
            "batch",
            "people",
            "written",
            "unchanged",
            "refused",
            "warned",
            "by_code",
            "out",
            "file",
        )
        return {"kind": self.kind.label, **{name: getattr(self, name) for name in names}}

    def snag(self, person: Graduand, snags: Sequence[PrintProblem]) -> bool:
        """Add to the list what prevents the paper of `person`, or comes with it as a warning.
        Returns whether it prevents it.
        """
        if not snags:
            return False
        for snag in snags:
            grade = STOPPED if snag.blocks else WARNED
            centre = f"{person.centre.code} {person.centre.name}"
            details = (snag.code, grade, snag.sentence, snag.source, snag.desk.label, snag.todo)
            self.snags.append((person.student_no, person.name, centre, *details))
        codes = {snag.code for snag in snags if snag.blocks}
        self.refused += bool(codes)
        self.warned += not codes
        for code in codes:
            self.by_code[code] = self.by_code.get(code, 0) + 1
        return bool(codes)


def hand_back(tally: PrintTally, out: Path, by: Actor, part: Iterable[str]) -> None:
    """Write the list of everybody refused or with a warning, on record. Where there is nobody, an
    older list of the same question is deleted.

    `part` is what the run was limited to.
    """
    place = out / _name(tally, by, part)
    if not tally.snags:
        place.unlink(missing_ok=True)
        return
    asked = [("batch", tally.batch), ("kind", tally.kind.value)]
    leaving = list_exports.ListExport(
        Leaves.PRINT_SNAGS, "不能打印和提醒", asked, (), SNAG_HEADERS, SNAG_WIDTHS
    )
    tally.file = str(list_exports.deliver(by, leaving, tally.snags, place))


def _name(tally: PrintTally, by: Actor, part: Iterable[str]) -> str:
    """The name of the list. Another question has another name, so that it does not replace the
    first one's list.
    """
    limits = sorted(part)
    if by.centres is not None:
        limits.append(f"by={by.user_id}")
    named = [tally.kind.label, tally.batch, *(_UNSAFE.sub("-", limit)[:40] for limit in limits)]
    return f"snags-{'-'.join(named)}.xlsx"
