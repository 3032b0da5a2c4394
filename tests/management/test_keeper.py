"""`graduand serve` keeps a worker behind its pages: one that is killed is followed by another, one that gives up ends both."""

import os
import signal
import sys

import pytest

from graduand.management.console import Misused
from graduand.management.keeper import Keeper

PAGES = [sys.executable, "-c", "import time; time.sleep(60)"]
KILLED = 2
# What stands in for the worker: it writes down the name that it was given, and is killed; the third one ends by itself.
WORKER = f"""
import os, signal, sys
open(sys.argv[1], "a").write(sys.argv[3] + chr(10))
if len(open(sys.argv[1]).readlines()) > {KILLED}:
    sys.exit(0)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _signals():
    """The keeper listens to signals; the tests after it must not."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_is_followed_by_another_until_one_ends_by_itself(tmp_path):
    names, said = tmp_path / "names", []
    keeper = Keeper(dict(os.environ), [sys.executable, "-c", WORKER, str(names)], said.append)
    with pytest.raises(Misused, match="意外停止"):
        keeper.keep(PAGES)
    begun = names.read_text().splitlines()
    assert (len(begun), len(set(begun))) == (KILLED + 1, KILLED + 1)
    assert said == ["后台处理被信号 9 结束，现在重新启动，未办完的接着办理。"] * KILLED


@pytest.mark.django_db(transaction=True)
def test_pages_that_die_end_the_worker_too(tmp_path):
    lives = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    pid = tmp_path / "pid"
    wait = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.05)\ntime.sleep(0.2)"
    keeper = Keeper(dict(os.environ), [sys.executable, "-c", lives, str(pid)], print)
    with pytest.raises(Misused, match="意外停止"):
        keeper.keep([sys.executable, "-c", wait, str(pid)])
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
