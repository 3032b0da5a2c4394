"""A list as a workbook: written row by row, recorded with who, when, what was asked for and the file's hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from graduand.models import Consent, Counter, Outgoing
from graduand.office.refusal import unusable
from graduand.papers.workbooks import table_workbook
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.account_terms import Purpose
from graduand.rulebook.calendar import office_day

MOST_ROWS = 50_000



@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves: the list by its key and title, what it was asked for, the keys and heads of its columns."""

    listing: str
    title: str
    asked: Sequence[tuple[str, str]]
    columns: Sequence[str]
    headers: Sequence[str]
    widths: Sequence[int] = field(default=())


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a list with personal fields leaves, and who agreed where somebody had to."""

    purpose: Purpose
    consent: Consent | None = None


def write(
    actor: Actor, leaving: Leaving, rows: Iterable[Sequence[object]], target: Path, cause: Cause | None = None
) -> Outgoing:
    """Write `rows` to `target` and record that they left. Raises Refused, and then nothing is recorded.

    The foot of each printed page says who took it out, when, under which number.
    """
    counted = _Counted(rows)
    with transaction.atomic():
        serial = Counter.reserve("outgoing", 1)
        now = clock.now()
        foot = f"{leaving.title}　第 {serial} 号　{actor.unit_name} {actor.name}　{office_day(now)}"
        mark = f"含个人信息，用于{cause.purpose.label}，不得转发　{foot}" if cause else ""
        table_workbook(target, leaving.headers, counted, sheet=leaving.title, widths=leaving.widths, foot=foot, head=mark)
        return Outgoing.objects.create(
            serial=serial, listing=leaving.listing, asked=[list(pair) for pair in leaving.asked],
            fields=list(leaving.columns), personal=cause is not None, rows=counted.number, sha256=_digest(target),
            by_id=actor.user_id, at=now, purpose=cause.purpose.value if cause else "",
            consent=cause.consent if cause else None,
        )  # fmt: skip


class _Counted:
    """Counts what passes through, and stops at the limit."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        self.rows, self.number = rows, 0

    def __iter__(self) -> Iterator[Sequence[object]]:
        for row in self.rows:
            if self.number >= MOST_ROWS:
                raise unusable(f"超过 {MOST_ROWS:,} 行，请用筛选缩小范围后分几次导出")
            self.number += 1
            yield row


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
