"""`graduand serve` keeps a worker behind its pages: one that dies is followed by another, a hopeless one ends both."""

import os
import signal
import sys

import pytest

from graduand.management.console import Misused
from graduand.management.keeper import RESTARTS, Keeper

PAGES = [sys.executable, "-c", "import time; time.sleep(60)"]
# What stands in for the worker: it writes down the name that it was given, and dies.
WORKER = "import sys; open(sys.argv[1], 'a').write(sys.argv[3] + chr(10)); sys.exit(9)"


@pytest.fixture(autouse=True)
def _signals():
    """The keeper listens to signals; the tests after it must not."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_each_time_ends_the_pages_too(tmp_path):
    names, said = tmp_path / "names", []
    keeper = Keeper(dict(os.environ), [sys.executable, "-c", WORKER, str(names)], said.append)
    with pytest.raises(Misused, match="意外停止"):
        keeper.keep(PAGES)
    begun = names.read_text().splitlines()
    assert (len(begun), len(set(begun))) == (RESTARTS + 1, RESTARTS + 1)
    assert said == ["后台处理意外停止（退出码 9），现在重新启动，未办完的接着办理。"] * RESTARTS


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
