"""`graduand certify`: `act certify` under its own name."""

from __future__ import annotations

from graduand.management.acting import ActCommand
from graduand.rulebook.terms import Verb


class Command(ActCommand):
    """The verb is fixed; everything else is the same as for `act`."""

    help = "给花名册上的毕业生编号制证（即 act certify）"
    verb = Verb.CERTIFY
