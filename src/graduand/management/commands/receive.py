"""`graduand receive`: `act receive` under its own name."""

from __future__ import annotations

from graduand.management.acting import ActCommand
from graduand.rulebook.terms import Verb


class Command(ActCommand):
    """The verb is fixed; everything else is the same as for `act`."""

    help = "签收包裹（即 act receive）"
    verb = Verb.RECEIVE
