"""A private PostgreSQL server for one test run: its own data folder and socket, gone afterwards."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

# A test server may forget everything at a power cut: no fsync, so that commits cost nothing.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "128MB",
}


class NoServer(Exception):
    """PostgreSQL is not installed, or would not start; str() says which."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server; `url` is what DATABASE_URL takes."""

    programs: Path
    folder: Path
    url: str

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        command = [
            self.programs / "pg_ctl",
            "-D",
            self.folder / "data",
            "-m",
            "immediate",
            "-w",
            "stop",
        ]
        subprocess.run(as_server_owner(command), check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def programs_folder() -> Path:
    """The folder of the newest installed server's programs (Debian keeps them off the PATH)."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).resolve().parent]
    if not found:
        raise NoServer("PostgreSQL (Debian package postgresql) is not installed")
    return max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))])


def server_owner() -> pwd.struct_passwd | None:
    """The account that has to run the server: it refuses root. None = the one we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer("PostgreSQL refuses to run as root, and there is no account postgres or nobody")


def as_server_owner(command: list[str | Path]) -> list[str]:
    """`command`, run by the server's account where we are root."""
    owner = server_owner()
    prefix = [] if owner is None else ["runuser", "-u", owner.pw_name, "--"]
    return [*prefix, *map(str, command)]


def _steps(programs: Path, folder: Path) -> list[list[str | Path]]:
    """What makes the folder of the data, starts the server, and makes the database."""
    data = folder / "data"
    return [
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "graduand",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ],
        [
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            options(folder),
            "start",
        ],
        [programs / "createdb", "-h", folder, "-U", "graduand", "graduand"],
    ]


def _take(step: list[str | Path], folder: Path) -> None:
    """Run one step as the owner of the server; without it there is no server and no folder."""
    done = subprocess.run(
        as_server_owner(step),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise NoServer(f"{step[0]} failed: {done.stderr.strip()[-300:]}")


def start() -> Cluster:
    """Make and start a server that listens in a folder of its own; raises NoServer."""
    programs = programs_folder()
    # a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="graduand-pg-", dir="/tmp"))
    owner = server_owner()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    for step in _steps(programs, folder):
        _take(step, folder)
    return Cluster(programs, folder, f"postgresql://graduand@/graduand?host={folder}")


def options(folder: Path) -> str:
    """The server's command line: SETTINGS, and the folder of its socket."""
    settings = SETTINGS | {"unix_socket_directories": str(folder)}
    return " ".join(f"-c {name}='{value}'" for name, value in settings.items())
