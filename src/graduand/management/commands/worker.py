"""`graduand worker`: does the long work that the pages and commands leave, piece by piece."""

from __future__ import annotations

import os
import signal
import threading
import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections

from graduand.management.console import OfficeCommand
from graduand.office import deleting, finishing, listing, rejudging
from graduand.office.photos import retention
from graduand.office.queue import leases
from graduand.office.queue.work import Worker
from graduand.queries import clock

# Seconds between two looks for somebody who is due and for whom nobody has ordered a judgement.
LOOK_EVERY = 60.0
log = structlog.get_logger(__name__)


class Command(OfficeCommand):
    """SIGTERM lets the chunk under way finish and hands the rest back."""

    help = "后台处理：办理排队中的批量任务"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="办完排队的就退出")
        parser.add_argument("--poll", type=float, default=0.5, metavar="秒", help="没有任务时隔多久再看")

    def work(self, options: dict[str, Any]) -> bool:
        over, parent = threading.Event(), os.getppid()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        # a worker whose `serve` was killed has nobody left to stop it
        stop = lambda: over.is_set() or os.getppid() != parent  # noqa: E731  # three words, used twice
        worker = Worker(leases.owner("worker"))
        done, tidied, looked = 0, date.min, -LOOK_EVERY
        while not stop():
            try:
                if tidied != (tidied := clock.today()):
                    self._tidy()
                found = worker.work_once(stop) is not None
                if not found and time.monotonic() - looked >= LOOK_EVERY:
                    looked = time.monotonic()
                    found = self._look()
                    continue
            except (OperationalError, InterfaceError) as problem:
                self.say(f"数据库暂时无法使用（{str(problem).splitlines()[0]}），稍后再试")
                found = False
            done += found
            if not found:
                if options["once"]:
                    break
                close_old_connections()
                over.wait(options["poll"])
        self.result({"jobs": done}, f"办理了 {done} 项任务")
        return True

    def _look(self) -> bool:
        """Whether somebody's verdict has become doubtful without an order. When this fails, the worker goes on."""
        try:
            return rejudging.look() > 0
        except OperationalError:
            raise
        except Exception:  # a look is repeated in a minute, and no other work may stand still for it
            log.exception("the look for who is due failed")
            return False

    def _tidy(self) -> None:
        """Once a day, and when it starts: what was kept long enough goes, and batches left half done go on."""
        listing.resume()
        deleting.resume()
        finishing.settle()
        files, faces = retention.tidy()
        if files or faces:
            self.say(f"已删除过期的上传文件 {files} 个，人脸特征 {faces} 份")
