"""Writes the rows of a long table into its workbook, in a process of its own, so that pages are
served meanwhile.

Run as a script by `workbooks`, under the limits of `limited`. Lines of JSON on stdin: the order,
then lists of rows, each a list of texts. Exit code 0: the workbook is written; else the number of
the system's error.
"""

from __future__ import annotations

import errno
import json
import sys
from base64 import b64decode
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

# The isolated process finds only installed packages, so the folder of ours is added.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from graduand.papers.workbooks import sheet_rows  # found by the line above


def main() -> int:
    """Carry out what stdin says; do nothing where the parent failed before it sent an order."""
    request = sys.stdin.readline()
    if not request:
        return 0
    order: dict[str, Any] = json.loads(request)
    rows = chain.from_iterable(map(json.loads, sys.stdin))
    try:
        frame = BytesIO(b64decode(order["frame"]))
        sheet_rows.fill(frame, Path(order["target"]), rows, order["most"])
    except OSError as problem:
        return problem.errno or errno.EIO
    return 0


if __name__ == "__main__":
    sys.exit(main())
