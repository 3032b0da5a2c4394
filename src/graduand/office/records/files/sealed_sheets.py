"""Workbooks as they were sent, kept sealed under the hash of what is in them: they are full of identifiers."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from graduand.gateways import hashed_files
from graduand.models import key_ring

PIECE = 1 << 20
LENGTH = 4


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "sheets"


def _place(sha256: str) -> Path:
    return hashed_files.place_of(_root(), sha256, ".sealed")


def keep(source: Path) -> str:
    """Keep a file, sealed a piece at a time; returns the hash of what it holds. Durable when it returns."""
    sha256 = hashed_files.sha256_of_file(source)
    place = _place(sha256)
    if place.exists():
        return sha256
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{secrets.token_hex(8)}")
    ring = key_ring()
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with source.open("rb") as given, os.fdopen(handle, "wb") as stream:
            while piece := given.read(PIECE):
                sealed = ring.seal_bytes(piece)
                stream.write(len(sealed).to_bytes(LENGTH, "big") + sealed)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return sha256


@contextmanager
def opened(sha256: str) -> Iterator[Path]:
    """The file in the open, for as long as the block lasts. Raises FileNotFoundError, ValueError when it was changed."""
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        _place(sha256).open("rb") as sealed,
        tempfile.NamedTemporaryFile(dir=folder, prefix="sheet-") as draft,
    ):
        digest = hashlib.sha256()
        for piece in _pieces(sealed):
            digest.update(piece)
            draft.write(piece)
        draft.flush()
        if digest.hexdigest() != sha256:
            raise ValueError("a kept workbook is not what it was")
        yield Path(draft.name)


def _pieces(sealed: BinaryIO) -> Iterator[bytes]:
    ring = key_ring()
    while length := sealed.read(LENGTH):
        yield ring.open_bytes(sealed.read(int.from_bytes(length, "big")))
