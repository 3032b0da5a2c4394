"""A script of ours in a process of its own, under limits of memory, work and files that it cannot
lift again.

Started by path, isolated and without our environment, so this file too must know nothing of the
program. The limits stand before the script itself is read, let alone a byte of what it is to do.
"""

from __future__ import annotations

import errno
import os
import resource
import runpy
import sys
from pathlib import Path

# The exit code of a script that could not write: a full disk is no fault of the script's input.
NO_ROOM = errno.ENOSPC


def command(script: Path, *words: str, memory: int, seconds: int, size: int) -> list[str]:
    """How to start `script`: with bytes of address space, seconds of work, bytes of a file that it may write."""
    limits = (str(memory), str(seconds), str(size))
    return [
        sys.executable,
        "-I",
        "-X",
        "utf8",
        str(Path(__file__).resolve()),
        *limits,
        str(script),
        *words,
    ]


def main(memory: int, seconds: int, size: int, script: str) -> None:
    """Take the limits, then become the script."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_CORE, 0),  # a core dump would hold personal data
    ):
        resource.setrlimit(what, (most, most))
    sys.argv = sys.argv[4:]
    try:
        runpy.run_path(script, run_name="__main__")
    except OSError as problem:
        # As `faults.met_full_disk` says, which this file must not know.
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        os._exit(NO_ROOM)  # past the flush at the end, which would fail once more


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
