"""Signed papers that a step rests on: stored as they came, under their own hash."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from graduand.gateways import hashed_files
from graduand.office.refusal import unusable

MOST_BYTES = 20 << 20


def keep(path: Path) -> dict[str, str]:
    """Copy a signed paper into this installation; returns its {name, sha256} for the act.

    Raises Refused for an empty file and for one over 20 MiB.
    """
    content = path.read_bytes()
    if not content:
        raise unusable(f"{path.name} 是空文件")
    if len(content) > MOST_BYTES:
        raise unusable(f"{path.name} 超过 {MOST_BYTES >> 20} MB")
    digest = hashed_files.keep(Path(settings.MEDIA_ROOT) / "statements", content, suffix="")
    return {"name": path.name[:200], "sha256": digest}
