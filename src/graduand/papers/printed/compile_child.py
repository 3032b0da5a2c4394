"""The typesetter in a process of its own, limited and killable: it reads jobs on stdin and answers
each with a line of JSON.

Run as a script by `render`, under the limits of `limited`; it must not import the package (the
process is isolated and starts in a moment).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typst

STANDARD = "a-2b"
OVERFLOW = "OVERFLOW"


def compiler(order: dict[str, Any], inputs: dict[str, str]) -> Any:
    """A typesetter that can read nothing but the staging folder and the fonts."""
    return typst.Compiler(
        input=order["main"],
        root=order["root"],
        font_paths=order["fonts"],
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )


def told(order: dict[str, Any], shared: Any, job: dict[str, str]) -> dict[str, Any]:
    """Set one paper; returns where it is, or what does not fit in it, or what went wrong."""
    inputs = {"data": job["data"]}
    try:
        pdf = shared.compile(
            sys_inputs=inputs, timestamp=order["timestamp"], pdf_standards=STANDARD, pdf_tags=False
        )
    except typst.TypstError as error:
        if OVERFLOW not in error.message:
            return {"error": error.message.splitlines()[0]}
        lenient = compiler(order, inputs | {"lenient": "1"})
        return {"overflow": json.loads(lenient.query("<overflow>", field="value"))}
    with Path(job["out"]).open("xb") as stream:
        stream.write(pdf)
    return {"size": len(pdf)}


def main() -> None:
    """Do every job in turn; each answer is written at once, so the earlier ones count when a later
    job kills the process.
    """
    order = json.load(sys.stdin)
    shared = compiler(order, {})
    for job in order["jobs"]:
        sys.stdout.write(json.dumps(told(order, shared, job), ensure_ascii=True) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
