"""Drafts inside the home: what a process writes before it is whole, and what a killed one leaves
behind.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from graduand.gateways.hashed_files import sync
from graduand.queries import clock

# No file takes this long to write: an older draft is abandoned.
OLD = timedelta(days=1)
# What a command gives back is kept here until its caller has fetched it.
RETURNED = "returned-"
FETCHED_WITHIN = timedelta(days=7)
LONGEST_STEM = 60  # characters; a name has at most 255 bytes
# The lock file in a folder of drafts, held by the process that uses it: a folder on a shared disk
# cannot be locked itself.
LOCK = "held"


def folder() -> Path:
    """Where drafts lie: inside the home, never in a public temporary folder."""
    place = Path(settings.FILE_UPLOAD_TEMP_DIR)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def returned(name: str) -> Path:
    """Where a command writes the file `name` that goes back to its caller, when nobody said where;
    kept for a week.
    """
    stem, _, suffix = name.rpartition(".")
    return folder() / f"{RETURNED}{secrets.token_hex(4)}-{stem[-LONGEST_STEM:]}.{suffix}"


def is_returned(path: Path) -> bool:
    """Whether a file lies among what commands gave back."""
    return path.parent == folder() and path.name.startswith(RETURNED)


@dataclass(frozen=True, slots=True)
class HeldFolder:
    """A folder of drafts that this process holds as long as it lives; a kill releases it."""

    folder: Path
    handle: int

    @property
    def name(self) -> str:
        return self.folder.name

    def let_go(self) -> None:
        """Delete the drafts; what somebody has open stays readable."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.handle)

    def abandon(self) -> None:
        """Release the folder; its contents tell the sweep how far it was."""
        os.close(self.handle)


def hold() -> HeldFolder:
    """A fresh folder for the drafts of one file. Raises OSError."""
    place = Path(tempfile.mkdtemp(prefix="outgoing-", dir=folder()))
    handle = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return HeldFolder(place, handle)


def is_held(name: str) -> bool:
    """Whether the process that took the folder of that name is still alive."""
    if not name:
        return False
    try:
        handle = os.open(folder() / name / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def is_abandoned(name: str, since: datetime) -> bool:
    """Whether no process holds the drafts of that name any more, which were begun at `since`.

    A folder that is not here may be on another host with the same database: only that host can tell
    whether its process lives, and it has a day to do so.
    """
    if is_held(name):
        return False
    return not name or (folder() / name).is_dir() or since < clock.now() - OLD


def put(draft: Path, target: Path) -> None:
    """Move a whole draft to its place: there it appears at once or not at all, and stays. Raises
    OSError.
    """
    place(draft, target)
    sync(target.parent)


def place(draft: Path, target: Path) -> None:
    """Move a whole draft to its place without syncing the folder: until that is done, a failing
    host may lose what is in it. Raises OSError.
    """
    sync(draft)
    try:
        draft.replace(target)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        _put_across(draft, target)


def _put_across(draft: Path, target: Path) -> None:
    near = target.with_name(
        f".{target.name}.part"
    )  # another file system: only there it can be moved at once
    try:
        handle = os.open(near, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with draft.open("rb") as source, os.fdopen(handle, "wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        near.replace(target)
    finally:
        near.unlink(missing_ok=True)


def discard(name: str) -> None:
    """Delete the drafts in the folder of that name, which no process holds any more."""
    if name:
        shutil.rmtree(folder() / name, ignore_errors=True)


def sweep() -> int:
    """Delete drafts older than a day, and what commands gave back a week ago; returns how many.

    Raises OSError when one of them stays, after all the others.
    """
    now = clock.real_now()
    gone = 0
    trouble = None
    for path in _drafts():
        age = OLD
        if path.name.startswith(RETURNED):
            age = FETCHED_WITHIN
        try:
            gone += _delete_older(path, (now - age).timestamp())
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
        if is_held(path.name):
            return False
        shutil.rmtree(path)
    else:
        path.unlink()
    return True


def _drafts() -> Iterator[Path]:
    """Everything in the folder of drafts, and the dotted names among what is kept: a kept file is
    named by its hash.
    """
    yield from list(folder().iterdir())
    yield from list(Path(settings.MEDIA_ROOT).rglob(".*"))
