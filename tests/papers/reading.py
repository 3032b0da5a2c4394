"""Reads printed papers back with poppler: their text, their pages, the pictures on them."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.machine import needs


def run(tool: str, *words: str) -> str:
    """What a poppler tool says."""
    done = subprocess.run(
        [needs.tool(tool), *words], capture_output=True, check=True, env={**os.environ, "TZ": "UTC"}
    )
    return done.stdout.decode()


def text(path: Path, *options: str) -> str:
    """The text of a paper, laid out as printed, without the spaces that only align."""
    return re.sub(r"[ 　]+", " ", run("pdftotext", "-layout", *options, str(path), "-"))


def flat(path: Path, *options: str) -> str:
    """The text row by row without any white space: a field may be broken anywhere."""
    return re.sub(r"[\s\f]+", "", run("pdftotext", *(options or ("-layout",)), str(path), "-"))


def page(path: Path, number: int) -> str:
    """The flat text of one page."""
    return flat(path, "-layout", "-f", str(number), "-l", str(number))


def pages(path: Path) -> int:
    """How many pages a paper has."""
    return int(re.search(r"^Pages:\s+(\d+)$", run("pdfinfo", str(path)), re.MULTILINE)[1])


def info(path: Path) -> str:
    """Title, dates and sizes."""
    return run("pdfinfo", str(path))


def pictures(path: Path) -> list[bytes]:
    """The JPEG files in a paper, as they were put in."""
    with tempfile.TemporaryDirectory() as folder:
        run("pdfimages", "-j", str(path), f"{folder}/p")
        return [one.read_bytes() for one in sorted(Path(folder).glob("*.jpg"))]
