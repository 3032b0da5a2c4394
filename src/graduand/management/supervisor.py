"""Keeps the pages and their worker alive: until a signal comes, or one of them ends by itself."""

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

from graduand.environment import INTERRUPTED
from graduand.management.console import UsageProblem
from graduand.office.queue import leases

GRACE = 15.0
LOOK = 0.3
# Before a killed worker is followed by another one; twice as long each time when it was killed as
# soon as it had begun.
PAUSE = 1.0
LONGEST_PAUSE = 60.0
BEGUN = 10.0
_ENDS_WITH_PARENT = Path(__file__).with_name("ends_with_parent.py")


class Supervisor:
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
        self._environment = environment
        self._say = say
        self._worker = _Worker(self._start, worker, pause)

    def keep(self, pages: Sequence[str]) -> bool:
        """Until a signal comes: True.

        Raises UsageProblem, with the cause, when the pages end or the worker fails.
        """
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: over.set())
        page_server = self._start(pages)
        self._worker.begin()
        # Both are looked at each time: while a worker's turn has not come, the pages are not left
        # alone.
        while not over.wait(LOOK) and page_server.poll() is None and self._goes_on():
            pass
        pages_ended = page_server.poll()
        worker_failed = self._worker.ended()
        _end(page_server, *self._worker.processes())
        if over.is_set():
            return True
        if pages_ended is not None:
            raise UsageProblem(_why_all_ends("网页", "后台处理", pages_ended))
        assert worker_failed is not None  # else it would go on
        raise UsageProblem(_why_all_ends("后台处理", "网页", worker_failed))

    def _goes_on(self) -> bool:
        """Whether there is a worker, or will be one; the operator is told of another one."""
        worker = self._worker
        if worker.is_awaited():
            worker.begin_in_time()
            return True
        ended = worker.ended()
        if ended is None:
            return True
        if ended > 0 and not _was_told(ended):
            return False
        _free_the_work_of(worker.owner)
        worker.await_the_next()
        if worker.died_early:
            self._say(_early_again(ended, worker.pause))
        else:
            self._say(_again(ended))
        return True

    def _start(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        bound = [sys.executable, "-I", str(_ENDS_WITH_PARENT), str(os.getpid()), *words]
        return subprocess.Popen(bound, env=self._environment)  # noqa: S603  # words of the program itself


def _was_told(ended: int) -> bool:
    """Whether a process obeyed SIGTERM or SIGINT, or was interrupted before it listened to them."""
    return ended in (0, INTERRUPTED)


def _how(ended: int) -> str:
    """How a process ended, by what it returned."""
    if _was_told(ended):
        return "收到停止信号后停止"
    if ended < 0:
        return f"被信号 {-ended} 结束"
    return f"出错停止（退出码 {ended}，原因见上面最后一句）"


def _early_again(ended: int, pause: float) -> str:
    """What the operator is told of a worker that ended as soon as it had begun."""
    where = "请检查服务器内存和系统日志"
    if _was_told(ended):
        where = "请查是谁在停止它"
    return f"后台处理刚启动又{_how(ended)}，{pause:.0f} 秒后重新启动；{where}。"


def _again(ended: int) -> str:
    """What the operator is told of a worker that is followed by another one at once."""
    sentence = f"后台处理{_how(ended)}，现在重新启动，未办完的接着办理。"
    if _was_told(ended):
        sentence += "要全部停止，请停止 graduand serve（Ctrl-C）。"
    return sentence


def _why_all_ends(what: str, other: str, ended: int) -> str:
    """The last sentence of `serve`: which of the two ended first, how, and what to do."""
    first = ""
    if ended < 0:
        first = "先检查服务器内存和系统日志，再"
    elif ended > 0 and not _was_told(ended):
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
        self._start = start
        self._words = list(words)
        self._first_pause = pause
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._not_before = 0.0
        self.owner = ""
        self.pause = 0.0
        self.died_early = False

    def begin(self) -> None:
        """Start one, under a name of its own."""
        self.owner = leases.owner("worker")
        self._begun = time.monotonic()
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
        if self._process is None:
            return None
        return self._process.poll()

    def await_the_next(self) -> None:
        """After one that was killed."""
        now = time.monotonic()
        self.died_early = now - self._begun < BEGUN and self.pause > 0
        self.pause = self._next_pause()
        self._process = None
        self._not_before = now + self.pause

    def _next_pause(self) -> float:
        if not self.died_early:
            return self._first_pause
        return min(2 * self.pause, LONGEST_PAUSE)

    def processes(self) -> list[subprocess.Popen[bytes]]:
        """What is to be ended with the pages."""
        if self._process is None:
            return []
        return [self._process]


def _free_the_work_of(owner: str) -> None:
    """Nobody waits for the lease of a worker that is dead; without a database they do."""
    try:
        leases.expire_leases(owner)
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
