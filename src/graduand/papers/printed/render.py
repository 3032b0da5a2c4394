"""Plain data in, PDF bytes out: typst in a limited child process for each chunk of papers."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from graduand.limited import command
from graduand.papers.printed.fonts import Fonts

CHILD = Path(__file__).with_name("compile_child.py")
TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "papers"
PARTS = "parts.typ"
STAGING = ".staging-"
TYPST = version("typst")
CHUNK = 100  # people per process: a merged chunk of this size stays under half a gigabyte
Picture = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What one process may use: bytes of address space, seconds of work and of waiting, bytes per
    file.
    """

    memory: int = 6 << 30
    seconds: int = 300
    bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class PaperToSet:
    """A PDF to set: its template, the template's data (texts only), the hashes of its pictures."""

    template: str
    data: Mapping[str, Any]
    pictures: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The data for the typesetter: JSON and never markup, so that nothing in it can be a
        command.
        """
        return json.dumps(self.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Misfit:
    """A text that does not fit: the key of the person, and the field."""

    key: int
    what: str


@dataclass(frozen=True, slots=True)
class RenderOutcome:
    """The bytes of a paper; or the texts that do not fit in it; or the typesetter's message."""

    pdf: bytes = b""
    misfits: tuple[Misfit, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Typesetter:
    """Sets papers of one season: the same data gives the same bytes.

    `timestamp` (seconds since 1970) is the only time in a paper; `picture` gives a JPEG by its
    hash; `staging` holds, while a process works, the template and the pictures that it may read.
    """

    fonts: Fonts
    timestamp: int
    picture: Picture
    staging: Path
    limits: RenderLimits = field(default_factory=RenderLimits)

    def digest(self, paper: PaperToSet) -> str:
        """A digest of everything that the bytes of `paper` depend on; nothing is set."""
        parts = (
            TYPST,
            self.fonts.digest,
            str(self.timestamp),
            _text(PARTS),
            _text(paper.template),
            paper.source,
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def set(self, papers: Sequence[PaperToSet]) -> Iterator[RenderOutcome]:
        """The outcome of each paper, in order. A paper that kills its process is set alone once
        more, then given up.
        """
        start = 0
        while start < len(papers):
            piece = _piece(papers[start:])
            done = self._chunk(piece)
            yield from done
            start += len(done)
            if len(done) < len(piece):
                yield next(
                    iter(self._chunk([papers[start]])), RenderOutcome(error="内存或时间超过限制")
                )
                start += 1

    def _chunk(self, papers: Sequence[PaperToSet]) -> list[RenderOutcome]:
        """Set `papers` in one process; returns fewer outcomes than papers when the process died
        early.
        """
        with tempfile.TemporaryDirectory(prefix=STAGING, dir=self.staging) as folder:
            root = Path(folder).resolve()
            self._stage(root, papers)
            jobs = [
                {"data": paper.source, "out": str(root / f"{place}.pdf")}
                for place, paper in enumerate(papers)
            ]
            order = {
                "root": str(root),
                "main": str(root / papers[0].template),
                "fonts": self.fonts.folders,
                "jobs": jobs,
                "timestamp": self.timestamp,
            }
            lines = _run(json.dumps(order), self.limits)
            return [_outcome(told, job["out"]) for told, job in zip(lines, jobs, strict=False)]

    def _stage(self, root: Path, papers: Sequence[PaperToSet]) -> None:
        """Fill the only folder that the typesetter can read: the template and the pictures that it
        needs.
        """
        (root / "photos").mkdir()
        for name in (PARTS, papers[0].template):
            (root / name).write_text(_text(name), encoding="utf-8")
        for sha256 in {name for paper in papers for name in paper.pictures}:
            (root / "photos" / f"{sha256}.jpg").write_bytes(self.picture(sha256))


def _piece(papers: Sequence[PaperToSet]) -> list[PaperToSet]:
    """The papers of the next process: all of one template, for CHUNK people at most, since the
    process takes more memory with every page.
    """
    found: list[PaperToSet] = []
    people = 0
    for paper in papers[:CHUNK]:
        people += len(paper.data["people"])
        if found and (people > CHUNK or paper.template != found[0].template):
            break
        found.append(paper)
    return found


@lru_cache(maxsize=16)
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _run(order: str, limits: RenderLimits) -> list[dict[str, Any]]:
    """The output of the child until it ended, however it ended. Nothing of our environment is
    passed on.
    """
    child = command(CHILD, memory=limits.memory, seconds=limits.seconds, size=limits.bytes)
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            child,
            input=order.encode(),
            capture_output=True,
            env={},
            cwd="/",
            timeout=limits.seconds,
            check=False,
        )
        output = done.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
    complete = output[: output.rfind(b"\n") + 1]
    return [json.loads(line) for line in complete.splitlines()]


def _outcome(reply: Mapping[str, Any], out: str) -> RenderOutcome:
    if "error" in reply:
        return RenderOutcome(error=str(reply["error"]))
    if "overflow" in reply:
        return RenderOutcome(
            misfits=tuple(
                dict.fromkeys(Misfit(misfit["who"], misfit["what"]) for misfit in reply["overflow"])
            )
        )
    return RenderOutcome(pdf=Path(out).read_bytes())
