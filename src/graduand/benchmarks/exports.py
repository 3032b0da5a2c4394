"""`graduand bench exports`: a list as a workbook from the served program, first one export alone
and then four at once.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django.conf import settings
from django.db import connection
from django.db.models import Max

from graduand.benchmarks import desks
from graduand.benchmarks.lists import signed_in
from graduand.benchmarks.measuring import asking
from graduand.benchmarks.measuring.timing import NotDone, load, machine, must_be, own_database
from graduand.benchmarks.serve import Served, environment_of, served
from graduand.models import Outgoing, User
from graduand.office.outgoing.exports import MOST_AT_ONCE
from graduand.rulebook.people.account_terms import FileState

RUNS = 5
WARM = 1
LIST = "candidates"
PATIENCE = 300.0
SHEET = "xl/worksheets/sheet1.xml"
# How many rows the head of a list takes.
HEAD = 1
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TimedExports:
    """The times of exports made at once: for each the seconds by the clock until the workbook was
    there, and until the export was on record; the seconds of work of the served program with its
    children.
    """

    took: tuple[float, ...]
    begun: tuple[float, ...]
    work: float

    @property
    def slowest(self) -> float:
        return max(self.took)


def measure(people: int, say: Say) -> dict[str, Any]:
    """Measure. `times` is the slowest of the exports at once divided by one alone, run by run;
    `least` is the smallest such ratio that the work of one alone allows on these cores, however it
    is divided.
    """
    with own_database() as home:
        _, users = desks.build(people, say)
        shutil.copytree(settings.GRADUAND_KEYS, home / "keys")
        asker = _SignedInUser(users["hq"], people)
        environment = environment_of(home)
        connection.close()
        with served(environment) as program:
            for _ in range(WARM):
                asker.ask(program, MOST_AT_ONCE)
            alone = []
            at_once = []
            for turn in range(RUNS):
                say(f"测量：第 {turn + 1} 轮，共 {RUNS} 轮　　　　")
                alone.append(asker.ask(program, 1))
                at_once.append(asker.ask(program, MOST_AT_ONCE))
        must_be(
            "写成的导出",
            Outgoing.objects.filter(end__state=FileState.WRITTEN.value, end__rows=people).count(),
            RUNS + (WARM + RUNS) * MOST_AT_ONCE,
        )
        return _figures(people, alone, at_once)


def _figures(
    people: int, alone: Sequence[TimedExports], at_once: Sequence[TimedExports]
) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    times = [many.slowest / run.slowest for run, many in zip(alone, at_once, strict=True)]
    least = [MOST_AT_ONCE * run.work / cores / run.slowest for run in alone]
    work = [many.work / run.work for run, many in zip(alone, at_once, strict=True)]
    return {
        "machine": machine(),
        "load": load(),
        "rows": people,
        "cores": cores,
        "at_once": MOST_AT_ONCE,
        "runs": RUNS,
        "alone_seconds": _middle([run.slowest for run in alone]),
        "alone_work_seconds": _middle([run.work for run in alone]),
        "alone_cores_busy": _middle([run.work / run.slowest for run in alone]),
        "at_once_slowest_seconds": _middle([many.slowest for many in at_once]),
        "at_once_work_seconds": _middle([many.work for many in at_once]),
        "at_once_begun_within_seconds": round(max(max(many.begun) for many in at_once), 2),
        "times": _middle(times),
        "times_spread": f"{min(times):.2f}–{max(times):.2f}",
        "times_least": _middle(least),
        "times_of_work": _middle(work),
    }


def _middle(found: Sequence[float]) -> float:
    return round(statistics.median(found), 2)


def check_rows(workbook: bytes, expected: int) -> None:
    """Count the rows under the head. Raises NotDone for another number."""
    with ZipFile(BytesIO(workbook)) as book:
        must_be("导出的行", book.read(SHEET).count(b"<row ") - HEAD, expected)


class _SignedInUser:
    """A person who has signed in, and the data that the request for an export needs."""

    def __init__(self, user: User, rows: int) -> None:
        name = settings.SESSION_COOKIE_NAME
        self._cookie = f"{name}={signed_in(user).cookies[name].value}"
        self._rows = rows

    def ask(self, program: Served, count: int) -> TimedExports:
        """Ask for `count` exports at once, and read each to its end. Raises NotDone for an
        incomplete one.
        """
        last = Outgoing.objects.aggregate(last=Max("serial"))["last"] or 0
        before = program.work()
        now = time.time()
        with ThreadPoolExecutor(count) as pool:
            answers = list(pool.map(lambda _: self._one(program.port), range(count)))
        work = program.work() - before
        begun = Outgoing.objects.filter(serial__gt=last).values_list("at", flat=True)
        must_be("登记的导出", len(begun), count)
        for _, content in answers:
            check_rows(content, self._rows)
        connection.close()
        return TimedExports(
            tuple(took for took, _ in answers), tuple(at.timestamp() - now for at in begun), work
        )

    def _one(self, port: int) -> tuple[float, bytes]:
        """(seconds until the whole workbook is there, the workbook)."""
        answer = asking.post(port, f"/lists/{LIST}/export", PATIENCE, cookie=self._cookie)
        if answer.status != HTTPStatus.OK:
            raise NotDone(f"没有测到：导出的回答是 {answer.status}")
        return answer.seconds, answer.content
