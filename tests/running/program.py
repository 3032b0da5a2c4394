"""The program as an installation runs it: `graduand serve` on a home of its own, its commands, its death and its return."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.running.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
READY, OVER = 60.0, 30.0


def processes_below(pid: int) -> dict[int, str]:
    """pid -> command line of each process that `pid` started."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(parent) == pid:
            found[int(folder.name)] = words
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """A home, its database ("" = the embedded one), and the processes that serve it."""

    home: Path
    database: str = ""
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def environment(self, now: str = "") -> dict[str, str]:
        """What every process of ours starts with: nothing of the test's own settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GRADUAND_", "DJANGO_"))
        }
        kept.pop("DATABASE_URL", None)
        kept |= {
            "GRADUAND_HOME": str(self.home),
            "GRADUAND_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "graduand.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }
        if self.database:
            kept["DATABASE_URL"] = self.database
        return kept | ({"GRADUAND_NOW": now} if now else {})

    # -- serving -----------------------------------------------------------------------------------------------

    def start(self, now: str = "") -> Program:
        """`graduand serve`, as of `now` (Shanghai, 2023-09-06T10:00); returns when it answers."""
        self.port = free_port()
        moment = f"{now}:00+08:00" if now else ""
        words = [sys.executable, "-m", "graduand.cli", "serve", "--port", str(self.port)]
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                words,
                env=self.environment(moment),
                cwd=self.home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends = time.monotonic() + READY
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise AssertionError(f"graduand serve did not come up:\n{self.log()}")
            time.sleep(0.1)
        return self

    def answers(self) -> bool:
        """Whether the pages are there."""
        try:
            with urllib.request.urlopen(f"{self.url}alive", timeout=5) as answer:
                return bool(answer.read() == b"ok")
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """As a service is stopped; what does not end in time is killed with all that belongs to it."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(OVER)
        self._kill_group()

    def _kill_group(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def again(self, now: str = "") -> Program:
        """Stop it and start it, as of another day."""
        self.stop()
        return self.start(now)

    def worker(self) -> int:
        """The process of the background work under `serve`; 0 while there is none."""
        assert self.process is not None
        below = processes_below(self.process.pid)
        return next((pid for pid, words in below.items() if "graduand.cli worker" in words), 0)

    def end_worker(self) -> int:
        """kill -9 of the background work, as soon as there is one; which it was."""
        ends = time.monotonic() + OVER
        while not (
            pid := self.worker()
        ):  # number 0 would be this very process, and everything that was started with it
            assert time.monotonic() < ends, f"no worker is there:\n{self.log()}"
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_worker(self) -> None:
        """The same; returns when `serve` has begun another one."""
        killed = self.end_worker()
        ends = time.monotonic() + OVER
        while self.worker() in (0, killed):
            assert time.monotonic() < ends, f"no worker came after the killed one:\n{self.log()}"
            time.sleep(0.05)

    def page_server(self) -> int:
        """The process that keeps those that make the pages."""
        assert self.process is not None
        return next(
            pid for pid, words in processes_below(self.process.pid).items() if "granian" in words
        )

    def page_processes(self) -> list[int]:
        """The processes that make the pages."""
        return [
            pid
            for pid, words in processes_below(self.page_server()).items()
            if "resource_tracker" not in words
        ]

    def log(self) -> str:
        """The last of what it said."""
        return (self.home / "serve.log").read_text(errors="replace")[-3_000:]

    # -- the command line and the data ---------------------------------------------------------------------------

    def command(self, *words: str) -> str:
        """`graduand words`, which must end well; what it printed."""
        return self.run("-m", "graduand.cli", *words)

    def look(self, *words: str) -> Any:
        """What `home_state.py` finds in the data (JSON): tests ask there what no page says."""
        return json.loads(self.run("-m", "tests.running.home_state", *words))

    def settle(self) -> None:
        """Wait until the worker has nothing left to do and no verdict is doubtful."""
        ends = time.monotonic() + READY
        while (left := self.look("waiting")) != {"jobs": 0, "stale": 0}:
            assert time.monotonic() < ends, f"still to be done: {left}\n{self.log()}"

    def run(self, *words: str) -> str:
        """A process of Python in this home, which must end well; what it printed."""
        done = subprocess.run(
            [sys.executable, *words],
            env=self.environment(),
            cwd=self.home,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def visitor(self, username: str) -> Visitor:
        """An account of the invented season, signed in."""
        accounts = json.loads((self.home / "accounts.json").read_text())
        return Visitor(self.url, username, accounts[username]).sign_in()

    def student(self) -> Visitor:
        """The student of the invented season, signed in."""
        accounts = json.loads((self.home / "accounts.json").read_text())
        return self.visitor(next(name for name in accounts if name.isdigit()))


def copy_home(prepared: Path, home: Path) -> None:
    """A home of one's own; the prepared one stays as it is."""
    shutil.copytree(prepared, home)
