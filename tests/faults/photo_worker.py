"""A worker in a process of its own, on one database, twenty pictures a step: something to kill."""

import sys

import django
from django.db import connections

django.setup()

from graduand.office.duties.imports import Photos  # noqa: E402 - after Django is set up
from graduand.office.queue.kinds import registry  # noqa: E402 - after Django is set up
from graduand.office.queue.work import Worker  # noqa: E402 - after Django is set up


class SmallPieces(Photos):
    """Twenty pictures a step."""

    size = 20


if __name__ == "__main__":
    connections.settings["default"]["NAME"] = sys.argv[1]
    registry.add(SmallPieces)
    Worker(f"worker {sys.argv[2]}").work_once()
    connections.close_all()
