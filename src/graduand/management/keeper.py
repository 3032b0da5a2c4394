"""Keeps the pages and their worker alive side by side: until a signal comes, or one of them ends by itself."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError, connection

from graduand.management.console import Misused
from graduand.office.queue import leases

GRACE = 15.0
LOOK = 0.3
PAUSE = 1.0


class Keeper:
    """`environment` is what both processes start with, `worker` the worker's command line; `say` tells the operator.

    A worker that was killed (for its memory, by an operator) is followed by another one, because pages that wait for it are
    open in many windows; work that kills its worker each time is given up by its strikes. A worker that ends by itself has
    said why, and ends both: whoever watches over `serve` has to know of it.
    """

    def __init__(self, environment: dict[str, str], worker: Sequence[str], say: Callable[[str], None]) -> None:
        self._environment, self._worker_words, self._say = environment, list(worker), say
        self._owner = ""

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
            self._say(f"后台处理被信号 {-ended} 结束，现在重新启动，未办完的接着办理。")
            over.wait(PAUSE)
            worker = self._start_worker()
        _end(page_server, worker)
        if not over.is_set():
            raise Misused("网页或后台处理意外停止，原因见上")
        return True

    def _start(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(words, env=self._environment)  # noqa: S603  # words of the program itself

    def _start_worker(self) -> subprocess.Popen[bytes]:
        self._owner = leases.owner("worker")
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
