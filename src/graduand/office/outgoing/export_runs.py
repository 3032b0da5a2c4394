"""Runs that write files into a folder: numbered and on record before the first byte, then written,
or failed and why.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from django.db import DatabaseError, transaction

from graduand.models import Batch, Counter, Export, Round
from graduand.office.outgoing import drafts
from graduand.office.outgoing.drafts import HeldFolder
from graduand.office.outgoing.exports import KILLED, words_of
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import FileState

# A file among the drafts, written before the files are put in their place: where the last of them
# will be, and its hash.
DELIVERY = "delivery.json"
# Limits of which one person matches a single value only.
_ONE_EACH = ("centre", "round")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What a run is to write: its kind, for which batch and round, by whom, how many rows, how many
    people are held back.

    `part`: what it is limited to, one entry per limit (`what=which`). Of two runs with some of the
    same limits, the one with fewer covers everybody of the other.
    """

    kind: str
    batch: Batch
    round_name: str | None
    by: Actor
    rows: int
    held_back: int = 0
    part: frozenset[str] = frozenset()


class ExportRun:
    """A run on record. Used in a `with` block: an exception before `written` is its failure."""

    def __init__(self, record: Export, draft: HeldFolder) -> None:
        self.record = record
        self._draft = draft
        self._delivered = False

    @property
    def folder(self) -> Path:
        """Where its files are drafted; it goes with the block."""
        return self._draft.folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: object, problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if problem is None or (not self._delivered and self._failed(words_of(problem))):
            self._draft.let_go()
        else:
            self._draft.abandon()  # the sweep checks whether the file was delivered

    def deliver(self, files: Sequence[Path], out: Path) -> None:
        """Put the drafts into `out`, the one that the record is about last, then complete the
        record. Raises OSError.

        If the process is killed in between, the run counts as delivered when that file is there
        whole; the sweep checks.
        """
        sha256 = _hash_of(files[-1])
        placed = [out.resolve() / draft.name for draft in files]
        with (self.folder / DELIVERY).open("w", encoding="utf-8") as note:
            json.dump({"path": str(placed[-1]), "sha256": sha256}, note, ensure_ascii=False)
            note.flush()
            os.fsync(note.fileno())
        try:
            for draft, target in zip(files, placed, strict=True):
                drafts.put(draft, target)
        except BaseException:  # Ctrl-C too: no file of a run recorded as failed may be left
            for target in placed:
                target.unlink(missing_ok=True)
            raise
        self._delivered = True
        self.written(sha256)

    def written(self, sha256: str, **more: Any) -> None:
        """Complete the record of the run; `more` is what is only known at its end."""
        Export.objects.filter(pk=self.record.pk).update(
            state=FileState.WRITTEN.value, sha256=sha256, **more
        )

    def _failed(self, why: str) -> bool:
        """Whether the record could be completed; where the database is away, the sweep does it
        later.
        """
        log.warning("a run of files failed", kind=self.record.kind, run=self.record.run, why=why)
        with suppress(DatabaseError):
            Export.objects.filter(pk=self.record.pk).update(
                state=FileState.FAILED.value, sha256="", why=why[:200]
            )
            return True
        return False


def begin(asked: ExportRequest, name_of: Callable[[int], str]) -> ExportRun:
    """Take the number of the run and put it on record; `name_of` names its file, and may refuse the
    number.

    Raises Refused, OSError, and then no number is taken.
    """
    batch = asked.batch
    chosen = None
    if asked.round_name:
        chosen = Round.objects.get(batch=batch, name=asked.round_name)
    draft = drafts.hold()
    try:
        with transaction.atomic():
            run = Counter.reserve(f"export:{asked.kind}:{batch.code}", 1)
            record = Export.objects.create(
                kind=asked.kind,
                batch=batch,
                round=chosen,
                run=run,
                part=sorted(asked.part),
                name=name_of(run),
                rows=asked.rows,
                held_back=asked.held_back,
                by_id=asked.by.user_id,
                at=clock.now(),
                draft=draft.name,
            )
    except BaseException:
        draft.let_go()
        raise
    return ExportRun(record, draft)


def cut_off(asked: ExportRequest) -> bool:
    """Whether an earlier run of this kind by the same person was cut off with some of the same
    people, and no later run has covered all of them: a print of others says nothing about these.
    """
    same = Export.objects.filter(kind=asked.kind, batch=asked.batch, by_id=asked.by.user_id)
    written: list[frozenset[str]] = []
    for state, entries in same.order_by("-run").values_list("state", "part"):
        part = frozenset(entries)
        if state == FileState.WRITTEN.value:
            if part <= asked.part:
                return False
            written.append(part)
        elif _meet(part, asked.part) and not any(whole <= part for whole in written):
            return True
    return False


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a person may be in both runs: on record twice is better than not at all.

    Nobody belongs to two centres, or is filed in two rounds; of lists of students only the digest
    is known.
    """
    where, there = (
        dict(entry.split("=", 1) for entry in part if "=" in entry) for part in (one, other)
    )
    return all(where[key] == there.get(key, where[key]) for key in _ONE_EACH if key in where)


def sweep() -> int:
    """End the runs that are on record as being written and that no process writes; returns how many
    have failed.

    A run that was delivered before its process was killed counts as written. A run keeps its
    number; the next one has the next.
    """
    writing = Export.objects.filter(state=FileState.WRITING.value)
    left = [record for record in writing if drafts.is_abandoned(record.draft, record.at)]
    failed = 0
    for record in left:
        record_rows = writing.filter(pk=record.pk)
        sha256 = _delivered(record.draft)
        if sha256:
            record_rows.update(state=FileState.WRITTEN.value, sha256=sha256)
        else:
            failed += record_rows.update(state=FileState.FAILED.value, why=KILLED)
        drafts.discard(record.draft)
    return failed


def _delivered(draft: str) -> str:
    """The hash of the file that was put in its place from these drafts; "" when it is not there."""
    try:
        note = json.loads((drafts.folder() / draft / DELIVERY).read_text("utf-8"))
        placed = _hash_of(Path(note["path"]))
    except (OSError, ValueError):  # no delivery note, or one that was not written to its end
        return ""
    if placed != note["sha256"]:
        return ""
    return placed


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
