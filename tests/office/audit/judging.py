"""What tests of the stored judgement do: compare it to a fresh one, order it, let it be done."""

import pytest

from graduand.models import (
    Batch,
    Job,
    Judgement,
)
from graduand.office.audit import auditing
from graduand.queries import clock
from graduand.queries.basis import basis_of
from graduand.queries.facts.gathering import gather
from tests import factories, jobs
from tests.factories import enrol


def stored():
    """What lists read: candidate -> (fit, clear, findings)."""
    return {
        row[0]: row[1:]
        for row in Judgement.objects.values_list("candidate_id", "fit", "clear", "unmet")
    }


def fresh():
    """The same, judged now from the facts and stored nowhere."""
    found = {}
    for batch in Batch.objects.filter(closed_at=None):
        ids = list(batch.candidates.values_list("id", flat=True))
        basis = basis_of(batch)
        rows = auditing.verdict_rows(gather(ids, basis.policy, basis.today), basis)
        found |= {row[0]: (row[1], row[2], row[4]) for row in rows}
    return found


def due():
    return {
        pk
        for batch in Batch.objects.filter(closed_at=None)
        for pk in auditing.due(batch, basis_of(batch))
    }


def shown_and_false():
    """Whose stored verdict is another one than the facts give, and nobody says so."""
    known = stored()
    return {pk for pk, verdict in fresh().items() if known.get(pk) != verdict} - due()


def ordered():
    """The batches whose judging waits for a worker, or is due by the day."""
    return {
        job.subject
        for job in Job.objects.filter(kind="audit")
        if job.state == "waiting" or (job.again_on and job.again_on <= clock.today())
    }


def worker_turn():
    while jobs.work_once("worker"):
        pass


@pytest.fixture
def judged(season):
    """Three students in two batches, everybody judged: (season, the candidates of the first batch)."""
    ids = enrol(season, 3)
    factories.other_batch(season)
    for batch in Batch.objects.all():
        auditing.run(batch)
    assert (due(), stored(), ordered()) == (set(), fresh(), set())
    return season, ids
