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
# Before a killed worker is followed by another one; twice as long each time when it was killed as soon as it had begun.
PAUSE, LONGEST_PAUSE, BEGUN = 1.0, 60.0, 10.0
_ENDS_WITH_PARENT = Path(__file__).with_name("ends_with_parent.py")


class Keeper:
    """`environment` is what both processes start with, `worker` the worker's command line; `say` tells the operator.

    A worker that was killed (for its memory, by an operator) is followed by another one, because pages that wait for it are
    open in many windows; work that kills its worker each time is given up by its strikes. A worker that ends by itself has
    said why, and ends both: whoever watches over `serve` has to know of it. Where `serve` itself is killed, both end, too.
    """

    def __init__(self, environment: dict[str, str], worker: Sequence[str], say: Callable[[str], None]) -> None:
        self._environment, self._worker_words, self._say = environment, list(worker), say
        self._owner, self._begun, self._pause = "", 0.0, 0.0

    def keep(self, pages: Sequence[str]) -> bool:
        """Until a signal comes: True. Raises Misused when the pages or the worker end by themselves."""
        over = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: over.set())
        page_server, worker = self._start(pages), self._start_worker()
        while not over.wait(LOOK) and page_server.poll() is None:
            ended = worker.poll()
            if ended is None:
                continue
            if ended >= 0:
                break
            self._free_its_work()
            over.wait(self._told_of(-ended))
            worker = self._start_worker()
        _end(page_server, worker)
        if not over.is_set():
            raise Misused("网页或后台处理意外停止，原因见上")
        return True

    def _told_of(self, number: int) -> float:
        """How long to wait, after a killed worker, before the next one; the operator is told of it."""
        if time.monotonic() - self._begun >= BEGUN or not self._pause:
            self._pause = PAUSE
            self._say(f"后台处理被信号 {number} 结束，现在重新启动，未办完的接着办理。")
        else:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self._say(f"后台处理刚启动又被信号 {number} 结束，{self._pause:.0f} 秒后重新启动；请检查服务器内存和系统日志。")
        return self._pause

    def _start(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        bound = [sys.executable, "-I", str(_ENDS_WITH_PARENT), str(os.getpid()), *words]
        return subprocess.Popen(bound, env=self._environment)  # noqa: S603  # words of the program itself

    def _start_worker(self) -> subprocess.Popen[bytes]:
        self._owner, self._begun = leases.owner("worker"), time.monotonic()
        return self._start([*self._worker_words, "--owner", self._owner])

    def _free_its_work(self) -> None:
        """Nobody waits for the lease of a worker that is known to be dead; without a database they wait, and that is all."""
        try:
            leases.run_out(self._owner)
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
