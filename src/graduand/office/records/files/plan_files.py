"""The rows of an import that are still to be written: sealed pieces of whole students in one file
of the home.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from graduand.models import key_ring
from graduand.office.outgoing import drafts
from graduand.office.records.rows import RowBlock

PREFIX = "intake-"
ABANDONED = 24 * 60 * 60  # seconds; no import takes a day to be prepared
PIECE = 8  # students in a piece; a writer takes as many pieces at a time as its time allows
HELD = 20_000  # rows held in memory before they are written to the file
PART = 1 << 20  # bytes of the sender's own file that are sealed together

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _folder(name: str) -> Path:
    folder = Path(settings.GRADUAND_HOME) / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sweep(kept: frozenset[str]) -> int:
    """Throw away what a killed import left behind, and kept files that are none of `kept`; returns
    how many.
    """
    gone = 0
    for left in (*_folder("tmp").glob(f"{PREFIX}*"), *_folder("plans").iterdir()):
        with contextlib.suppress(FileNotFoundError):
            if left.name not in kept and time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()
                gone += 1
    return gone


def throw_away(name: str) -> None:
    """The rows are written, or nobody wants them any more."""
    if name:
        (_folder("plans") / name).unlink(missing_ok=True)


class PlanWriting:
    """Rows that are collected until they are kept; nothing is left of it when the `with` block ends
    without that.

    Students come into pieces in the order in which the file first names them: tables and indexes
    fill in the order of the file, as they would without pieces. Which one a student's rows go to,
    `piece_of` says.
    """

    def __init__(self) -> None:
        self._token = uuid4().hex
        self.count = 0
        self._pieces: dict[str, int] = {}
        self._held: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        self._counts: dict[int, int] = defaultdict(int)
        self._in_memory = 0
        self._path: Path | None = None
        self._db: sqlite3.Connection | None = None
        self._names: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._db is not None:
            self._db.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def piece_of(self, student_no: str) -> int:
        """The piece of a student: the same for all rows of the person, wherever in the file they
        stand.
        """
        return self._pieces.setdefault(student_no, len(self._pieces) // PIECE)

    @property
    def pieces(self) -> int:
        """How many there are."""
        return -(-len(self._pieces) // PIECE)

    def add(self, rows: RowBlock) -> None:
        """Collect rows. Raises OSError when the disk is full."""
        if not rows:
            return
        self._names = tuple(rows.columns)
        whose = [number or "" for number in rows.columns.get("student_no", [""] * len(rows))]
        for number in dict.fromkeys(whose):
            self.piece_of(number)
        values = zip(rows.numbers, *rows.columns.values(), strict=True)
        for piece, row in zip(map(self._pieces.__getitem__, whose), values, strict=True):
            self._held[piece].append(row)
        self.count += len(rows)
        self._in_memory += len(rows)
        if self._in_memory >= HELD:
            self._spill()

    def clear(self) -> None:
        """Begin anew."""
        self.__exit__(None, None, None)
        self.__init__()  # type: ignore[misc]  # as it was made

    def rows(self) -> RowBlock:
        """All of them, while they are so few that none had to be written to the disk."""
        return _in_order(
            [list(column) for column in zip(*chain(*self._held.values()), strict=True)], self._names
        )

    def _told_counts(self) -> list[int]:
        """How many rows each piece has: what is not there any more is missed."""
        return [self._counts[piece] for piece in range(self.pieces)]

    def _spill(self) -> None:
        ring = key_ring()
        for piece, rows in self._held.items():
            self._counts[piece] += len(rows)
        blobs = [
            (piece, ring.seal(_encode([self._token, piece, _packed(rows)])))
            for piece, rows in sorted(self._held.items())
        ]
        with _told_when_full():
            db = self._opened()
            db.execute("BEGIN")
            db.executemany("INSERT INTO piece VALUES (?, ?)", blobs)
            db.execute("COMMIT")
        self._held = defaultdict(list)
        self._in_memory = 0

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=".sqlite3", dir=_folder("tmp"))
            os.close(handle)
            self._path = Path(name)
            self._db = sqlite3.connect(name, isolation_level=None)
            # a crash before `keep` deletes the file; `keep` syncs all of it
            self._db.execute("PRAGMA journal_mode=OFF")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.execute("CREATE TABLE piece (number INTEGER, rows BLOB)")
            self._db.execute("CREATE TABLE head (name TEXT PRIMARY KEY, told BLOB)")
        return self._db

    def keep(
        self, head: Mapping[str, Any], failures: Mapping[str, Any], source: Path | None = None
    ) -> str:
        """Make the file durable; returns the name under which it is kept. Raises OSError when the
        disk is full.

        `source`: the sender's own file, where it is kept nowhere else: the workbook that goes back
        is made of it.
        """
        self._spill()
        name = f"{self._token}.rows"
        parts = {
            "head": {**head, "names": self._names, "counts": self._told_counts()},
            "failures": failures,
        }
        with _told_when_full():
            db = self._opened()
            self._put_head(db, parts)
            db.execute("CREATE INDEX piece_number ON piece (number)")
            if source is not None:
                _put_source(db, source)
            db.close()
        path = Path(str(self._path))
        self._db = None
        self._path = None
        drafts.put(path, _folder("plans") / name)
        return name

    def _put_head(self, db: sqlite3.Connection, parts: Mapping[str, Any]) -> None:
        """What is told of the rows, each part sealed for its place in this file."""
        seal = key_ring().seal
        sealed = [(part, seal(_encode([self._token, part, what]))) for part, what in parts.items()]
        db.executemany("INSERT INTO head VALUES (?, ?)", sealed)


def _put_source(db: sqlite3.Connection, source: Path) -> None:
    ring = key_ring()
    db.execute("CREATE TABLE source (part INTEGER PRIMARY KEY, bytes BLOB)")
    with source.open("rb") as stream:
        parts = enumerate(iter(lambda: stream.read(PART), b""))
        db.executemany(
            "INSERT INTO source VALUES (?, ?)",
            ((place, ring.seal_bytes(part)) for place, part in parts),
        )


@contextlib.contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as problem:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from problem


@contextlib.contextmanager
def _damage_told() -> Iterator[None]:
    """A kept file that somebody changed is as good as gone. Raises FileNotFoundError.

    A disk that fails is another matter, and is tried again.
    """
    try:
        yield
    except sqlite3.OperationalError as problem:
        if "no such table" not in str(problem):
            raise
        raise FileNotFoundError(errno.ENOENT, str(problem)) from problem
    except (sqlite3.DatabaseError, ImproperlyConfigured, ValueError, TypeError) as problem:
        raise FileNotFoundError(errno.ENOENT, type(problem).__name__) from problem


class OpenPlanFile:
    """A kept file, opened to be read. Raises FileNotFoundError, also for one that is not what was
    kept.
    """

    def __init__(self, name: str) -> None:
        path = _folder("plans") / name
        self._token = path.stem
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def head(self) -> dict[str, Any]:
        """What was told of the file as a whole."""
        return self._part("head")

    def failures(self) -> dict[str, Any]:
        """What the check had found against rows that are not among these."""
        return self._part("failures")

    def _part(self, name: str) -> dict[str, Any]:
        with _damage_told():
            (blob,) = self._db.execute("SELECT told FROM head WHERE name = ?", (name,)).fetchone()
            found: dict[str, Any] = self._opened(blob, name)
            return found

    def _opened(self, blob: bytes, place: str | int) -> Any:
        """What was sealed for this place of this file; a piece of another one says so. Raises
        ValueError.
        """
        token, of, told = json.loads(key_ring().open(blob))
        if (token, of) != (self._token, place):
            raise ValueError(place)
        return told

    def rows(
        self, head: Mapping[str, Any], piece: int, pieces: int, most: int
    ) -> tuple[RowBlock, int]:
        """(rows in the order of the file, the piece that comes next): whole pieces from `piece` on,
        about `most` rows.

        Raises FileNotFoundError also when one of them is missing, or is there twice.
        """
        names: Sequence[str] = head["names"]
        found: list[list[Any]] = [[] for _ in range(1 + len(names))]
        with _damage_told():
            first = piece
            stored = self._db.execute(
                "SELECT number, rows FROM piece WHERE number >= ? ORDER BY number, rowid", (piece,)
            )
            for number, blob in stored:
                if number != piece and len(found[0]) >= most:
                    break
                for column, more in zip(found, _unpacked(self._opened(blob, number)), strict=True):
                    column += more
                piece = number
            else:
                piece = pieces - 1
            if "counts" in head:  # an earlier program stored none
                whole = sum(head["counts"][first : piece + 1])
                if not whole == len(found[0]) == len(set(found[0])):
                    raise ValueError(piece)
            return _in_order(found, names), piece + 1

    def numbers(self, piece: int) -> Iterator[int]:
        """The numbers of the rows from `piece` on."""
        with _damage_told():
            stored = self._db.execute(
                "SELECT number, rows FROM piece WHERE number >= ? ORDER BY number, rowid", (piece,)
            )
            for place, blob in stored:
                yield from _unpacked(self._opened(blob, place))[0]

    def source(self, target: Path) -> Path:
        """Write the sender's own file to `target`. Raises FileNotFoundError when it is not kept
        here.
        """
        ring = key_ring()
        with _damage_told():
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'source'").fetchone():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "source")
            with target.open("wb") as stream:
                for (part,) in self._db.execute("SELECT bytes FROM source ORDER BY part"):
                    stream.write(ring.open_bytes(part))
        return target


def _packed(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """How many rows there are, then their columns; one that says the same in every row says it
    once.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [len(rows), *map(_said_once, columns)]


def _said_once(column: list[Any]) -> list[Any]:
    if column.count(column[0]) == len(column):
        return column[:1]
    return column


def _unpacked(packed: Sequence[Any]) -> list[list[Any]]:
    """The columns of `_packed`, the first one the numbers of the rows."""
    rows, *columns = packed
    return [column if len(column) == rows else column * rows for column in columns]


def _in_order(columns: list[list[Any]], names: Sequence[str]) -> RowBlock:
    """A block in the order of the file; `columns` are the numbers of its rows, then a column of
    each name.
    """
    numbers, *values = columns or [[] for _ in range(1 + len(names))]
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    if order != list(range(len(numbers))):
        numbers, *values = ([column[place] for place in order] for column in (numbers, *values))
    return RowBlock(numbers, dict(zip(names, values, strict=True)))
