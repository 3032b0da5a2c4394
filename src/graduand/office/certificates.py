"""Certificates numbered elsewhere: the numbers that headquarters sent are put on the files that are ready for them."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from graduand.models import Act, Batch, Candidate, IncomingNumber, User
from graduand.office import accounts, acts
from graduand.queries import clock
from graduand.queries.scope import actor_of
from graduand.rulebook.terms import Desk, Stage, Verb


def certify_incoming(batch: Batch, by: User | None) -> Act | None:
    """编号制证 for every approved file of `batch` with an incoming number, with all its gates.

    None when no file is ready. Those that a gate refuses keep their number and wait for the next certify.
    """
    number = IncomingNumber.objects.filter(batch=batch, student=OuterRef("student"))
    ready = Candidate.objects.filter(Exists(number), batch=batch, stage=Stage.APPROVED.value)
    ids = list(ready.values_list("id", flat=True))
    actor = actor_of(by, clock.today()) if by is not None else None
    if not ids:
        return None
    return acts.do(batch, ids, actor or accounts.system_actor(Desk.HQ), acts.Wish(Verb.CERTIFY))
