"""Whether somebody wants long work to end: asked by the work between its pieces."""

from __future__ import annotations

from graduand.models import Job


class Stopped(Exception):
    """Somebody wants the work to end here; what it has committed stays."""


def obey(kind: str, subject: int) -> None:
    """Raise Stopped when somebody wants this work to end. One query; inside a transaction everything of it goes back."""
    if Job.objects.filter(kind=kind, subject=subject, stop_at__isnull=False).exists():
        raise Stopped
