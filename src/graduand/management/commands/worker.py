"""`graduand worker`: does the long work that the pages and commands leave, piece by piece."""

from __future__ import annotations

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from graduand.faults import fault_of
from graduand.management.console import OfficeCommand
from graduand.office.queue import leases, orders
from graduand.office.queue.work import Worker
from graduand.rulebook.queue.work_terms import PERIODIC


class Command(OfficeCommand):
    """SIGTERM lets the chunk under way finish and hands the rest back."""

    help = "后台处理：办理排队中的批量任务"
    _said = ""

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="办完排队的就退出")
        parser.add_argument(
            "--poll", type=float, default=0.5, metavar="秒", help="没有任务时隔多久再看"
        )
        parser.add_argument(
            "--owner",
            default="",
            metavar="名称",
            help="这个进程的名称，缺省自动取一个；不要重复使用",
        )

    def work(self, options: dict[str, Any]) -> bool:
        over, parent = threading.Event(), os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        # a worker whose `serve` was killed has nobody left to stop it, where the kernel does not
        # (`ends_with_parent`)
        stop = lambda: over.is_set() or os.getppid() != parent  # noqa: E731  # three words, used twice
        worker, done, armed, reached = (
            Worker(options["owner"] or leases.owner("worker")),
            0,
            False,
            True,
        )
        while not stop():
            reached = True
            try:
                if not armed:
                    orders.arm(sorted(PERIODIC))
                    armed = True
                job = worker.work_once(stop)
                self._said = ""
            except (OperationalError, InterfaceError) as problem:
                self._say_once(problem)
                job, reached = None, False
            if job is None:
                if options["once"]:
                    break
                close_old_connections()
                over.wait(options["poll"])
            elif job.kind not in PERIODIC:
                done += 1
        self.result({"jobs": done}, f"办理了 {done} 项任务")
        return reached

    def _say_once(self, problem: Exception) -> None:
        """What stands in the way, when it is something else than a moment ago: it may stand there for hours."""
        fault = fault_of(problem, settings.GRADUAND_HOME)
        sentence = f"数据库暂时无法使用（{str(problem).splitlines()[0]}），稍后再试。{fault.operator if fault else ''}"
        if sentence != self._said:
            self.say(sentence)
        self._said = sentence
