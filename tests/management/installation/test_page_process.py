"""A process of pages whose server is killed ends soon, whatever it is at; while the server lives it stays."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from graduand.management import page_process
from tests.management.installation.test_supervisor import is_alive, within

# A server in a process of its own, whose two processes write down who they are; the second one ends
# for no signal.
SERVER = """
import multiprocessing, pathlib, signal, sys, time
from graduand.management import page_process

def pages(file, deaf, watched):
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if watched:
        page_process.LOOK, page_process.GRACE = 0.1, 0.5
        page_process.end_with_the_server()
    pathlib.Path(file).write_text("there")
    time.sleep(60)

context = multiprocessing.get_context("fork")
children = [context.Process(target=pages, args=(name, deaf, sys.argv[3] == "watched"))
            for name, deaf in ((sys.argv[1], False), (sys.argv[2], True))]
for child in children:
    child.start()
print(*(child.pid for child in children), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "control"])
def test_no_process_of_pages_outlives_its_server(tmp_path, watched):
    files = [tmp_path / "first", tmp_path / "deaf"]
    words = [sys.executable, "-c", SERVER, *map(str, files), "watched" if watched else "alone"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    pids: list[int] = []
    try:
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert within(20, lambda: all(file.exists() for file in files))
        time.sleep(0.5)
        assert all(map(is_alive, pids))
        server.kill()
        server.wait()
        assert within(5 if watched else 1, lambda: not any(map(is_alive, pids))) is watched
    finally:
        server.kill()
        for pid in filter(is_alive, pids):
            os.kill(pid, signal.SIGKILL)
        server.communicate()  # after them: they hold the other end for as long as they live


def test_a_process_that_no_such_server_has_started_is_left_alone():
    before = threading.active_count()
    assert multiprocessing.parent_process() is None
    page_process.end_with_the_server()
    assert threading.active_count() == before
