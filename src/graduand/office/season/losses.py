"""The loss report by centre (四, last line): counted, and as a workbook that a desk can be held to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q

from graduand.models import Batch, Candidate, Unit
from graduand.office.outgoing import list_exports
from graduand.office.people import own_accounts
from graduand.queries import scope
from graduand.queries.scope import Actor
from graduand.queries.season import losses as found
from graduand.queries.season.losses import Loss
from graduand.queries.season.seasons import naming_next_of
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.terms import Desk

HEADERS = (
    "学习中心代码",
    "学习中心",
    "学号",
    "姓名",
    "档案状态",
    "代码",
    "原因",
    "依据",
    "应由谁解决",
    "单位",
    "最迟日期",
    "结果",
    "怎么解决",
)
WIDTHS = (14, 24, 18, 12, 14, 18, 56, 12, 12, 24, 14, 12, 50)


@dataclass(frozen=True, slots=True)
class CentreLosses:
    """People of one centre without a certificate: too late (`lost`), or still to be helped (`open`); `by_code` people."""

    code: str
    name: str
    lost: int
    open: int
    by_code: dict[str, int]


def report(batch: Batch, actor: Actor | None, centre: Unit | None = None) -> list[Loss]:
    """The losses that `actor` may see; everybody's when the program asks."""
    people = Candidate.objects.all()
    if actor is not None:
        people = scope.visible(actor, people)
    if centre is not None:
        people = people.filter(Q(centre=centre) | Q(centre__parent=centre))
    return found.losses(batch, people)


def by_centre(rows: Sequence[Loss]) -> list[CentreLosses]:
    """The losses counted, the centres that lost most first. A person with several reasons counts
    once, as lost for any of them.
    """
    centres: dict[tuple[str, str], list[Loss]] = {}
    for row in rows:
        centres.setdefault((row.centre_code, row.centre), []).append(row)
    counted = []
    for (code, name), mine in centres.items():
        people = {row.student_no for row in mine}
        lost = {row.student_no for row in mine if row.lost}
        codes = Counter(code for _, code in sorted({(row.student_no, row.code) for row in mine}))
        counted.append(
            CentreLosses(code, name, len(lost), len(people - lost), dict(sorted(codes.items())))
        )
    return sorted(counted, key=lambda c: (-c.lost, -c.open, c.code))


def workbook(batch: Batch, actor: Actor | None, rows: Sequence[Loss], target: Path) -> Path:
    """Write the report to `target`, one line per reason, on record; returns it. Raises OSError."""
    leaving = list_exports.ListExport(
        Leaves.LOSSES, "未获证书", [("batch", batch.code)], (), HEADERS, WIDTHS
    )
    by = actor or own_accounts.system_actor(Desk.HQ)
    naming = naming_next_of(batch.code)
    return list_exports.deliver(by, leaving, [_cells(row, naming) for row in rows], target)


def _cells(row: Loss, naming: Callable[[str], str]) -> tuple[Any, ...]:
    outcome = "已失去本批机会" if row.lost else "尚可补救"
    return (
        row.centre_code,
        row.centre,
        row.student_no,
        row.name,
        row.stage,
        row.code,
        naming(row.reason),
        row.source,
        row.desk,
        row.unit,
        row.until.isoformat(),
        outcome,
        naming(row.todo),
    )
