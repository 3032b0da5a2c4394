"""Pictures measured by several processes: in order, a bounded number on the way, a killed worker replaced."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from graduand.gateways.faces import DETECTOR, EMBEDDER, model
from graduand.gateways.portraits import Seen, measure, reference
from graduand.rulebook.photo import PhotoSpec

CHUNK = 8
AHEAD = 3  # chunks on the way for each worker: memory stays flat over any number of pictures
ALONE = 2 * CHUNK  # fewer pictures than this are measured here: starting processes takes longer
MOST_BYTES = 8 << 20  # of a file; a larger one is refused by its header
STRIKES = 3


class WorkersDied(Exception):
    """The processes were killed again and again; str() is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to measure, by its bytes or by its path, and the pictures to compare it with, by kind."""

    number: int
    data: bytes | None = None
    path: str = ""
    references: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a task; `trouble` when the file itself could not be read."""

    number: int
    seen: Seen | None
    references: dict[str, Seen] = field(default_factory=dict)
    trouble: str = ""


def measure_all(tasks: Iterable[Task], spec: PhotoSpec, *, workers: int, embed: bool) -> Iterator[Measured]:
    """Measure every task, in order. Raises FacesMissing before the first one, WorkersDied when it is hopeless."""
    model(DETECTOR)
    if embed:
        model(EMBEDDER)
    waiting = iter(tasks)
    first = list(islice(waiting, ALONE))
    if workers <= 1 or len(first) < ALONE:
        yield from work(first, spec, embed=embed)
        for task in waiting:
            yield from work([task], spec, embed=embed)
        return
    yield from _Crew(spec, workers, embed).run(_chunks(first, waiting))


def _chunks(first: list[Task], rest: Iterator[Task]) -> Iterator[list[Task]]:
    for start in range(0, len(first), CHUNK):
        yield first[start : start + CHUNK]
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


class _Crew:
    """The processes, and the chunks that are on their way, oldest first."""

    def __init__(self, spec: PhotoSpec, workers: int, embed: bool) -> None:
        self.spec, self.workers, self.embed = spec, workers, embed
        self.on_the_way: deque[tuple[list[Task], Future[list[Measured]]]] = deque()
        self.strikes = 0

    def run(self, chunks: Iterator[list[Task]]) -> Iterator[Measured]:
        pool = self._pool()
        try:
            while True:
                try:
                    for chunk in islice(chunks, self.workers * AHEAD - len(self.on_the_way)):
                        self._send(pool, chunk)
                    if not self.on_the_way:
                        return
                    done = self.on_the_way[0][1].result()
                except BrokenProcessPool:
                    pool = self._replace(pool)
                    continue
                self.on_the_way.popleft()
                self.strikes = 0
                yield from done
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _pool(self) -> ProcessPoolExecutor:
        # spawn: a forked child would inherit open databases and OpenCV's threads
        return ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))

    def _send(self, pool: ProcessPoolExecutor, chunk: list[Task]) -> None:
        try:
            self.on_the_way.append((chunk, pool.submit(work, chunk, self.spec, embed=self.embed)))
        except BrokenProcessPool:
            self.on_the_way.append((chunk, _broken()))
            raise

    def _replace(self, pool: ProcessPoolExecutor) -> ProcessPoolExecutor:
        """A worker was killed: what is on the way is measured again, nothing is lost and nothing comes twice."""
        self.strikes += 1
        pool.shutdown(wait=False, cancel_futures=True)
        if self.strikes >= STRIKES:
            raise WorkersDied(f"检测进程连续 {STRIKES} 次被终止（可能内存不足），已停止；请减少 --workers 后重试")
        fresh, again = self._pool(), [chunk for chunk, _ in self.on_the_way]
        self.on_the_way.clear()
        for chunk in again:
            self.on_the_way.append((chunk, fresh.submit(work, chunk, self.spec, embed=self.embed)))
        return fresh


def _broken() -> Future[list[Measured]]:
    future: Future[list[Measured]] = Future()
    future.set_exception(BrokenProcessPool())
    return future


def work(tasks: list[Task], spec: PhotoSpec, *, embed: bool) -> list[Measured]:
    """Measure a chunk; runs in a worker."""
    return [_one(task, spec, embed) for task in tasks]


def _one(task: Task, spec: PhotoSpec, embed: bool) -> Measured:
    length = None
    data = task.data
    if data is None:
        try:
            with Path(task.path).open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
            length = max(Path(task.path).stat().st_size, len(data))
        except OSError as problem:
            return Measured(task.number, None, trouble=problem.strerror or "无法读取")
    seen = measure(data, spec, embed=embed, length=length)
    references = {kind: _reference(path) for kind, path in task.references.items()} if seen.embedding else {}
    return Measured(task.number, seen, references)


def _reference(path: str) -> Seen:
    try:
        with Path(path).open("rb") as stream:
            return reference(stream.read(MOST_BYTES + 1))
    except OSError:
        return reference(b"")
