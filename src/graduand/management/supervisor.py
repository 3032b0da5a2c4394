"""Keeps the pages and their worker alive: until a signal comes, or one of them ends."""

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
# Seconds before a killed worker is replaced; doubled each time the worker was killed right after
# its start.
PAUSE = 1.0
LONGEST_PAUSE = 60.0
BEGUN = 10.0
_ENDS_WITH_PARENT = Path(__file__).with_name("ends_with_parent.py")


class Supervisor:
    """Keeps both processes. `environment` is their environment, `worker` the worker's command line;
    `say` tells the operator, `pause` is the time (seconds) between a killed worker and the next
    one.

    A worker that was killed (for its memory, by an operator) or that was stopped by another program
    than `serve` is replaced, because open pages wait for its work; work that kills its worker each
    time is given up by its strikes. A worker that fails prints why, and both processes end, so that
    the program that watches over `serve` learns of it. Where `serve` itself is killed, both end
    too.
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
        """Keep the pages and the worker running until a signal comes; then return True.

        Raises UsageProblem, with the cause, when the pages end or the worker fails.
        """
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: over.set())
        page_server = self._start(pages)
        self._worker.begin()
        # Both are checked each time: the pages are watched also during the pause between two
        # workers.
        while not over.wait(LOOK) and page_server.poll() is None and self._goes_on():
            pass
        pages_ended = page_server.poll()
        worker_failed = self._worker.ended()
        _end(page_server, *self._worker.processes())
        if over.is_set():
            return True
        if pages_ended is not None:
            raise UsageProblem(_why_all_ends("网页", "后台处理", pages_ended))
        assert worker_failed is not None  # otherwise the loop would go on
        raise UsageProblem(_why_all_ends("后台处理", "网页", worker_failed))

    def _goes_on(self) -> bool:
        """Whether a worker runs or will be started again; the operator is told when it is started
        again.
        """
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
    """How a process ended, by its exit status."""
    if _was_told(ended):
        return "收到停止信号后停止"
    if ended < 0:
        return f"被信号 {-ended} 结束"
    return f"出错停止（退出码 {ended}，原因见上面最后一句）"


def _early_again(ended: int, pause: float) -> str:
    """The message about a worker that ended right after its start."""
    where = "请检查服务器内存和系统日志"
    if _was_told(ended):
        where = "请查是谁在停止它"
    return f"后台处理刚启动又{_how(ended)}，{pause:.0f} 秒后重新启动；{where}。"


def _again(ended: int) -> str:
    """The message about a worker that is replaced at once."""
    sentence = f"后台处理{_how(ended)}，现在重新启动，未办完的接着办理。"
    if _was_told(ended):
        sentence += "要全部停止，请停止 graduand serve（Ctrl-C）。"
    return sentence


def _why_all_ends(what: str, other: str, ended: int) -> str:
    """The last sentence of `serve`: which of the two processes ended first, how, and what to do."""
    first = ""
    if ended < 0:
        first = "先检查服务器内存和系统日志，再"
    elif ended > 0 and not _was_told(ended):
        first = "先按原因改正，再"
    return f"{what}{_how(ended)}，{other}也随之停止；请{first}重新运行 graduand serve"


class _Worker:
    """The worker's process. During the pause after a killed one there is none.

    `owner` is the name under which it holds the leases of its work; `died_early`: this process and
    the one before were killed right after their start.
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
        """Start a process, under a name of its own."""
        self.owner = leases.owner("worker")
        self._begun = time.monotonic()
        self._process = self._start([*self._words, "--owner", self.owner])

    def begin_in_time(self) -> None:
        """Start the next process unless the pause is not over."""
        if time.monotonic() >= self._not_before:
            self.begin()

    def is_awaited(self) -> bool:
        """Whether the last process was killed and the next one has not been started."""
        return self._process is None

    def ended(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        if self._process is None:
            return None
        return self._process.poll()

    def await_the_next(self) -> None:
        """Begin the pause after a process that was killed."""
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
        """The processes to end together with the pages."""
        if self._process is None:
            return []
        return [self._process]


def _free_the_work_of(owner: str) -> None:
    """End the leases of a dead worker, so that nobody waits for them; without a database they run
    out by themselves.
    """
    try:
        leases.expire_leases(owner)
    except (OperationalError, InterfaceError):
        pass
    finally:
        connection.close()


def _end(*children: subprocess.Popen[bytes]) -> None:
    """Ask both processes to end, and kill those that have not ended after a while."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
