"""Files named by the hash of their bytes: written and synced before a row refers to them (K05)."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

PIECE = 1 << 20


def sha256_of(data: bytes) -> str:
    """The hash that names the bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The hash of a file of any size."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def place_of(root: Path, sha256: str, suffix: str = ".jpg") -> Path:
    """The path of the file with this hash below `root`: ab/cd/abcd….jpg."""
    return root / sha256[:2] / sha256[2:4] / f"{sha256}{suffix}"


def keep(root: Path, data: bytes, suffix: str = ".jpg") -> str:
    """Store the bytes unless they are stored already; returns their hash. They are durable when it
    returns.
    """
    name = sha256_of(data)
    place = place_of(root, name, suffix)
    if place.exists() and place.stat().st_size == len(data):
        return name
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    sync(place.parent)
    return name


def keep_file(root: Path, source: Path, suffix: str) -> str:
    """Store a file of any size, piece by piece, unless it is stored already; returns its hash. It
    is durable when the function returns.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = root / f".{secrets.token_hex(8)}"
    try:
        with (
            source.open("rb") as given,
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream,
        ):
            digest = hashlib.sha256()
            while piece := given.read(PIECE):
                digest.update(piece)
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        place = place_of(root, digest.hexdigest(), suffix)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    sync(place.parent)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, survive a power cut from now on. Raises
    OSError.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
