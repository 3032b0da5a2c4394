"""No traceback from the disk or the database: each command says in a sentence what is wrong, with the right exit code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import needs
from tests.management.installation.console import installed
from tests.running.program import ROOT, free_port

COMMANDS = ("doctor", "audit 202307", "worker --once", "serve")
# Runs the rest in a name space of its own, in which a small or a read-only disk may be mounted.
APART = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")


def run(words: str, home: Path, before: str = "", **more: str) -> tuple[int, str]:
    """(exit code, everything that was said) of `graduand WORDS`, as an operator calls it."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GRADUAND_", "DATABASE_"))
    }
    environment |= {
        "GRADUAND_HOME": str(home),
        "GRADUAND_DEMO": "1",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        **more,
    }
    port = ["--port", str(free_port())] if words == "serve" else []
    command = [sys.executable, "-m", "graduand.cli", *words.split(), *port]
    if before:
        command = [*APART, f'{before} && exec "$0" "$@"', *command]
    done = subprocess.run(
        command, env=environment, text=True, capture_output=True, timeout=120, check=False, cwd=ROOT
    )
    return done.returncode, done.stdout + done.stderr


def check(found: dict[str, tuple[int, str]], sentence: str, codes: dict[str, int]) -> None:
    assert {words: "Traceback" in said for words, (_, said) in found.items()} == dict.fromkeys(
        found, False
    )
    assert {words: code for words, (code, _) in found.items()} == codes
    assert {words: sentence in said for words, (_, said) in found.items() if words != "doctor"} == {
        words: True for words in found if words != "doctor"
    }


@pytest.fixture
def mounts():
    """Whether this machine lets us mount something for a process of ours."""
    if (
        shutil.which("unshare") is None
        or subprocess.run([*APART, "true"], check=False, capture_output=True).returncode
    ):
        needs.missing("unshare, with leave to mount")


@pytest.fixture
def home(tmp_path) -> Path:
    """A database without a season."""
    return installed(tmp_path / "home")


def test_a_damaged_database_is_said_to_be_damaged(tmp_path):
    (tmp_path / "graduand.sqlite3").write_bytes(os.urandom(100_000))
    found = {words: run(words, tmp_path) for words in COMMANDS}
    check(
        found,
        "数据库文件已损坏或不是数据库，请停止程序，用备份恢复。",
        {"doctor": 1, "audit 202307": 2, "worker --once": 2, "serve": 2},
    )
    assert "file is not a database" in found["doctor"][1]


def test_K08_a_server_that_is_away_is_said_to_be_away(tmp_path):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    found = {words: run(words, tmp_path, DATABASE_URL=url) for words in COMMANDS}
    check(
        found,
        "连不上数据库服务器，请确认它在运行，DATABASE_URL 正确。",
        {"doctor": 1, "audit 202307": 2, "worker --once": 2, "serve": 2},
    )


def test_a_home_that_there_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    found = {words: run(words, tmp_path / "file" / "home") for words in COMMANDS[1:]}
    check(
        found,
        f"设置有误：GRADUAND_HOME 目录 {tmp_path}/file/home 无法使用：",
        dict.fromkeys(COMMANDS[1:], 2),
    )


def test_K06_a_read_only_home_is_said_to_be_so(mounts, home):
    before = f"mount --bind {home} {home} && mount -o remount,ro,bind {home}"
    found = {words: run(words, home, before) for words in COMMANDS}
    codes = {"doctor": 1, "audit 202307": 2, "worker --once": 2, "serve": 2}
    check(found, "数据库文件打不开，请检查目录和权限。", codes)


def test_K04_a_full_disk_is_said_to_be_full(mounts, home, tmp_path):
    """The control: with room on the same small disk the same command says nothing of the kind."""
    small = tmp_path / "small"
    small.mkdir()
    mount = f"mount -t tmpfs -o size=8m none {small} && cp -r {home} {small}/home"
    full = f"{mount} && (dd if=/dev/zero of={small}/filler bs=1k 2>/dev/null || true)"
    found = {words: run(words, small / "home", full) for words in COMMANDS}
    codes = {"doctor": 1, "audit 202307": 2, "worker --once": 2, "serve": 2}
    check(found, "磁盘已满，请清理磁盘空间后再运行一次。", codes)
    assert "磁盘已满，请清理磁盘空间后再检查" in found["doctor"][1]
    code, said = run("audit 202307", small / "home", mount)
    assert (code, "磁盘" in said, "请先运行 graduand batch load" in said) == (2, False, True)


def test_what_a_command_writes_for_a_moment_lies_in_the_home(tmp_path):
    words = (
        "from graduand import cli; import sys, tempfile; sys.argv = ['graduand', 'help']; cli.main(); "
        "print(tempfile.gettempdir())"
    )
    environment = {
        **os.environ,
        "GRADUAND_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        [sys.executable, "-c", words], env=environment, text=True, capture_output=True, check=True
    )
    assert done.stdout.splitlines()[-1] == str(tmp_path / "home" / "tmp")
