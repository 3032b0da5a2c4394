"""Runs a program that ends with the process that started it: `python ends_with_parent.py PARENT
PROGRAM WORDS…`.

`graduand serve` can be killed at once, and then it cannot end its pages and its worker, which would
keep the port and go on with work. On Linux the kernel sends them a signal. This is a file of its
own that imports nothing of ours, because its process becomes the program.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, words: list[str]) -> None:
    """Become the program `words`, unless `parent` has ended already: then no signal would come any
    more.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:
        os.execv(words[0], words)  # noqa: S606  # words of the program itself


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
