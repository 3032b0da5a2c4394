"""Writes a long table as a workbook, in a process of its own: whoever serves pages does not wait
for it.

Run as a script by `workbooks`, under the limits of `limited`. Lines of JSON on stdin: the order,
then a list of texts for each row. Exit code 0: the workbook stands at its place; else the number of
what the system said.
"""

from __future__ import annotations

import errno
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

# Isolated, it knows of no package but what is installed: ours is the one that it lies in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from graduand.papers.workbooks import table_workbook  # found by the line above


def main() -> int:
    """Do what stdin says."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    target = Path(order["target"])
    tempfile.tempdir = str(target.parent)  # the writer's drafts go where the workbook goes
    try:
        table_workbook(target, order["headers"], map(json.loads, sys.stdin), **order["looks"])
    except OSError as problem:
        return problem.errno or errno.EIO
    return 0


if __name__ == "__main__":
    sys.exit(main())
