"""`graduand bench serve`: pages of the served program and people who sign in, first alone, then
during an import of results and of a zip of photos.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connection

from graduand.benchmarks import desks, sign_ins
from graduand.benchmarks.imports import write_csv
from graduand.benchmarks.lists import LISTS, NOT_AT_A_CENTRE, signed_in
from graduand.benchmarks.measuring import asking
from graduand.benchmarks.measuring.timing import NotDone, load, machine, must_be, own_database
from graduand.benchmarks.photos import pictures, zip_of
from graduand.benchmarks.season import RESULTS
from graduand.models import Result, User

SESSIONS = 2  # per desk
PAGE_EVERY = 0.2  # seconds between two pages, over all sessions together
QUIET = 20.0
PATIENCE = 60.0
PHOTOS = 300
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A page, and the seconds by the clock until it was there."""

    path: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Waits:
    """Each page that was opened, and the seconds by the clock until each person who signed in was
    let in.
    """

    opened: list[Opened]
    sign_ins: list[float]

    @property
    def pages(self) -> list[float]:
        """Seconds, one figure per opened page."""
        return [one.seconds for one in self.opened]


def measure(students: int, say: Say) -> dict[str, Any]:
    """Milliseconds by the clock until a page is there, for all lists at three desks; `times` is the
    figure during the work divided by the figure without it.
    """
    with own_database() as home:
        _, users = desks.build(students, say)
        shutil.copytree(
            settings.GRADUAND_KEYS, home / "keys"
        )  # writing the first sealed row has made the keys, where there were none
        results = write_csv(home / "results.csv", students)
        photos = zip_of(home / "photos.zip", list(pictures(min(PHOTOS, students), say)))
        visits = _turned([_visit(*user) for user in users.items() for _ in range(SESSIONS)])
        environment = environment_of(home)
        connection.close()
        told: list[list[dict[str, Any]]] = []
        with served(environment) as program:
            alone, beside = _looked_at(
                visits,
                program.port,
                lambda: told.append(_imported(environment, results, photos)),
                say,
            )
        imported, checked = told[0]
        must_be("导入的成绩", imported["created"], students * RESULTS)
        must_be("库里的成绩", Result.objects.count(), students * RESULTS)
        must_be("采用的照片", checked["created"], min(PHOTOS, students))
        return {
            "machine": machine(),
            "load": load(),
            "people": students,
            "sessions": len(visits),
            "rows_imported": students * RESULTS,
            "photos_imported": min(PHOTOS, students),
            **_figures("alone", alone),
            **_figures("beside", beside),
            "times_p50": round(statistics.median(beside.pages) / statistics.median(alone.pages), 2),
            "times_p95": round(_late(beside.pages) / _late(alone.pages), 2),
        }


def _looked_at(
    visits: Sequence[tuple[str, list[str]]], port: int, work: Callable[[], None], say: Say
) -> tuple[Waits, Waits]:
    """The waits while only pages are served, and the waits during the work."""
    people = sign_ins.newcomers()
    connection.close()
    say("先把每一页打开一遍　　　　")
    _warm(visits, port)
    say("测量：只有网页　　　　")
    alone = _look(visits, people, port, lambda: time.sleep(QUIET))
    say("测量：同时导入成绩和照片　　　　")
    return alone, _look(visits, people, port, work)


def _warm(visits: Sequence[tuple[str, list[str]]], port: int) -> None:
    """Open each page of each desk once: the first request after a start is slower, and is not
    measured.
    """
    for cookie, pages in visits[::SESSIONS]:
        for page in pages:
            asking.get(port, page, cookie, PATIENCE)


def _figures(name: str, waits: Waits) -> dict[str, Any]:
    slowest = max(waits.opened, key=lambda one: one.seconds)
    return {
        f"pages_{name}": len(waits.pages),
        f"{name}_p50_ms": round(statistics.median(waits.pages) * 1_000),
        f"{name}_p95_ms": round(_late(waits.pages) * 1_000),
        f"{name}_slowest_ms": round(slowest.seconds * 1_000),
        f"{name}_slowest_page": slowest.path,
        f"sign_ins_{name}": len(waits.sign_ins),
        f"{name}_sign_in_p50_ms": round(statistics.median(waits.sign_ins) * 1_000),
        f"{name}_sign_in_slowest_ms": round(max(waits.sign_ins) * 1_000),
    }


def _late(took: Sequence[float]) -> float:
    """The time that nineteen of twenty pages stay under."""
    return statistics.quantiles(took, n=20)[-1]


def _visit(desk: str, user: User) -> tuple[str, list[str]]:
    """(the cookie of a session, the pages that it opens)."""
    cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    pages = [f"/{name}" for name in LISTS if desk != "centre" or name not in NOT_AT_A_CENTRE]
    return f"{settings.SESSION_COOKIE_NAME}={cookie}", ["/", *pages]


