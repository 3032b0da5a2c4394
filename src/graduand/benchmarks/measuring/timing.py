"""The means of measuring: a database of its own, processor seconds, medians, a check that the work
was done, the machine's name.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Timed:
    """The seconds (or ratios) of several runs."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def spread(self) -> str:
        return f"{min(self.runs):.2f}–{max(self.runs):.2f}"


def timed(
    work: Callable[[], object],
    runs: int = 3,
    before: Callable[[], object] | None = None,
    clock: Clock = time.perf_counter,
) -> Timed:
    """The seconds of `work`, done `runs` times; `before` prepares each run outside the measured
    time.
    """
    seconds = []
    for _ in range(runs):
        if before is not None:
            before()
        start = clock()
        work()
        seconds.append(clock() - start)
    return Timed(tuple(seconds))


def measure_in_turns(
    floor: Callable[[], object],
    work: Callable[[], object],
    before: Callable[[], object],
    runs: int = 5,
    clock: Clock = time.perf_counter,
) -> tuple[Timed, Timed, Timed]:
    """Measure `floor` and `work` in turns, so that a noisy machine slows both: (floor, work, their
    ratio run by run).
    """
    floors = []
    works = []
    for _ in range(runs):
        floors.extend(timed(floor, runs=1, clock=clock).runs)
        works.extend(timed(work, runs=1, before=before, clock=clock).runs)
    ratios = tuple(one / other for one, other in zip(works, floors, strict=True))
    return Timed(tuple(floors)), Timed(tuple(works)), Timed(ratios)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one run: seconds by the clock, and seconds of work (`work_clock`)."""

    wall: float
    work: float


def cost(work: Callable[[], object], clock: Clock | None = None) -> Cost:
    """The cost of doing `work` once; `clock` counts its seconds of work."""
    clock = clock or work_clock()
    spent = clock()
    start = time.perf_counter()
    work()
    return Cost(time.perf_counter() - start, clock() - spent)


def work_clock() -> Clock:
    """A clock of processor seconds where this process and its children do all the work, so that
    other work on the machine does not count. On PostgreSQL the server works too, and the clock is
    the wall clock.
    """
    if connection.vendor == "sqlite":
        return cpu_seconds
    return time.perf_counter


def long_work_clock() -> Clock:
    """A clock for work of many seconds, which also counts the processor seconds of our connection's
    process in a PostgreSQL server on this machine.
    """
    if connection.vendor != "postgresql":
        return work_clock()
    server = _server_process()
    if server is None:
        return work_clock()
    return lambda: cpu_seconds() + _seconds_of(server)


def _server_process() -> Path | None:
    """The kernel's file about the server process of our connection; None when the server is on
    another machine.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), inet_server_addr() IS NULL")
        number, by_socket = cursor.fetchone()
    place = Path(f"/proc/{number}")
    named = (
        by_socket
        and (place / "comm").exists()
        and (place / "comm").read_text(encoding="ascii").startswith("postgres")
    )
    if not named:
        return None
    return place / "stat"


def _seconds_of(process: Path) -> float:
    """The processor seconds that another process has used so far."""
    fields = process.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def circumstances(clock: Clock | None = None) -> dict[str, str]:
    """The circumstances of a figure: the machine, how busy it was, and which kind of seconds
    `clock` counted.
    """
    seconds = "处理器秒"
    if (clock or work_clock()) is time.perf_counter:
        seconds = "按时钟的秒"
    return {"machine": machine(), "load": load(), "seconds_counted": seconds}


@contextmanager
def pauses() -> Iterator[Callable[[], float]]:
    """Count pauses: the function that is yielded returns how many seconds this process slept within
    the block to let others work.
    """
    slept = [0.0]
    sleep = time.sleep

    def counted(seconds: float) -> None:
        slept[0] += seconds
        sleep(seconds)

    time.sleep = counted
    try:
        yield lambda: slept[0]
    finally:
        time.sleep = sleep


class NotDone(Exception):
    """The work that was timed was not done, so its time means nothing; str() is the sentence."""


def must_be(what: str, done: int, expected: int) -> None:
    """Check that work was done: the number `done` of `what` must be `expected`. Raises NotDone."""
    if done != expected:
        raise NotDone(f"没有测到：{what}应为 {expected:,}，实为 {done:,}，所以不给出数字")


@contextmanager
def own_database() -> Iterator[Path]:
    """An empty database with all tables, separate from the real one and dropped at the end; yields
    a folder that is deleted too.
    """
    with tempfile.TemporaryDirectory(
        prefix="graduand-bench-", dir=settings.GRADUAND_HOME
    ) as folder:
        real = settings.DATABASES["default"]["NAME"]
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "graduand.sqlite3")
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield Path(folder)
        finally:
            connection.creation.destroy_test_db(str(real), verbosity=0)


def machine() -> str:
    """A description of the machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} 核，{memory:.0f} GiB 内存，CPython {platform.python_version()}，"
        f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
    )


def cpu_seconds() -> float:
    """The processor seconds of this process, and of its children that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def load() -> str:
    """The load of the last minute, of all that runs on the machine: it disturbs wall time."""
    return f"{os.getloadavg()[0]:.1f}"


def resident_memory() -> float:
    """Resident memory of this process now, MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_memory() -> float:
    """The highest resident memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
