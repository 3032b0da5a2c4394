"""Drafts inside the home: what a process writes before it is whole, and what a killed one leaves behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from graduand.queries import clock

# Nothing is written for so long: whatever is older has nobody who goes on with it.
OLD = timedelta(days=1)


def sweep() -> int:
    """Delete drafts older than a day; returns how many. Raises OSError when one of them stays, after all the others."""
    before = (clock.real_now() - OLD).timestamp()
    gone, trouble = 0, None
    for path in _drafts():
        try:
            gone += _delete_older(path, before)
        except FileNotFoundError:  # another process was quicker
            continue
        except OSError as problem:
            trouble = OSError(problem.errno, problem.strerror, str(path))
    if trouble is not None:
        raise trouble
    return gone


def _delete_older(path: Path, before: float) -> bool:
    if path.lstat().st_mtime >= before:
        return False
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    return True


def _drafts() -> Iterator[Path]:
    """Everything in the folder of drafts, and the dotted names among what is kept: a kept file is named by its hash."""
    if Path(settings.FILE_UPLOAD_TEMP_DIR).is_dir():
        yield from list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())
    yield from list(Path(settings.MEDIA_ROOT).rglob(".*"))
