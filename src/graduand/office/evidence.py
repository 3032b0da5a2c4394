"""Signed papers that a step rests on: kept as they came, under their own hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings

MOST_BYTES = 20 << 20


class EvidenceRefused(ValueError):
    """A paper that can't be kept; str() is a sentence in Chinese."""


def keep(path: Path) -> dict[str, str]:
    """Copy a signed paper into this installation; returns its {name, sha256} for the act.

    Raises EvidenceRefused for an empty file and for one over 20 MiB.
    """
    content = path.read_bytes()
    if not content:
        raise EvidenceRefused(f"{path.name} 是空文件")
    if len(content) > MOST_BYTES:
        raise EvidenceRefused(f"{path.name} 超过 {MOST_BYTES >> 20} MB")
    digest = hashlib.sha256(content).hexdigest()
    folder = Path(settings.MEDIA_ROOT) / "statements" / digest[:2]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / digest
    if not place.exists():
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(place)
    return {"name": path.name[:200], "sha256": digest}
