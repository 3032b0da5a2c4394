"""A worker in a process of its own, on one database, twenty pictures a step: something to kill."""

import sys

import django
from django.db import connections

django.setup()

from graduand.office import jobs  # noqa: E402 - after Django is set up
from graduand.office.photos import keeping  # noqa: E402 - after Django is set up

PIECE = 20


def step(subject: int) -> jobs.Step:
    """Twenty pictures."""
    upload = keeping.advance(subject, PIECE)
    return jobs.Step(upload.cursor, upload.total, upload.finished_at is not None)


if __name__ == "__main__":
    connections.settings["default"]["NAME"] = sys.argv[1]
    jobs.WORK["photos"] = step
    jobs.work_once(f"worker {sys.argv[2]}")
    connections.close_all()