def _turned(visits: Sequence[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """The visits, each beginning further on in its pages: people do not all open the same page at
    the same moment.
    """
    turned = []
    for place, (cookie, pages) in enumerate(visits):
        first = place * len(pages) // len(visits)
        turned.append((cookie, pages[first:] + pages[:first]))
    return turned


def _look(
    visits: Sequence[tuple[str, list[str]]],
    people: list[sign_ins.Newcomer],
    port: int,
    work: Callable[[], None],
) -> Waits:
    """Every session opens its pages in turn, all together one page every PAGE_EVERY seconds, and
    somebody signs in every second, while the work is done. Raises NotDone for a page whose status
    is not 200, and for a person who is not let in.

    Work that ends before every session has opened each page once is repeated, so that a fast
    machine measures all pages.
    """
    found: list[list[Opened]] = [[] for _ in visits]
    over = threading.Event()
    with ThreadPoolExecutor(len(visits) + 1) as pool:
        entering = pool.submit(sign_ins.until, over, port, people)
        sessions = [
            pool.submit(
                _open, *visit, port, over, took, Turn(PAGE_EVERY * place, PAGE_EVERY * len(visits))
            )
            for place, (visit, took) in enumerate(zip(visits, found, strict=True))
        ]
        try:
            while _some_page_left(visits, found) and not any(
                visitor.done() for visitor in (*sessions, entering)
            ):
                work()
        finally:
            over.set()
        for session in sessions:
            session.result()
    return Waits([one for took in found for one in took], entering.result())


def _some_page_left(
    visits: Sequence[tuple[str, list[str]]], found: Sequence[Sequence[Opened]]
) -> bool:
    return any(len(took) < len(pages) for (_, pages), took in zip(visits, found, strict=True))


@dataclass(frozen=True, slots=True)
class Turn:
    """When a session opens its pages: the first after `first` seconds, then one every `every`."""

    first: float
    every: float


def _open(
    cookie: str,
    pages: Sequence[str],
    port: int,
    over: threading.Event,
    took: list[Opened],
    turn: Turn,
) -> None:
    over.wait(turn.first)
    while not over.is_set():
        path = pages[len(took) % len(pages)]
        answer = asking.get(port, path, cookie, PATIENCE)
        took.append(Opened(path, answer.seconds))
        if answer.status != HTTPStatus.OK:
            raise NotDone(f"没有测到：{path} 的回答是 {answer.status}")
        over.wait(turn.every - answer.seconds)


@dataclass(frozen=True, slots=True)
class Served:
    """The served program: its port, and the process that started all its other ones."""

    port: int
    process: int

    def work(self) -> float:
        """Seconds of work so far of all its processes, and of their children that have ended."""
        table = _processes()
        processes = {self.process}
        while (
            more := {pid for pid, (parent, _) in table.items() if parent in processes} - processes
        ):
            processes |= more
        return sum(table[pid][1] for pid in processes if pid in table) / os.sysconf("SC_CLK_TCK")


def _processes() -> dict[int, tuple[int, int]]:
    """Process id -> (id of its parent, ticks of work), for each process of the machine."""
    found = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = place.read_text("utf-8", "replace").rpartition(")")[2].split()
            # Fields by their numbers in proc(5): the parent is the 4th; the work is the 14th to
            # 17th, children that have ended included.
            found[int(place.parent.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    return found


@contextmanager
def served(environment: dict[str, str]) -> Iterator[Served]:
    """The program behind a port of its own, pages and worker, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [sys.executable, "-m", "graduand.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - words of ours
    try:
        end = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise NotDone("没有测到：graduand serve 没有启动")
            time.sleep(0.2)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return asking.get(port, "/alive", "", PATIENCE).status == HTTPStatus.OK
    except OSError:
        return False


def environment_of(home: Path) -> dict[str, str]:
    """The environment of the served program and the commands: the database of the measurement and
    the keys that sealed it.
    """
    found = {
        **os.environ,
        "GRADUAND_HOME": str(home),
        "GRADUAND_BEHIND_PROXY": "1",
        "GRADUAND_HOSTS": "localhost",
    }
    if url := os.environ.get("DATABASE_URL"):
        found["DATABASE_URL"] = (
            urlsplit(url)._replace(path=f"/{quote(str(connection.settings_dict['NAME']))}").geturl()
        )
    return found


def _command(environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "graduand.cli", *words, "--json"]
    with _messages(environment, words[0]).open("wb") as messages:
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=messages)  # noqa: S603 - words of ours


def _imported(environment: dict[str, str], results: Path, photos: Path) -> list[dict[str, Any]]:
    """Run both imports at the same time to their end; returns the commands' output about the
    results and about the photos.
    """
    work = [
        _command(environment, "import", "results", str(results)),
        _command(environment, "photos", "import", str(photos), "--kind", "入学照片"),
    ]
    return [
        _told(process, _messages(environment, word))
        for process, word in zip(work, ("import", "photos"), strict=True)
    ]


def _messages(environment: dict[str, str], word: str) -> Path:
    """The file for a command's messages."""
    return Path(environment["GRADUAND_HOME"]) / f"{word}.messages"


def _told(process: subprocess.Popen[bytes], messages: Path) -> dict[str, Any]:
    """The JSON object that a command printed. Raises NotDone when the command failed."""
    output, _ = process.communicate()
    try:
        found: dict[str, Any] = json.loads(output)
    except ValueError as problem:
        last = messages.read_text(encoding="utf-8").splitlines()[-1:]
        raise NotDone(
            f"没有测到：命令以退出码 {process.returncode} 结束：{''.join(last)}"
        ) from problem
    return found
