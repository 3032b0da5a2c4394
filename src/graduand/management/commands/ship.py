"""`graduand ship`: `act ship` under its own name."""

from __future__ import annotations

from graduand.management.acting import ActCommand
from graduand.rulebook.terms import Verb


class Command(ActCommand):
    """The verb is fixed; everything else is the same as for `act`."""

    help = "寄出证书（即 act ship）"
    verb = Verb.SHIP
