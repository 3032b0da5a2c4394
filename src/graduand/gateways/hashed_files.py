"""Files named by the hash of their bytes: written and synced before any row speaks of them (K05)."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


def sha256_of(data: bytes) -> str:
    """The hash that names the bytes."""
    return hashlib.sha256(data).hexdigest()


def place_of(root: Path, sha256: str, suffix: str = ".jpg") -> Path:
    """Where the file of a hash lies below `root`: ab/cd/abcd….jpg."""
    return root / sha256[:2] / sha256[2:4] / f"{sha256}{suffix}"


def keep(root: Path, data: bytes, suffix: str = ".jpg") -> str:
    """Store the bytes unless they are there; returns their hash. Durable when it returns."""
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
    _sync_folder(place.parent)
    return name


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
