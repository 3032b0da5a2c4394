"""Runs that write files into a folder: numbered and on record before the first byte, then written, or failed and why."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from django.db import DatabaseError, transaction

from graduand.models import Batch, Counter, Export, Round
from graduand.office import drafts
from graduand.office.drafts import Held
from graduand.office.outgoing import KILLED, words_of
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.account_terms import FileState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is to write: its kind, for which batch and round, by whom, how many rows, how many people are held back."""

    kind: str
    batch: Batch
    round_name: str | None
    by: Actor
    rows: int
    held_back: int = 0


class Run:
    """A run on record. As a block: whatever ends it before `written` is its failure."""

    def __init__(self, record: Export, draft: Held) -> None:
        self.record, self._draft = record, draft

    @property
    def folder(self) -> Path:
        """Where its files are drafted; it goes with the block."""
        return self._draft.folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: TracebackType | None) -> None:
        if problem is not None:
            self._fail(words_of(problem))
        self._draft.let_go()

    def written(self, sha256: str, **more: Any) -> None:
        """Its files stand; `more` is what only the end of the run tells."""
        Export.objects.filter(pk=self.record.pk).update(state=FileState.WRITTEN.value, sha256=sha256, **more)

    def _fail(self, why: str) -> None:
        """A database that is away hears of it later, from the sweep."""
        log.warning("a run of files failed", kind=self.record.kind, run=self.record.run, why=why)
        with suppress(DatabaseError):
            Export.objects.filter(pk=self.record.pk).update(state=FileState.FAILED.value, sha256="", why=why[:200])


def begin(asked: Asked, name_of: Callable[[int], str]) -> Run:
    """Take the number of the run and put it on record; `name_of` names its file, and may refuse the number.

    Raises Refused, OSError, and then no number is taken.
    """
    batch = asked.batch
    turn = Round.objects.get(batch=batch, name=asked.round_name) if asked.round_name else None
    draft = drafts.hold()
    try:
        with transaction.atomic():
            run = Counter.reserve(f"export:{asked.kind}:{batch.code}", 1)
            record = Export.objects.create(
                kind=asked.kind, batch=batch, round=turn, run=run, name=name_of(run), rows=asked.rows,
                held_back=asked.held_back, by_id=asked.by.user_id, at=clock.now(), draft=draft.name,
            )  # fmt: skip
    except BaseException:
        draft.let_go()
        raise
    return Run(record, draft)


def sweep() -> int:
    """Mark as failed what is on record as being written and has nobody who writes it; returns how many.

    A run keeps its number; the next one has the next.
    """
    writing = Export.objects.filter(state=FileState.WRITING.value)
    gone = [(pk, draft) for pk, draft in writing.values_list("pk", "draft") if not drafts.is_held(draft)]
    for _, draft in gone:
        drafts.discard(draft)
    return writing.filter(pk__in=[pk for pk, _ in gone]).update(state=FileState.FAILED.value, why=KILLED)
