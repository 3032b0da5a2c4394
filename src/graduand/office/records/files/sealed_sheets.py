"""Workbooks as they were sent, kept sealed under the hash of what is in them: they are full of identifiers."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from graduand.gateways import hashed_files
from graduand.models import key_ring

PIECE = 1 << 20
LENGTH = 4
log = structlog.get_logger(__name__)


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "sheets"


def _place(sha256: str) -> Path:
    return hashed_files.place_of(_root(), sha256, ".sealed")


def keep(source: Path) -> str:
    """Keep a file, sealed a piece at a time; returns the hash of what it holds. Durable when it
    returns. One that is there, and not what was kept, is written anew.
    """
    sha256 = hashed_files.sha256_of_file(source)
    place = _place(sha256)
    if _is_whole(place, sha256):
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
    hashed_files.sync(place.parent)
    return sha256


def _is_whole(place: Path, sha256: str) -> bool:
    if not place.exists():
        return False
    with place.open("rb") as sealed:
        return _unsealed(sealed, len) == sha256


@contextmanager
def opened(sha256: str) -> Iterator[Path]:
    """The file in the open, for as long as the block lasts. Raises FileNotFoundError, also for one
    that is not what was kept.
    """
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        _place(sha256).open("rb") as sealed,
        tempfile.NamedTemporaryFile(dir=folder, prefix="sheet-") as draft,
    ):
        if _unsealed(sealed, draft.write) != sha256:
            log.error("a kept workbook is not what it was", sha256=sha256)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), sha256)
        draft.flush()
        yield Path(draft.name)


def _unsealed(sealed: BinaryIO, write: Callable[[bytes], object]) -> str:
    """The hash of what a kept file holds, piece by piece given to `write`; "" for one that does not
    open.
    """
    digest = hashlib.sha256()
    try:
        for piece in _pieces(sealed):
            digest.update(piece)
            write(piece)
    except (ImproperlyConfigured, ValueError):
        return ""
    return digest.hexdigest()


def _pieces(sealed: BinaryIO) -> Iterator[bytes]:
    ring = key_ring()
    while length := sealed.read(LENGTH):
        yield ring.open_bytes(sealed.read(int.from_bytes(length, "big")))
