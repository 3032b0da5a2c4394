"""Pictures measured by several processes: results in order, a bounded number under way, a killed
worker replaced.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

from graduand.gateways.photos.faces import DETECTOR, EMBEDDER, model
from graduand.gateways.photos.jpegs import read_header
from graduand.gateways.photos.portraits import MeasuredPortrait, measure, reference, worth_decoding
from graduand.rulebook.photos.spec import PhotoSpec

CHUNK = 8
LOAD = (
    1 << 20
)  # bytes of pictures that travel together: about CHUNK of the right size, fewer of larger ones
# Chunks under way for each worker: enough work while measured pictures are being stored, and memory
# stays flat
AHEAD = 6
# Fewer pictures than this are measured in this process: starting others takes longer
ALONE = 2 * CHUNK
MOST_BYTES = 8 << 20  # size of a file; a larger one is refused by its header
STRIKES = 3


class WorkersDied(Exception):
    """The worker processes were killed again and again; str() is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """One picture to measure, by its bytes or by its path, and the pictures to compare it with, by
    kind.

    `settled`: nothing is measured, the task only keeps its place in the order. `headed`: the header
    was read already, and the picture still has to be decoded. `as_reference`: a picture of any
    size, of which only the face is used. `file_only`: no face is looked for, even where the
    specification asks for one.
    """

    number: int
    data: bytes | None = None
    path: str = ""
    references: dict[str, str] = field(default_factory=dict)
    settled: bool = False
    headed: bool = False
    as_reference: bool = False
    file_only: bool = False


@dataclass(frozen=True, slots=True)
class MeasuredTask:
    """The result of a task; `trouble` when the file itself could not be read."""

    number: int
    seen: MeasuredPortrait | None
    references: dict[str, MeasuredPortrait] = field(default_factory=dict)
    trouble: str = ""


@dataclass(slots=True)
class PhotoTaskBatch:
    """Tasks that are sent together: `known` needed no process, `waiting` still need one."""

    order: list[int] = field(default_factory=list)
    known: dict[int, MeasuredTask] = field(default_factory=dict)
    waiting: list[PhotoTask] = field(default_factory=list)
    size: int = 0

    def add(self, task: PhotoTask, spec: PhotoSpec) -> None:
        """Add a task; a picture that its header refuses is measured at once."""
        self.order.append(task.number)
        if task.settled:
            self.known[task.number] = MeasuredTask(task.number, None)
        elif (
            not task.headed
            and task.data is not None
            and (seen := seen_by_header(task.data, spec)) is not None
        ):
            self.known[task.number] = MeasuredTask(task.number, seen)
        else:
            self.waiting.append(task)
            self.size += len(task.data or b"")

    @property
    def full(self) -> bool:
        return len(self.waiting) >= CHUNK or self.size >= LOAD or len(self.order) >= CHUNK * CHUNK

    def merged(self, done: list[MeasuredTask]) -> Iterator[MeasuredTask]:
        """All tasks of the batch in their order."""
        found = self.known | {measured.number: measured for measured in done}
        return (found[number] for number in self.order)


def seen_by_header(data: bytes, spec: PhotoSpec) -> MeasuredPortrait | None:
    """Measures of a picture that its header refuses; None for one that has to be decoded."""
    header = read_header(data)
    if worth_decoding(data, header, spec):
        return None
    return MeasuredPortrait(header)


def measure_all(
    tasks: Iterable[PhotoTask], spec: PhotoSpec, *, workers: int, embed: bool
) -> Iterator[MeasuredTask]:
    """Measure every task, in order. Raises FacesMissing before the first one, WorkersDied after too
    many killed workers.
    """
    if spec.examine == "portrait":
        model(DETECTOR)
    if embed:
        model(EMBEDDER)
    waiting = iter(tasks)
    first = list(islice(waiting, ALONE))
    if workers <= 1 or len(first) < ALONE:
        for task in chain(first, waiting):
            yield MeasuredTask(task.number, None) if task.settled else _one(task, spec, embed)
        return
    yield from _Crew(spec, workers, embed).run(_batches(chain(first, waiting), spec))


