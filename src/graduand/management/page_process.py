"""A process that makes pages ends with its server, since it would otherwise keep the port."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time

LOOK = 1.0
GRACE = 5.0


def end_with_the_server() -> None:
    """Let this process end soon after its parent, where the parent is a server with several such
    processes.

    A server that `graduand serve` stops (`ends_with_parent`) stops its processes; a server that is
    killed at once cannot.
    """
    server = multiprocessing.parent_process()
    if server is not None and server.pid is not None:
        threading.Thread(target=_watch, args=(server.pid,), name="server", daemon=True).start()


def _watch(server: int) -> None:
    while os.getppid() == server:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)  # whatever the process is doing: nobody waits for its answer
