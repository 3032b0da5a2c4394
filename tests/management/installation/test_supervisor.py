"""`graduand serve` keeps a worker behind its pages: one that is killed is followed by another, one that fails ends both."""

import os
import signal
import subprocess
import sys
import time

import pytest

from graduand.management import ends_with_parent
from graduand.management.console import UsageProblem
from graduand.management.supervisor import Supervisor

PAGES = [sys.executable, "-c", "import time; time.sleep(60)"]
KILLED = 2
# What stands in for the worker: it writes down the name that it was given, and is killed; the third
# one fails.
WORKER = f"""
import os, signal, sys
open(sys.argv[1], "a").write(sys.argv[3] + chr(10))
if len(open(sys.argv[1]).readlines()) > {KILLED}:
    sys.exit(3)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _signals():
    """The supervisor listens to signals; the tests after it must not."""
    kept = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_is_followed_by_another_until_one_fails(tmp_path):
    names, said = tmp_path / "names", []
    keeper = Supervisor(dict(os.environ), [sys.executable, "-c", WORKER, str(names)], said.append)
    ends = "后台处理出错停止（退出码 3，原因见上面最后一句），网页也随之停止；请先按原因改正，再重新运行 graduand serve"
    with pytest.raises(UsageProblem, match=f"^{ends}$"):
        keeper.keep(PAGES)
    begun = names.read_text().splitlines()
    assert (len(begun), len(set(begun))) == (KILLED + 1, KILLED + 1)
    assert said == [
        "后台处理被信号 9 结束，现在重新启动，未办完的接着办理。",
        "后台处理刚启动又被信号 9 结束，2 秒后重新启动；请检查服务器内存和系统日志。",
    ]


# Obeys SIGTERM as the worker does; the second one tells the pages to stop.
OBEYS = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path(sys.argv[1], sys.argv[3]).write_text("begun")
if len(os.listdir(sys.argv[1])) > 1:
    os.kill(int(pathlib.Path(sys.argv[1] + ".pages").read_text()), signal.SIGTERM)
else:
    os.kill(os.getpid(), signal.SIGTERM)
time.sleep(60)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_stop_is_followed_and_pages_told_to_stop_end_it_all_with_the_cause(
    tmp_path,
):
    """Whoever ends the worker's process alone does not take the pages away from everybody."""
    names, said = tmp_path / "names", []
    names.mkdir()
    obeys = (
        "import os, pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    keeper = Supervisor(dict(os.environ), [sys.executable, "-c", OBEYS, str(names)], said.append)
    ends = "网页收到停止信号后停止，后台处理也随之停止；请重新运行 graduand serve"
    with pytest.raises(UsageProblem, match=f"^{ends}$"):
        keeper.keep([sys.executable, "-c", obeys, f"{names}.pages"])
    assert (len(list(names.iterdir())), said) == (
        2,
        [
            "后台处理收到停止信号后停止，现在重新启动，未办完的接着办理。"
            "要全部停止，请停止 graduand serve（Ctrl-C）。"
        ],
    )


# Interrupted while it begins, as Ctrl-C in another window does it; the second one fails.
INTERRUPTED = """
import os, signal, sys
open(sys.argv[1], "a").write(sys.argv[3] + chr(10))
if len(open(sys.argv[1]).readlines()) > 1:
    sys.exit(3)
import django
from graduand import cli
django.setup = lambda: os.kill(os.getpid(), signal.SIGINT)
sys.exit(cli.main())
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_interrupted_before_it_listens_is_followed_by_another(tmp_path):
    names, said = tmp_path / "names", []
    keeper = Supervisor(
        dict(os.environ), [sys.executable, "-c", INTERRUPTED, str(names)], said.append
    )
    with pytest.raises(UsageProblem, match="退出码 3"):
        keeper.keep(PAGES)
    assert (len(names.read_text().splitlines()), said) == (
        2,
        [
            "后台处理收到停止信号后停止，现在重新启动，未办完的接着办理。"
            "要全部停止，请停止 graduand serve（Ctrl-C）。"
        ],
    )


@pytest.mark.django_db(transaction=True)
def test_pages_that_die_end_the_worker_too(tmp_path):
    lives = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    pid = tmp_path / "pid"
    wait = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.05)\ntime.sleep(0.2)"
    keeper = Supervisor(dict(os.environ), [sys.executable, "-c", lives, str(pid)], print)
    with pytest.raises(UsageProblem, match=r"^网页收到停止信号后停止"):
        keeper.keep([sys.executable, "-c", wait, str(pid)])
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.django_db(transaction=True)
def test_pages_that_die_while_the_next_worker_is_waited_for_end_it_all_at_once():
    """A worker that is killed as soon as it has begun is followed late; what else there is has nobody else to watch it."""
    die, said = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", []
    keeper = Supervisor(dict(os.environ), [sys.executable, "-c", die], said.append, pause=40.0)
    begun = time.monotonic()
    with pytest.raises(UsageProblem, match=r"^网页收到停止信号后停止"):
        keeper.keep([sys.executable, "-c", "import time; time.sleep(3)"])
    assert (len(said), 3 <= time.monotonic() - begun < 20) == (1, True)


# A supervisor in a process of its own, whose children write down who they are.
KEPT = """
import os, sys
import django
django.setup()
from graduand.management.supervisor import Supervisor
lives = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
worker, pages = ([sys.executable, "-c", lives, name] for name in sys.argv[1:3])
Supervisor(dict(os.environ), worker, print).keep(pages)
"""


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def within(seconds, found):
    """Whether it comes true by then."""
    end = time.monotonic() + seconds
    while not (done := found()) and time.monotonic() < end:
        time.sleep(0.05)
    return done


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of others does not tell")
def test_pages_and_worker_end_with_a_keeper_that_is_killed(tmp_path):
    """Nothing is left that keeps the port or goes on with work."""
    files = [tmp_path / "worker", tmp_path / "pages"]
    keeper = subprocess.Popen([sys.executable, "-c", KEPT, *map(str, files)])
    try:
        assert within(30, lambda: all(file.exists() and file.read_text() for file in files))
        pids = [int(file.read_text()) for file in files]
        assert all(map(is_alive, pids))
    finally:
        keeper.kill()
        keeper.wait()
    assert within(5, lambda: not any(map(is_alive, pids)))


def test_who_begins_after_its_parent_has_ended_does_not_begin(tmp_path):
    file = tmp_path / "begun"
    program = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w')", str(file)]
    for parent, begun in ((1, False), (os.getpid(), True)):
        bound = [sys.executable, "-I", ends_with_parent.__file__, str(parent), *program]
        assert subprocess.run(bound, check=False).returncode == 0
        assert file.exists() is begun
