"""Files that leave in bulk: on record before the first byte, then written or failed; those of a
killed process are marked as failed.

The record and its end are two short transactions. In between the file is made, and nobody waits for
it: its process holds its draft in the home, which tells a slow process from a dead one; a file that
another host writes is left to that host for a day. A consent is used up by the first byte that
leaves.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import structlog
from django.db import DatabaseError, IntegrityError, transaction

from graduand.faults import met_full_disk
from graduand.gateways.hashed_files import sync
from graduand.models import Consent, Counter, Outgoing, OutgoingEnd
from graduand.office import account_log
from graduand.office.outgoing import drafts
from graduand.office.outgoing.drafts import HeldFolder
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.papers.workbooks.returned_workbooks import NotReturned
from graduand.queries import clock
from graduand.queries.scope import Actor
from graduand.rulebook.people.account_terms import Deed, FileState, Purpose
from graduand.rulebook.words import stored_value

# Each export keeps a thread of `graduand serve` busy, which has twice as many: the other half is
# for pages (K18).
MOST_AT_ONCE = 4
LOOKED_AT = 20
TOO_MANY = f"已有 {MOST_AT_ONCE} 个文件正在导出，请等其中一个完成后再导出"
KILLED = "写文件的进程中断，没有写完"
KILLED_SENDING = "发送文件的进程中断，已送出多少没有记录"
CUT_OFF = "没有送完：接收方中断，或连接断开"
INTERRUPTED = "被操作人中断，没有写完"
NO_SPACE = "服务器磁盘已满"
WENT_WRONG = "写文件时出错"
# A mark next to the drafts of a file that is sent while it is written, made before its first byte.
SENT = "sent"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeavingFile:
    """What leaves: the list by its key, its filter, the keys of its columns, how many rows.

    With personal fields also why, and who agreed where that was needed.
    """

    listing: str
    asked: Sequence[tuple[str, str]]
    fields: Sequence[str]
    rows: int
    purpose: Purpose | None = None
    consent: Consent | None = None


class ExportWriting:
    """A file on its way out. Used in a `with` block: an exception before `written` is its failure."""

    def __init__(self, record: Outgoing, draft: HeldFolder) -> None:
        self.record = record
        self.draft = draft
        # Whether the whole file is in the receiver's place.
        self.stands = False

    @property
    def folder(self) -> Path:
        """Where the file is written; deleted with the end of the writing, what is open of it stays
        readable.
        """
        return self.draft.folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: object, problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if problem is None:
            return
        # Whatever kept the record from being made: the sweep records the file as sent
        if self.stands:
            self.draft.abandon()
        else:
            self.failed(words_of(problem))

    def written(self, rows: int, size: int, sha256: str) -> None:
        """The file is complete: from now on it may be handed out."""
        _end(self.record, FileState.WRITTEN, rows=rows, size=size, sha256=sha256)
        self.draft.let_go()

    def sent(self, rows: int, size: int, sha256: str) -> None:
        """Record that the file has left. A failure to record it does not disturb the person who has
        taken the file.
        """
        try:
            self.written(rows, size, sha256)
        except IntegrityError:  # it took so long that the file was recorded as failed
            log.warning(
                "a file left after its end was on record",
                serial=self.record.serial,
                size=size,
                sha256=sha256,
            )
            self.draft.let_go()
        except DatabaseError:  # the sweep records the file as sent
            self.draft.abandon()

    def leaves(self) -> None:
        """Record that the first byte is about to leave: a kill from here on counts as having sent
        something. Raises OSError.
        """
        (self.folder / SENT).touch()

    def failed(self, why: str, sent: int = 0) -> None:
        """Record that the file failed; `sent`: bytes that left all the same.

        Where the database is away, the sweep records it later.
        """
        try:
            _fail(self.record, why, sent, back=not sent)
        except DatabaseError:
            self.draft.abandon()
        else:
            self.draft.let_go()


def begin(actor: Actor, leaving: LeavingFile, address: str = "") -> ExportWriting:
    """Put on record that a file is being written, and use its consent. Raises Refused, OSError.

    A file with personal fields is an event in the account log, too. While many files leave, pages
    have priority.
    """
    if under_way() >= MOST_AT_ONCE:
        raise Refused(TOO_MANY)
    return _begin(actor, leaving, address)


def _begin(actor: Actor, leaving: LeavingFile, address: str = "") -> ExportWriting:
    draft = drafts.hold()
    try:
        with transaction.atomic():
            if leaving.consent is not None:
                consents.use_export(leaving.consent)
            record = Outgoing.objects.create(
                serial=Counter.reserve("outgoing", 1),
                listing=leaving.listing,
                fields=list(leaving.fields),
                asked=[list(pair) for pair in leaving.asked],
                personal=leaving.purpose is not None,
                purpose=stored_value(leaving.purpose),
                rows=leaving.rows,
                by_id=actor.user_id,
                consent=leaving.consent,
                at=clock.now(),
                draft=draft.name,
            )
            if leaving.purpose is not None:
                account_log.note(
                    Deed.EXPORTED,
                    actor=actor.user_id,
                    user=actor.user_id,
                    address=address,
                    serial=record.serial,
                    rows=leaving.rows,
                    listing=leaving.listing,
                )
    except BaseException:
        draft.let_go()
        raise
    return ExportWriting(record, draft)


def hand_over(actor: Actor, leaving: LeavingFile, source: Path) -> BinaryIO:
    """The file `source` as it lies, on record before it leaves; open at its beginning. Raises
    Refused, OSError.
    """
    with begin(actor, leaving) as writing, ExitStack() as unless_written:
        file = unless_written.enter_context(source.open("rb"))
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        writing.written(leaving.rows, file.seek(0, os.SEEK_END), sha256)
        file.seek(0)
        unless_written.pop_all()
        return file


def deliver(actor: Actor, leaving: LeavingFile, target: Path, write: Callable[[Path], int]) -> Path:
    """What a command writes to `target`, which is returned: on record before its first byte, there
    whole or not at all.

    `write` makes a draft in the home and returns its rows. No page waits for a command, so none is
    told to wait. Raises OSError, and whatever `write` does; where only the folder can't be synced,
    what stands in it is on record as written.
    """
    unsynced: OSError | None = None
    with _begin(actor, leaving) as writing:
        draft = writing.folder / target.name
        rows = write(draft)
        with draft.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.seek(0, os.SEEK_END)
        writing.leaves()
        drafts.place(draft, target)
        writing.stands = True
        try:
            sync(target.parent)
        except OSError as problem:
            unsynced = problem
        writing.sent(rows, size, sha256)
    if unsynced is not None:
        raise unsynced
    return target


def under_way() -> int:
    """How many files are being written or sent by this host now, as far as it matters."""
    latest = Outgoing.objects.filter(end=None).order_by("-serial")[:LOOKED_AT]
    return sum(drafts.is_held(draft) for draft in latest.values_list("draft", flat=True))


def _end(
    record: Outgoing,
    state: FileState,
    *,
    rows: int = 0,
    size: int = 0,
    sha256: str = "",
    why: str = "",
) -> None:
    with transaction.atomic():
        OutgoingEnd.objects.create(
            outgoing=record,
            state=state.value,
            rows=rows,
            size=size,
            sha256=sha256,
            why=why[:200],
            at=clock.now(),
        )


def _fail(record: Outgoing, why: str, sent: int = 0, *, back: bool) -> None:
    """Failed, unless it has ended already; with `back` what was agreed to may be fetched once more."""
    log.warning("a file did not leave", serial=record.serial, listing=record.listing, why=why)
    with suppress(IntegrityError), transaction.atomic():
        _end(record, FileState.FAILED, size=sent, why=why)
        if back and record.consent is not None:
            consents.give_back(record.consent)


def words_of(problem: BaseException) -> str:
    """Why a file was not written, for its record."""
    if isinstance(problem, Refused | NotReturned):
        return str(problem)
    if isinstance(problem, OSError) and met_full_disk(problem):
        return NO_SPACE
    if isinstance(problem, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(problem, GeneratorExit):
        return CUT_OFF
    return f"{WENT_WRONG}（{type(problem).__name__}）"


class ExportSending:
    """A file of `length` bytes (None: known at its end) that is written while it is sent, piece by
    piece.

    Written when the last byte was taken, whether or not anybody asks for more; else cut off.
    """

    def __init__(
        self, writing: ExportWriting, pieces: Iterator[bytes], rows: int, length: int | None
    ) -> None:
        self._writing = writing
        self._pieces = pieces
        self._rows = rows
        self._length = length
        self._digest = hashlib.sha256()
        self._size = 0
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if not self._size:
                self._writing.leaves()
            piece = next(self._pieces)
        except StopIteration:
            self._write()
            raise
        except Exception as problem:
            self._fail(words_of(problem))
            raise
        self._digest.update(piece)
        self._size += len(piece)
        return piece

    def close(self) -> None:
        """The response has ended, whether or not it was taken to its end."""
        if self._size == self._length:
            self._write()
        else:
            self._fail(CUT_OFF)

    def _write(self) -> None:
        if not self._ended:
            self._ended = True
            self._writing.sent(self._rows, self._size, self._digest.hexdigest())

    def _fail(self, why: str) -> None:
        if not self._ended:
            self._ended = True
            self._writing.failed(f"{why}（已送出 {self._size:,} 字节）", self._size)


# -- what a killed process left
# ----------------------------------------------------------------------------------


def sweep() -> int:
    """Mark as failed what is on record as being written and has nobody who writes it; returns how
    many.
    """
    left = [
        record
        for record in Outgoing.objects.filter(end=None).select_related("consent")
        if drafts.is_abandoned(record.draft, record.at)
    ]
    for record in left:
        nothing_left = _nothing_left(record)
        _fail(record, KILLED if nothing_left else KILLED_SENDING, back=nothing_left)
        drafts.discard(record.draft)
    return len(left)


def _nothing_left(record: Outgoing) -> bool:
    """Whether it is certain that no byte left before the process was killed."""
    place = drafts.folder() / record.draft
    return place.is_dir() and not (place / SENT).exists()
