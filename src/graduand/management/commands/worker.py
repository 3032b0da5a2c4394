"""`graduand worker`: does the long work that pages and commands order, piece by piece."""

from __future__ import annotations

import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from graduand.faults import fault_of
from graduand.management.console import OfficeCommand
from graduand.models import Job
from graduand.office.queue import leases, orders
from graduand.office.queue.work import Worker
from graduand.rulebook.queue.work_terms import PERIODIC


class Command(OfficeCommand):
    """On SIGTERM the chunk under way is finished, and the rest goes back to the queue."""

    help = "后台处理：办理排队中的批量任务"
    # The last message about an unreachable database.
    _told = ""
    # Whether recurring work was ordered, and whether the database answered the last time.
    _armed = False
    _reached = True

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="办完排队的就退出")
        parser.add_argument(
            "--poll", type=float, default=0.5, metavar="秒", help="没有任务时隔多久再看"
        )
        parser.add_argument(
            "--owner",
            metavar="名称",
            help="这个进程的名称，缺省自动取一个；不要重复使用",
        )

    def work(self, options: dict[str, Any]) -> bool:
        over = threading.Event()
        parent = os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())

        def stop() -> bool:
            """Whether to end.

            A worker whose `serve` was killed ends by itself, on systems where the kernel does not
            end it (`ends_with_parent`).
            """
            return over.is_set() or os.getppid() != parent

        worker = Worker(options["owner"] or leases.owner("worker"))
        done = 0
        while not stop():
            job = self._work_once(worker, stop)
            if job is None:
                if options["once"]:
                    break
                close_old_connections()
                over.wait(options["poll"])
            elif job.kind not in PERIODIC:
                done += 1
        self.result({"jobs": done}, f"办理了 {done} 项任务")
        return self._reached

    def _work_once(self, worker: Worker, stop: Callable[[], bool]) -> Job | None:
        """Do one job and return it; None where there is no job, or no database at the moment."""
        try:
            if not self._armed:
                orders.arm(sorted(PERIODIC))
                self._armed = True
            job = worker.work_once(stop)
        except (OperationalError, InterfaceError) as problem:
            self._say_once(problem)
            self._reached = False
            return None
        self._told = ""
        self._reached = True
        return job

    def _say_once(self, problem: Exception) -> None:
        """Print the problem unless it was printed the last time, since it may last for hours."""
        sentence = f"数据库暂时无法使用（{str(problem).splitlines()[0]}），稍后再试。"
        if fault := fault_of(problem, settings.GRADUAND_HOME):
            sentence += fault.operator
        if sentence != self._told:
            self.say(sentence)
        self._told = sentence
