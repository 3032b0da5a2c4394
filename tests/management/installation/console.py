"""Runs `graduand` as an operator does: a process of its own, with an installation of its own."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.management.calling import Answer

OURS = ("GRADUAND_", "DATABASE_URL", "STORAGE_URL", "DJANGO_")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of an embedded installation in `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "GRADUAND_HOME": str(home), "GRADUAND_LOG_LEVEL": "WARNING", **more}


def command(*words: str) -> list[str]:
    """The words of the process."""
    return [sys.executable, "-m", "graduand.cli", *words]


def graduand(home: Path, *words: str, **more: str) -> Answer:
    """`graduand WORDS…` in `home`; `more` are environment variables."""
    source = str(Path(__file__).resolve().parents[3] / "src")
    done = subprocess.run(
        command(*words),
        env={**environment(home, **more), "PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=home,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@functools.cache
def _installed_once() -> Path:
    home = Path(
        tempfile.mkdtemp(prefix="installed-", dir=os.environ["GRADUAND_HOME"])
    )  # which goes with the run
    assert graduand(home, "init").code == 0
    return home


def installed(home: Path) -> Path:
    """`home`, made as `graduand init` leaves it; that takes seconds and is done once, here it is copied with its keys."""
    return shutil.copytree(_installed_once(), home, dirs_exist_ok=True)
