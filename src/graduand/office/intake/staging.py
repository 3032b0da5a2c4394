"""Rows of a file between reading and writing: sealed chunks in a temporary SQLite file outside the live tables."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from graduand.models import key_ring
from graduand.rulebook.calendar import Term

PREFIX = "intake-"
ABANDONED = 24 * 60 * 60  # seconds; no import takes a day
SEPARATOR = "\x1f"  # no parser lets a control character into a key


class Repeat(NamedTuple):
    """A row whose key also stands in other rows of the same file (X11)."""

    row: int
    others: tuple[int, ...]


def _sweep(folder: Path) -> None:
    """Throw away what a killed import left behind; sealed as it is, it has no use any more."""
    for left in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()


def plain(value: Any) -> Any:
    """What JSON cannot hold: days as ISO text, decimals as text, terms as ordinals."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Term):
        return value.ordinal
    raise TypeError(f"{type(value).__name__} cannot be staged")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain).encode


class Stage:
    """A temporary file with the parsed rows of one sheet, deleted when the `with` block ends.

    The chunks are sealed with the installation's key, since rows may hold identifiers; the
    keys of the rows stand beside them in a table, so that repeats are found by one query.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=".sqlite3", dir=folder)
        os.close(handle)
        self._path = Path(name)
        self._db = sqlite3.connect(name, isolation_level=None)
        # nothing here outlives the import: a crash throws the file away
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE chunk (id INTEGER PRIMARY KEY, rows BLOB)")
        self._db.execute("CREATE TABLE place (key TEXT, row INTEGER)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._path.unlink(missing_ok=True)

    def add(self, rows: Sequence[tuple[int, list[Any]]], keys: Sequence[tuple[str, int]]) -> None:
        """Store one chunk of (row number, values) and the (key, row number) pairs that are known of it.

        Raises OSError when the disk is full.
        """
        try:
            self._db.execute("BEGIN")
            self._db.execute("INSERT INTO chunk (rows) VALUES (?)", (key_ring().seal(_encode(rows)),))
            self._db.executemany("INSERT INTO place VALUES (?, ?)", keys)
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as problem:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from problem

    def repeats(self) -> Iterator[Repeat]:
        """Every row whose key is repeated, with the other rows of that key."""
        found = self._db.execute("SELECT group_concat(row) FROM place GROUP BY key HAVING count(*) > 1")
        for (joined,) in found:
            rows = sorted(int(row) for row in joined.split(","))
            for row in rows:
                yield Repeat(row, tuple(other for other in rows if other != row))

    def chunks(self) -> Iterator[list[tuple[int, list[Any]]]]:
        """The stored chunks in the order of the file."""
        for (number,) in self._db.execute("SELECT id FROM chunk ORDER BY id").fetchall():
            (blob,) = self._db.execute("SELECT rows FROM chunk WHERE id = ?", (number,)).fetchone()
            yield json.loads(key_ring().open(blob))