def _batches(tasks: Iterable[PhotoTask], spec: PhotoSpec) -> Iterator[PhotoTaskBatch]:
    batch = PhotoTaskBatch()
    for task in tasks:
        batch.add(task, spec)
        if batch.full:
            yield batch
            batch = PhotoTaskBatch()
    if batch.order:
        yield batch


class _Crew:
    """The worker processes, and the batches under way, oldest first."""

    def __init__(self, spec: PhotoSpec, workers: int, embed: bool) -> None:
        self.spec = spec
        self.workers = workers
        self.embed = embed
        self.on_the_way: deque[tuple[PhotoTaskBatch, Future[list[MeasuredTask]]]] = deque()
        self.strikes = 0
        self.pool: ProcessPoolExecutor | None = None

    def run(self, batches: Iterator[PhotoTaskBatch]) -> Iterator[MeasuredTask]:
        try:
            while True:
                try:
                    for batch in islice(batches, self.workers * AHEAD - len(self.on_the_way)):
                        self._send(batch)
                    if not self.on_the_way:
                        return
                    done = self.on_the_way[0][1].result()
                except BrokenProcessPool:
                    self._replace()
                    continue
                batch, _ = self.on_the_way.popleft()
                self.strikes = 0
                yield from batch.merged(done)
        finally:
            if self.pool is not None:
                self.pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        """The processes, started on first use: pictures that headers refuse need none."""
        if self.pool is None:
            # spawn: a forked child would inherit open databases and OpenCV's threads
            context = multiprocessing.get_context("spawn")
            self.pool = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=end_with_the_parent
            )
        return self.pool

    def _submit(self, batch: PhotoTaskBatch) -> Future[list[MeasuredTask]]:
        if not batch.waiting:
            return _settled([])
        return self._started().submit(work, batch.waiting, self.spec, embed=self.embed)

    def _send(self, batch: PhotoTaskBatch) -> None:
        try:
            self.on_the_way.append((batch, self._submit(batch)))
        except BrokenProcessPool:
            self.on_the_way.append((batch, _settled(BrokenProcessPool())))
            raise

    def _replace(self) -> None:
        """Replace a killed worker: batches under way are measured again, so no result is lost or
        given twice.
        """
        self.strikes += 1
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)
        self.pool = None
        if self.strikes >= STRIKES:
            raise WorkersDied(
                f"检测进程连续 {STRIKES} 次被终止（可能内存不足），已停止；请减少 --workers 后重试"
            )
        again = [batch for batch, _ in self.on_the_way]
        self.on_the_way.clear()
        for batch in again:
            self.on_the_way.append((batch, self._submit(batch)))


def _settled(outcome: list[MeasuredTask] | BaseException) -> Future[list[MeasuredTask]]:
    future: Future[list[MeasuredTask]] = Future()
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
    return future


def end_with_the_parent() -> None:
    """Runs in a new worker: end it when the process that started it is killed, so that it does not
    wait for work for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_wait_for_end, args=(parent.sentinel,), daemon=True).start()


def _wait_for_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def work(tasks: list[PhotoTask], spec: PhotoSpec, *, embed: bool) -> list[MeasuredTask]:
    """Measure a chunk; runs in a worker."""
    return [_one(task, spec, embed) for task in tasks]


def _one(task: PhotoTask, spec: PhotoSpec, embed: bool) -> MeasuredTask:
    if task.as_reference:
        return MeasuredTask(task.number, _reference(task.path))
    length = None
    data = task.data
    if data is None:
        try:
            with Path(task.path).open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
            length = max(Path(task.path).stat().st_size, len(data))
        except OSError as problem:
            return MeasuredTask(task.number, None, trouble=problem.strerror or "无法读取")
    if task.file_only:
        spec = replace(spec, examine="file")
    seen = measure(data, spec, embed=embed, length=length)
    if not seen.embedding:
        return MeasuredTask(task.number, seen, {})
    references = {kind: _reference(path) for kind, path in task.references.items()}
    return MeasuredTask(task.number, seen, references)


def _reference(path: str) -> MeasuredPortrait:
    try:
        with Path(path).open("rb") as stream:
            return reference(stream.read(MOST_BYTES + 1))
    except OSError:
        return reference(b"")
