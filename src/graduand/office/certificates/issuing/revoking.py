"""作废重办, 登记注册注销 and its undoing: what was issued is taken back, and its number is spent for ever."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from graduand.models import Certificate
from graduand.office.certificates.issuing import degrees
from graduand.office.chunk import Chunk, Numbers
from graduand.office.dispatch import parcels
from graduand.queries.verdicts import Verdict


def void(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """Void: the old number is never used again; the parcel that the paper was in no longer holds
    it.

    Raises IntegrityError when a certificate was registered since it was judged.
    """
    numbers = {pk: verdict.facts.paper.number for pk, verdict in done.items()}
    act = chunk.act
    # A certificate that the registry has entered meanwhile must not be voided
    # (`dispatch_gates.voidable`).
    unregistered = Q(registered_on=None, queryable=False) | Q(cancelled_on__isnull=False)
    papers = Certificate.objects.filter(
        unregistered, candidate_id__among=list(done), voided_at=None
    )
    voided = papers.update(
        voided_at=chunk.at,
        voided_by_id=act.actor_id,
        void_second_id=act.second_id,
        held_by=None,
        void_reason=chunk.why,
    )
    if voided != len(done):
        raise IntegrityError("a certificate has changed since it was judged")
    parcels.take_out(done)
    degrees.void(chunk, list(done))  # the degree certificate names the certificate that is now void
    return numbers


def deregister(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The registry has cancelled the registration: nobody can query it, and the certificate may be
    voided.
    """
    papers = Certificate.objects.filter(
        candidate_id__among=list(done), voided_at=None, cancelled_on=None
    )
    day = chunk.asked.on or chunk.basis.today
    if papers.update(cancelled_on=day, queryable_before=F("queryable"), queryable=False) != len(
        done
    ):
        raise IntegrityError("a certificate has changed since it was judged")
    return {pk: verdict.facts.paper.number for pk, verdict in done.items()}


def reregister(chunk: Chunk, done: dict[int, Verdict]) -> Numbers:
    """The cancellation was recorded by mistake: the certificate is registered as before, and can't
    be voided.
    """
    papers = Certificate.objects.filter(
        candidate_id__among=list(done), voided_at=None, cancelled_on__isnull=False
    )
    # Recorded before `queryable_before` was kept: without a day of registration only `queryable`
    # shows that the certificate was entered.
    before = Coalesce(F("queryable_before"), Q(registered_on=None))
    if papers.update(cancelled_on=None, queryable=before, queryable_before=None) != len(done):
        raise IntegrityError("a certificate has changed since it was judged")
    return {pk: verdict.facts.paper.number for pk, verdict in done.items()}
