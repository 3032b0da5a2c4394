"""Keeps the pages and their worker alive side by side: until a signal comes, or one of them ends by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

from graduand.management.console import Misused
from graduand.office.queue import leases

GRACE = 15.0
LOOK = 0.3
# Before a killed worker is followed by another one; twice as long each time when it was killed as
# soon as it had begun.
PAUSE, LONGEST_PAUSE, BEGUN = 1.0, 60.0, 10.0
_ENDS_WITH_PARENT = Path(__file__).with_name("ends_with_parent.py")


class Keeper:
    """`environment` is what both processes start with, `worker` the worker's command line; `say`
    tells the operator, `pause` is how long a worker is waited for that follows a killed one
    (seconds).

    A worker that was killed (for its memory, by an operator) or that was told to stop by somebody
    else than `serve` is followed by another one, because pages that wait for it are open in many
    windows; work that kills its worker each time is given up by its strikes. A worker that fails
    has said why, and ends both: whoever watches over `serve` has to know of it. Where `serve`
    itself is killed, both end, too.
    """

    def __init__(
        self,
        environment: dict[str, str],
        worker: Sequence[str],
        say: Callable[[str], None],
        pause: float = PAUSE,
    ) -> None:
        self._environment, self._say = environment, say
        self._worker = _Worker(self._start, worker, pause)

    def keep(self, pages: Sequence[str]) -> bool:
        """Until a signal comes: True. Raises Misused, with the cause, when the pages end or the worker fails."""
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: over.set())
        page_server = self._start(pages)
        self._worker.begin()
        # Both are looked at each time: while a worker's turn has not come, the pages are not left
        # alone.
        while not over.wait(LOOK) and page_server.poll() is None and self._goes_on():
            pass
        pages_ended, worker_failed = page_server.poll(), self._worker.ended()
        _end(page_server, *self._worker.processes())
        if over.is_set():
            return True
        if pages_ended is not None:
            raise Misused(_why_all_ends("网页", "后台处理", pages_ended))
        assert worker_failed is not None  # else it would go on
        raise Misused(_why_all_ends("后台处理", "网页", worker_failed))

    def _goes_on(self) -> bool:
        """Whether there is a worker, or will be one; the operator is told of one that is followed."""
        worker = self._worker
        if worker.is_awaited():
            worker.begin_in_time()
            return True
        ended = worker.ended()
        if ended is None:
            return True
        if ended > 0:
            return False
        _free_the_work_of(worker.owner)
        worker.await_the_next()
        self._say(_of_the_next_worker(ended, worker.pause if worker.died_early else 0))
        return True

    def _start(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        bound = [sys.executable, "-I", str(_ENDS_WITH_PARENT), str(os.getpid()), *words]
        return subprocess.Popen(bound, env=self._environment)  # noqa: S603  # words of the program itself


def _how(ended: int) -> str:
    """How a process ended, by what it returned; 0 is how pages and worker obey SIGTERM or SIGINT."""
    if ended == 0:
        return "收到停止信号后停止"
    if ended < 0:
        return f"被信号 {-ended} 结束"
    return f"出错停止（退出码 {ended}，原因见上面最后一句）"


def _of_the_next_worker(ended: int, pause: float) -> str:
    """What the operator is told of a worker that is followed by another one, after a pause if any."""
    if pause:
        where = "请查是谁在停止它" if ended == 0 else "请检查服务器内存和系统日志"
        return f"后台处理刚启动又{_how(ended)}，{pause:.0f} 秒后重新启动；{where}。"
    rest = "要全部停止，请停止 graduand serve（Ctrl-C）。" if ended == 0 else ""
    return f"后台处理{_how(ended)}，现在重新启动，未办完的接着办理。{rest}"


def _why_all_ends(what: str, other: str, ended: int) -> str:
    """The last sentence of `serve`: which of the two ended first, how, and what to do."""
    first = ""
    if ended < 0:
        first = "先检查服务器内存和系统日志，再"
    elif ended > 0:
        first = "先按原因改正，再"
    return f"{what}{_how(ended)}，{other}也随之停止；请{first}重新运行 graduand serve"


class _Worker:
    """The worker's process; between two of them there is none, and the next one begins not before
    its time.

    `owner` is the name by which it holds the leases of its work; `died_early`: it was killed as
    soon as it had begun, as was the one before.
    """

    def __init__(
        self,
        start: Callable[[Sequence[str]], subprocess.Popen[bytes]],
        words: Sequence[str],
        pause: float,
    ) -> None:
        self._start, self._words, self._first_pause = start, list(words), pause
        self._process: subprocess.Popen[bytes] | None = None
        self.owner, self.pause, self.died_early = "", 0.0, False
        self._begun, self._not_before = 0.0, 0.0

    def begin(self) -> None:
        """Start one, under a name of its own."""
        self.owner, self._begun = leases.owner("worker"), time.monotonic()
        self._process = self._start([*self._words, "--owner", self.owner])

    def begin_in_time(self) -> None:
        """Start the next one unless it is too early."""
        if time.monotonic() >= self._not_before:
            self.begin()

    def is_awaited(self) -> bool:
        """Whether the last one was killed and the next one has not begun."""
        return self._process is None

    def ended(self) -> int | None:
        """How it ended, the number of a signal being negative; None while it lives."""
        return self._process.poll() if self._process is not None else None

    def await_the_next(self) -> None:
        """After one that was killed."""
        self.died_early = time.monotonic() - self._begun < BEGUN and self.pause > 0
        self.pause = min(2 * self.pause, LONGEST_PAUSE) if self.died_early else self._first_pause
        self._process, self._not_before = None, time.monotonic() + self.pause

    def processes(self) -> list[subprocess.Popen[bytes]]:
        """What is to be ended with the pages."""
        return [] if self._process is None else [self._process]


def _free_the_work_of(owner: str) -> None:
    """Nobody waits for the lease of a worker that is known to be dead; without a database they wait, and that is all."""
    try:
        leases.run_out(owner)
    except (OperationalError, InterfaceError):
        pass
    finally:
        connection.close()


def _end(*children: subprocess.Popen[bytes]) -> None:
    """Both are asked first, then they have a while."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
