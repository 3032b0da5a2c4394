"""How the measuring is done: a database of its own, processor seconds, medians, the machine named."""

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


def timed(work: Callable[[], object], runs: int = 3, before: Callable[[], object] | None = None) -> Timed:
    """Wall seconds of `work`, `runs` times; `before` prepares each run outside the clock."""
    seconds = []
    for _ in range(runs):
        if before is not None:
            before()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return Timed(tuple(seconds))


def beside(floor: Callable[[], object], work: Callable[[], object], before: Callable[[], object],
           runs: int = 5) -> tuple[Timed, Timed, Timed]:  # fmt: skip
    """`floor` and `work` in turns, so that a noisy machine slows both: (floor, work, their ratio run by run)."""
    floors, works = [], []
    for _ in range(runs):
        floors.extend(timed(floor, runs=1).runs)
        works.extend(timed(work, runs=1, before=before).runs)
    ratios = tuple(one / other for one, other in zip(works, floors, strict=True))
    return Timed(tuple(floors)), Timed(tuple(works)), Timed(ratios)


@contextmanager
def own_database() -> Iterator[None]:
    """An empty database with all tables, beside the real one, dropped at the end."""
    with tempfile.TemporaryDirectory(prefix="graduand-bench-", dir=settings.GRADUAND_HOME) as folder:
        real = settings.DATABASES["default"]["NAME"]
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
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
    return sum(one.ru_utime + one.ru_stime for one in spent)


def load() -> str:
    """The load of the last minute, of all that runs on the machine: what stands in the way of wall time."""
    return f"{os.getloadavg()[0]:.1f}"


def peak_memory() -> float:
    """The highest resident memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
