"""How the measuring is done: a database of its own, processor seconds, medians, work that is
counted, the machine named.
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
    """Seconds (or ratios) of several runs."""

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
    """Seconds of `work`, `runs` times; `before` prepares each run outside the clock."""
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
    """`floor` and `work` in turns, so that a noisy machine slows both: (floor, work, their ratio
    run by run).
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
    """What one run took: seconds by the clock, and seconds of work (`work_clock`)."""

    wall: float
    work: float


def cost(work: Callable[[], object], clock: Clock | None = None) -> Cost:
    """What `work` took, once; `clock` counts its seconds of work."""
    clock = clock or work_clock()
    spent = clock()
    start = time.perf_counter()
    work()
    return Cost(time.perf_counter() - start, clock() - spent)


def work_clock() -> Clock:
    """Processor seconds where all the work is done by this process and its children, so that what
    others do on the machine does not count; on PostgreSQL the server works too, and only the clock
    on the wall sees it.
    """
    if connection.vendor == "sqlite":
        return cpu_seconds
    return time.perf_counter


def long_work_clock() -> Clock:
    """For work of many seconds: those of the process that works for us in a PostgreSQL server on
    this machine count, too.
    """
    if connection.vendor != "postgresql":
        return work_clock()
    server = _server_process()
    if server is None:
        return work_clock()
    return lambda: cpu_seconds() + _seconds_of(server)


def _server_process() -> Path | None:
    """Where the kernel tells of the process that works for our connection; None when it is on
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
    """Processor seconds of another process so far, of this machine's hundredths."""
    fields = process.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def circumstances(clock: Clock | None = None) -> dict[str, str]:
    """What every figure is to be read with: the machine, how busy it was, and which seconds were
    counted, by `clock`.
    """
    seconds = "处理器秒"
    if (clock or work_clock()) is time.perf_counter:
        seconds = "按时钟的秒"
    return {"machine": machine(), "load": load(), "seconds_counted": seconds}


@contextmanager
def pauses() -> Iterator[Callable[[], float]]:
    """What is yielded says how many seconds this process slept within the block, so that others had
    their turn.
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
    """What was timed did not do its work, so that its time says nothing; str() is the sentence."""


def must_be(what: str, done: int, expected: int) -> None:
    """Refuse to print a figure of work that was not done: `done` of `what` must be `expected`.
    Raises NotDone.
    """
    if done != expected:
        raise NotDone(f"没有测到：{what}应为 {expected:,}，实为 {done:,}，所以不给出数字")


@contextmanager
def own_database() -> Iterator[Path]:
    """An empty database with all tables, beside the real one, dropped at the end; yields a folder
    that is dropped too.
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
    """The machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} 核，{memory:.0f} GiB 内存，CPython {platform.python_version()}，"
        f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
    )


def cpu_seconds() -> float:
    """Processor seconds of this process and of those that it started and has seen end."""
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
