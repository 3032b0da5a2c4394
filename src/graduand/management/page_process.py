"""A process that makes pages ends with its server: left alone it would keep the port."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time

LOOK = 1.0
GRACE = 5.0


def end_with_the_server() -> None:
    """From now on this process ends soon after the one that started it, if that is a server which
    has several of them.

    The server is told to end by `graduand serve` (`ends_with_parent`), and tells these; killed at
    once it tells nobody.
    """
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        threading.Thread(target=_watch, args=(server.pid,), name="server", daemon=True).start()


def _watch(server: int) -> None:
    while os.getppid() == server:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)  # whatever it is still at: nobody listens to its answer
