"""`graduand collect`: `act collect` under its own name."""

from __future__ import annotations

from graduand.management.acting import ActCommand
from graduand.rulebook.terms import Verb


class Command(ActCommand):
    """The verb is fixed; everything else is the same as for `act`."""

    help = "学生签领（即 act collect）"
    verb = Verb.COLLECT
