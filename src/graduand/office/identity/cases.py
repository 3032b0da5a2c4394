"""Identity cases for a desk: the list of a batch and its workbook; the verbs themselves are `acts`
like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from graduand.models import Batch, Candidate
from graduand.office.outgoing import list_exports
from graduand.office.people import own_accounts
from graduand.queries import scope
from graduand.queries.identity import cases as found
from graduand.queries.identity.cases import CaseRow
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import Leaves
from graduand.rulebook.terms import Desk

HEADERS = (
    "学号",
    "姓名",
    "学习中心",
    "档案状态",
    "立案核验结果",
    "学信网最新",
    "复核进度",
    "立案日期",
    "由谁办理",
    "结案日期",
    "依据",
)
WIDTHS = (18, 12, 24, 14, 18, 28, 16, 14, 12, 14, 50)


def cases(batch: Batch, actor: Actor | None, *, decided: bool = False) -> list[CaseRow]:
    """The cases of `batch` that `actor` may see; everybody's when the program asks."""
    people = Candidate.objects.filter(batch=batch)
    if actor:
        people = scope.visible(actor, people)
    return found.cases(people, decided=decided)


def workbook(batch: Batch, actor: Actor | None, rows: Sequence[CaseRow], target: Path) -> Path:
    """Write the list to `target`, on record; returns it. Raises OSError."""
    leaving = list_exports.ListExport(
        Leaves.CASES, "身份复核", [("batch", batch.code)], (), HEADERS, WIDTHS
    )
    by = actor or own_accounts.system_actor(Desk.HQ)
    return list_exports.deliver(by, leaving, [astuple(row) for row in rows], target)
