"""The folder of printed papers: each file is written whole or not at all, and recognised by the
next run.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple, Self

LEDGER = ".printed"


class PrintFolderBusy(Exception):
    """Another run writes into the folder; str() is a sentence in Chinese."""


class _LedgerEntry(NamedTuple):
    """A file in the ledger; `of` is what the file is about, "" where an earlier program did not
    record it.
    """

    digest: str
    made: str
    of: str = ""


class PrintFolder:
    """One folder of papers. Its ledger has a line for each file: name, digest of its data, hash of
    its bytes, what it is about.

    While entered it belongs to one run; half-written files of a killed run are deleted, since they
    hold personal data.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.known = _read(folder / LEDGER)
        self._lock = -1

    def __enter__(self) -> Self:
        self._lock = os.open(self.folder / LEDGER, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.close(self._lock)
            raise PrintFolderBusy(f"另一个打印正在写 {self.folder}，请等它结束") from problem
        for half in (*self.folder.glob(".staging-*"), *self.folder.glob(".*.part")):
            if half.is_dir():
                shutil.rmtree(half)
            else:
                half.unlink()
        # A run that ended meanwhile may have changed the ledger
        self.known = _read(self.folder / LEDGER)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)

    def keeps(self, name: str, digest: str, of: str = "") -> str:
        """The hash of the file when it is there whole and was made of the data with this digest;
        else "".
        """
        known = self.known.get(name)
        if known is None or known.digest != digest or self.hash_of(name) != known.made:
            return ""
        if known.of != of:
            self._note(name, known._replace(of=of))
        return known.made

    def hash_of(self, name: str) -> str:
        """The hash of the file in the folder; "" where there is none."""
        try:
            return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
        except OSError:
            return ""

    def drop(self, name: str) -> None:
        """Delete a file of an earlier run; a file that this program did not write stays."""
        if self.known.pop(name, None) is not None:
            (self.folder / name).unlink(missing_ok=True)

    def of(self, wanted: Collection[str]) -> list[str]:
        """The names of the files that are about one of `wanted`."""
        return [name for name, known in self.known.items() if known.of in wanted]

    def put(self, name: str, digest: str, data: bytes, of: str = "") -> str:
        """Write a file, then its line of the ledger; returns the file's hash. Both are durable when
        it returns.
        """
        made = hashlib.sha256(data).hexdigest()
        place = self.folder / name
        draft = place.with_name(f".{secrets.token_hex(8)}.part")
        try:
            _write(draft, data, os.O_CREAT | os.O_EXCL)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        self._note(name, _LedgerEntry(digest, made, of))
        return made

    def _note(self, name: str, lying: _LedgerEntry) -> None:
        self.known[name] = lying
        # a line break on both sides, so that a line cut off by a crash does not swallow this one
        _write(
            self.folder / LEDGER,
            f"\n{json.dumps([name, *lying])}\n".encode(),
            os.O_CREAT | os.O_APPEND,
        )


def _write(place: Path, data: bytes, flags: int) -> None:
    with os.fdopen(os.open(place, os.O_WRONLY | flags, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _read(ledger: Path) -> dict[str, _LedgerEntry]:
    """Read the ledger: of several lines with a name the last one counts, and a line that a crash
    cut off is skipped.
    """
    found: dict[str, _LedgerEntry] = {}
    if not ledger.exists():
        return found
    for line in ledger.read_bytes().splitlines():
        try:
            name, *lying = json.loads(line)
            found[name] = _LedgerEntry(*lying)
        except (TypeError, ValueError):
            continue
    return found
